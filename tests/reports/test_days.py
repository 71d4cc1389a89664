"""Days and hours on the clocks of a zone, where they change above all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from console.reports.days import Interval, bounds, spans, today
from routing.zones import zone_names

HOUR = 3_600_000
CHANGES = {
    # zone, day, length in hours
    ("Europe/Berlin", date(2026, 3, 29), 23.0),
    ("Europe/Berlin", date(2026, 10, 25), 25.0),
    ("Europe/Berlin", date(2026, 11, 25), 24.0),
    ("America/New_York", date(2026, 3, 8), 23.0),
    ("America/New_York", date(2026, 11, 1), 25.0),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
}


@pytest.mark.parametrize(("zone", "day", "hours"), sorted(CHANGES))
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, day: date, hours: float) -> None:
    start, end = bounds(day, day, zone)
    assert (end - start) / HOUR == hours
    assert len(spans(day, day, Interval.QUARTER, zone)) == hours * 4
    assert today(start, zone) == today(end - 1, zone) == day
    assert today(end, zone) == day + timedelta(days=1)


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize(("zone", "day", "_"), sorted(CHANGES))
def test_rows_follow_each_other_without_a_gap(
    zone: str, day: date, _: float, interval: Interval
) -> None:
    last = day + timedelta(days=2)
    found = spans(day, last, interval, zone)
    assert (found[0].start, found[-1].end) == bounds(day, last, zone)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert len({span.label for span in found}) == len(found), "each has a name of its own"


def labels(day: date, zone: str, hours: str) -> list[tuple[str, float]]:
    found = spans(day, day, Interval.HOUR, zone)
    return [
        (span.label[11:], (span.end - span.start) / HOUR)
        for span in found
        if span.label[11:13] in hours.split()
    ]


def test_an_hour_that_comes_twice_is_two_rows() -> None:
    assert labels(date(2026, 10, 25), "Europe/Berlin", "01 02 03") == [
        ("01:00+02:00", 1),
        ("02:00+02:00", 1),
        ("02:00+01:00", 1),
        ("03:00+01:00", 1),
    ]
    assert labels(date(2026, 11, 1), "America/New_York", "00 01 02") == [
        ("00:00-04:00", 1),
        ("01:00-04:00", 1),
        ("01:00-05:00", 1),
        ("02:00-05:00", 1),
    ]


def test_an_hour_that_is_jumped_over_is_no_row() -> None:
    assert labels(date(2026, 3, 29), "Europe/Berlin", "01 02 03") == [
        ("01:00+01:00", 1),
        ("03:00+02:00", 1),
    ]


def test_half_an_hour_is_jumped_over_on_lord_howe_island() -> None:
    assert labels(date(2026, 10, 4), "Australia/Lord_Howe", "01 02 03") == [
        ("01:00+10:30", 1),
        ("02:30+11:00", 0.5),
        ("03:00+11:00", 1),
    ]
    assert labels(date(2026, 4, 5), "Australia/Lord_Howe", "01 02") == [
        ("01:00+11:00", 1),
        ("01:30+10:30", 0.5),
        ("02:00+10:30", 1),
    ]


def test_a_day_whose_midnight_does_not_exist_begins_when_the_clocks_have_jumped() -> None:
    # Beirut's clocks went from 0:00 to 1:00 on 29 March 2026.
    start, end = bounds(date(2026, 3, 29), date(2026, 3, 29), "Asia/Beirut")
    assert (end - start) / HOUR == 23
    first = spans(date(2026, 3, 29), date(2026, 3, 29), Interval.HOUR, "Asia/Beirut")[0]
    assert first.label == "2026-03-29T01:00+03:00"


@given(
    zone=st.sampled_from(sorted(zone_names())),
    day=st.dates(date(2020, 1, 1), date(2037, 12, 31)),
)
def test_every_zones_days_begin_on_a_quarter_of_an_hour(zone: str, day: date) -> None:
    """What is counted by quarters in UTC can be put together to any zone's days."""
    start, end = bounds(day, day, zone)
    assert start % 900_000 == end % 900_000 == 0
    assert spans(day, day, Interval.HOUR, zone)[-1].end == end
