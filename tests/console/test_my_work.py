"""An agent's page in a browser, against the whole stack: from the ring to done, and what may go
wrong on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from kit.browsers import Tab
from kit.tab_house import (
    ADA,
    BEN,
    CALLER,
    NARROW,
    SCRIPT,
    THEMES,
    faults,
    hangs_up,
    picks_up,
    presence,
    rings,
    sign_in,
    visitor,
)
from kit.waiting import until
from playwright.async_api import Browser, Route, expect

from emulator.launcher import Launch

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
FOCUSED = "() => document.activeElement.textContent"
MINE = ".contact"
# A browser that ends a page without telling it, as a crash does.
KILLED = """() => window.addEventListener(
    "visibilitychange", (event) => event.stopImmediatePropagation(), true)"""
KEPT = "() => Object.keys(sessionStorage).filter((each) => each.includes('note'))"


@asynccontextmanager
async def at_work(
    browser: Browser, house: Launch, *, complains: bool = False
) -> AsyncIterator[Tab]:
    """Ada at her page, available; afterwards she is away and free again."""
    async with visitor(browser, complains=complains) as opened:
        await sign_in(opened, house, ADA)
        await opened.until(".state b", "Ready")
        presence(house, ADA, "Available")
        try:
            yield opened
        finally:
            presence(house, ADA, "Away")


async def answers(house: Launch) -> None:
    async def picked_up() -> bool:
        return picks_up(house, ADA)

    await until(picked_up)


async def seen_talking(opened: Tab) -> None:
    """Only a talk that presence has shown is seen to end."""
    await opened.until("main .quiet", "In a call", 60_000)


@asynccontextmanager
async def talk(opened: Tab, house: Launch) -> AsyncIterator[None]:
    """Ada accepts on the page, picks up, and they talk; afterwards it is over and done."""
    leg = rings(house, "support")
    await opened.until("#offer-title", "A call for you")
    await opened.page.keyboard.press("Enter")
    await answers(house)
    await opened.until("#my-contact", f"You talk with {CALLER}")
    try:
        yield
        await seen_talking(opened)
    finally:
        hangs_up(house, leg)
    await opened.until("#my-contact", f"After the call: {CALLER}", 60_000)
    if not await opened.page.get_by_label("Solved").is_checked():
        await opened.page.get_by_label("Solved").click()
    await opened.page.click("text=Done")
    await expect(opened.page.locator(MINE)).to_have_count(0)


async def test_from_the_ring_to_done_on_the_page(browser: Browser, house: Launch) -> None:
    async with at_work(browser, house) as opened:
        leg = rings(house, "support")
        await opened.until(".offer .caller", CALLER)
        await opened.until(".offer .caller", "Support")
        said = opened.page.locator("[aria-live=assertive]")
        await expect(said).to_contain_text(f"A call for you: {CALLER}, queue Support.")
        assert await opened.page.title() == f"☎ {CALLER} – Switchboard"
        assert await opened.evaluate(FOCUSED) == "Accept"
        await opened.page.keyboard.press("Enter")
        await opened.until("#offer-title", "You accepted")
        await answers(house)
        await opened.until("#my-contact", f"You talk with {CALLER}")
        await opened.page.get_by_label("Note").fill(f"Wants a refund {SCRIPT}")
        await opened.until("#note-state[data-state=saved]")
        await seen_talking(opened)
        hangs_up(house, leg)
        await opened.until(".state b", "Wrap-up", 60_000)
        done = opened.page.get_by_role("button", name="Done")
        await expect(done).to_be_disabled()
        await opened.until(f"{MINE} .quiet", "Choose first how the contact ended")
        await opened.page.click("text=0:30 more")
        await opened.until(f"{MINE} .quiet", "cannot be made longer any more")
        await opened.page.get_by_label("Solved").click()
        await expect(done).to_be_enabled()
        await done.click()
        await opened.until(".state b", "Ready")
        await expect(opened.page.locator(MINE)).to_have_count(0)
    async with visitor(browser) as sams:
        await sign_in(sams, house, "sam.supervisor@contoso.example", "#/past")
        await sams.page.click(f"tr[data-outcome=answered] a >> text={CALLER}")
        await sams.until(".timeline li", f"noted: Wants a refund {SCRIPT}")
        await sams.until(".timeline li", "says how it ended: solved")
        await sams.until(".timeline li", "accepted on the tab")
        assert await sams.page.title() == "Switchboard"


async def test_who_types_keeps_the_focus_and_accepts_with_one_chord(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house) as opened:
        await opened.page.click("summary")
        await opened.page.get_by_label("Reason").fill("den")
        leg = rings(house, "support")
        await opened.until("#offer-title", "A call for you")
        await opened.page.keyboard.type("tist")
        assert await opened.page.get_by_label("Reason").input_value() == "dentist"
        await opened.page.keyboard.press("Alt+a")
        await opened.until("#offer-title", "You accepted")
        assert await opened.page.get_by_label("Reason").input_value() == "dentist"
        hangs_up(house, leg)
        await expect(opened.page.locator(".offer")).to_have_count(0)
        await expect(opened.page.locator("[aria-live=assertive]")).to_have_text(
            "The offer is over."
        )
        assert await opened.page.title() == "Switchboard"


async def test_the_offer_is_seen_on_every_page_and_declined_with_a_reason(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house) as opened:
        await opened.page.click("nav a >> text=Messages")
        leg = rings(house, "support")
        await opened.until(".offer .caller", CALLER)
        await opened.page.get_by_label("Why, if you like").fill("Not for me")
        await opened.page.click("button >> text=Decline")
        await expect(opened.page.locator(".offer")).to_have_count(0)
        await opened.page.click("nav a >> text=My work")
        await opened.until("main p", "No call comes to you for a moment")
        hangs_up(house, leg)
        await opened.page.get_by_role("button", name="Ready", exact=True).click()
        await expect(opened.page.get_by_text("No call comes to you for a moment")).to_have_count(0)


async def test_not_ready_for_a_reason_that_ends_by_itself_and_ready_again(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house) as opened:
        lunch = opened.page.get_by_role("button", name="Lunch")
        await lunch.click()
        await opened.until(".state", "Lunch")
        await opened.until(".until", "(44:5")
        await expect(lunch).to_have_attribute("aria-pressed", "true")
        await opened.page.get_by_role("button", name="Ready", exact=True).click()
        await opened.until(".state b", "Ready")


async def test_out_of_a_queue_and_in_again_and_where_the_plan_says_no(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house) as opened:
        await opened.page.get_by_role("button", name="Opt out of Support").click()
        await opened.until("tbody small", "You opted out")
        await opened.until(".chips", "Opted out")
        await opened.page.get_by_role("button", name="Opt in to Support").click()
        await opened.until(".chips", "Available")
    async with visitor(browser) as bens:
        await sign_in(bens, house, BEN)
        await expect(bens.page.get_by_role("button", name="Opt out of Sales")).to_be_disabled()
        await bens.until("tbody small", "the plan says so")


async def test_what_was_typed_while_the_network_was_away_is_saved_when_it_is_back(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house, complains=True) as opened, talk(opened, house):
        note = opened.page.get_by_label("Note")
        await note.fill("before")
        await opened.until("#note-state[data-state=saved]")
        await opened.page.context.set_offline(True)
        await note.fill("typed without a network")
        await opened.until("#note-state[data-state=lost]", "kept in this window")
        await opened.page.context.set_offline(False)
        await opened.until("#note-state[data-state=saved]")
        await opened.page.reload()
        await expect(note).to_have_value("typed without a network")


async def test_a_note_outlives_a_kill_of_the_service_without_a_reload(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house, complains=True) as opened, talk(opened, house):
        house.child.kill()
        await opened.page.get_by_label("Note").fill("while it was dead")
        await opened.until("#note-state[data-state=lost]", "kept in this window")
        await house.ready()
        await opened.until("#note-state[data-state=saved]")
        await opened.page.reload()
        await expect(opened.page.get_by_label("Note")).to_have_value("while it was dead")


async def test_a_note_that_cannot_be_saved_outlives_a_reload_of_the_page(
    browser: Browser, house: Launch
) -> None:
    async def nowhere(route: Route) -> None:
        await route.abort()

    async with at_work(browser, house, complains=True) as opened, talk(opened, house):
        await opened.page.evaluate(KILLED)
        await opened.page.route("**/note", nowhere)
        await opened.page.get_by_label("Note").fill("not yet")
        await opened.until("#note-state[data-state=lost]")
        await opened.page.reload()
        await expect(opened.page.get_by_label("Note")).to_have_value("not yet")
        await opened.until("#note-state[data-state=lost]")
        await opened.page.unroute("**/note")
        await opened.until("#note-state[data-state=saved]")
        assert await opened.evaluate(KEPT) == []


async def test_a_note_that_was_changed_elsewhere_is_shown_and_nothing_is_lost(
    browser: Browser, house: Launch
) -> None:
    async with at_work(browser, house, complains=True) as opened, talk(opened, house):
        async with visitor(browser) as other:
            await sign_in(other, house, ADA)
            await opened.page.get_by_label("Note").fill("first")
            await expect(other.page.get_by_label("Note")).to_have_value("first")
            await opened.page.context.set_offline(True)
            await opened.page.get_by_label("Note").fill("first, and here")
            await other.page.get_by_label("Note").fill("first, and there")
            await other.until("#note-state[data-state=saved]")
        await opened.page.context.set_offline(False)
        await opened.until("blockquote", "first, and there")
        await opened.page.get_by_role("button", name="Keep both").click()
        await opened.until("#note-state[data-state=saved]")
        await expect(opened.page.get_by_label("Note")).to_have_value(
            "first, and there\nfirst, and here"
        )


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_in_an_offer_and_a_talk(
    browser: Browser, house: Launch, theme: str
) -> None:
    async with at_work(browser, house) as opened:
        await opened.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        leg = rings(house, "support")
        await opened.until("#offer-title", "A call for you")
        assert await faults(opened.page) == []
        await opened.page.set_viewport_size(NARROW)
        assert not await opened.evaluate(WIDER)
        hangs_up(house, leg)
        await expect(opened.page.locator(".offer")).to_have_count(0)
        async with talk(opened, house):
            assert await faults(opened.page) == []
            assert not await opened.evaluate(WIDER)


async def test_korean_is_whole_in_an_offer(browser: Browser, house: Launch) -> None:
    async with visitor(browser, locale="ko-KR") as opened:
        await sign_in(opened, house, ADA)
        await opened.until("h1", "내 업무")
        presence(house, ADA, "Available")
        leg = rings(house, "support")
        await opened.until("#offer-title", "전화가 왔습니다")
        await opened.until(".offer .primary", "수락")
        hangs_up(house, leg)
        presence(house, ADA, "Away")
        await expect(opened.page.locator(".offer")).to_have_count(0)
