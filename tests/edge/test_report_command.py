"""`switchboard reports`: the figures of the tab in a shell, beside the running service."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.archived import TENANT, open_with_story

from bot.cli import main
from bot.metrics.meter import Silent
from bot.query_reports import Asked, asked_reports
from bot.watches.reports import ReportCount


class Owner:
    desk = object()


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    path = tmp_path / "switchboard.db"
    store, _ = await open_with_story(path)
    count = ReportCount(tenant=TENANT, owner=Owner(), reports=store.reports, meter=Silent())
    await count.count()
    yield f"sqlite:///{path}"
    await store.close()


FIRST_DAY = Asked(day="1970-01-01")


async def said(
    asked: Asked, url: str, capsys: pytest.CaptureFixture[str], code: int = 0
) -> tuple[str, str]:
    assert await asked_reports(asked, url, TENANT) == code
    found = capsys.readouterr()
    return found.out, found.err


async def test_a_day_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for asked in (
        Asked(day="yesterday"),
        FIRST_DAY,
        Asked(day="2026-11-25", to="2026-11-24"),
        Asked(to="2026-11-24"),
    ):
        _, problem = await said(asked, url, capsys, code=1)
        assert "--day takes a day such as 2026-11-25" in problem


async def test_queues_are_listed_with_what_happened(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = await said(Asked(day="2026-11-25"), url, capsys)
    head, *rows = out.splitlines()
    assert head.split()[:3] == ["begins", "queue", "offered"]
    assert [row.split()[1:3] for row in rows] == [["sales", "0"], ["support", "0"]]
    out, _ = await said(Asked(day="2026-11-25", interval="hour"), url, capsys)
    assert out == "Nothing happened.\n"


async def test_csv_is_for_a_spreadsheet(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = await said(Asked(day="2026-11-25", csv=True, queue="support"), url, capsys)
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["queue"], row["begins"], row["offered"]) == (
        "support",
        "2026-11-25T00:00+00:00",
        "0",
    )


async def test_agents_are_listed_by_their_names(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = await said(Asked(day="2026-11-25", by="agent"), url, capsys)
    assert "Nothing happened." in out or "agent0@contoso.example" in out


async def test_a_queue_that_is_in_no_plan_is_said_to_be_unknown(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, problem = await said(Asked(queue="suport"), url, capsys, code=1)
    assert "did you mean support?" in problem


def test_a_word_that_is_no_interval_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["reports", "--interval", "5m"])
    assert stopped.value.code == 2
    assert "15m" in capsys.readouterr().err
