"""The console's routes: who may call them, and what they answer, over HTTP with RS256 tokens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit.archived import TENANT, open_with_story
from kit.floor_desk import Desk
from kit.spawning import Tasks
from kit.token_issuer import AUDIENCE, Clock, Issuer

from console.api import ConsoleApi
from console.auth import ACCESS, Access, Guard, Person, Role, console_validator_config, entra
from console.findings import Finding, Findings, Source
from console.inquiry import Inquiry
from graph.inbound_auth import TokenValidator
from routing.plan import Plan
from routing.state import State
from store.contract import Store

AUTHORITY = "https://login.contoso.example"
ISSUER = f"{AUTHORITY}/{TENANT}/v2.0"
OTHER_TENANT = "99999999-1111-2222-3333-444444444444"
EVERYBODY = set(Role)
SEERS = {Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR}


class Live:
    """The desk as the console sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def state(self) -> State:
        return self.desk.engine.state

    def plan(self) -> Plan:
        return self.desk.engine.plan

    def now(self) -> int:
        return self.desk.now


class House:
    """A console that serves, and whoever signs tokens for it."""

    def __init__(self, client: TestClient[web.Request, web.Application], issuer: Issuer) -> None:
        self.client = client
        self.issuer = issuer
        self.outcomes: list[str] = []

    def token(self, *roles: str, **changes: Any) -> str:
        given = {"iss": ISSUER, "aud": f"api://{AUDIENCE}", "tid": TENANT, "roles": list(roles)}
        return self.issuer.header(**(given | changes))

    async def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": token}
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[tuple[Store, Desk]]:
    store, desk = await open_with_story(tmp_path / "switchboard.db")
    yield store, desk
    await store.close()


@pytest.fixture
async def house(told: tuple[Store, Desk]) -> AsyncIterator[House]:
    store, desk = told
    issuer, tasks = Issuer(Clock()), Tasks()
    await issuer.start()
    config = console_validator_config(
        authority_url=AUTHORITY, tenant_id=TENANT, app_ids=(AUDIENCE,)
    )
    assert config.openid_url == f"{ISSUER}/.well-known/openid-configuration"
    findings = Findings()
    findings.replace(
        Source.DIRECTORY,
        [
            Finding(
                source=Source.DIRECTORY, severity="error", problem="unknown",
                sentence="eve@contoso.example is not in the directory.", file="plan.yaml",
                line=12, key="queues.support.members[0]",
            )
        ],
        desk.now,
    )  # fmt: skip
    app = web.Application()
    client = TestClient(TestServer(app))
    house = House(client, issuer)
    here = config.__class__(
        **{name: getattr(config, name) for name in config.__slots__}
        | {"openid_url": issuer.openid_url}
    )
    validator = TokenValidator(here, client.session, issuer.clock, spawn=tasks.spawn)
    guard = Guard(validator, counted=house.outcomes.append)
    inquiry = Inquiry(past=store, tenant=TENANT)
    app.add_routes(ConsoleApi(Live(desk), inquiry, findings).routes(guard))
    await client.start_server()
    yield house
    await client.close()
    await tasks.close()
    await issuer.close()


ROUTES = {
    "/api/board": EVERYBODY,
    "/api/contacts": SEERS,
    "/api/contacts/1-1": SEERS,
    "/api/contacts/1-1/why": SEERS,
    "/api/contacts/1-1/why?agent=agent2@contoso.example": SEERS,
    "/api/callbacks": SEERS,
    "/api/findings": {Role.SUPERVISOR, Role.ADMIN},
}


@pytest.mark.parametrize("path", ROUTES)
async def test_who_may_call_a_route(house: House, path: str) -> None:
    assert (await house.get(path))[0] == 401
    assert (await house.get(path, house.token()))[0] == 403
    assert (await house.get(path, house.token("Owner", "supervisor")))[0] == 403
    for role in Role:
        status, _ = await house.get(path, house.token(role.value))
        assert status == (200 if role in ROUTES[path] else 403), role


async def test_every_route_is_in_the_table(told: tuple[Store, Desk]) -> None:
    store, desk = told
    api = ConsoleApi(Live(desk), Inquiry(past=store, tenant=TENANT), Findings())
    named = {getattr(handler, ACCESS).path: getattr(handler, ACCESS) for handler in api.handlers()}
    patterns = {path.replace("1-1", "{contact}").partition("?")[0] for path in ROUTES}
    assert set(named) == patterns
    assert {access.method for access in named.values()} == {"GET"}


