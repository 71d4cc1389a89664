"""The whole service against the emulator over HTTP: the edges while a call goes through."""

import io
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.waiting import until

from bot.app import App, opened, serving
from bot.logs import JsonLines, Redactor
from bot.metrics.telemetry import Telemetry
from bot.query_commands import asked_why
from bot.settings import load_settings, secrets_of
from bot.surroundings import attach
from bot.tasks import TaskSet
from emulator.config import default_config
from emulator.scripts import ACCEPTS, CallerScript
from emulator.server import Options, Server

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "plan.yaml"
METRICS_TOKEN = "metrics-token-4711"
CALLER = "+14255557788"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Every line that anybody logs, as the service would write it, from DEBUG on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(Redactor([METRICS_TOKEN])))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@dataclass
class House:
    emulator: Server
    app: App
    url: str
    database: str
    http: aiohttp.ClientSession

    async def get(self, path: str, token: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.get(self.url + path, headers=headers) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.text()

    def token(self, upn: str, *roles: str) -> str:
        world, identity = self.emulator.shell.world, self.emulator.shell.identity
        person = world.directory.person(upn)
        assert person is not None
        application = world.config.applications[0]
        return identity.user_token(person, application, roles, self.emulator.shell.now())

    def ring(self) -> None:
        script = CallerScript(to="support@contoso.example", who=CALLER)
        self.emulator.shell.world.place_call(script, self.emulator.shell.now())
        self.emulator.shell.pump()


@pytest.fixture
async def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> AsyncIterator[House]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    url, database = f"http://127.0.0.1:{port}", f"sqlite:///{tmp_path}/switchboard.db"
    config = default_config(webhook=f"{url}/api/calls", agents=4)
    server = Server(Options(config=config, folder=tmp_path, port=0))
    plan = tmp_path / "plan.yaml"
    plan.write_text(EXAMPLE.read_text())
    async with AsyncExitStack() as stack:
        await server.start()
        stack.push_async_callback(server.stop)
        server.shell.world.default_behaviour(ACCEPTS)
        environment = server.environment()
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            monkeypatch.setenv(name, environment[name])
        settings = load_settings(
            environment
            | {
                "SWITCHBOARD_PUBLIC_URL": url,
                "SWITCHBOARD_PORT": str(port),
                "SWITCHBOARD_DATABASE_URL": database,
                "SWITCHBOARD_PLAN": str(plan),
                "SWITCHBOARD_VOICE": "none",
                "SWITCHBOARD_METRICS_TOKEN": METRICS_TOKEN,
            }
        )
        assert METRICS_TOKEN in secrets_of(settings)
        telemetry = Telemetry()
        app = await stack.enter_async_context(
            opened(settings, telemetry, TaskSet(telemetry.crashed))
        )
        attach(app, telemetry)
        await stack.enter_async_context(serving(app))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield House(server, app, url, database, http)


async def test_it_is_not_ready_before_the_plans_accounts_have_ids(house: House) -> None:
    async def ready() -> bool:
        return (await house.get("/readyz"))[0] == 200

    await until(ready)
    state = house.app.board.loop.state()
    assert state is not None
    assert "support@contoso.example" in state.tenant.addresses


async def test_a_call_seen_from_all_edges(
    house: House, lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    token = house.token("sam.supervisor@contoso.example", "Supervisor")

    async def people() -> bool:
        board = (await house.get("/api/board", token))[1]
        return [queue["available"] for queue in board["queues"]] == [2, 2]

    await until(people)
    assert (await house.get("/readyz"))[0] == 200
    assert (await house.get("/api/board"))[0] == 401
    agent = house.token("ada.agent@contoso.example", "Agent")
    assert (await house.get("/api/contacts", agent))[0] == 403
    house.ring()
    contacts: list[dict[str, Any]] = []

    async def connected() -> bool:
        contacts[:] = (await house.get("/api/contacts", token))[1]["contacts"]
        return any(contact["stage"] == "connected" for contact in contacts)

    await until(connected, within_s=40)
    contact = contacts[0]["contact"]
    assert contacts[0]["caller"] == CALLER
    upn = contacts[0]["agent_upn"]
    _, told = await house.get(f"/api/contacts/{contact}/why", token)
    assert told["offers"][0]["chosen"]["upn"] == upn
    assert await asked_why(contact, "", house.database, None) == 0
    assert f"offered to {upn}" in capsys.readouterr().out
    await scraped(house)
    await read_again(house, lines)
    scan(lines.getvalue(), house)


async def read_again(house: House, lines: io.StringIO) -> None:
    """As SIGHUP does: the same file, then one with another title and one more queue."""
    await house.app.publish_again()
    assert "the plan was read again: nothing changed" in lines.getvalue()
    file = house.app.publication.path
    plan = file.read_text()
    member = "[eva.private@contoso.example]"
    changed = plan.replace("\nqueues:\n", f"\nqueues:\n  spare: {{members: {member}}}\n", 1)
    assert changed != plan
    file.write_text(changed)
    await house.app.publish_again()
    (line,) = [x for x in lines.getvalue().splitlines() if "read again" in x and "spare" in x]
    assert '"queues": "added spare"' in line
    assert "private" not in line
    assert house.app.board.loop.plan.queues[0].name == "spare"


async def scraped(house: House) -> None:
    assert (await house.get("/metrics"))[0] == 401

    async def legs_counted() -> bool:
        return "switchboard_legs_month{" in (await house.get("/metrics", METRICS_TOKEN))[1]

    await until(legs_counted)
    status, page = await house.get("/metrics", METRICS_TOKEN)
    assert status == 200
    assert 'switchboard_offers_total{outcome="accepted"} 1.0' in page
    assert "switchboard_uncatalogued_total{" not in page
    assert 'switchboard_graph_ms_count{operation="answer"} 1.0' in page
    assert (
        f'switchboard_legs_month_limit{{application="{house.app.outside.settings.app_id}"}}' in page
    )
    for metric in ("answered_total 1.0", "owner 1.0", 'waiting{queue="support"} 0.0'):
        assert f"switchboard_{metric}" in page
    assert CALLER not in page


def scan(written: str, house: House) -> None:
    """No token, no secret, no whole number: not in our lines, not in those of libraries."""
    assert written.count("\n") > 20, "logging was on"
    identity = house.emulator.shell.identity
    assert len(identity._tokens) > 0
    for secret in (*identity._tokens, identity.identity_header, METRICS_TOKEN, CALLER, CALLER[1:]):
        assert secret not in written
    assert "eyJ" not in written
