"""The tab inside Teams: Microsoft's own library on our side, a made-up Teams on the other."""

import time

import pytest
from kit.tab_house import ADA, THEMES, faults, in_teams
from kit.waiting import until
from playwright.async_api import Browser, expect

from emulator.launcher import Launch

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]


def token(house: Launch, upn: str = ADA) -> str:
    """What Teams gets from Entra for this person."""
    config = house.world.config
    person = next(each for each in config.people if each.upn == upn)
    now = int(time.time() * 1000)
    return house.shell.identity.user_token(person, config.applications[0], person.roles, now)


async def test_teams_signs_its_user_in_without_a_click(browser: Browser, house: Launch) -> None:
    told = {"theme": "dark", "locale": "ko-kr", "token": token(house)}
    async with in_teams(browser, house, told) as (opened, frame):
        await expect(frame.locator(".who")).to_contain_text("Ada Agent")
        await expect(frame.locator("h1")).to_have_text("내 업무")
        await expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(frame.locator("header button")).to_have_count(0)  # Teams decides who it is
        asked = await opened.evaluate("() => window.asked")
        assert asked[0] == "initialize"
        assert "appInitialization.success" in asked
        await opened.evaluate("() => window.wear('contrast')")
        await expect(frame.locator("html")).to_have_attribute("data-theme", "contrast")


async def test_what_teams_refuses_is_told(browser: Browser, house: Launch) -> None:
    told = {
        "theme": "default",
        "locale": "en-us",
        "token": "",
        "refusal": "resourceRequiresConsent",
    }
    async with in_teams(browser, house, told) as (_, frame):
        await expect(frame.locator("[role=alert]")).to_contain_text("must agree to it once")
        await expect(frame.locator(".detail")).to_have_text("resourceRequiresConsent")
        await expect(frame.locator("button.primary")).to_have_text("Try again")


async def test_a_token_of_another_service_is_not_believed(browser: Browser, house: Launch) -> None:
    identity, config = house.shell.identity, house.world.config
    stranger = identity.application_token(
        config.applications[0], "https://graph.microsoft.com", int(time.time() * 1000)
    )
    told = {"theme": "default", "locale": "en-us", "token": stranger}
    async with in_teams(browser, house, told) as (_, frame):
        await expect(frame.locator("[role=alert]")).to_contain_text("does not believe")


async def test_nobody_else_may_frame_it(browser: Browser, house: Launch) -> None:
    told = {"theme": "default", "locale": "en-us", "token": token(house)}
    async with in_teams(browser, house, told, "https://evil.example/") as (opened, _):

        async def refused() -> bool:
            return any("frame-ancestors" in each for each in opened.wrong)

        await until(refused)
        assert await opened.evaluate("() => window.asked") == []


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_in_teams(
    browser: Browser, house: Launch, theme: str
) -> None:
    told = {"theme": theme, "locale": "en-us", "token": token(house)}
    async with in_teams(browser, house, told) as (opened, frame):
        await expect(frame.locator("tbody")).to_be_visible()
        assert await faults(opened.page, frame="tab") == []
