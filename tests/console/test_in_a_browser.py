"""The tab in a browser, against the whole stack: signing in, what is seen, and what must not be."""

import json
from pathlib import Path

import pytest
from kit.tab_house import (
    ADA,
    BEN,
    EVE,
    NARROW,
    NED,
    SAM,
    SCRIPT,
    THEMES,
    UNA,
    faults,
    hangs_up,
    rings,
    sign_in,
    visitor,
)
from kit.waiting import until
from playwright.async_api import Browser

from emulator.launcher import Launch
from emulator.scripts import CallerScript, Step

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
STORED = "() => Object.keys(sessionStorage).concat(Object.keys(localStorage))"
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def test_an_agent_signs_in_and_sees_their_queues(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA)
        await opened.until("tbody th", "Support")
        assert "Sales" not in await opened.text("main")
        assert await opened.text(".who") == "Ada Agent Agent"
        assert await opened.text(".state b") == "Ready"
        assert opened.page.url == f"{house.service_url}/tab/", "neither code nor token is left"
        assert await opened.evaluate(STORED) == ["switchboard.session"]


async def test_a_session_outlives_a_reload_and_ends_with_a_click(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM)
        await opened.until("tbody small", "You supervise it")
        await opened.page.reload()
        await opened.until("tbody small", "You supervise it")
        await opened.page.click("header button")
        await opened.until("main [role=status]", "You are signed out.")
        assert await opened.evaluate(STORED) == []
        await opened.page.reload()
        await opened.until("main [role=status]", "Sign in with the account")


async def test_who_waits_is_seen_without_a_reload(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM)
        row = opened.page.locator("tbody tr").first
        await opened.until("tbody .number", "0")
        leg = rings(house, "support")
        await row.locator(".number").first.filter(has_text="1").wait_for()
        await row.locator(".number").nth(1).filter(has_text="0:0").wait_for()
        assert "+1425" not in await opened.text("main"), "this page shows no caller"
        hangs_up(house, leg)
        await row.locator(".number").first.filter(has_text="0").wait_for()


async def test_the_place_in_the_page_survives_the_sign_in(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA, "#/somewhere")
        assert opened.page.url.endswith("/tab/#/somewhere")


async def test_who_has_no_role_reads_what_to_do(browser: Browser, house: Launch) -> None:
    async with visitor(browser, complains=True) as opened:  # of the 403 itself
        await sign_in(opened, house, UNA)
        await opened.until("h1", "Nothing here is open to you")
        await opened.until(".detail", "ask an administrator")


async def test_a_script_in_a_name_is_a_name(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, EVE)
        await opened.until("tbody")
        assert SCRIPT in await opened.text(".who")
        assert await opened.page.title() == "Switchboard"
        assert await opened.page.locator("header img, header script").count() == 0


async def test_an_answer_that_this_window_did_not_ask_for_signs_nobody_in(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser) as opened:
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        await opened.page.goto(f"{house.service_url}/tab/#code=stolen&state=guessed")
        await opened.until("[role=alert]", "not begun in this window")
        assert opened.page.url == f"{house.service_url}/tab/"
        assert not [url for url in asked if "/token" in url or "stolen" in url.partition("#")[0]]


