"""What is known of a caller, in a browser: above the contact's story, as text, with a photo."""

import pytest
from kit.tab_house import NARROW, SAM, SCRIPT, UNA, faults, hangs_up, sign_in, visitor
from playwright.async_api import Browser, expect

from emulator.customers_web import WebScript
from emulator.launcher import Launch
from emulator.scripts import CallerScript

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
LOADED = "() => document.querySelector('.context img').naturalWidth"
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def una_rings(house: Launch) -> str:
    """A colleague calls, of whom three places know something and one is broken; the leg."""
    scripts = house.world.exchange.web.scripts
    scripts["crm"] = WebScript(answer={"name": SCRIPT})
    scripts["slow"] = WebScript(how="html")
    script = CallerScript(to="frontdesk@contoso.example", kind="user", who=UNA)
    leg = house.world.place_call(script, house.shell.now())
    house.shell.pump()
    return leg.id


async def test_what_is_known_of_a_caller_stands_above_their_story(
    browser: Browser, house: Launch
) -> None:
    hangs_up(house, una_rings(house))
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        await expect(opened.page.locator("[data-stage]")).to_have_count(0)
        leg = una_rings(house)
        await opened.page.click("[data-stage] a")
        await opened.until(".place[aria-label=CRM] dd", SCRIPT)
        await opened.until(".place[aria-label=slow] [role=status]", "cannot be used")
        await opened.until(".place[aria-label=Directory] dl", "Sam Supervisor")
        await opened.until(".place[aria-label='Earlier calls'] li", "Support: Hung up")
        link = opened.page.locator(".place[aria-label=CRM] a")
        assert (await link.get_attribute("href") or "").startswith(
            "https://crm.contoso.example/%3C"
        )
        assert await link.get_attribute("rel") == "noopener noreferrer"
        await expect(opened.page.locator(".context img")).to_be_visible()
        assert await opened.evaluate(LOADED) == 96
        assert await opened.evaluate("() => document.title") != "run"
        await opened.page.set_viewport_size(NARROW)
        assert not await opened.evaluate(WIDER)
        hangs_up(house, leg)
        await expect(opened.page.locator(".context")).to_have_count(0)


async def test_axe_finds_nothing_in_it(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/floor")
        leg = una_rings(house)
        try:
            await opened.page.click("[data-stage] a")
            await opened.until(".place[aria-label=Directory] dl", "Sam Supervisor")
            assert await faults(opened.page) == []
        finally:
            hangs_up(house, leg)
