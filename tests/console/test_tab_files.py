"""The tab's files: what their headers allow, what they tell anybody, and how much is loaded."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit.node_packages import package
from kit.source_tree import ROOT

from console.auth import Role
from console.refusals import SENTENCES
from console.tab import FOLDER, SignIn, tab_routes
from routing.agent_activity import Activity
from routing.bulletin import Scope
from routing.control_state import Stage
from routing.presence import Presence
from routing.state import AgentState, ContactState, Outcome
from scripts.vendor_web import COPIES, LICENSES, vendored

WORDS = FOLDER / "words"
SIGN_IN = SignIn(
    authority="https://login.contoso.example/t",
    client_id="c0ffee00-0000-0000-0000-000000000000",
    public_url="https://calls.contoso.example",
)
FIRST_SCREEN = 280_000
ALL = 500_000
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(tab_routes(SIGN_IN))
    async with TestClient(TestServer(app), auto_decompress=False) as found:
        yield found


async def test_the_config_says_where_to_sign_in_and_nothing_else(client: Client) -> None:
    async with client.get("/tab/config.json") as answer:
        assert await answer.json() == {
            "authority": "https://login.contoso.example/t",
            "client_id": SIGN_IN.client_id,
            "scope": f"api://calls.contoso.example/botid-{SIGN_IN.client_id}/access_as_user",
        }


def directives(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}


async def test_only_teams_and_the_service_itself_may_frame_the_page(client: Client) -> None:
    async with client.get("/tab/") as answer:
        policy = directives(answer.headers["Content-Security-Policy"])
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "X-Frame-Options" not in answer.headers, "it knows no list of hosts"
    assert set(policy["frame-ancestors"]) == {
        "'self'",
        "https://teams.microsoft.com",
        "https://*.teams.microsoft.com",
        "https://*.cloud.microsoft",
    }
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["connect-src"][:2] == ["'self'", "https://login.contoso.example"]


async def test_every_file_has_the_policy_and_is_asked_for_again(client: Client) -> None:
    for path in ("/tab/", "/tab/main.js", "/tab/look.css", "/tab/words/ko.json"):
        async with client.get(path) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
            tag = answer.headers["ETag"]
        async with client.get(path, headers={"If-None-Match": tag}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")


async def test_packed_for_who_can_unpack_it(client: Client) -> None:
    plain = (FOLDER / "main.js").read_bytes()
    async with client.get("/tab/main.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await answer.read()) == plain
    async with client.get("/tab/main.js", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == plain


IMPORTS = re.compile(
    r"""^\s*(?:import|export)\s+(?:[\w$*{},\s]+\sfrom\s+)?["']([^"']+)["']"""
    r"""|\bimport\(\s*["']([^"']+)["']\s*\)|["'](/tab/[^"']+\.js)["']""",
    re.MULTILINE,
)
COMMENTS = re.compile(r"^\s*//.*?$|/\*.*?\*/", re.DOTALL | re.MULTILINE)
"""Types are imported in comments, of which a browser asks for nothing."""


async def test_whatever_a_module_imports_is_served(client: Client) -> None:
    """From the page on, as a browser goes: one wrong path, and the tab stays white."""
    page = (FOLDER / "index.html").read_text()
    ahead = [urljoin("/tab/", path) for path in re.findall(r'(?:src|href)="([^"]+)"', page)]
    seen: set[str] = set()
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        async with client.get(path, headers={"Accept-Encoding": "identity"}) as answer:
            assert answer.status == 200, path
            text = COMMENTS.sub("", await answer.text()) if path.endswith(".js") else ""
        if "/vendor/" not in path:
            ahead += [urljoin(path, "".join(found)) for found in IMPORTS.findall(text)]
    modules = {f"/tab/{path.relative_to(FOLDER).as_posix()}" for path in FOLDER.rglob("*.js")}
    assert modules <= seen, "a module that nothing imports, or an import that is not seen here"


@pytest.mark.parametrize(
    "path",
    [
        "/tab/../auth.py",
        "/tab/%2e%2e/auth.py",
        "/tab/vendor/preact.d.ts",
        "/tab/nothing.js",
        "/tab/index.html",
    ],
)
async def test_nothing_else_of_the_disk_is_served(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        assert answer.status == 404


def packed(name: str) -> int:
    return len(gzip.compress((FOLDER / name).read_bytes()))


def test_little_is_loaded_before_the_first_screen() -> None:
    """Microsoft's library counts too, although it is fetched inside Teams only."""
    modules = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")]
    assert sum(map(packed, modules)) < min(FIRST_SCREEN, ALL)
    assert sum(packed(name) for name in modules if name != "vendor/teams.js") < 60_000