async def test_what_entra_refuses_is_shown_in_its_words(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await opened.page.goto(f"{house.service_url}/tab/")
        begun = json.dumps({"state": "s", "verifier": "v", "back": ""})
        await opened.evaluate("(it) => sessionStorage.setItem('switchboard.sign-in', it)", begun)
        said = "error=access_denied&error_description=AADSTS65004+declined&state=s"
        await opened.page.goto("about:blank")
        await opened.page.goto(f"{house.service_url}/tab/#{said}")
        await opened.until("[role=alert]", "could not be signed in")
        await opened.until(".detail", "AADSTS65004 declined")


async def test_a_token_that_is_not_believed_is_renewed_unseen(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser, complains=True) as opened:  # of the 401 itself
        await sign_in(opened, house, ADA)
        await opened.evaluate(SPOIL, ["access"])
        await opened.page.reload()
        await opened.until("tbody th", "Support")


async def test_a_session_that_is_broken_asks_to_sign_in(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA)
        await opened.evaluate("() => sessionStorage.setItem('switchboard.session', '{')")
        await opened.page.reload()
        await opened.until("main [role=status]", "Sign in with the account")


async def test_a_session_that_cannot_be_renewed_asks_to_sign_in(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser, complains=True) as opened:
        await sign_in(opened, house, ADA)
        await opened.evaluate(SPOIL, ["access", "refresh"])
        await opened.page.reload()
        await opened.until("[role=alert]", "could not be signed in")
        await opened.until(".detail", "AADSTS700084")
        await opened.page.click("button.primary")
        await opened.page.click(f"button[value='{ADA}']")
        await opened.until("tbody th", "Support")


SPOIL = """(names) => {
  const held = JSON.parse(sessionStorage.getItem("switchboard.session"));
  for (const name of names) held[name] = "spoilt";
  sessionStorage.setItem("switchboard.session", JSON.stringify(held));
}"""


async def test_a_lost_network_is_told_and_comes_back_by_itself(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser, complains=True) as opened:
        await sign_in(opened, house, ADA)
        await opened.until("tbody")
        await opened.page.context.set_offline(True)
        await opened.until(".notice", "The service does not answer")
        assert "Support" in await opened.text("main"), "what was known stays"
        await opened.page.context.set_offline(False)
        await opened.page.locator(".notice").wait_for(state="hidden")


async def test_after_a_kill_of_the_service_the_page_finds_itself_again(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser, complains=True) as opened:
        await sign_in(opened, house, SAM)
        await opened.until("tbody .number", "0")
        house.child.kill()
        await opened.until(".notice", "The service does not answer")
        await house.ready()
        leg = rings(house, "support")
        await opened.until("tbody .number", "1")
        await opened.page.locator(".notice").wait_for(state="hidden")
        hangs_up(house, leg)


async def test_korean_is_whole(browser: Browser, house: Launch) -> None:
    async with visitor(browser, locale="ko-KR") as opened:
        await sign_in(opened, house, ADA)
        await opened.until("h1", "내 업무")
        assert await opened.evaluate("() => document.documentElement.lang") == "ko"
        assert await opened.text("header button") == "로그아웃"


async def test_everything_goes_by_keyboard(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        keys = opened.page.keyboard
        await opened.page.goto(f"{house.service_url}/tab/")
        await opened.until("button.primary")
        await keys.press("Tab")
        await keys.press("Enter")
        await opened.until("button[name=user]")
        await keys.press("Tab")
        await keys.press("Enter")
        await opened.until("tbody")
        await keys.press("Tab")
        await keys.press("Enter")  # the first is "Skip to the content"
        assert await opened.evaluate("() => document.activeElement.id") == "content"
        assert "#content" not in opened.page.url


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious(browser: Browser, house: Launch, theme: str) -> None:
    wear = f"document.documentElement.dataset.theme = '{theme}'"
    async with visitor(browser) as opened:
        await opened.page.goto(f"{house.service_url}/tab/")
        await opened.until("button.primary")
        await opened.evaluate(wear)
        assert await faults(opened.page) == []
        await opened.page.click("button.primary")
        await opened.until("button[name=user]")
        assert await faults(opened.page) == [], "the emulator's own page"
        await opened.page.click(f"button[value='{ADA}']")
        await opened.until("tbody")
        await opened.evaluate(wear)
        assert await faults(opened.page) == []


async def test_it_fits_a_narrow_pane(browser: Browser, house: Launch) -> None:
    async with visitor(browser, viewport=NARROW) as opened:
        await sign_in(opened, house, SAM)
        await opened.until("tbody")
        assert not await opened.evaluate(WIDER)


async def test_no_token_reaches_a_log(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA)
        await opened.until("tbody")
        held = json.loads(await opened.evaluate("() => sessionStorage['switchboard.session']"))
    log = Path(house._options.folder) / "service.log"

    async def written() -> bool:
        return "listening" in log.read_text()

    await until(written)
    text = log.read_text()
    assert held["access"] not in text
    assert held["refresh"] not in text
    assert "eyJ" not in text


async def test_a_message_is_listed_heard_taken_care_of_and_nobody_elses(
    browser: Browser, house: Launch
) -> None:
    steps = (
        Step(do="speak", on="recording", after_ms=100, ms=2_000),
        Step(do="hang_up", on="recording", after_ms=2_600),
    )
    script = CallerScript(to="sales@contoso.example", who="+14255550188", steps=steps)
    house.world.place_call(script, house.shell.now())
    house.shell.pump()
    async with visitor(browser) as opened:
        await sign_in(opened, house, BEN, "#/voicemails")
        message = opened.page.locator("li.card[data-result=message]")
        await message.wait_for()
        assert "+14255550188" in await message.inner_text()
        assert "Not heard yet." in await message.inner_text()
        await message.locator("button.listen").click()
        sound = message.locator("audio")
        await sound.wait_for()
        await opened.page.wait_for_function("() => document.querySelector('audio').duration > 1.5")
        assert str(await sound.get_attribute("src")).startswith("blob:")
        await message.get_by_text("Heard by Ben Agent.").wait_for()
        await message.get_by_role("button", name="I take care of it").click()
        await message.get_by_text("Ben Agent takes care of it.").wait_for()
        await message.get_by_role("button", name="Dealt with").click()
        await message.get_by_text("Dealt with by Ben Agent.").wait_for()
    async with visitor(browser) as opened:
        await sign_in(opened, house, ADA, "#/voicemails/1-1")
        await opened.until("main p", "That message is not here")


async def test_whom_the_plan_names_nowhere_is_not_told_that_nobody_left_a_message(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, NED, "#/voicemails")
        await opened.until("main p", "You see messages of no queue")
