"""Reports over HTTP: who is told what, JSON and CSV with the same figures, and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.archived import SUPERVISOR, TENANT
from kit.console_house import ConsoleHouse, console_house

from bot.metrics.meter import Silent
from bot.watches.reports import ReportCount
from routing.state import Membership
from store.reports import Figures, Portion, Spread, Standing
from store.tables import AGENT_COUNTS, QUEUE_COUNTS

EVIL = '=HYPERLINK("http://evil.example";"open")'


class Owner:
    desk = object()


def counts(names: tuple[str, ...], **given: int) -> tuple[int, ...]:
    return tuple(given.get(name, 0) for name in names)


MORE = Portion(
    queues=[
        Figures(0, "", "sales", counts(QUEUE_COUNTS, offered=2, answered=2, wait_ms=9_000)),
        Figures(0, "", EVIL, counts(QUEUE_COUNTS, offered=1, failed=1)),
    ],
    agents=[
        Figures(0, "a1", "sales", counts(AGENT_COUNTS, handled=2, talk_ms=60_000)),
        Figures(0, "a1", "support", counts(AGENT_COUNTS, handled=1, talk_ms=7_000)),
        Figures(0, "only-sales", "sales", counts(AGENT_COUNTS, handled=4, talk_ms=8_000)),
        Figures(0, "only-sales", "", counts(AGENT_COUNTS, available_ms=5_000)),
    ],
    spreads=[Spread(0, "wait", "sales", "", 50, 2), Spread(0, "handle", "sales", "a1", 60, 2)],
    standings=[Standing("only-sales", "eve@contoso.example", 0, "")],
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        reports = found.store.reports
        await ReportCount(tenant=TENANT, owner=Owner(), reports=reports, meter=Silent()).count()
        place = await reports.place(TENANT)
        assert await reports.add(TENANT, place, place._replace(at=place.at + 1), MORE)
        yield found


async def told(house: ConsoleHouse, query: str, token: str = "") -> dict[str, Any]:
    status, body = await house.get(f"/api/reports?{query}", token or house.token("Admin"))
    assert status == 200, body
    found: dict[str, Any] = body
    return found


def by_name(report: dict[str, Any], key: str = "queue") -> dict[str, dict[str, Any]]:
    return {row[key]: row["figures"] for row in report["totals"]}


async def test_an_admin_and_an_auditor_are_told_of_every_queue(house: ConsoleHouse) -> None:
    for role in ("Admin", "Auditor"):
        report = await told(house, "interval=15m", house.token(role, oid="nobody"))
        figures = by_name(report)
        assert set(figures) == {"support", "sales", EVIL}
        assert (figures["support"]["offered"], figures["support"]["waiting"]) == (1, 1)
        assert figures["sales"]["asa"] == 4_500
        assert report["total"]["offered"] == 4
        assert report["as_of"] == house.desk.now


async def test_a_row_says_when_and_on_whose_clocks(house: ConsoleHouse) -> None:
    report = await told(house, "interval=15m&queue=sales")
    (row,) = report["rows"]
    assert (row["queue"], row["name"], row["zone"]) == ("sales", "Sales", "UTC")
    assert (row["start"], row["end"], row["begins"]) == (0, 900_000, "1970-01-01T00:00+00:00")
    assert report["totals"][0]["service_level"] == {"within_ms": 20_000, "share": 0.8}


async def test_a_supervisor_is_told_of_their_queues_and_what_agents_did_for_those(
    house: ConsoleHouse,
) -> None:
    sam = house.token("Supervisor")
    assert set(by_name(await told(house, "by=queue", sam))) == {"support"}
    agents = by_name(await told(house, "by=agent", sam), "agent")
    assert "eve@contoso.example" not in agents
    assert agents["agent1@contoso.example"]["handled"] == 1, "not what was for sales"
    assert (await house.get("/api/reports?queue=sales", sam))[0] == 404
    status, body = await house.get("/api/reports?by=agent&agent=eve@contoso.example", sam)
    unknown, same = await house.get("/api/reports?by=agent&agent=nobody@contoso.example", sam)
    assert (status, unknown) == (404, 404)
    assert body["error"].replace("eve", "nobody") == same["error"], "not even that she exists"


async def test_an_agent_is_told_their_own_figures_and_nobody_elses(house: ConsoleHouse) -> None:
    agent = house.token("Agent", oid="a1")
    report = await told(house, "by=agent", agent)
    assert by_name(report, "agent").keys() == {"agent1@contoso.example"}
    assert report["total"]["handled"] == 3
    assert report["total"]["available_time"] > 0
    for query in ("by=queue", "by=queue&queue=support"):
        assert (await house.get(f"/api/reports?{query}", agent))[0] == 400
    other = "/api/reports?by=agent&agent=agent0@contoso.example"
    assert (await house.get(other, agent))[0] == 404
    own = await told(house, "by=agent&agent=agent1@contoso.example", agent)
    assert own["total"] == report["total"]


async def test_who_serves_no_queue_is_told_nothing(house: ConsoleHouse) -> None:
    nobody = house.token("Agent", oid="somebody-else")
    assert (await told(house, "by=agent", nobody))["totals"] == []
    unnamed = house.token("Supervisor", oid="somebody-else")
    assert (await told(house, "by=queue", unnamed))["totals"] == []
    assert (await told(house, "by=agent", unnamed))["totals"] == []


async def test_a_supervisor_who_is_an_agent_too_is_told_both(house: ConsoleHouse) -> None:
    sam = house.desk.engine.state.agents["a0"]
    sam.memberships = (Membership(queue="sales", position=0),)
    both = house.token("Supervisor", "Agent", oid=SUPERVISOR)
    assert set(by_name(await told(house, "by=queue", both))) == {"support"}


async def test_of_one_queue_alone_an_agents_time_is_not_told(house: ConsoleHouse) -> None:
    report = await told(house, "by=agent&queue=sales")
    assert report["total"]["handled"] == 6
    assert report["total"]["occupancy"] is None
    assert report["total"]["available_time"] is None
    everything = await told(house, "by=agent")
    assert everything["total"]["available_time"] > 5_000


async def test_csv_has_the_same_figures(house: ConsoleHouse) -> None:
    for query in ("by=queue&interval=15m", "by=agent&interval=15m", "by=queue&interval=total"):
        report = await told(house, query)
        path = f"/api/reports?{query}&format=csv"
        async with house.client.get(
            path, headers={"Authorization": house.token("Admin")}
        ) as answer:
            assert answer.content_type == "text/csv"
            assert "attachment" in answer.headers["Content-Disposition"]
            assert answer.headers["Cache-Control"] == "no-store"
            text = (await answer.read()).decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
        rows = report["totals" if "total" in query else "rows"]
        assert len(lines) == len(rows) > 0
        for line, row in zip(lines, rows, strict=True):
            assert line["begins"] == row["begins"]
            assert {key: line[key] for key in row["figures"]} == {
                key: "" if value is None else str(value) for key, value in row["figures"].items()
            }


async def test_a_formula_in_a_name_is_text_for_a_spreadsheet(house: ConsoleHouse) -> None:
    path = "/api/reports?interval=total&format=csv"
    async with house.client.get(path, headers={"Authorization": house.token("Admin")}) as answer:
        text = (await answer.read()).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    assert f"'{EVIL}" in cells
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "@")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("by=moon", "by must be"),
        ("interval=5m", "interval must be"),
        ("period=ever", "period must be"),
        ("format=xml", "format must be"),
        ("from=yesterday", "from must be a day"),
        ("from=2026-02-30", "from must be a day"),
        ("from=9999-12-31", "from must be a day"),
        ("to=2026-11-25", "from must be a day"),
        ("from=2026-11-25&to=2026-11-24", "to is before from"),
        ("from=2026-11-25&period=today", "either period, or from and to"),
        ("from=2020-01-01&to=2026-11-25", "days at most"),
        ("from=2026-01-01&to=2026-03-01&interval=15m", "31 days at most"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_in_words(
    house: ConsoleHouse, query: str, said: str
) -> None:
    status, body = await house.get(f"/api/reports?{query}", house.token("Admin"))
    assert (status, said in body["error"]) == (400, True), body


async def test_days_can_be_named(house: ConsoleHouse) -> None:
    report = await told(house, "from=2026-11-24&to=2026-11-25&interval=day")
    assert report["rows"] == []
    assert by_name(report)["sales"]["offered"] == 0
    assert by_name(report)["sales"]["asa"] is None