def test_the_libraries_are_as_published() -> None:
    for name in ("preact", "htm", "@microsoft/teams-js"):
        package(name)  # leaves the test out where there is no Node.js
    lying = {path.name: path.read_bytes() for path in (FOLDER / "vendor").iterdir()}
    published = vendored()
    assert {name: lying.get(name) for name in published} == published
    assert {each for each in lying if not each.endswith(".d.ts")} == {*COPIES, *LICENSES}


def catalog(language: str) -> dict[str, str]:
    told: dict[str, Any] = json.loads((WORDS / f"{language}.json").read_text())
    return told


def sources() -> str:
    return "\n".join(
        path.read_text() for path in FOLDER.rglob("*.js") if path.parent.name != "vendor"
    )


FAMILIES: dict[str, list[str]] = {
    "context": ["asking", "empty", "over", "unusable", "failed"],
    "profile": ["name", "job_title", "department", "office", "manager"],
    "calls": ["missed", "mine", "team", "no_missed", "no_mine", "no_team"],
    "decline": ["busy", "leaving", "not mine"],
    "note": ["changed", "lost", "refused", "saved", "saving", "typing"],
    "offer": ["offered", "accepted", "connecting", "dialing"],
    "priority": ["1", "2", "3", "4", "5"],
    "voicemail": ["fetching", "message", "wish", "failed"],
    "choosing": ["add", "transfer", "number", "person"],
    "control": ["add", "cancel", "complete", "end", "hold", "resume", "transfer"],
    "party": [each.value for each in Stage],
    "problem": [
        "busy",
        "declined",
        "hold_failed",
        "left",
        "no_answer",
        "other",
        "presence",
        "removal_refused",
        "resume_failed",
        "unreachable",
    ],
    "report_by": ["queue", "agent"],
    "report_group": ["overview", "outcomes", "level", "waits", "handling", "offers", "time"],
    "report_interval": ["15m", "hour", "day"],
    "report_part": ["answered", "abandoned", "other"],
    "report_period": ["today", "yesterday", "7d", "30d"],
    "activity": [each.value for each in Activity],
    "bulletin": ["closed", "announced", "closed_until", "announced_until"]
    + [each.value for each in Scope if each is not Scope.QUEUE],
    "outcome": [each.value for each in Outcome],
    "presence": [each.value for each in Presence],
    "role": [each.value for each in Role],
    "stage": ["ringing", "deciding", "dialing", "callback"]
    + [each.value for each in ContactState if each is not ContactState.ENDED],
    "state": ["ready", "not_ready"]
    + [each.value for each in AgentState if each is not AgentState.IDLE],
}
"""Keys that a page puts together of a word of ours."""


def asked() -> set[str]:
    """Every key that the modules can ask for."""
    text = sources()
    found = set(re.findall(r"""\bt\(\s*["']([^"'`]+)["']""", text))
    found |= set(re.findall(r"""SignedOut\(\s*["']([^"'`]+)["']""", text))
    found |= set(re.findall(r"""\btitle: ["']([^"'`]+)["']""", text))
    found |= set(re.findall(r"""["']((?:queues?|me|work|voicemail)\.\w+)["']""", text))
    found |= {f"refused.{code}" for code in SENTENCES}
    families = set(re.findall(r"\bt\(`(\w+)\.\$\{", text))
    assert families == set(FAMILIES), "name the words of a new family here"
    return found | {f"{name}.{word}" for name, words in FAMILIES.items() for word in words}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_word_is_missing_and_none_is_left_over(language: str) -> None:
    assert catalog(language).keys() == asked()


def test_the_languages_have_the_same_places_to_fill() -> None:
    english, korean = catalog("en"), catalog("ko")
    places = re.compile(r"\{\w+\}")
    for key, sentence in english.items():
        assert sorted(places.findall(sentence)) == sorted(places.findall(korean[key])), key
        assert sentence.strip()
        assert korean[key].strip()


def test_a_translator_finds_the_keys_in_order() -> None:
    for language in ("en", "ko"):
        assert list(catalog(language)) == sorted(catalog(language))


def test_no_module_makes_markup_or_code_of_text() -> None:
    markup = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerously|\beval\(|new Function"
    )
    assert markup.search(sources()) is None
    page = (FOLDER / "index.html").read_text()
    assert re.search(r"\son\w+=|style=|<script>", page) is None


def test_a_module_is_no_longer_than_a_reader_keeps_in_mind() -> None:
    ours = [p for p in FOLDER.rglob("*") if p.suffix in (".js", ".css") and "vendor" not in p.parts]
    assert len(ours) > 10
    assert [p.name for p in ours if len(p.read_text().splitlines()) > 400] == []
    assert (ROOT / "docs" / "adr").is_dir()
