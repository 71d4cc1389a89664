"""What a report is asked for, and the sums that it needs, a few days at once out of the store.

A few days at once, so that no query is long: a report of a month neither holds a reader for long
nor does anything heavy where calls are handled. What takes a while runs in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from console.reports.counting import Standing
from console.reports.days import Interval, bounds, spans, today
from console.reports.metrics import Of
from console.reports.report import Report, Sheet, report
from routing.plan import Plan
from store.report_sums import Wanted
from store.reports import Figures, Reports, Spread
from store.tables import AGENT_COUNTS, QUEUE_COUNTS

UTC = "UTC"
MOST_ROWS = 10_000
PERIODS = {"today": (0, 0), "yesterday": (1, 1), "7d": (6, 0), "30d": (29, 0)}
"""From how many days ago until how many."""
DAYS_AT_ONCE = 10
ONE_DAY = timedelta(days=1)
TRIES = 3
"""To read everything as it was at one instant: more is counted every few seconds. Of a report
that was never lucky, the last minutes may miss a few seconds of an agent's time."""
LONGEST_DAYS = {Interval.TOTAL: 400, Interval.DAY: 400, Interval.HOUR: 31, Interval.QUARTER: 31}


class TooMuch(Exception):
    """The report would be too long. The message says what to ask for instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody wants to see."""

    of: Of
    interval: Interval
    period: str = ""
    """One of PERIODS; empty: from `first` to `last`."""
    first: date = date.min
    last: date = date.min
    queue: str = ""
    """This queue only; empty: all."""
    agent: str = ""
    """This agent only, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What of it may be seen."""

    figures: Callable[[str, str], bool]
    """Of this queue and agent (none: the queue's own)."""
    clock: Callable[[str], bool]
    """An agent's time as a whole."""
    everything: bool = False


@dataclass(slots=True, kw_only=True)
class Part:
    """What was read at once: of a day, or of several."""

    start: int
    figures: list[Figures]
    spreads: list[Spread]


@dataclass(slots=True, kw_only=True)
class Read:
    """What was read for one zone."""

    sheet: Sheet
    queues: frozenset[str] | None
    """Those of this zone; None: all."""
    parts: list[Part] = field(default_factory=list[Part])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    report: Report
    as_of: int
    """What happened until then is in it."""
    upns: dict[str, str]
    """Of agents, by id."""


class ReportReader:
    """One tenant's reports."""

    def __init__(self, reports: Reports, tenant: str) -> None:
        self._reports = reports
        self._tenant = tenant

    async def upns(self) -> dict[str, str]:
        """The names of all agents who ever did something, by id."""
        return {each.agent: each.upn for each in await self._reports.standings(self._tenant)}

    async def read(self, ask: Ask, plan: Plan, now: int, seen: Seen) -> Answer:
        """The report. Raises TooMuch, Unavailable."""
        zones = zones_of(plan, ask)
        for zone in zones:
            first, last = dates(ask, now, zone)
            if (last - first).days >= LONGEST_DAYS[ask.interval]:
                message = (
                    f"{LONGEST_DAYS[ask.interval]} days at most by {ask.interval.value}: ask for "
                    "fewer days, or a longer interval"
                )
                raise TooMuch(message)
        by_agent = ask.of is Of.AGENTS
        wanted = Wanted(
            by_agent=by_agent,
            quarters=ask.interval in (Interval.HOUR, Interval.QUARTER),
            merged=by_agent and seen.everything,
        )
        for _ in range(TRIES):
            place = await self._reports.place(self._tenant)
            rows = await self._reports.since(self._tenant, place, limit=1)
            stored = await self._reports.standings(self._tenant)
            read = [await self._zone(ask, now, wanted, each) for each in zones.items()]
            if place == await self._reports.place(self._tenant):
                break
        as_of = place.at if rows else now
        standings = [Standing(*each) for each in stored]
        told = await asyncio.to_thread(_put_together, ask, read, standings, as_of, seen)
        return Answer(report=told, as_of=as_of, upns={each.agent: each.upn for each in standings})

    async def _zone(
        self, ask: Ask, now: int, wanted: Wanted, of: tuple[str, frozenset[str] | None]
    ) -> Read:
        zone, queues = of
        first, last = dates(ask, now, zone)
        (whole,) = spans(first, last, Interval.TOTAL, zone)
        sheet = Sheet(zone=zone, whole=whole, spans=spans(first, last, ask.interval, zone))
        if ask.of is Of.QUEUES:
            sheet.subjects = set(queues or ())
        read = Read(sheet=sheet, queues=queues)
        days = timedelta(days=DAYS_AT_ONCE if ask.interval is Interval.TOTAL else 1)
        count = 0
        while first <= last:
            start, end = bounds(first, min(first + days - ONE_DAY, last), zone)
            first += days
            if start < now:
                found = await self._part(ask, start, end, wanted)
                read.parts.append(found)
                count += len(found.figures) if wanted.quarters else 0
            if count > MOST_ROWS:
                message = f"more than {MOST_ROWS} rows: ask for one queue or agent, or fewer days"
                raise TooMuch(message)
        return read

    async def _part(self, ask: Ask, start: int, end: int, wanted: Wanted) -> Part:
        which = (self._tenant, start, end, wanted)
        figures = await self._reports.figures(*which, queue=ask.queue, agent=ask.agent)
        spreads = await self._reports.spreads(*which, queue=ask.queue, agent=ask.agent)
        return Part(start=start, figures=figures, spreads=spreads)


