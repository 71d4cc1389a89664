"""The page in a browser on bad days, by the light of both themes, and what it never shows."""

import re
from pathlib import Path

import pytest
from kit.browsers import tab
from kit.page_house import agent, caller
from playwright.async_api import Browser

from emulator.launcher import Launch
from emulator.scripts import Behaviour

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser and one house, one worker
]
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{32}", re.IGNORECASE)
WAITING_CALLERS = 3


async def test_a_kill_while_people_wait_is_survived_and_told(
    browser: Browser, house: Launch
) -> None:
    async with tab(browser, house.url) as opened, tab(browser, house.url) as other:
        for _ in range(WAITING_CALLERS):
            caller(house, "Parcels")
        await opened.page.wait_for_function(
            "(n) => document.querySelectorAll('#stage-waiting .card').length === n",
            arg=WAITING_CALLERS,
        )
        before, pid = await opened.evaluate(SECONDS), house.child.pid
        await opened.page.click("#kill")
        await opened.until("#recovery-title", "was killed by SIGKILL")
        await other.until("#recovery-title", "was killed by SIGKILL")
        await opened.until("#recovery-title", "Back after", within_ms=60_000)
        await opened.until(
            "#recovery-words", f"All {WAITING_CALLERS} callers it held are still there"
        )
        told = await opened.text("#recovery-words")
        assert "Their seconds of waiting run on." in told
        assert f"took up {WAITING_CALLERS} contacts again" in told
        await other.until("#recovery-words", "still there")
        assert await opened.evaluate(SECONDS) == before
        assert house.child.pid != pid
        await opened.until("#service-words", "started 2 times")
        await opened.until("#lanes", "Taken up again after a restart")
        await opened.page.click("#recovery-close")
        assert not await opened.page.is_visible("#recovery")
        assert await other.page.is_visible("#recovery")


async def test_faults_and_switches_are_one_click_and_the_same_everywhere(
    browser: Browser, house: Launch
) -> None:
    world = house.world
    async with tab(browser, house.url) as opened, tab(browser, house.url) as other:
        await opened.page.click("#bad-days-open")
        await opened.page.check("#faults input[name=fault-slow][value='3 s']")
        await other.until("#bad-days-count", "1")
        assert [rule.delay_ms for rule in world.faults.rules] == [3_000]
        await opened.page.check("#faults input[name=fault-presence_frozen][value=frozen]")
        await opened.page.fill("#switches-search", "roster")
        await opened.page.check("#switches input[name=switch-roster][value=silent]")
        await other.until("#bad-days-count", "3")
        assert (world.switches["presence_frozen"], world.switches["roster"]) == ("frozen", "silent")
        await opened.page.click("#bad-days-reset")
        await opened.page.wait_for_selector("#bad-days-count", state="hidden")
        assert world.faults.rules == []
        assert (world.switches["presence_frozen"], world.switches["roster"]) == ("live", "told")
        await opened.page.keyboard.press("Escape")
        assert not await opened.page.is_visible("#bad-days")


async def test_a_slow_graph_is_seen_in_the_story(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        await opened.page.click("#bad-days-open")
        await opened.page.check("#faults input[name=fault-slow][value='0.5 s']")
        caller(house, "Parcels")
        await opened.until("#lanes [data-lane=requests]", "slow")


async def test_every_word_can_be_read_in_both_themes_and_none_is_an_id(
    browser: Browser, house: Launch
) -> None:
    agent(house, "Front Desk", Behaviour(after_ms=100))
    agent(house, "Sales", Behaviour(do="ignore"))
    async with tab(browser, house.url, reduced_motion="reduce") as opened:
        caller(house, "Front Desk")
        caller(house, "Parcels", kind="encrypted")
        caller(house, "Sales", kind="withheld")
        await opened.page.click("#listen")
        await opened.until("#stage-talking .card")
        await opened.until("#stage-offered .card")
        await opened.page.click("#stage-talking .card")
        await opened.until("#why-offers .offer")
        await opened.page.click("#lanes [data-lane=requests] summary >> nth=0")
        await opened.page.click("#lanes [data-lane=notifications] summary >> nth=0")
        await opened.until("#lanes pre", "callbackUri")
        await opened.page.click("#why-agents button >> nth=0")
        await opened.until("#why-answer", "chosen")
        assert await opened.evaluate(NAMELESS) == []
        await opened.page.click("#bad-days-open")
        for scheme in ("light", "dark"):
            await opened.page.emulate_media(color_scheme=scheme)
            assert await opened.evaluate(PALE) == []
        seen = await opened.evaluate(SEEN)
        assert [text for text in seen if GUID.search(text)] == []


SECONDS = """() => [...document.querySelectorAll("#stage-waiting .card-time")].map(
  (node) => node.dataset.since)"""
SEEN = """() => [document.body.innerText, ...[...document.querySelectorAll("*")].flatMap((node) =>
  ["title", "aria-label", "value", "placeholder"].map((name) => node.getAttribute(name) ?? ""))]"""
NAMELESS = """() => [...document.querySelectorAll("button, a, summary, select, input")]
  .filter((node) => node.checkVisibility() && !node.closest("label") && !node.labels?.length
    && !node.getAttribute("aria-label") && !node.innerText?.trim())
  .map((node) => node.outerHTML.slice(0, 120))"""
"""what a screen reader could not name"""
PALE = (Path(__file__).parent / "pale.js").read_text()
"""words whose contrast is less than AA asks for"""
