"""When something is open: weekly hours, holidays, and the clocks of a named zone.

People think in the local time of the place that is open, the engine in instants. Every boundary is
turned into an instant first, and all else is arithmetic: a local time that does not exist (clocks
go forward) is the instant of the jump; one that comes twice (clocks go back) opens at the first
and closes at the last. So nobody is ever closed for an hour too few or too many by accident.

A holiday is a calendar day: from its first instant on only its own hours count, and what the
evening before left open past midnight ends there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from routing.zones import zone

DAY_MIN = 24 * 60
LOOK_AHEAD_DAYS = 800
"""A change further away than two years is none: the plan will have changed by then."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Open from `opens` to `closes`, minutes after midnight; over midnight `closes` is more than
    24 hours."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days with hours of their own."""

    first: int
    """As a number, such as 20261224; every year: 1224."""
    last: int
    spans: tuple[Span, ...] = ()
    """Empty: closed all day."""
    name: str = ""

    def covers(self, day: date) -> bool:
        number = _number(day) if self.first > _YEARLY else day.month * 100 + day.day
        return self.first <= number <= self.last


_YEARLY = 1231
"""The largest number of a day of every year."""


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Named hours of the plan."""

    name: str
    zone: str
    week: tuple[tuple[Span, ...], ...] = ((), (), (), (), (), (), ())
    """Monday first."""
    holidays: tuple[Holiday, ...] = ()

    def holidays_from(self, day: date) -> list[Holiday]:
        """Those that may still come: of every year, or not over by that day."""
        return [each for each in self.holidays if not _YEARLY < each.last < _number(day)]

    def holiday(self, day: date) -> Holiday | None:
        """The holiday that day is; one with a year goes before one of every year."""
        found = [each for each in self.holidays if each.covers(day)]
        return max(found, key=lambda each: each.first > _YEARLY, default=None)


def is_open(hours: Hours, at_ms: int) -> bool:
    """Whether `at_ms` lies within the hours; the closing instant does not."""
    return _closes(hours, at_ms) is not None


def next_change(hours: Hours, at_ms: int) -> int | None:
    """The first instant after `at_ms` at which open becomes closed or closed open.

    None: not within LOOK_AHEAD_DAYS, as with hours that never close.
    """
    end = _closes(hours, at_ms)
    return _opens(hours, at_ms) if end is None else _closes_for_good(hours, end)


@lru_cache(maxsize=256)
def _closes_for_good(hours: Hours, end: int) -> int | None:
    """When it closes, of what is open until `end` at least and may be open again from then on.

    Remembered, because every caller who joins a queue asks, and hours that are open around the
    clock but for one day of the year are looked through day by day."""
    first = _local(end, zone(hours.zone)).date() - _DAY
    if all(map(_is_whole, hours.week)) and not hours.holidays_from(first):
        return None
    latest = end + LOOK_AHEAD_DAYS * DAY_MIN * 60_000
    known: dict[date, list[tuple[int, int]]] = {}
    while (later := _closes(hours, end, known)) is not None:
        end = later
        if end > latest:
            return None
    return end


def day_begins(day: date, zone_name: str) -> int:
    """The first instant of a calendar day in the zone, also where midnight is jumped over."""
    return _instant(day, 0, zone(zone_name), last=False)


def _is_whole(spans: tuple[Span, ...]) -> bool:
    """Whether these are a whole day, from midnight to midnight."""
    reached = 0
    for span in sorted(spans, key=lambda each: each.opens):
        if span.opens <= reached:
            reached = max(reached, span.closes)
    return reached >= DAY_MIN


def _closes(
    hours: Hours, at: int, known: dict[date, list[tuple[int, int]]] | None = None
) -> int | None:
    """When the span that `at` lies in ends; None: closed. `known`: days that were looked at."""
    days = {} if known is None else known
    today = _local(at, zone(hours.zone)).date()
    around = (today - _DAY, today, today + _DAY)
    for day in around:
        if day not in days:
            days[day] = list(_spans(hours, day))
    ends = (end for day in around for start, end in days[day] if start <= at < end)
    return max(ends, default=None)


def _opens(hours: Hours, at: int) -> int | None:
    """The first opening after `at`, at which it is closed."""
    day = _local(at, zone(hours.zone)).date() - _DAY
    if not any(hours.week) and not any(each.spans for each in hours.holidays_from(day)):
        return None
    for _ in range(LOOK_AHEAD_DAYS):
        # Of two days together: where clocks go back at midnight, one may open before the other.
        starts = [s for each in (day, day + _DAY) for s, _ in _spans(hours, each) if s > at]
        if starts:
            return min(starts)
        day += _DAY
    return None


def _spans(hours: Hours, day: date) -> Iterator[tuple[int, int]]:
    """What of the day's own hours is open, as instants; over midnight only if no holiday begins
    there."""
    where = zone(hours.zone)
    holiday = hours.holiday(day)
    until = None
    for span in holiday.spans if holiday else hours.week[day.weekday()]:
        start = _instant(day, span.opens, where, last=False)
        end = _instant(day, span.closes, where, last=True)
        if span.closes > DAY_MIN and hours.holiday(day + _DAY) is not None:
            until = until or _instant(day + _DAY, 0, where, last=False)
            end = min(end, until)
        if start < end:
            yield start, end


# -- local time to instants ------------------------------------------------------------------------

_DAY = timedelta(days=1)


def _local(at: int, where: tzinfo) -> datetime:
    return (_EPOCH + at * _MS).astimezone(where)


def _instant(day: date, minutes: int, where: tzinfo, *, last: bool) -> int:
    """When the clocks of the zone show that time of that day; see the module's own words."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
    before = local.replace(tzinfo=where, fold=0)
    after = local.replace(tzinfo=where, fold=1)
    earlier, later = sorted(((before - _EPOCH) // _MS, (after - _EPOCH) // _MS))
    if before.utcoffset() == after.utcoffset():
        return earlier
    if _shows(earlier, local, where):
        return later if last else earlier
    return _jump(earlier, later, where)


def _shows(at: int, local: datetime, where: tzinfo) -> bool:
    return _local(at, where).replace(tzinfo=None) == local


def _jump(before: int, after: int, where: tzinfo) -> int:
    """The instant in between at which the clocks go forward."""
    offset = _local(before, where).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, where).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
