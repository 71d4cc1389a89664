"""The plain page over HTTP: the whole story of a contact, no ids, no token, nobody else let in."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from kit.launched import launched, until_everybody_left

from emulator.launcher import Launch
from emulator.scene import play
from emulator.scene_book import chosen_acts, script_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ["declined-consult", "pstn-group_call", "encrypted-consult"]
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", re.IGNORECASE)


@dataclass(slots=True)
class Browser:
    launch: Launch
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.launch.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def json(self, path: str) -> Any:
        status, text = await self.get(path)
        assert status == 200, text
        return json.loads(text)

    async def row(self, name: str) -> dict[str, Any]:
        found = (await self.json("/page/contacts"))["contacts"]
        row: dict[str, Any] = next(r for r in found if r["label"] == f"{name} 1")
        return row


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Three callers came and went."""
    acts = chosen_acts(NAMES)
    folder: Path = tmp_path_factory.mktemp("page")
    async with launched(acts, folder) as launch, aiohttp.ClientSession() as http:
        for act in acts:
            script = script_of(act, 0, launch.world.config.applications[0].id)
            play(launch.world, script, launch.shell.now())
        launch.shell.pump()
        await until_everybody_left(launch)
        yield Browser(launch, http)


async def test_the_page_and_its_files(browser: Browser) -> None:
    for path in ("/", "/page/page.js", "/page/page.css", "/page/icon.svg"):
        status, text = await browser.get(path)
        assert status == 200
        assert "http://" not in text.replace("http://www.w3.org/", "")
        assert "https://" not in text


async def test_the_list_tells_how_it_went(browser: Browser) -> None:
    row = await browser.row("declined-consult")
    assert (row["outcome"], row["agent"]) == ("talked", "ben.declined-consult")
    assert row["queue"] == "declined-consult"
    assert row["wait_ms"] > 0
    hidden = await browser.row("encrypted-consult")
    assert hidden["caller"] == "identity hidden"


async def test_a_contact_shows_phones_wire_steps_and_reasons_in_order(browser: Browser) -> None:
    row = await browser.row("declined-consult")
    contact = await browser.json(f"/page/contacts/{row['id']}")
    lines = contact["lines"]
    assert {line["lane"] for line in lines} == {"phones", "wire", "service"}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    asked = [(line["text"], line["whose"]) for line in lines if line.get("way") == "request"]
    assert ("answer", "caller") in asked
    # Both agents' calls belong to this contact, told apart by the offers.
    assert ("create", "ada.declined-consult") in asked
    assert ("subscribeToTone", "ben.declined-consult") in asked
    steps = [line["text"] for line in lines if line["lane"] == "service"]
    assert steps[0].startswith("A phone number rings")
    assert [offer["outcome"] for offer in contact["offers"]] == ["declined", "accepted"]
    assert "Offered to ada.declined-consult" in contact["offers"][0]["sentences"][0]
    heard = [span["what"] for span in contact["heard"]]
    assert heard[0] == "ringback"
    assert "talk" in heard


async def test_why_not_the_other_agent(browser: Browser) -> None:
    row = await browser.row("declined-consult")
    path = f"/page/contacts/{row['id']}/why?agent=ada.declined-consult"
    chosen, declined = (await browser.json(path))["sentences"]
    assert chosen == "ada.declined-consult was the one who was chosen."
    assert "not available" in declined
    nobody = await browser.json(f"/page/contacts/{row['id']}/why?agent=nobody")
    assert nobody["sentences"] == ["The service does not know this contact or this agent."]


async def test_no_id_of_the_directory_and_no_token_reaches_the_screen(browser: Browser) -> None:
    texts = [(await browser.get("/page/contacts"))[1]]
    for name in NAMES:
        row = await browser.row(name)
        texts.append((await browser.get(f"/page/contacts/{row['id']}"))[1])
    for text in texts:
        assert GUID.search(text) is None
        assert "eyJ" not in text


async def test_an_unknown_caller_is_not_found(browser: Browser) -> None:
    status, _ = await browser.get("/page/contacts/leg-9999")
    assert status == 404


async def test_another_host_name_is_refused(browser: Browser) -> None:
    """A name that somebody pointed at this machine must not make it talk."""
    for path in ("/", "/page/contacts", "/page/contacts/leg-1"):
        status, _ = await browser.get(path, Host="evil.example")
        assert status == 403


async def test_only_the_page_itself_may_kill(browser: Browser) -> None:
    kill = browser.launch.url + "/page/kill"
    pid = browser.launch.child.pid
    async with browser.http.post(kill) as answer:
        assert answer.status == 403
    assert browser.launch.child.pid == pid
    async with browser.http.post(kill, headers={"X-Emulator-Page": "1"}) as answer:
        assert (answer.status, await answer.json()) == (200, {"killed": pid})
    await browser.launch.ready()
    listed = await browser.json("/page/contacts")
    assert listed["child"]["starts"] == 2
    # What the service had written down is still told by its next life.
    assert (await browser.row("declined-consult"))["agent"] == "ben.declined-consult"
