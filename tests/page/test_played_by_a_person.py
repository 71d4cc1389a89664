"""The page in a browser, played: a person is the caller and the agent, with mouse and keyboard."""

import pytest
from kit.browsers import PHONE, Tab, tab
from kit.cable import cable
from kit.page_house import agent, caller
from kit.waiting import until
from playwright.async_api import Browser

from emulator.launcher import Launch
from emulator.log import KeyPressed, RingStopped
from emulator.scripts import Behaviour

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser and one house, one worker
]


async def dial(opened: Tab, desk: str, kind: str = "pstn") -> None:
    await opened.page.check(f"#dial-to label:has-text('{desk}') input")
    await opened.page.select_option("#dial-kind", kind)
    await opened.page.click("#dial-go")
    await opened.until("#call-live")


def row(name: str) -> str:
    return f".agent:has-text('{name}')"


async def test_a_person_is_the_caller_and_the_agent(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        await opened.page.click(f"{row('Grace Agent')} .play")
        await dial(opened, "Repairs")
        await opened.until("#call-state", "You wait")
        await opened.until(f"{row('Grace Agent')} [data-act=answer]")
        await opened.page.click(f"{row('Grace Agent')} [data-act=answer]")
        await opened.until(f"{row('Grace Agent')} .agent-doing", "Hears about")
        await opened.page.click(f"{row('Grace Agent')} .key:has-text('1')")
        await opened.until("#call-state", "You talk with Grace Agent")
        await opened.until("#stage-talking .card[data-mine=true]")
        await opened.page.click("#call-hang-up")
        await opened.until("#call-over-words", "talked with Grace Agent")
        await opened.until("#gone", "talked with Grace Agent")
        await opened.until(f"{row('Grace Agent')} .agent-is", "Available")


async def test_a_person_presses_a_key_in_a_menu_and_sees_what_is_heard(
    browser: Browser, house: Launch
) -> None:
    async with tab(browser, house.url) as opened:
        await opened.page.click(f"{row('Hugo Agent')} .play")
        await dial(opened, "Help Line")
        await opened.until("#call-state", "In a menu")
        await opened.until("#call-hears", "you hear")
        await opened.page.click("#call-keys .key:has-text('2')")
        await opened.until("#call-state", "You wait")
        await opened.until(f"{row('Hugo Agent')} [data-act=answer]")
        pressed = [r.key for r in house.world.log if isinstance(r, KeyPressed)]
        assert pressed[-1] == "2"
        await opened.page.click("#call-hang-up")
        await opened.until("#call-over-words", "The call is over")


async def test_a_person_leaves_a_message_by_hand(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        await dial(opened, "Parcels")
        await opened.until("#call-state", "You wait")
        await opened.page.click("#call-keys .key:has-text('8')")
        await opened.until("#call-state", "You leave a message")
        await opened.until("#call-say label")
        await opened.page.fill("#call-words", "Box 7 of 9 is missing")
        await opened.page.click("#call-speak")
        await opened.until("#toasts", "You speak for 2.4 s")
        await opened.page.locator("#call-speak:enabled").wait_for()
        await opened.page.click("#call-keys .key[aria-label=pound]")
        await opened.page.locator("#call-say").wait_for(state="hidden")
        await opened.page.click("#call-keys .key:has-text('1')")
        await opened.until("#call-over-words", "The call is over")
        pressed = [r.key for r in house.world.log if isinstance(r, KeyPressed)]
        assert pressed[-3:] == ["8", "#", "1"], "words are no keys"

        async def listed() -> bool:
            answer = await house.console.get("/api/voicemails") or {}
            return [(m["queue"], m["result"]) for m in answer["voicemails"]] == [
                ("parcels", "message")
            ]

        await until(listed)


async def test_a_person_who_is_called_back_answers_by_hand(browser: Browser, house: Launch) -> None:
    emma = agent(house, "Parcels", Behaviour(key="1"))
    async with tab(browser, house.url) as opened:
        await opened.page.fill("#dial-number input", "+1 425 555 6101")
        await dial(opened, "Parcels")
        await opened.until("#call-state", "You wait")
        for key in ("9", "1"):
            await opened.page.click(f"#call-keys .key:has-text('{key}')")
            await opened.until("#call-state", "In a menu")
        await opened.until("#call-over-words", "to be called back")
        await opened.until("#gone", "to be called back")
        house.world.set_presence(emma, "Available", "Available", house.shell.now())
        house.shell.pump()
        await opened.until("#rung-list p", "rings: Parcels calls")
        await opened.page.click("#rung-list [data-act=answer]")
        await opened.until("#rung-list p", "You talk as")
        await opened.page.click("#rung-list .key:has-text('1')")
        await opened.until("#rung-list p", "you hear: conversation")
        await opened.page.click("#rung-list [data-act=hang_up]")
        await opened.page.locator("#rung").wait_for(state="hidden")
        house.world.set_presence(emma, "Away", "Away", house.shell.now())
        house.shell.pump()


@pytest.mark.parametrize(
    ("act", "desk", "name", "why"),
    [
        ("decline", "Orders", "Hugo Agent", "declined"),
        ("voicemail", "Travel", "Iris Agent", "voicemail"),
    ],
)
async def test_an_agent_who_does_not_want_the_call(
    browser: Browser, house: Launch, act: str, desk: str, name: str, why: str
) -> None:
    async with tab(browser, house.url) as opened:
        await dial(opened, desk)
        await opened.until(f"{row(name)} [data-act={act}]")
        await opened.page.click(f"{row(name)} [data-act={act}]")
        await opened.until(f"{row(name)} .play[aria-pressed=true]")

        async def ended_so() -> bool:
            return any(isinstance(r, RingStopped) and r.why == why for r in house.world.log)

        await until(ended_so)
        # The caller is still there: no agent's refusal and no voicemail swallows anybody.
        await opened.until("#call-state", "You wait")


async def test_everybody_whom_a_caller_can_be_is_shown_as_such(
    browser: Browser, house: Launch
) -> None:
    async with tab(browser, house.url) as opened:
        for kind, name in (
            ("withheld", "Number withheld"),
            ("guest", "Gil Guest"),
            ("encrypted", "Identity hidden"),
        ):
            await dial(opened, "Parcels", kind)
            await opened.until("#call-as", name)
            await opened.until("#story-name", name)
            await opened.page.click("#call-new")
        assert await opened.page.locator("#my-calls-list li").count() == 3


async def test_the_keyboard_alone_calls_and_hangs_up(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        press = opened.page.keyboard.press
        focused = "() => document.activeElement.id || document.activeElement.tagName"
        await press("Tab")
        assert await opened.evaluate("() => document.activeElement.className") == "skip"
        await press("Enter")
        assert await opened.evaluate(focused) == "line"
        await opened.page.focus("#dial-to input >> nth=0")
        for _ in range(4):
            await press("ArrowDown")
        for _ in range(3):
            await press("Tab")
        assert await opened.evaluate(focused) == "dial-go"
        outline = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert await opened.evaluate(outline) == "solid"
        await press("Enter")
        await opened.until("#call-to", "Parcels")
        assert await opened.evaluate(focused) == "call-hang-up"
        await opened.until("#call-state", "You wait")
        await press("5")

        async def pressed() -> bool:
            return any(isinstance(r, KeyPressed) and r.key == "5" for r in house.world.log)

        await until(pressed)
        await press("Enter")
        await opened.until("#call-over-words", "gave up")


async def test_a_card_keeps_the_focus_while_it_moves(browser: Browser, house: Launch) -> None:
    async with tab(browser, house.url) as opened:
        leg = caller(house, "Parcels")
        await opened.until("#stage-arriving .card")
        await opened.page.focus("#stage-arriving .card")
        await opened.until("#stage-waiting .card")
        await opened.page.keyboard.press("Enter")
        assert await opened.evaluate("() => location.hash") == f"#{leg.id}"


async def test_two_tabs_agree_and_closing_one_changes_nothing(
    browser: Browser, house: Launch
) -> None:
    async with tab(browser, house.url) as second:
        async with tab(browser, house.url) as first:
            await dial(first, "Parcels")
            await first.until("#stage-waiting .card[data-mine=true]")
            await second.until("#stage-waiting .card[data-mine=true]")
            await first.page.click(f"{row('Ben Agent')} .play")
            await second.until(f"{row('Ben Agent')}[data-played=true]")
        await second.until("#stage-waiting .card[data-mine=true]")
        assert house.world.exchange.legs
        await second.page.click("#stage-waiting .card")
        await second.until("#story-name", "+1")


async def test_a_tab_that_lost_the_emulator_finds_it_again(browser: Browser, house: Launch) -> None:
    async with cable(house.url) as laid, tab(browser, laid.url) as opened:
        # The stream breaks off as on a laptop that slept: what happens meanwhile is told after.
        laid.pull()
        await opened.until("#lost")
        leg = caller(house, "Parcels")
        assert await opened.page.locator(".card").count() == 0
        laid.plug()
        await opened.until("#stage-waiting .card")
        assert leg.id in house.world.exchange.legs
        assert not await opened.page.is_visible("#lost")
        opened.wrong.clear()  # the browser complains of the broken stream, as it should


async def test_on_a_phone_everything_is_within_reach(browser: Browser, house: Launch) -> None:
    agent(house, "Press", Behaviour(do="ignore"))
    async with tab(browser, house.url, viewport=PHONE, has_touch=True) as opened:
        caller(house, "Press")
        await opened.until("#stage-offered .card")
        for view in ("phone", "line", "agents", "story"):
            await opened.page.tap(f"#views [data-view={view}]")
            await opened.until(f"[data-part={view}]")
            parts = await opened.evaluate(PARTS)
            assert parts == [view]
            wide = "() => document.documentElement.scrollWidth"
            assert await opened.evaluate(wide) == PHONE["width"]
        await opened.page.tap("#views [data-view=agents]")
        await opened.page.tap(f"{row('Jin Agent')} [data-act=decline]")
        await opened.page.tap("#views [data-view=phone]")
        await dial(opened, "Parcels")
        await opened.page.tap("#call-hang-up")
        await opened.until("#call-over-words")
        assert await opened.evaluate(TOO_SMALL) == []


PARTS = """() => [...document.querySelectorAll("[data-part]")]
  .filter((node) => node.checkVisibility()).map((node) => node.dataset.part)"""
TOO_SMALL = """() => [...document.querySelectorAll("button, select, input, summary")]
  .filter((node) => node.checkVisibility())
  .map((node) => [node.getBoundingClientRect(), node.id || node.className])
  .filter(([box]) => Math.min(box.width, box.height) < 24 && box.width > 0 && box.height > 0)
  .map(([box, name]) => `${name} ${Math.round(box.width)} x ${Math.round(box.height)}`)"""
"""targets that a finger misses (WCAG 2.2, 2.5.8), but radio buttons inside their labels"""