BAD_TOKENS = {
    "garbage": (lambda _: "Bearer x.y.z", 401),
    "no scheme": (lambda house: house.token("Admin").removeprefix("Bearer "), 401),
    "unsigned": (lambda house: house.issuer.unsigned(), 401),
    "hmac": (lambda house: house.issuer.signed_with_the_public_key(), 401),
    "tampered": (lambda house: house.issuer.tampered(), 401),
    "expired": (lambda house: house.token("Admin", exp=1_700_000_000), 401),
    "not yet": (lambda house: house.token("Admin", nbf=1_900_000_000), 401),
    "other audience": (lambda house: house.token("Admin", aud="https://graph.microsoft.com"), 401),
    "other issuer": (lambda house: house.token("Admin", iss="https://evil.example"), 401),
    "a calling token": (lambda house: house.issuer.header(roles=["Admin"]), 401),
    "unknown key": (lambda house: house.token("Admin", key="second"), 401),
    "other tenant": (
        lambda house: house.token(
            "Admin", tid=OTHER_TENANT, iss=f"{AUTHORITY}/{OTHER_TENANT}/v2.0"
        ),
        401,
    ),
    "tenant of another's issuer": (lambda house: house.token("Admin", tid=OTHER_TENANT), 403),
    "no tenant": (lambda house: house.token("Admin", tid=None), 403),
    "roles as a word": (lambda house: house.token("Admin", roles="Admin"), 403),
    "roles as numbers": (lambda house: house.token("Admin", roles=[1, None, ["Admin"]]), 403),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_opens_nothing(house: House, case: str) -> None:
    make, status = BAD_TOKENS[case]
    assert (await house.get("/api/contacts", make(house)))[0] == status
    assert "allowed" not in house.outcomes


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": AUDIENCE},
        {"aud": f"api://{AUDIENCE}".upper()},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
    ],
)
async def test_both_versions_of_entras_tokens_are_believed(
    house: House, changes: dict[str, str]
) -> None:
    assert (await house.get("/api/board", house.token("Agent", **changes)))[0] == 200
    assert house.outcomes == ["allowed"]


async def test_the_board(house: House) -> None:
    _, board = await house.get("/api/board", house.token("Supervisor"))
    (queue,) = board["queues"]
    assert (queue["queue"], queue["title"], queue["waiting"]) == ("support", "Support", 1)
    assert queue["oldest_wait_ms"] > 30_000
    agents = {agent["upn"]: agent for agent in board["agents"]}
    assert agents["agent2@contoso.example"]["closed_by"] == {"support": "not ready"}
    assert agents["agent2@contoso.example"]["not_ready_reason"] == "lunch"
    assert agents["agent0@contoso.example"]["presence"] == "available"
    (contact,) = board["contacts"]
    assert (contact["contact"], contact["caller"]) == ("1-1", "+4930123456")
    assert contact["stage"] == "ringing"
    assert contact["wait_ms"] == queue["oldest_wait_ms"]


async def test_agents_see_no_callers(house: House) -> None:
    _, board = await house.get("/api/board", house.token("Agent"))
    assert board["contacts"][0]["caller"] == ""
    assert "+4930123456" not in str(board)


async def test_a_contact_with_its_timeline(house: House) -> None:
    _, found = await house.get("/api/contacts/1-1", house.token("Auditor"))
    assert found["live"]["stage"] == "ringing"
    assert found["record"] is None
    assert [line["kind"] for line in found["timeline"]][:3] == [
        "contact.arrived",
        "contact.answered",
        "contact.queued",
    ]
    assert found["live"]["calls"][0]["role"] == "caller"


async def test_why_over_the_api(house: House) -> None:
    path = "/api/contacts/1-1/why?agent=agent2@contoso.example"
    _, told = await house.get(path, house.token("Admin"))
    assert [offer["chosen"]["upn"] for offer in told["offers"]] == [
        "agent0@contoso.example",
        "agent1@contoso.example",
    ]
    assert {each["verdict"] for each in told["agent"]} == {"closed"}
    assert told["sentences"][0].startswith("00:16:")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/contacts/9-9", 404),
        ("/api/contacts/9-9/why", 404),
        ("/api/contacts/1-1/why?agent=nobody@contoso.example", 404),
        ("/api/contacts?limit=0", 400),
        ("/api/contacts?limit=x", 400),
        ("/api/contacts?limit=501", 400),
        ("/api/contacts?before=%00", 400),
        ("/api/contacts/%00/why", 404),
        ("/api/contacts/%ED%A0%80", 404),
        ("/api/contacts/" + "x" * 500, 404),
        ("/api/contacts?limit=5&before=9007199254740991", 200),
    ],
)
async def test_bad_questions_are_answered_in_words(house: House, path: str, status: int) -> None:
    told, body = await house.get(path, house.token("Admin"))
    assert told == status
    assert ("error" in body) == (status != 200)


async def test_findings(house: House) -> None:
    _, told = await house.get("/api/findings", house.token("Admin"))
    (finding,) = told["findings"]
    assert (finding["line"], finding["key"]) == (12, "queues.support.members[0]")


def test_a_handler_without_access_is_not_served() -> None:
    async def open_to_all(_request: web.Request, _person: Person) -> web.Response:
        return web.Response()

    with pytest.raises(TypeError, match="does not say who may call it"):
        Guard(validator=None).routes(open_to_all)  # type: ignore[arg-type]


def test_a_route_for_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="names no role"):
        entra("GET", "/api/everything")


def test_the_decorator_names_route_and_roles() -> None:
    @entra("POST", "/api/x", Role.ADMIN)
    async def handler(_request: web.Request, _person: Person) -> web.Response:
        return web.Response()

    assert getattr(handler, ACCESS) == Access(
        method="POST", path="/api/x", roles=frozenset({Role.ADMIN})
    )
