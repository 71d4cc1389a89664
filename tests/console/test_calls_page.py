"""The page of calls in a browser, with the whole stack: a missed call, owned, called back."""

import pytest
from kit.tab_house import (
    ADA,
    BEN,
    NARROW,
    THEMES,
    faults,
    hangs_up,
    presence,
    rings,
    sign_in,
    visitor,
)
from kit.waiting import until
from playwright.async_api import Browser

from emulator.launcher import Launch

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
LOST = "+14255550177"
MISSED = f"li.card:has-text('{LOST}')"


async def gives_up(house: Launch) -> None:
    """Somebody waits for Support, and hangs up."""
    call = rings(house, "support", LOST)

    async def waits() -> bool:
        return house.world.exchange.legs[call].hears != ("", "")

    await until(waits, within_s=20)
    hangs_up(house, call)


async def test_a_missed_call_is_taken_care_of_and_called_back(
    browser: Browser, house: Launch
) -> None:
    await gives_up(house)
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA, "#/calls")
        missed = opened.page.locator(MISSED).first
        await missed.wait_for()
        assert "Hung up Support" in await missed.inner_text()
        back = missed.get_by_role("button", name="Call back")
        assert await back.is_disabled()
        await missed.get_by_text("You must be ready and free").wait_for()
        await missed.get_by_role("button", name="I take care of it").click()
        await missed.get_by_text("Ada Agent takes care of it.").wait_for()
        presence(house, ADA, "Available")
        await back.and_(opened.page.locator(":enabled")).wait_for()
        await back.click()
        # My phone rings, and the offer says whom it is about.
        await opened.page.locator(".offer .caller b").filter(has_text=LOST).wait_for()
        presence(house, ADA, "Away")
        await opened.page.locator(".offer").get_by_role("button", name="Decline").click()
        await opened.page.locator(".offer").wait_for(state="detached")
        await missed.get_by_role("button", name="Called back").click()
        await missed.wait_for(state="detached")
        await opened.page.get_by_label("Also those that were dealt with").check()
        await missed.get_by_text("Dealt with by Ada Agent.").wait_for()
        await opened.page.get_by_role("link", name="My team's").click()
        await opened.until("li.card h2", LOST)
        await opened.page.get_by_role("link", name="Mine").click()
        await opened.until("main .quiet", "You have talked with nobody yet.")


async def test_another_team_sees_nothing_of_it(browser: Browser, house: Launch) -> None:
    await gives_up(house)
    async with visitor(browser) as opened:
        await sign_in(opened, house, BEN, "#/calls")
        await opened.until("main .quiet", "Nobody waits to be called back.")
        assert LOST not in await opened.text("main")


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious(browser: Browser, house: Launch, theme: str) -> None:
    await gives_up(house)
    async with visitor(browser, viewport=NARROW) as opened:
        await sign_in(opened, house, ADA, "#/calls")
        await opened.page.locator(MISSED).first.wait_for()
        await opened.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
        assert await faults(opened.page) == []
        wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await opened.evaluate(f"() => {wider}")
