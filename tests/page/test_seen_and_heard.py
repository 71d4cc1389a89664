"""The page in a browser, listening: one click, then what each party hears, at its own clock."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from kit.browsers import Tab, tab
from kit.page_house import agent, caller, heard
from kit.waiting import until
from playwright.async_api import Browser

from emulator.launcher import Launch
from emulator.scripts import Behaviour

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser and one house, one worker
]
LOUD = """async (key) => {
  const answer = await fetch(`/page/sounds/${key}.wav`);
  const context = new OfflineAudioContext(1, 16000, 16000);
  const sound = await context.decodeAudioData(await answer.arrayBuffer());
  const samples = sound.getChannelData(0);
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}"""
"""how loud the decoded samples are"""
ROOT = Path(__file__).resolve().parents[2]
PLAYS = """() => [...document.querySelectorAll("audio")].filter((a) => !a.paused).map((a) => ({
  leg: a.dataset.leg, ms: a.currentTime * 1000, long: a.duration * 1000,
}))"""
"""what is playing this instant"""
PLAYED = """() => [...document.querySelectorAll("#ear-list li")].map(
  (n) => [n.innerText, n.dataset.ended])"""
ROWS = """() => [...document.querySelectorAll("#lanes .row")].map(
  (n) => [n.dataset.lane, n.querySelector(".offset").textContent])"""


async def until_it_plays(opened: Tab, leg: str = "", from_s: float = 0.0) -> None:
    await opened.page.wait_for_function(
        """([leg, from]) => [...document.querySelectorAll("audio")].some(
          (a) => !a.paused && a.currentTime > from && (!leg || a.dataset.leg === leg))""",
        arg=[leg, from_s],
    )


async def played(opened: Tab) -> list[tuple[str, bool]]:
    """What the page has played, oldest first, and whether to its end."""
    rows = await opened.evaluate(PLAYED)
    return [(text.replace("\u00a0", " ").strip(), ended == "true") for text, ended in rows][::-1]


async def test_one_click_and_a_call_is_heard_from_the_ringing_to_the_whisper(
    browser: Browser, house: Launch
) -> None:
    agent(house, "Support", Behaviour(after_ms=700, key="1", key_after_ms=6_000))
    async with tab(browser, house.url) as opened:
        await opened.page.click("#listen")
        leg = caller(house, "Support", who="+14255550123")
        await opened.until("#ear-what", "hears a prompt")
        assert "+1 425 555 0123" in await opened.text("#ear-who")
        await opened.until("#ear-what", "hears music")
        await opened.until("#ear-role", "the agent's ear")
        await opened.until("#ear-what", "hears a prompt")
        await opened.until("#ear-what", "talk has no sound here")

        # The page says what it has played; the greeting and the whisper to their ends.
        await opened.evaluate("document.getElementById('ear-played').open = true")
        told = await played(opened)
        assert any(text.startswith("+1 425 555 0123: a prompt") for text, ended in told if ended)
        assert any(text.startswith("Ada Agent: a prompt") for text, ended in told if ended)
        assert any(text.startswith("+1 425 555 0123: music") for text, _ in told)

        # By the emulator's own log the caller heard the same, and the timeline says so.
        prompts = [r for r in heard(house, leg.id) if r.what == "prompt"]
        assert len(prompts) >= 2
        for record in prompts:
            loud = await opened.evaluate(LOUD, sound_of(house, record.detail))
            assert loud > 0.01, "silence was played as a prompt"
        lines = await opened.text("#lanes")
        assert "+1 425 555 0123 hears a prompt (welcome)" in lines
        assert "+1 425 555 0123 hears music (default)" in lines
        assert "Ada Agent hears a prompt" in lines
        await opened.until("#lanes", "Ada Agent presses 1")


async def test_what_a_stranger_meets(browser: Browser, tmp_path: Path) -> None:
    """The command of `make run`: one address, one click, and a caller is seen and heard."""
    arguments = ("run", "--port", "0", "--service-port", "0", "--folder", str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        url = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
        assert url is not None
        async with tab(browser, url[0]) as opened:
            await opened.page.click("#listen")
            await opened.until(".card")
            await until_it_plays(opened)
            await opened.until("#agent-list .agent >> nth=9")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


def sound_of(house: Launch, uri: str) -> str:
    clip = house.server.page._sounds.of_prompt(uri)
    assert clip is not None
    return clip.key


async def test_nothing_is_heard_without_the_click(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        leg = caller(house, "Parcels")
        await opened.until("#stage-waiting .card")
        assert await opened.evaluate(PLAYS) == []
        await opened.page.click("#listen")
        await until_it_plays(opened)
        assert {row["leg"] for row in await opened.evaluate(PLAYS)} == {leg.id}
        await opened.page.click("#listen")
        assert await opened.evaluate(PLAYS) == []


async def test_who_comes_in_the_middle_hears_the_middle(browser: Browser, house: Launch) -> None:
    leg = caller(house, "Parcels")

    async def hears_music() -> bool:
        clip = leg.hears[0] == "prompt" and house.server.page._sounds.of_prompt(leg.hears[1])
        return bool(clip) and clip.like == "music" and house.shell.now() - leg.hears_since > 2_000

    await until(hears_music)
    async with tab(browser, house.url) as opened:
        await opened.page.click("#listen")
        await until_it_plays(opened, leg.id, 2.1)
        now = house.shell.now()
        (row,) = await opened.evaluate(PLAYS)
        assert row["leg"] == leg.id
        # As far as the phone is, and not at the beginning.
        assert abs((now - leg.hears_since) % row["long"] - row["ms"]) < 1_500


async def test_each_ear_can_be_chosen(browser: Browser, house: Launch) -> None:
    agent(house, "Billing", Behaviour(after_ms=300))  # picks up, and forgets the key
    async with tab(browser, house.url) as opened:
        leg = caller(house, "Billing")
        await opened.page.click("#listen")
        await opened.until("#ear-role", "the agent's ear")
        await opened.page.click("[data-whose=caller]")
        await opened.until("#ear-role", "the caller's ear")
        await until_it_plays(opened, leg.id)
        await opened.page.click("[data-whose=agent]")
        await opened.until("#ear-who", "Chloe Agent")


async def test_a_sound_of_the_timeline_can_be_heard_again(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        caller(house, "Parcels", patience_ms=2_500)
        await opened.until("#story-state", "gave up")
        await opened.page.click("#lanes .again >> nth=0")
        await until_it_plays(opened)
        await opened.page.wait_for_function("() => document.querySelectorAll('audio').length === 0")


async def test_the_story_has_lanes_milliseconds_and_reasons(
    browser: Browser, house: Launch
) -> None:
    agent(house, "Returns", Behaviour(after_ms=200, key="1", key_on_prompt=True))
    async with tab(browser, house.url) as opened:
        caller(house, "Returns", talk_ms=300)
        await opened.until("#story-state", "talked")
        await opened.until("#lanes [data-lane=service]", "Connected with David Agent")
        rows = await opened.evaluate(ROWS)
        assert {lane for lane, _ in rows} == {"phones", "service", "requests", "notifications"}
        offsets = [float(offset) for _, offset in rows]
        assert offsets == sorted(offsets)
        assert all(re.fullmatch(r"[+-]\d+\.\d{3}", offset) for _, offset in rows)
        assert "Offered to David Agent" in await opened.text("#why-offers")
        await opened.page.click("#why-agents button >> nth=0")
        await opened.until("#why-answer", "was the one who was chosen")
        await opened.page.click("#filter-requests")
        await opened.page.click("#filter-notifications")
        assert await opened.page.locator("#lanes [data-lane=requests]").count() == 0
        await opened.page.fill("#filter-words", "presses")
        assert await opened.page.locator("#lanes .row").count() == 1
