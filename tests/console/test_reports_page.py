"""The reports in a browser, against the whole stack: what happened a moment ago, in figures."""

import csv
import io
import json
from typing import Any

import pytest
from kit.browsers import Tab
from kit.tab_house import (
    ADA,
    NARROW,
    SAM,
    THEMES,
    faults,
    hangs_up,
    rings,
    sign_in,
    visitor,
)
from kit.waiting import until
from playwright.async_api import Browser, expect

from emulator.launcher import Launch

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tab"),  # one browser and one house, one worker
]
AMY = "amy.admin@contoso.example"
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
ROW = "section.totals tbody tr"


def watch_report(opened: Tab) -> list[dict[str, Any]]:
    """What the API answers to the page from now on."""
    told: list[dict[str, Any]] = []

    async def note(answer: Any) -> None:
        if "/api/reports?" in answer.url and "csv" not in answer.url:
            told.append(json.loads(await answer.text()))

    opened.page.on("response", note)
    return told


async def answered(told: list[dict[str, Any]], **last: str) -> None:
    """Until the last answer is like this."""

    async def is_so() -> bool:
        return bool(told) and all(told[-1][key] == value for key, value in last.items())

    await until(is_so)


async def cell(opened: Tab, queue: str, term: str) -> str:
    """A figure of the table, by the names of its row and its column."""
    heads = await opened.page.locator("section.totals thead th").all()
    names = [(await head.locator("button").all_inner_texts() or [""])[0] for head in heads]
    row = opened.page.locator(ROW).filter(has_text=queue)
    return await row.locator("th, td").nth(names.index(term)).inner_text()


async def test_who_hung_up_a_moment_ago_is_in_the_report(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/reports")
        await opened.until(ROW, "Support")
        before = int(await cell(opened, "Support", "Abandoned"))
        offered = int(await cell(opened, "Support", "Offered"))
        leg = rings(house, "support")
        await opened.page.goto(f"{house.service_url}/tab/#/floor")
        await opened.until("[data-stage=queued], [data-stage=ringing], [data-stage=deciding]")
        hangs_up(house, leg)
        await opened.page.goto(f"{house.service_url}/tab/#/reports")
        await opened.until(ROW, "Support")

        async def counted() -> bool:
            await opened.page.click("text=Read again")
            return int(await cell(opened, "Support", "Abandoned")) > before

        await until(counted, within_s=20)
        # Whom another test let hang up before may only now be counted.
        assert int(await cell(opened, "Support", "Offered")) > offered
        assert await cell(opened, "Support", "Still waiting") == "0"
        assert "Target: 80% within 0:20" in await opened.text(ROW)
        await opened.until("svg[role=img][aria-label^=Contacts] g rect.abandoned")
        assert "Sales" not in await opened.text("main"), "not one of their queues"


async def test_the_page_is_fetched_by_who_opens_it(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        await sign_in(opened, house, SAM)
        await opened.until("tbody th", "Support")
        assert not [url for url in asked if "reports" in url or "figures" in url]
        await opened.page.click("nav >> text=Reports")
        await opened.until(ROW, "Support")
        assert [url for url in asked if url.endswith("/tab/pages/reports.js")]


async def test_each_figure_says_what_it_means_by_pointer_and_by_key(
    browser: Browser, house: Launch
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, SAM, "#/reports")
        await opened.until(ROW, "Support")
        term = opened.page.get_by_role("button", name="Average speed of answer").first
        meaning = opened.page.get_by_role("tooltip").filter(has_text="ringing included")
        await expect(meaning).to_have_count(0)
        await term.focus()
        await expect(meaning).to_be_visible()
        assert "= wait_ms / answered" in await meaning.inner_text()
        await opened.page.keyboard.press("Escape")
        await expect(meaning).to_have_count(0)
        await term.hover()
        await expect(meaning).to_be_visible()
        described = await term.get_attribute("aria-describedby")
        assert "ringing included" in str(await opened.page.locator(f"#{described}").text_content())


async def test_the_csv_holds_the_figures_of_the_page(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        told = watch_report(opened)
        await sign_in(opened, house, AMY, "#/reports")
        await opened.until(ROW, "Sales")
        async with opened.page.expect_download() as download:
            await opened.page.click("text=Save as CSV")
        path = await (await download.value).path()
        text = path.read_text(encoding="utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text)))
        rows = told[-1]["rows"]
        assert len(lines) >= len(rows) > 0
        for line, row in zip(lines, rows, strict=False):
            assert (line["queue"], line["begins"]) == (row["queue"], row["begins"])
            assert line["offered"] == str(row["figures"]["offered"])


async def test_an_agent_sees_their_own_figures(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        told = watch_report(opened)
        await sign_in(opened, house, ADA, "#/reports")
        await opened.until("h1", "Reports")
        await expect(opened.page.get_by_label("By", exact=True)).to_have_count(0)
        await answered(told)
        assert {row["agent"] for row in told[-1]["totals"]} <= {ADA}


async def test_choices_change_what_is_shown(browser: Browser, house: Launch) -> None:
    async with visitor(browser) as opened:
        told = watch_report(opened)
        await sign_in(opened, house, AMY, "#/reports")
        await opened.until(ROW, "Sales")
        await opened.page.get_by_label("Queue", exact=True).select_option("support")
        await expect(opened.page.locator(ROW)).to_have_count(1)
        await opened.until("svg[aria-label^='Service level']")
        await opened.page.get_by_label("Figures", exact=True).select_option("level")
        await opened.until("thead", "sl_met_no_abandon")
        await opened.page.get_by_label("Period", exact=True).select_option("30d")
        await answered(told, interval="day")
        await opened.page.get_by_label("By", exact=True).select_option("agent")
        await answered(told, by="agent")


async def test_the_reports_speak_korean(browser: Browser, house: Launch) -> None:
    async with visitor(browser, locale="ko-KR") as opened:
        await sign_in(opened, house, SAM, "#/reports")
        await opened.until("h1", "보고서")
        await opened.until("thead", "평균 응답 속도")


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_serious_in_the_reports(
    browser: Browser, house: Launch, theme: str
) -> None:
    async with visitor(browser) as opened:
        await sign_in(opened, house, AMY, "#/reports")
        await opened.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        await opened.until("section.intervals tbody tr")
        await opened.page.get_by_role("button", name="Offered").first.focus()
        assert await faults(opened.page) == []
        await opened.page.set_viewport_size(NARROW)
        assert not await opened.evaluate(WIDER)
        tip = opened.page.get_by_role("tooltip").first
        await opened.page.get_by_role("button", name="Average handle time").first.focus()
        box = await tip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= NARROW["width"]
