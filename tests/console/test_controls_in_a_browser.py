"""A call's controls in a browser: an agent holds and hands over, a supervisor ends, and what is
closed says why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from kit.browsers import Tab
from kit.tab_house import (
    ADA,
    BEN,
    NARROW,
    SAM,
    THEMES,
    faults,
    hangs_up,
    presence,
    rings,
    sign_in,
    visitor,
)
from kit.waiting import until
from playwright.async_api import Browser, expect

from emulator.config import Config, default_config
from emulator.launcher import Launch, LaunchOptions

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser, one worker
]
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
PLAN = f"""
tenant: contoso.example
default_entry_point: support
entry_points:
  support:
    account: support@contoso.example
    queue: support
    fallback: {{number: "+14255550199"}}
  sales:
    account: sales@contoso.example
    queue: sales
    fallback: {{number: "+14255550199"}}
queues:
  support:
    title: Support
    members: [{ADA}, {BEN}]
    rule: serial
    delivery: group_call
    dial: "+1425"
    supervisors: [{SAM}]
  sales:
    title: Sales
    members: [{ADA}]
    accept: answer
    supervisors: [{SAM}]
"""


def config(webhook: str) -> Config:
    base = default_config(webhook=webhook, agents=2)
    people = tuple(replace(p, availability="Away", activity="Away") for p in base.people)
    return replace(base, people=people)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Launch]:
    """A house whose queue talks in group calls."""
    folder: Path = tmp_path_factory.mktemp("controls")
    options = LaunchOptions(
        make_config=config,
        plan=PLAN,
        folder=folder,
        port=0,
        service_port=0,
        settings={"SWITCHBOARD_VOICE": "none"},
    )
    async with Launch(options) as launch:
        await launch.ready()
        yield launch


def phone(desk: Launch, upn: str, state: str) -> bool:
    legs = desk.world.exchange.live_of.get(upn, [])
    return any(leg.state == state for leg in legs)


async def answers(desk: Launch, upn: str) -> None:
    """Whoever's phone rings picks it up."""

    async def ringing() -> bool:
        return phone(desk, upn, "ringing")

    await until(ringing)
    desk.world.agent_answer(upn, desk.shell.now())
    desk.shell.pump()


@asynccontextmanager
async def talks(desk: Launch, account: str = "support") -> AsyncIterator[str]:
    """Ada talks with a caller; the caller's leg. In the end nobody is on the line."""
    presence(desk, ADA, "Available")
    leg = rings(desk, account)
    try:
        await answers(desk, ADA)
        yield leg
    finally:
        for each in list(desk.world.exchange.legs):
            if each in desk.world.exchange.legs:
                hangs_up(desk, each)
        for upn in (ADA, BEN):
            presence(desk, upn, "Away")

        async def over() -> bool:
            board = await desk.console.get("/api/board") or {}
            return not board.get("contacts")

        if account == "support":  # after a link only presence tells, and takes its time
            await until(over)


async def said(opened: Tab, words: str) -> None:
    await expect(opened.page.locator(".going-on")).to_contain_text(words)


async def test_an_agent_holds_and_hands_the_caller_over(browser: Browser, desk: Launch) -> None:
    async with visitor(browser, complains=True) as opened:  # of the 404 when it is hers no more
        await sign_in(opened, desk, ADA, "#/work")
        async with talks(desk) as leg:
            button = opened.page.get_by_role("button", name="Hold", exact=True)
            await button.click()
            await said(opened, "The caller hears music")
            assert desk.world.exchange.legs[leg].override == "hold_music"
            await opened.page.get_by_role("button", name="Resume").click()
            await expect(opened.page.locator(".going-on")).to_be_empty()
            presence(desk, BEN, "Available")
            await opened.page.get_by_role("button", name="Transfer").click()
            ben = opened.page.get_by_role("radio", name="Ben Agent")
            await expect(ben).to_be_enabled()
            await ben.press("Space")
            await ben.press("Enter")
            await answers(desk, BEN)

            async def gone() -> bool:
                return not phone(desk, ADA, "connected") and phone(desk, BEN, "connected")

            await until(gone)
            await expect(opened.page.locator(".controls")).to_have_count(0)


async def test_a_supervisor_sees_why_and_ends_the_call(browser: Browser, desk: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, desk, SAM, "#/floor")
        async with talks(desk) as leg:
            await opened.page.click("[data-stage=connected] a")
            hold = opened.page.get_by_role("button", name="Hold", exact=True)
            await expect(hold).to_have_attribute("aria-disabled", "true")
            described = await hold.get_attribute("aria-describedby")
            await expect(opened.page.locator(f"#{described}")).to_have_text(
                "Only the agent who talks can do that."
            )
            await opened.page.get_by_role("button", name="End the call").click()
            await opened.page.get_by_role("button", name="End", exact=True).click()

            async def ended() -> bool:
                return leg not in desk.world.exchange.legs

            await until(ended)


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_in_controls_and_dialog(
    browser: Browser, desk: Launch, theme: str
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, desk, ADA, "#/work")
        await opened.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        async with talks(desk):
            await opened.until(".controls button")
            assert await faults(opened.page) == []
            await opened.page.get_by_role("button", name="Transfer").click()
            await opened.until("dialog h2", "Where should the caller go?")
            assert await faults(opened.page) == []
            await opened.page.keyboard.press("Escape")
            await expect(opened.page.locator("dialog")).to_have_count(0)


async def test_the_dialog_fits_a_narrow_screen(browser: Browser, desk: Launch) -> None:
    async with visitor(browser, viewport=NARROW, locale="ko-KR") as opened:
        await sign_in(opened, desk, ADA, "#/work")
        async with talks(desk):
            await opened.page.get_by_role("button", name="호전환").click()
            await opened.until("dialog h2", "고객을 어디로 연결할까요?")
            assert await opened.evaluate(WIDER) is False


async def test_after_a_link_one_sentence_says_what_works(browser: Browser, desk: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, desk, ADA, "#/work")
        async with talks(desk, "sales"):
            await opened.until(".controls p", "hold and end it in Teams")
            assert await opened.page.locator(".controls button").count() == 0
