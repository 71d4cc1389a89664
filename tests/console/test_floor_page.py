"""The live floor in a browser: who waits, who works, and one contact with its reasons."""

import pytest
from kit.tab_house import (
    ADA,
    BEN,
    CALLER,
    NARROW,
    SAM,
    THEMES,
    database_of,
    faults,
    hangs_up,
    presence,
    rings,
    sign_in,
    visitor,
)
from playwright.async_api import Browser, expect

from bot.ordered import Given, carry_out
from emulator.launcher import Launch

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
OTTO = "otto.auditor@contoso.example"
LAST = "+14255550177"
FLOOD = "<b>We are flooded.</b>"
OTHER = "+14255550188"
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def test_a_supervisor_sees_their_floor_and_no_other(browser: Browser, house: Launch) -> None:
    legs = [rings(house, "support"), rings(house, "sales", OTHER)]
    async with visitor(browser) as sams, visitor(browser) as ottos:
        await sign_in(sams, house, SAM, "#/floor")
        await expect(sams.page.locator("[data-stage]")).to_have_count(1)
        await expect(sams.page.locator("[data-stage] th")).to_have_text(CALLER)
        await expect(sams.page.locator("[data-stage] td").nth(2)).to_have_text("1")
        assert OTHER not in await sams.text("main")
        await sign_in(ottos, house, OTTO, "#/floor")
        await expect(ottos.page.locator("[data-stage]")).to_have_count(2)
        await expect(ottos.page.locator("main")).to_contain_text("Ben Agent")
        assert "Ben Agent" not in await sams.text("main")
        for leg in legs:
            hangs_up(house, leg)
        await expect(sams.page.locator("[data-stage]")).to_have_count(0)
        await sams.until("main .quiet", "Nobody is calling.")


async def test_a_closure_shows_beside_its_queue_while_it_lasts(
    browser: Browser, house: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_VOICE", "laptop")
    database = database_of(house)
    async with (
        visitor(browser, viewport=NARROW) as sams,
        visitor(browser, locale="ko-KR") as adas,
        visitor(browser) as bens,
    ):
        await sign_in(sams, house, SAM, "#/floor")
        await sign_in(adas, house, ADA)
        await sign_in(bens, house, BEN)
        closes = Given(verb="close", name="support", texts=(FLOOD,), lasts="2h", by="olga")
        assert await carry_out(closes, database, None) == 0
        for opened, begins in ((sams, "Closed until "), (adas, "")):
            shown = opened.page.locator("tbody .bulletin")
            await expect(shown).to_contain_text(f"· olga · “{FLOOD}”")
            assert (await shown.inner_text()).startswith(begins)
        assert "까지 닫힘" in await adas.text("tbody .bulletin")
        assert await sams.evaluate(WIDER) is False
        assert await faults(sams.page) == []
        assert "olga" not in await bens.text("main"), "it is none of their queues"
        assert await carry_out(Given(verb="open", name="support"), database, None) == 0
        await expect(sams.page.locator("tbody .bulletin")).to_have_count(0)
        await expect(adas.page.locator("tbody .bulletin")).to_have_count(0)


async def test_a_contact_tells_what_happened_and_why(browser: Browser, house: Launch) -> None:
    leg = rings(house, "support")
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        await opened.page.click("[data-stage] a")
        await opened.until("#story-title", CALLER)
        assert await opened.evaluate("() => document.activeElement.id") == "story-title"
        await opened.until(".timeline li", "Waits in queue support")
        await opened.until(".story .quiet", "Nobody was offered this contact yet")
        presence(house, ADA, "Available")
        await opened.until(".offers p", "offered to ada.agent@contoso.example")
        await opened.until(".timeline li", "Offered to ada.agent@contoso.example")
        await opened.page.select_option(".story-parts select", "eve.agent@contoso.example")
        await opened.until("[aria-live] p", "eve.agent@contoso.example")
        hangs_up(house, leg)
        presence(house, ADA, "Away")
        await opened.until(".timeline li", "abandoned")
        assert CALLER in await opened.text("#story-title"), "it can be read when it is over"
        await opened.page.click("text=Close")
        await expect(opened.page.locator(".story")).to_have_count(0)


async def test_a_supervisor_steers_a_contact_that_waits(browser: Browser, house: Launch) -> None:
    rings(house, "support")
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        await opened.page.click("[data-stage] a")
        steer = opened.page.locator(".steer")
        await steer.wait_for()
        assert await faults(opened.page) == []
        await expect(steer.get_by_role("button", name="Move")).to_be_disabled()
        await steer.get_by_label("Priority").select_option("1")
        await steer.get_by_role("button", name="Set").click()
        await opened.until(".timeline li", "gives it priority 1 (before: 3)")
        await steer.get_by_role("button", name="Take out of the line").click()
        await opened.until(".timeline li", "takes it out of queue support")
        await expect(steer).to_have_count(0)
        await expect(opened.page.locator("[data-stage]")).to_have_count(0)


async def test_an_auditor_is_offered_nothing_to_do(browser: Browser, house: Launch) -> None:
    leg = rings(house, "support")
    async with visitor(browser) as opened:
        await sign_in(opened, house, OTTO, "#/floor")
        await opened.page.click("[data-stage] a")
        await opened.until(".timeline li", "Waits in queue support")
        await expect(opened.page.locator(".steer")).to_have_count(0)
        hangs_up(house, leg)


async def test_a_contact_of_another_queue_cannot_be_opened(browser: Browser, house: Launch) -> None:
    leg = rings(house, "sales", OTHER)
    async with visitor(browser) as ottos:
        await sign_in(ottos, house, OTTO, "#/floor")
        contact = ottos.page.locator("[data-stage] a").filter(has_text=OTHER)
        address = await contact.get_attribute("href")
    assert address is not None
    async with visitor(browser, complains=True) as opened:  # of the 404 itself
        await sign_in(opened, house, SAM, address)
        await opened.until(".story [role=alert]", "cannot be shown")
        assert OTHER not in await opened.text("main")
    hangs_up(house, leg)


async def test_past_contacts_are_read_page_by_page_and_open(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        leg = rings(house, "support", LAST)
        await opened.until("[data-stage=queued] th", LAST)
        hangs_up(house, leg)
        await expect(opened.page.locator("[data-stage]")).to_have_count(0)
        await opened.page.click("nav a >> text=Past contacts")
        await opened.until("[data-outcome=abandoned] th", LAST)
        assert OTHER not in await opened.text("main"), "another queue's"
        await opened.page.click(f"a >> text={LAST}")
        await opened.until(".timeline li", "A phone number rings")
        await opened.page.click("text=Close")
        await expect(opened.page.locator(".story")).to_have_count(0)
        assert await faults(opened.page) == []


async def test_an_agent_has_no_floor(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA, "#/floor")
        await opened.until("h1", "My work")
        shown = await opened.page.locator("nav a").all_inner_texts()
        assert shown == ["My work", "Calls", "Messages", "Reports"]


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_on_the_floor(
    browser: Browser, house: Launch, theme: str
) -> None:
    leg = rings(house, "support")
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        await opened.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        await opened.page.click("[data-stage] a")
        await opened.until(".timeline li")
        assert await faults(opened.page) == []
        await opened.page.set_viewport_size(NARROW)
        assert not await opened.evaluate(WIDER)
    hangs_up(house, leg)
