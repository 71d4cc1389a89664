"""Hours are read off the clocks of the place that is open, and become instants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.hours import DAY_MIN, Holiday, Hours, Span, is_open, next_change
from routing.zones import zone, zone_names

BERLIN, NEW_YORK, SEOUL, LORD_HOWE = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Seoul",
    "Australia/Lord_Howe",
)
ZONES = (BERLIN, NEW_YORK, SEOUL, LORD_HOWE)
OFFICE = Span(opens=9 * 60, closes=17 * 60 + 30)
MINUTE = 60_000
NONE = ((),) * 7
ALL_DAY = (Span(opens=0, closes=DAY_MIN),)


def at(text: str, where: str, fold: int = 0) -> int:
    """The instant at which the clocks of a zone show this time."""
    local = datetime.fromisoformat(text).replace(tzinfo=zone(where), fold=fold)
    return round(local.timestamp() * 1000)


def every_day(*spans: Span, where: str = BERLIN, holidays: tuple[Holiday, ...] = ()) -> Hours:
    return Hours(name="h", zone=where, week=(spans,) * 7, holidays=holidays)


@pytest.mark.parametrize("where", ZONES)
def test_open_from_the_opening_instant_to_the_one_before_the_closing(where: str) -> None:
    hours = Hours(name="h", zone=where, week=((OFFICE,),) * 5 + ((), ()))
    opens, closes = at("2026-06-01T09:00", where), at("2026-06-01T17:30", where)
    assert [is_open(hours, opens - 1), is_open(hours, opens)] == [False, True]
    assert [is_open(hours, closes - 1), is_open(hours, closes)] == [True, False]
    assert next_change(hours, opens - 1) == opens
    assert next_change(hours, opens) == next_change(hours, closes - 1) == closes


@pytest.mark.parametrize("where", ZONES)
def test_after_friday_comes_monday(where: str) -> None:
    hours = Hours(name="h", zone=where, week=((OFFICE,),) * 5 + ((), ()))
    closed = at("2026-06-05T17:30", where)
    assert next_change(hours, closed) == at("2026-06-08T09:00", where)


@pytest.mark.parametrize("where", ZONES)
def test_a_holiday_begins_with_its_first_instant(where: str) -> None:
    """Also where the evening before is open past midnight."""
    night = Span(opens=18 * 60, closes=26 * 60)
    xmas = Holiday(first=1225, last=1225, name="Christmas Day")
    hours = every_day(night, where=where, holidays=(xmas,))
    begins = at("2026-12-25T00:00", where)
    assert [is_open(hours, begins - 1), is_open(hours, begins)] == [True, False]
    assert next_change(hours, begins - 1) == begins
    assert next_change(hours, begins) == at("2026-12-26T18:00", where)


def test_half_a_holiday_has_hours_of_its_own() -> None:
    eve = Holiday(first=1224, last=1224, spans=(Span(opens=10 * 60, closes=14 * 60),))
    hours = every_day(OFFICE, holidays=(eve,))
    closes = at("2026-12-24T14:00", BERLIN)
    assert not is_open(hours, at("2026-12-24T09:30", BERLIN))
    assert [is_open(hours, closes - 1), is_open(hours, closes)] == [True, False]
    assert next_change(hours, closes) == at("2026-12-25T09:00", BERLIN)


def test_a_holiday_of_one_year_goes_before_one_of_every_year() -> None:
    every_year = Holiday(first=501, last=501)
    this_year = Holiday(first=2026_05_01, last=2026_05_01, spans=(OFFICE,))
    hours = every_day(OFFICE, holidays=(every_year, this_year))
    assert is_open(hours, at("2026-05-01T12:00", BERLIN))
    assert not is_open(hours, at("2027-05-01T12:00", BERLIN))


def test_holidays_may_last_for_days() -> None:
    closed = Holiday(first=2026_12_24, last=2027_01_03)
    hours = every_day(OFFICE, holidays=(closed,))
    evening = at("2026-12-23T17:30", BERLIN)
    assert next_change(hours, evening) == at("2027-01-04T09:00", BERLIN)


def test_several_intervals_a_day() -> None:
    hours = every_day(Span(opens=9 * 60, closes=12 * 60), Span(opens=13 * 60, closes=17 * 60))
    noon = at("2026-06-01T12:00", BERLIN)
    assert not is_open(hours, noon)
    assert next_change(hours, noon) == at("2026-06-01T13:00", BERLIN)


def test_one_interval_that_begins_where_another_ends_is_no_change() -> None:
    hours = every_day(Span(opens=9 * 60, closes=DAY_MIN), Span(opens=0, closes=2 * 60))
    assert next_change(hours, at("2026-06-01T10:00", BERLIN)) == at("2026-06-02T02:00", BERLIN)


def test_over_midnight_belongs_to_the_day_on_which_it_opened() -> None:
    night = Span(opens=22 * 60, closes=30 * 60)
    hours = Hours(name="h", zone=BERLIN, week=((),) * 4 + ((night,), (), ()))
    assert is_open(hours, at("2026-06-06T05:59", BERLIN))
    assert not is_open(hours, at("2026-06-06T06:00", BERLIN))
    assert not is_open(hours, at("2026-06-05T05:59", BERLIN))


# -- the hour that does not exist, and the one that comes twice ------------------------------------

# Zone, a day, and two times in the hour that the clocks leave out on that day.
LEFT_OUT = (
    (BERLIN, "2026-03-29", "02:10", "02:50", "03:00"),
    (NEW_YORK, "2026-03-08", "02:10", "02:50", "03:00"),
    (LORD_HOWE, "2026-10-04", "02:05", "02:25", "02:30"),
)
# Zone, a day, and two times that its clocks show twice.
TWICE = (
    (BERLIN, "2026-10-25", "02:10", "02:50", 60),
    (NEW_YORK, "2026-11-01", "01:10", "01:50", 60),
    (LORD_HOWE, "2026-04-05", "01:35", "01:55", 30),
)


def minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


@pytest.mark.parametrize(("where", "day", "one", "other", "jump"), LEFT_OUT)
def test_a_time_that_does_not_exist_is_the_instant_of_the_jump(
    where: str, day: str, one: str, other: str, jump: str
) -> None:
    jumps = at(f"{day}T{jump}", where)
    opening = every_day(Span(opens=minutes(one), closes=10 * 60), where=where)
    assert [is_open(opening, jumps - 1), is_open(opening, jumps)] == [False, True]
    assert next_change(opening, jumps - 1) == jumps
    closing = every_day(Span(opens=60, closes=minutes(one)), where=where)
    assert [is_open(closing, jumps - 1), is_open(closing, jumps)] == [True, False]
    assert next_change(closing, jumps - 1) == jumps
    within = every_day(Span(opens=minutes(one), closes=minutes(other)), where=where)
    tomorrow = date.fromisoformat(day) + timedelta(days=1)
    assert next_change(within, jumps - 1) == at(f"{tomorrow}T{one}", where)


@pytest.mark.parametrize(("where", "day", "one", "other", "again"), TWICE)
def test_a_time_that_comes_twice_opens_at_the_first_and_closes_at_the_last(
    where: str, day: str, one: str, other: str, again: int
) -> None:
    hours = every_day(Span(opens=minutes(one), closes=minutes(other)), where=where)
    opens, closes = at(f"{day}T{one}", where, 0), at(f"{day}T{other}", where, 1)
    assert closes - opens == (minutes(other) - minutes(one) + again) * MINUTE
    assert [is_open(hours, opens - 1), is_open(hours, opens)] == [False, True]
    assert [is_open(hours, closes - 1), is_open(hours, closes)] == [True, False]
    assert next_change(hours, opens) == closes


def test_seoul_has_no_such_hours() -> None:
    hours = every_day(OFFICE, where=SEOUL)
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
        opens = at(f"{day}T09:00", SEOUL)
        assert next_change(hours, opens) == opens + 510 * MINUTE


# -- forever, and never ----------------------------------------------------------------------------


def test_hours_that_never_close_or_never_open_have_no_next_change() -> None:
    now = at("2026-06-01T12:00", BERLIN)
    assert is_open(every_day(*ALL_DAY), now)
    assert next_change(every_day(*ALL_DAY), now) is None
    assert not is_open(Hours(name="h", zone=BERLIN), now)
    assert next_change(Hours(name="h", zone=BERLIN), now) is None


@pytest.mark.parametrize("day", [(1, 1), (2, 29), (12, 31)])
def test_a_day_of_every_year_is_one_in_each_year_also_the_first_and_the_last(
    day: tuple[int, int],
) -> None:
    month, number = day
    hours = every_day(
        OFFICE, holidays=(Holiday(first=month * 100 + number, last=month * 100 + number),)
    )
    for year in (2024, 2028):
        noon = at(f"{date(year, month, number)}T12:00", BERLIN)
        assert not is_open(hours, noon)
        assert is_open(hours, noon + 2 * DAY_MIN * MINUTE)


def test_hours_that_close_on_one_day_of_the_year_say_when() -> None:
    hours = every_day(*ALL_DAY, holidays=(Holiday(first=1225, last=1225),))
    begins, ends = at("2026-12-25T00:00", BERLIN), at("2026-12-26T00:00", BERLIN)
    assert next_change(hours, at("2025-12-26T00:00", BERLIN)) == begins
    assert next_change(hours, begins) == ends


def calls_of(act: Callable[[], object]) -> int:
    """How many functions are called by it: what it costs, without a clock."""
    count = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


XMAS = Holiday(first=1225, last=1225)
IN_TWO_PARTS = (Span(opens=0, closes=720), Span(opens=720, closes=DAY_MIN))


@pytest.mark.parametrize(
    "hours",
    [
        every_day(*ALL_DAY, holidays=(Holiday(first=2020_04_03, last=2020_04_03),)),
        every_day(*IN_TWO_PARTS),
        every_day(*IN_TWO_PARTS, holidays=(Holiday(first=2020_04_03, last=2026_05_28),)),
        Hours(
            name="h",
            zone=BERLIN,
            holidays=(Holiday(first=2020_04_03, last=2020_04_03, spans=(OFFICE,)),),
        ),
    ],
)
def test_what_is_over_is_not_looked_for_day_by_day(hours: Hours) -> None:
    """Each caller who joins a queue that moves its callers at closing asks when that is."""
    now = at("2026-06-01T12:00", BERLIN)
    assert calls_of(lambda: next_change(hours, now)) < 300
    assert next_change(hours, now) is None


def test_a_closing_far_away_is_looked_for_once() -> None:
    hours = every_day(*ALL_DAY, holidays=(XMAS,))
    now, begins = at("2025-12-26T09:00", BERLIN), at("2026-12-25T00:00", BERLIN)
    assert next_change(hours, now) == begins
    assert calls_of(lambda: next_change(hours, now + MINUTE)) < 300
    assert next_change(hours, now + MINUTE) == begins


def test_a_holiday_that_has_begun_counts_for_hours_that_never_close_otherwise() -> None:
    days = Holiday(first=2026_05_30, last=2026_06_02, spans=(OFFICE,))
    hours = every_day(*ALL_DAY, holidays=(days,))
    opens, closes = at("2026-06-02T09:00", BERLIN), at("2026-06-02T17:30", BERLIN)
    assert next_change(hours, opens) == closes
    assert next_change(hours, closes) == at("2026-06-03T00:00", BERLIN)
    assert next_change(hours, at("2026-06-03T00:00", BERLIN)) is None


def test_zones_come_from_the_lock_and_not_from_the_machine() -> None:
    assert set(ZONES) <= zone_names()
    assert zone(BERLIN) is zone(BERLIN)
    assert zone(BERLIN) is not ZoneInfo(BERLIN)
    with pytest.raises(KeyError):
        zone("Europe/Bielefeld")
    with pytest.raises(KeyError):
        zone("../../etc/passwd")


# -- against a walk of minutes ---------------------------------------------------------------------

# A day whose clocks change, or an ordinary one, in the middle of what is walked.
WALKED = (
    *((where, date.fromisoformat(day)) for where, day, *_ in (*LEFT_OUT, *TWICE)),
    (SEOUL, date(2026, 6, 3)),
    (SEOUL, date(2026, 12, 31)),
)
AROUND = 2


def walk(where: str, middle: date) -> list[tuple[int, datetime]]:
    """Each minute around that day, with what the clocks show."""
    start = datetime.combine(middle - timedelta(days=AROUND), datetime.min.time())
    first = at(start.isoformat(), where)
    count = 2 * AROUND * DAY_MIN
    return [
        (now, datetime.fromtimestamp(now / 1000, zone(where)).replace(tzinfo=None))
        for now in range(first, first + count * MINUTE, MINUTE)
    ]


WALKS = {(where, middle): walk(where, middle) for where, middle in WALKED}


def opened(hours: Hours, walked: list[tuple[int, datetime]]) -> set[int]:
    """The open minutes, by looking at the clock in each: from when it first shows the opening, or
    later, until it last shows anything before the closing."""
    found: set[int] = set()
    days = sorted({shown.date() for _, shown in walked})
    for day in days:
        midnight = datetime.combine(day, datetime.min.time())
        holiday = hours.holiday(day)
        for span in holiday.spans if holiday else hours.week[day.weekday()]:
            opens, closes = (midnight + timedelta(minutes=m) for m in (span.opens, span.closes))
            since = min((now for now, shown in walked if shown >= opens), default=None)
            until = max((now for now, shown in walked if shown < closes), default=None)
            if since is None or until is None:
                continue
            if hours.holiday(day + timedelta(days=1)) and span.closes > DAY_MIN:
                next_day = midnight + timedelta(days=1)
                ends = min((n for n, shown in walked if shown >= next_day), default=until + 1)
                until = min(until, ends - 1)
            found.update(now for now, _ in walked if since <= now <= until)
    return found


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    """A day's spans, apart from each other; the last may go over midnight."""
    # Often near the hours in which clocks change.
    minute = st.one_of(st.integers(0, 4 * 60), st.integers(0, DAY_MIN - 1))
    edges = sorted(draw(st.lists(minute, max_size=6, unique=True)))
    spans = [Span(opens=a, closes=b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:
        spans.append(Span(opens=edges[-1], closes=DAY_MIN + draw(st.integers(0, 4 * 60))))
    return tuple(spans)


@given(st.data(), st.sampled_from(WALKED))
def test_it_is_open_when_a_walk_of_minutes_says_so(
    data: st.DataObject, place: tuple[str, date]
) -> None:
    where, middle = place
    holidays = tuple(
        Holiday(
            first=_number(middle + timedelta(days=offset)),
            last=_number(middle + timedelta(days=offset)),
            spans=data.draw(days()),
        )
        for offset in data.draw(st.lists(st.integers(-2, 2), max_size=2, unique=True))
    )
    week = tuple(data.draw(days()) for _ in range(7))
    hours = Hours(name="h", zone=where, week=week, holidays=holidays)
    walked = WALKS[place]
    expected = opened(hours, walked)
    # The outermost days are cut off by the walk's ends.
    inner = [now for now, _ in walked[DAY_MIN + 300 : -DAY_MIN - 300]]
    changes = [b for a, b in pairwise(inner) if (a in expected) != (b in expected)]
    looked_at = {*inner[::17], *changes, *(change - MINUTE for change in changes)}
    assert {now for now in looked_at if is_open(hours, now)} == expected & looked_at
    now = inner[0]
    for change in changes:
        assert next_change(hours, now) == change
        now = change
    last = next_change(hours, now)
    assert last is None or last > inner[-1]


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
