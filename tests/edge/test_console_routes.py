"""The console's routes: who may call them, and what they answer, over HTTP with RS256 tokens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from kit.archived import SUPERVISOR, TENANT
from kit.console_house import AUTHORITY, ConsoleHouse, console_house
from kit.token_issuer import AUDIENCE

from console.auth import ACCESS, Access, Guard, Person, Role, entra
from routing.events import CallEnded
from routing.flow_place import FlowPlace

OTHER_TENANT = "99999999-1111-2222-3333-444444444444"
EVERYBODY = set(Role)
SEERS = {Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        yield found


ROUTES = {
    "/api/me": EVERYBODY,
    "/api/board": EVERYBODY,
    "/api/contacts": SEERS,
    "/api/contacts/1-1": SEERS,
    "/api/contacts/1-1/why": SEERS,
    "/api/contacts/1-1/why?agent=agent2@contoso.example": SEERS,
    "/api/callbacks": SEERS,
    "/api/findings": {Role.SUPERVISOR, Role.ADMIN},
}


@pytest.mark.parametrize("path", ROUTES)
async def test_who_may_call_a_route(house: ConsoleHouse, path: str) -> None:
    assert (await house.get(path))[0] == 401
    assert (await house.get(path, house.token()))[0] == 403
    assert (await house.get(path, house.token("Owner", "supervisor")))[0] == 403
    for role in Role:
        status, _ = await house.get(path, house.token(role.value))
        assert status == (200 if role in ROUTES[path] else 403), role


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
    "an ID token": (lambda house: house.token("Admin", scp=None), 401),
    "another scope": (lambda house: house.token("Admin", scp="access_as_users profile"), 401),
    "scopes as a list": (lambda house: house.token("Admin", scp=["access_as_user"]), 401),
    "nobody's own": (lambda house: house.token("Admin", scp=None, oid="", sub=""), 401),
    "roles as a word": (lambda house: house.token("Admin", roles="Admin"), 403),
    "roles as numbers": (lambda house: house.token("Admin", roles=[1, None, ["Admin"]]), 403),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_opens_nothing(house: ConsoleHouse, case: str) -> None:
    make, status = BAD_TOKENS[case]
    assert (await house.get("/api/contacts", make(house)))[0] == status
    assert "allowed" not in house.outcomes


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": AUDIENCE},
        {"aud": f"api://{AUDIENCE}".upper()},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"aud": f"api://calls.contoso.example/botid-{AUDIENCE}"},
        {"scp": None, "idtyp": "app"},
        {"scp": None, "sub": SUPERVISOR},
    ],
    ids=["version 2", "any case", "version 1", "Teams' address", "application", "its own subject"],
)
async def test_what_entra_issues_for_the_console_is_believed(
    house: ConsoleHouse, changes: dict[str, str]
) -> None:
    assert (await house.get("/api/board", house.token("Agent", **changes)))[0] == 200
    assert house.outcomes == ["allowed"]


async def test_the_board(house: ConsoleHouse) -> None:
    _, board = await house.get("/api/board", house.token("Supervisor"))
    (queue,) = board["queues"]  # of two: the other has another supervisor
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


async def test_agents_see_no_callers(house: ConsoleHouse) -> None:
    house.desk.contact().attributes["account"] = "4711-0815"
    _, board = await house.get("/api/board", house.token("Agent", oid="a0"))
    assert board["contacts"][0]["caller"] == ""
    assert "+4930123456" not in str(board)
    assert "4711-0815" not in str(board)


async def test_a_live_contact_shows_what_it_takes_along_and_where_it_is(
    house: ConsoleHouse,
) -> None:
    contact = house.desk.contact()
    contact.attributes["account"] = "4711-0815"
    contact.flow = FlowPlace(flow="main", step="number", keyed="99887766")
    _, found = await house.get("/api/contacts/1-1", house.token("Auditor"))
    assert found["live"]["attributes"] == {"account": "4711-0815"}
    assert found["live"]["flow"] == "main/number"
    assert "99887766" not in str(found)
    house.desk.give(CallEnded(call="caller1"))
    _, found = await house.get("/api/contacts/1-1", house.token("Auditor"))
    assert found["live"]["attributes"] == {}


async def test_a_contact_with_its_timeline(house: ConsoleHouse) -> None:
    _, found = await house.get("/api/contacts/1-1", house.token("Auditor"))
    assert found["live"]["stage"] == "ringing"
    assert found["record"] is None
    assert [line["kind"] for line in found["timeline"]][:3] == [
        "contact.arrived",
        "contact.answered",
        "contact.queued",
    ]
    assert found["live"]["calls"][0]["role"] == "caller"


async def test_why_over_the_api(house: ConsoleHouse) -> None:
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
async def test_bad_questions_are_answered_in_words(
    house: ConsoleHouse, path: str, status: int
) -> None:
    told, body = await house.get(path, house.token("Admin"))
    assert told == status
    assert ("error" in body) == (status != 200)


async def test_findings(house: ConsoleHouse) -> None:
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