def zones_of(plan: Plan, ask: Ask) -> dict[str, frozenset[str] | None]:
    """The zones whose days count, each with the queues that have it (None: all).

    A queue's zone is that of its hours, then the plan's. Agents serve several queues, so their days
    are the plan's, or those of the one queue that is asked for.
    """
    usual = plan.zone or UTC
    hours = {each.name: each.zone for each in plan.hours}
    zone_of = {queue.name: hours.get(queue.hours, "") or usual for queue in plan.queues}
    if ask.of is Of.AGENTS or ask.queue:
        zone = zone_of.get(ask.queue, usual)
        return {zone: frozenset({ask.queue}) if ask.queue else None}
    found: dict[str, set[str]] = {usual: set()}
    for queue, zone in zone_of.items():
        found.setdefault(zone, set()).add(queue)
    return {zone: frozenset(queues) for zone, queues in found.items()}


def dates(ask: Ask, now: int, zone: str) -> tuple[date, date]:
    """The first and the last day, on the zone's clocks."""
    if not ask.period:
        return ask.first, ask.last
    since, until = PERIODS[ask.period]
    day = today(now, zone)
    return day - timedelta(days=since), day - timedelta(days=until)


def _put_together(
    ask: Ask, read: Sequence[Read], standings: Sequence[Standing], as_of: int, seen: Seen
) -> Report:
    named = frozenset[str]().union(*(each.queues or () for each in read))
    for number, each in enumerate(read):
        _fill(ask, each, seen, others=named if number == 0 and not ask.queue else None)
        each.parts.clear()
        if ask.of is Of.AGENTS:
            shown = [one for one in standings if ask.agent in ("", one.agent)]
            if not ask.queue:
                each.sheet.stand([one for one in shown if seen.clock(one.agent)], as_of)
        elif each.sheet.subjects:
            each.sheet.subjects = {q for q in each.sheet.subjects if seen.figures(q, "")}
    return report(
        [each.sheet for each in read],
        ask.of,
        lambda agent: not ask.queue and seen.clock(agent),
    )


def _fill(ask: Ask, read: Read, seen: Seen, *, others: frozenset[str] | None) -> None:
    """Put what was read into the sheet. `others`: queues of no zone, which the plan names no
    longer, belong here unless they are among these."""
    by_agent = ask.of is Of.AGENTS
    names = AGENT_COUNTS if by_agent else QUEUE_COUNTS

    @cache
    def belongs(queue: str, agent: str) -> bool:
        if by_agent and not queue:
            return seen.clock(agent)
        mine = read.queues is None or queue in read.queues
        if not mine and (others is None or queue in others):
            return False
        return seen.figures(queue, agent)

    sheet = read.sheet
    for part in read.parts:
        # What was summed up has no instant of its own.
        for at, agent, queue, counts in part.figures:
            if belongs(queue, agent):
                told = {name: n for name, n in zip(names, counts, strict=True) if n}
                sheet.count(at or part.start, agent if by_agent else queue, told)
        for at, kind, queue, agent, bucket, n in part.spreads:
            if belongs(queue, agent):
                sheet.spread(at or part.start, agent if by_agent else queue, kind, bucket, n)
