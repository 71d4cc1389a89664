"""Where days, hours and quarters of an hour begin, on the clocks of a zone.

A day is from its first instant to the next day's: 23 or 25 hours where clocks change, or with half
an hour more or less on Lord Howe Island. An hour that comes twice is two rows, told apart by the
offset in their names; of one that the clocks jump into, only what there was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from routing.hours import day_begins
from routing.zones import zone

QUARTER_MS = 15 * 60_000
DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Interval(StrEnum):
    """What one row of a report covers."""

    TOTAL = "total"
    DAY = "day"
    HOUR = "hour"
    QUARTER = "15m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start, end), with the local time at which it begins, such as 2026-11-25T09:15+01:00."""

    start: int
    end: int
    label: str


def today(now: int, zone_name: str) -> date:
    """The calendar day of the instant, in the zone."""
    return local(now, zone_name).date()


def local(at: int, zone_name: str) -> datetime:
    """The instant as the zone's clocks show it."""
    return (_EPOCH + at * _MS).astimezone(zone(zone_name))


def spans(first: date, last: date, interval: Interval, zone_name: str) -> list[Span]:
    """The rows of a report from the first day to the last, both included."""
    if interval is Interval.TOTAL:
        return [_span(*bounds(first, last, zone_name), zone_name)]
    days = [bounds(day, day, zone_name) for day in _days(first, last)]
    if interval is Interval.DAY:
        return [_span(*day, zone_name) for day in days]
    cut = _quarters if interval is Interval.QUARTER else _hours
    return [span for day in days for span in cut(*day, zone_name)]


def bounds(first: date, last: date, zone_name: str) -> tuple[int, int]:
    """From the first instant of one day to the last of another."""
    return day_begins(first, zone_name), day_begins(last + DAY, zone_name)


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY


def _span(start: int, end: int, zone_name: str) -> Span:
    label = local(start, zone_name).isoformat(timespec="minutes")
    return Span(start=start, end=end, label=label)


def _quarters(start: int, end: int, zone_name: str) -> list[Span]:
    return [_span(at, at + QUARTER_MS, zone_name) for at in range(start, end, QUARTER_MS)]


def _hours(start: int, end: int, zone_name: str) -> list[Span]:
    def hour(at: int) -> tuple[int, timedelta | None]:
        shown = local(at, zone_name)
        return shown.hour, shown.utcoffset()

    found = []
    for _, quarters in groupby(range(start, end, QUARTER_MS), hour):
        within = list(quarters)
        found.append(_span(within[0], within[-1] + QUARTER_MS, zone_name))
    return found
