"""Every door of the whole service: who may come in, and that nobody else does.

A route that is not in this table fails: say here who may call it, and the rest is asked of the
running service.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from kit.signing_in import VisitingPage
from kit.whole_service import WholeService, whole_service

from console.auth import Role
from console.tab import FOLDER, KINDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT, SUPERVISOR, ADMIN, AUDITOR = Role
EVERYBODY = frozenset(Role)
SEERS = EVERYBODY - {AGENT}

ENTRA = {
    ("GET", "/api/board"): EVERYBODY,
    ("GET", "/api/contacts"): SEERS,
    ("GET", "/api/contacts/{contact}"): SEERS,
    ("GET", "/api/contacts/{contact}/context"): EVERYBODY - {AUDITOR},
    ("GET", "/api/contacts/{contact}/photo"): EVERYBODY - {AUDITOR},
    ("GET", "/api/contacts/{contact}/why"): SEERS,
    ("GET", "/api/contacts/{contact}/controls"): {AGENT, SUPERVISOR},
    **{
        ("POST", f"/api/contacts/{{contact}}/{act}"): {AGENT, SUPERVISOR}
        for act in ("hold", "resume", "add", "transfer", "complete", "cancel", "end")
    },
    ("GET", "/api/feed"): EVERYBODY,
    ("GET", "/api/findings"): SEERS - {AUDITOR},
    ("GET", "/api/me"): EVERYBODY,
    ("POST", "/api/me/ready"): {AGENT},
    ("POST", "/api/me/queues/{queue}/out"): {AGENT},
    ("POST", "/api/me/wrap_up/extend"): {AGENT},
    ("POST", "/api/offers/{offer}/accept"): {AGENT},
    ("POST", "/api/offers/{offer}/decline"): {AGENT},
    ("POST", "/api/offers/{offer}/done"): {AGENT},
    ("POST", "/api/contacts/{contact}/note"): {AGENT},
    ("POST", "/api/contacts/{contact}/disposition"): {AGENT},
    ("GET", "/api/callbacks"): SEERS,
    ("POST", "/api/contacts/{contact}/move"): SEERS - {AUDITOR},
    ("POST", "/api/contacts/{contact}/priority"): SEERS - {AUDITOR},
    ("POST", "/api/contacts/{contact}/pull"): SEERS - {AUDITOR},
    ("POST", "/api/contacts/{contact}/withdraw"): SEERS - {AUDITOR},
    ("POST", "/api/agents/{agent}/ready"): SEERS - {AUDITOR},
    ("POST", "/api/agents/{agent}/queues/{queue}/out"): SEERS - {AUDITOR},
    ("GET", "/api/reports"): EVERYBODY,
    ("GET", "/api/calls/mine"): frozenset({AGENT}),
    ("GET", "/api/calls/missed"): EVERYBODY,
    ("GET", "/api/calls/team"): EVERYBODY,
    ("POST", "/api/calls/{contact}/call-back"): frozenset({AGENT}),
    ("POST", "/api/calls/{contact}/done"): EVERYBODY - {AUDITOR},
    ("POST", "/api/calls/{contact}/owner"): EVERYBODY - {AUDITOR},
    ("GET", "/api/subscribers"): frozenset({ADMIN, AUDITOR}),
    ("POST", "/api/subscribers/{name}/replay"): frozenset({ADMIN}),
    ("GET", "/api/voicemails"): EVERYBODY,
    ("GET", "/api/voicemails/{id}"): EVERYBODY,
    ("GET", "/api/voicemails/{id}/audio"): EVERYBODY - {AUDITOR},
    ("POST", "/api/voicemails/{id}/owner"): EVERYBODY - {AUDITOR},
    ("POST", "/api/voicemails/{id}/done"): EVERYBODY - {AUDITOR},
    ("DELETE", "/api/voicemails/{id}"): SEERS - {AUDITOR},
}
"""An Entra token of the tenant with one of these roles."""

OTHER_TOKENS = {
    ("POST", "/api/calls"),  # the calling service's
    ("POST", "/api/calls/{command}"),  # the same, for a call that we made
    ("POST", "/api/messages"),  # the Bot Framework's
    ("GET", "/metrics"),  # SWITCHBOARD_METRICS_TOKEN
}
"""A token of somebody else's."""

ANYBODY = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    # A caller's own words, for Graph: at 128 random bits, and for minutes.
    ("GET", "/media/{token}.wav"),
    ("GET", "/prompts/{sha}.wav"),  # Graph fetches them without a token; they hold no caller's data
    ("GET", "/tab"),
    ("GET", "/tab/"),
    ("GET", "/tab/config.json"),
    *{
        ("GET", f"/tab/{path.relative_to(FOLDER).as_posix()}")
        for path in FOLDER.rglob("*")
        if path.suffix in KINDS and not path.name.endswith(".d.ts") and path.name != "index.html"
    },
}
"""No token, and nothing to learn: why must be obvious, or stand beside it."""

PEOPLE = {
    AGENT: "ada.agent@contoso.example",
    SUPERVISOR: "sam.supervisor@contoso.example",
    ADMIN: "amy.admin@contoso.example",
    AUDITOR: "otto.auditor@contoso.example",
}
PLAN = """
tenant: contoso.example
default_entry_point: main
supervisors: sam.supervisor@contoso.example
entry_points:
  main: {queue: support, fallback: {number: "+14255550199"}}
queues:
  support: {members: [ada.agent@contoso.example]}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WholeService]:
    folder: Path = tmp_path_factory.mktemp("doors")
    token = {"SWITCHBOARD_METRICS_TOKEN": "a-token-for-scrapers"}
    with pytest.MonkeyPatch.context() as patch:
        async with whole_service(PLAN, folder, patch, token) as running:
            await running.hired()
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def address(service: WholeService, path: str) -> str:
    return service.url + re.sub(r"\{\w+\}", "x", path)


async def test_every_route_is_in_the_table_once(service: WholeService) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in service.app.web.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == ENTRA.keys() | OTHER_TOKENS | ANYBODY
    assert len(served) == len(ENTRA) + len(OTHER_TOKENS) + len(ANYBODY)


@pytest.mark.parametrize("door", [*ENTRA, *sorted(OTHER_TOKENS)], ids=" ".join)
async def test_without_a_token_nobody_comes_in(
    service: WholeService, http: aiohttp.ClientSession, door: tuple[str, str]
) -> None:
    method, path = door
    async with http.request(method, address(service, path), data=b"{}") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("door", ENTRA, ids=" ".join)
async def test_only_the_roles_in_the_table_come_in(
    service: WholeService, http: aiohttp.ClientSession, door: tuple[str, str]
) -> None:
    method, path = door
    let_in = set()
    for role, upn in PEOPLE.items():
        page = VisitingPage(http=http, emulator=service.emulator, origin=service.url)
        headers = {"Authorization": f"Bearer {await page.signed_in(upn)}"}
        async with http.request(method, address(service, path), headers=headers) as answer:
            assert answer.status in (200, 400, 403, 404)
            if answer.status != 403:
                let_in.add(role)
    assert let_in == ENTRA[door]


@pytest.mark.parametrize("door", sorted(ANYBODY), ids=" ".join)
async def test_what_anybody_may_read_holds_no_data_and_sets_no_cookie(
    service: WholeService, http: aiohttp.ClientSession, door: tuple[str, str]
) -> None:
    _, path = door
    async with http.get(address(service, path), allow_redirects=False) as answer:
        assert answer.status in (200, 308, 404)
        assert "Set-Cookie" not in answer.headers
        assert "ada.agent" not in await answer.text()
