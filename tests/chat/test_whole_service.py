"""The chat of the whole service, with the emulator's people, tokens and connector."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from kit.chat_channel import said_by
from kit.waiting import until

from bot.app import App, opened, serving
from bot.attached import attach
from bot.metrics.telemetry import Telemetry
from bot.settings import load_settings
from bot.tasks import TaskSet
from emulator.config import default_config
from emulator.server import Options, Server

ADA, BEN = "ada.agent@contoso.example", "ben.agent@contoso.example"
PLAN = f"""
tenant: contoso.example
default_entry_point: main
sign_in: manual
entry_points:
  main:
    queue: support
queues:
  support:
    title: Support
    members: [{ADA}]
"""
CREDENTIALS = {
    "managed_identity": {},
    "secret": {"SWITCHBOARD_CLIENT_SECRET": "emulator-secret"},
}
Say = Callable[[str, str], Awaitable[list[str]]]


@pytest.fixture(params=CREDENTIALS)
async def service(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[App, Say]]:
    port = unused_port()
    (tmp_path / "plan.yaml").write_text(PLAN)
    config = default_config(webhook=f"http://127.0.0.1:{port}/api/calls")
    emulator = Server(Options(config=config, folder=tmp_path, port=0))
    await emulator.start()
    environment = emulator.environment()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, environment[name])  # azure-identity reads these itself
    settings = load_settings(
        environment
        | CREDENTIALS[request.param]
        | {
            "SWITCHBOARD_CREDENTIAL": request.param,
            "SWITCHBOARD_PORT": str(port),
            "SWITCHBOARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path}/switchboard.db",
            "SWITCHBOARD_PLAN": str(tmp_path / "plan.yaml"),
        }
    )
    telemetry = Telemetry()
    async with aiohttp.ClientSession(headers={"X-Emulator-Key": emulator.options.key}) as http:

        async def say(who: str, text: str) -> list[str]:
            said = {"from": who, "text": text}
            async with http.post(f"{emulator.url}/emulator/chat", json=said) as response:
                heard: dict[str, Any] = await response.json()
            assert heard["status"] == 201
            return [said_by(reply) for reply in heard["replies"]]

        async with opened(settings, telemetry, TaskSet(telemetry.crashed)) as app:
            attach(app, telemetry)
            async with serving(app):
                yield app, say
    await emulator.stop()


async def hired(app: App) -> None:
    """Until the directory has told the engine who Ada is."""

    async def known() -> bool:
        state = app.board.loop.state()
        return state is not None and bool(state.agents)

    await until(known)


async def test_an_agent_signs_in_by_word(service: tuple[App, Say]) -> None:
    app, say = service
    await hired(app)
    assert (await say(ADA, "status"))[0].startswith("You are not ready: not signed in.")
    assert (await say(ADA, "상태"))[0].startswith("준비 안 됨 상태입니다 - 아직 시작하지 않음.")
    assert (await say(ADA, "ready"))[0].startswith("You are ready.")
    [agent] = (app.board.loop.state() or pytest.fail("no state")).agents.values()
    assert agent.ready
    [answer] = await say(ADA, "NOT ready lunch 15m")
    assert answer.startswith("You are not ready: lunch, until ")
    assert (agent.ready, agent.not_ready_reason) == (False, "lunch")
    assert (await say(BEN, "ready"))[0].startswith("You are not an agent of any queue")
    assert await app.outside.store.conversations.find(app.board.loop.tenant, agent.id)
