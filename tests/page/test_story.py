"""A contact's story over HTTP against the whole service: wire, steps, reasons, and no ids."""

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
from kit.page_reader import PageReader

from emulator.launcher import Launch
from emulator.scene import play
from emulator.scene_book import chosen_acts, script_of

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("page story"),  # one house, one worker
]
NAMES = ["declined-consult", "pstn-group_call", "encrypted-consult"]
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{32}", re.IGNORECASE)
ADA, BEN = "ada.declined-consult@contoso.example", "ben.declined-consult@contoso.example"


@dataclass(slots=True)
class Told:
    launch: Launch
    page: PageReader

    async def json(self, path: str) -> Any:
        status, text = await self.page.get(path)
        assert status == 200, text
        return json.loads(text)

    async def row(self, name: str) -> dict[str, Any]:
        """The caller of this act, among those who have gone."""
        async with self.page.open() as page:
            ended = await page.until(lambda s: s["ended"])
        row: dict[str, Any] = next(r for r in ended if r["label"] == f"{name} 1")
        return row

    async def story(self, name: str) -> Any:
        return await self.json(f"/page/contacts/{(await self.row(name))['leg']}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """Three callers came and went while a page was open."""
    acts = chosen_acts(NAMES)
    folder: Path = tmp_path_factory.mktemp("page")
    async with launched(acts, folder) as launch, aiohttp.ClientSession() as http:
        reader = PageReader(launch.url, http)
        async with reader.open() as page:
            for act in acts:
                script = script_of(act, 0, launch.world.config.applications[0].id)
                play(launch.world, script, launch.shell.now())
            launch.shell.pump()
            await until_everybody_left(launch)
            await page.until(lambda s: len(s["ended"]) == len(acts))
        yield Told(launch, reader)


async def test_who_has_gone_is_told_with_how_it_went(told: Told) -> None:
    row = await told.row("declined-consult")
    assert (row["outcome"], row["agent"]) == ("talked", "Ben")
    assert row["queue"] == "declined-consult"
    assert (await told.row("encrypted-consult"))["name"] == "Identity hidden"


async def test_a_story_has_phones_wire_and_steps_in_order(told: Told) -> None:
    story = await told.story("declined-consult")
    lines = story["lines"]
    assert {line["lane"] for line in lines} == {"phones", "requests", "notifications", "service"}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    asked = [(line["text"], line["whose"]) for line in lines if line["lane"] == "requests"]
    assert ("answer", "caller") in asked
    # Both agents' calls belong to this contact, told apart by the offers.
    assert ("create", "Ada") in asked
    assert ("subscribeToTone", "Ben") in asked
    steps = [line["text"] for line in lines if line["lane"] == "service"]
    assert steps[0].startswith("A phone number rings")
    assert story["wait_ms"] > 0


async def test_a_story_says_what_each_party_heard_and_pressed(told: Told) -> None:
    story = await told.story("declined-consult")
    heard = [(span["party"], span["what"]) for span in story["heard"]]
    caller = [what for party, what in heard if party == story["name"]]
    assert (caller[0], caller[-1]) == ("ringback", "talk")
    assert "prompt" in caller
    # The whisper, on the agent's own phone.
    assert ("Ben", "prompt") in heard
    phones = [line["text"] for line in story["lines"] if line["lane"] == "phones"]
    # Without a voice a tone stands for the words: the prompt that is played is named.
    assert "Ben hears a prompt (attention)" in phones
    assert "Ben presses 1" in phones


async def test_reasons_come_from_the_service_with_names(told: Told) -> None:
    story = await told.story("declined-consult")
    assert [offer["outcome"] for offer in story["offers"]] == ["declined", "accepted"]
    assert "Offered to Ada" in story["offers"][0]["sentences"][0]
    path = f"/page/contacts/{story['leg']}/why?agent={ADA}"
    chosen, declined = (await told.json(path))["sentences"]
    assert chosen == "Ada was the one who was chosen."
    assert "not available" in declined
    assert {"upn": BEN, "name": "Ben"} in story["agents"]
    nobody = await told.json(f"/page/contacts/{story['leg']}/why?agent=nobody")
    assert nobody["sentences"] == ["The service does not know this contact or this agent."]


async def test_each_line_of_the_wire_can_be_read_in_full(told: Told) -> None:
    story = await told.story("declined-consult")
    texts = []
    for line in story["lines"]:
        if line["lane"] in ("requests", "notifications"):
            path = f"/page/contacts/{story['leg']}/wire/{line['seq']}"
            texts.append((await told.page.get(path))[1])
            assert json.loads(texts[-1])["line"]
    transfer = next(text for text in texts if '"transferTarget"' in text)
    assert "<Ben's call>" in json.loads(transfer)["body"]["transferTarget"]["replacesCallId"]
    assert [text for text in texts if GUID.search(text) or "eyJ" in text] == []
    assert (await told.page.get(f"/page/contacts/{story['leg']}/wire/999999"))[0] == 404


async def test_no_id_of_the_directory_and_no_token_reaches_the_page(told: Told) -> None:
    async with told.page.open() as page:
        texts = [json.dumps(await page.until(lambda s: "ended" in s and s))]
    texts += [json.dumps(await told.story(name)) for name in NAMES]
    assert [text for text in texts if GUID.search(text) or "eyJ" in text] == []


async def test_what_the_service_told_stays_while_it_is_away(told: Told) -> None:
    before = await told.story("declined-consult")
    told.launch.child.kill()
    away = await told.story("declined-consult")
    assert (before["service"], away["service"]) == (True, False)
    assert away["lines"] == before["lines"]
    assert away["offers"] == before["offers"]
    await told.launch.ready()
    # What the service had written down is still told by its next life.
    again = await told.story("declined-consult")
    assert again["service"]
    assert again["offers"] == before["offers"]


async def test_an_unknown_caller_is_not_found(told: Told) -> None:
    status, _ = await told.page.get("/page/contacts/leg-9999")
    assert status == 404
