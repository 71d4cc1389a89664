"""Reports made of facts without a database: counted, and put into rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from console.reports.counting import Added, Standing, Told, count
from console.reports.days import Interval, spans
from console.reports.metrics import Of
from console.reports.report import Report, Sheet, report


def empty_sheet(day: date, last: date, interval: Interval, zone: str) -> Sheet:
    (whole,) = spans(day, last, Interval.TOTAL, zone)
    return Sheet(zone=zone, whole=whole, spans=spans(day, last, interval, zone))


def fill(sheet: Sheet, added: Added, of: Of) -> None:
    """Put what was counted into the sheet."""
    if of is Of.QUEUES:
        for (at, queue), counts in added.queues.items():
            sheet.count(at, queue, counts)
    else:
        for (at, agent, _queue), counts in added.agents.items():
            sheet.count(at, agent, counts)
    for key, n in added.spreads.items():
        subject = key.queue if of is Of.QUEUES else key.agent
        if subject:
            sheet.spread(key.at, subject, key.kind, key.bucket, n)


def report_of(
    facts: Iterable[Told],
    day: date,
    *,
    last: date | None = None,
    interval: Interval = Interval.DAY,
    zone: str = "UTC",
    of: Of = Of.QUEUES,
    until: int | None = None,
) -> Report:
    """What these facts are as a report. `until`: agents' time counts up to then."""
    added = count(facts, {})
    sheet = empty_sheet(day, last or day, interval, zone)
    fill(sheet, added, of)
    if until is not None and of is Of.AGENTS:
        standings: list[Standing] = list(added.standings.values())
        sheet.stand(standings, until)
    return report([sheet], of, lambda _agent: True)
