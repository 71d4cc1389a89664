"""Opening hours in the plan: what they become, and what is wrong with them, by line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.plan_file import Severity, read_plan
from console.inquiry import PLANS
from routing.action import Action, ActionKind
from routing.hours import Holiday, Span
from routing.plan import AtClose, Plan, WhenClosed

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "hours.yaml"
GOOD = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main:
    queue: support
    hours: office
    fallback: {number: "+14255550199"}
queues:
  support: {members: ada.agent@contoso.example, hours: office}
hours:
  office:
    zone: Europe/Berlin
    weekdays: 09:00-17:30
"""


def problems(source: str) -> list[tuple[int, str, str, str]]:
    reading = read_plan(source.encode(), "plan.yaml")
    return [(p.line, p.severity.value, p.key, p.message) for p in reading.problems]


def read(source: str) -> Plan:
    reading = read_plan(source.encode(), "plan.yaml")
    assert reading.plan is not None, reading.problems
    return reading.plan


def spans(*texts: str) -> tuple[Span, ...]:
    found = []
    for text in texts:
        opens, closes = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
        found.append(Span(opens=opens, closes=closes))
    return tuple(found)


def test_the_example_is_without_problems_and_says_what_it_means() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "hours.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    plan = reading.plan
    assert plan is not None
    office, night, _ = plan.hours
    assert office.zone == "Europe/Berlin"
    assert office.week == (
        *(spans("09:00-12:30", "13:30-17:30"),) * 4,
        spans("09:00-15:00"),
        (),
        (),
    )
    assert night.week == (spans("18:00-26:00"),) * 7
    assert Holiday(first=1225, last=1226) in office.holidays
    assert Holiday(first=1224, last=1224, spans=spans("09:00-12:00")) in office.holidays
    assert Holiday(first=2026_04_03, last=2026_04_03) in office.holidays
    support, night_watch = plan.queues
    assert (support.hours, support.at_close) == ("office", AtClose.MOVE)
    assert support.on_closed == Action(kind=ActionKind.QUEUE, ref="night_watch")
    assert night_watch.on_closed == Action(prompt="plan:come_back")
    entry = plan.entry_points[0]
    assert (entry.hours, entry.when_closed) == ("never_on_sunday", WhenClosed.REDIRECT)


def test_a_plan_with_hours_is_stored_and_read_again() -> None:
    plan = read(EXAMPLE.read_text())
    assert PLANS.decode("plan", PLANS.encode(plan)) == plan


def test_what_names_fewer_days_goes_before_what_names_more() -> None:
    days = "    every_day: 08:00-20:00\n    weekend: 10:00-12:00\n    sunday: closed\n"
    plan = read(GOOD.replace("    weekdays: 09:00-17:30\n", days))
    assert plan.hours[0].week == (*(spans("08:00-20:00"),) * 5, spans("10:00-12:00"), ())


def test_days_of_every_year_over_its_end_are_two() -> None:
    plan = read(GOOD + "    holidays: {12-27 to 01-02: closed}\n")
    assert plan.hours[0].holidays == (Holiday(first=1227, last=1231), Holiday(first=101, last=102))


def test_the_hours_of_one_evening_may_end_where_the_next_day_begins() -> None:
    plan = read(GOOD.replace("weekdays: 09:00-17:30", "every_day: 06:00-30:00"))
    assert plan.hours[0].week == (spans("06:00-30:00"),) * 7


# What stands instead of the weekdays' line or after it, the key in the message, and part of it.
BAD = {
    "unknown zone": (
        "zone: Europe/Berlin",
        "zone: Europe/Berln",
        "zone",
        "did you mean Europe/Berlin",
    ),
    "a city alone": ("zone: Europe/Berlin", "zone: seoul", "zone", "did you mean Asia/Seoul"),
    "a zone like nothing": ("zone: Europe/Berlin", "zone: xxqqzz", "zone", "such as Europe/Berlin"),
    "a zone's abbreviation": (
        "zone: Europe/Berlin",
        "zone: KST",
        "zone",
        "did you mean Asia/Seoul?",
    ),
    "a city that names no zone": (
        "zone: Europe/Berlin",
        "zone: America/Seattle",
        "zone",
        "the largest city of the zone",
    ),
    "a path for a zone": ("zone: Europe/Berlin", "zone: ../../etc/passwd", "zone", "no time zone"),
    "no zone": ("    zone: Europe/Berlin\n", "", "", "missing"),
    "closing before opening": (
        "09:00-17:30",
        "17:30-09:00",
        "weekdays",
        "past midnight write 17:30-33:00",
    ),
    "closing at the opening": ("09:00-17:30", "09:00-09:00", "weekdays", "closes before it opens"),
    "overlap in a day": (
        "09:00-17:30",
        "09:00-13:00, 12:00-17:00",
        "weekdays",
        "09:00-13:00 and 12:00-17:00 overlap",
    ),
    "overlap past midnight": (
        "weekdays: 09:00-17:30",
        "weekdays: 08:00-20:00\n    tuesday: 10:00-33:00",
        "tuesday",
        "tuesday lasts until 09:00 of wednesday, which begins at 08:00",
    ),
    "overlap from sunday to monday": (
        "weekdays: 09:00-17:30",
        "monday: 00:00-12:00\n    sunday: 20:00-25:00",
        "sunday",
        "monday, which begins at 00:00",
    ),
    "longer than a day": ("09:00-17:30", "09:00-40:00", "weekdays", "longer than a day"),
    "a time no clock shows": ("09:00-17:30", "09:00-17:75", "weekdays", "no clock shows that"),
    "an opening after midnight": ("09:00-17:30", "25:00-26:00", "weekdays", "no clock shows that"),
    "no time": ("09:00-17:30", "nine to five", "weekdays", "write 09:00-17:30, or closed"),
    "a section for times": (
        "weekdays: 09:00-17:30",
        "weekdays: {from: 9}",
        "weekdays",
        "times are expected",
    ),
    "no times": ("weekdays: 09:00-17:30", "weekdays: []", "weekdays", "times are expected"),
    "a day misspelt": ("weekdays:", "weekday:", "weekday", "did you mean weekdays?"),
    "holidays in a list": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: [12-25]",
        "holidays",
        "one a line",
    ),
    "a day of no calendar": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {2026-02-29: closed}",
        "holidays.2026-02-29",
        "there is no day 2026-02-29",
    ),
    "a date of another form": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {24.12.2026: closed}",
        "holidays.24.12.2026",
        "write 2026-12-24",
    ),
    "an end before the beginning": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {2026-12-31 to 2026-12-01: closed}",
        "holidays.2026-12-31 to 2026-12-01",
        "ends before it begins",
    ),
    "one with a year and one without": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {2026-12-31 to 01-02: closed}",
        "holidays.2026-12-31 to 01-02",
        "write both the same way",
    ),
    "a day twice": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {12-24 to 12-26: closed, 12-25: closed}",
        "holidays.12-25",
        "overlaps with 12-24 to 12-26",
    ),
    "a holiday of nonsense": (
        "09:00-17:30",
        "09:00-17:30\n    holidays: {12-25: shut}",
        "holidays.12-25",
        "or closed",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_hours_are_refused_with_line_key_and_remedy(name: str) -> None:
    old, new, key, message = BAD[name]
    assert old in GOOD
    bad = GOOD.replace(old, new)
    found = [p for p in problems(bad) if p[1] == "error"]
    assert len(found) == 1, found
    line, _, where, said = found[0]
    assert where.startswith(f"hours.office.{key}" if key else "hours.office")
    assert message in said
    shown = bad.splitlines()[line - 1]
    assert not key or key.split(".")[-1].partition(" ")[0] in shown or key in shown


@pytest.mark.parametrize("where", ["entry_points.main.hours", "queues.support.hours"])
def test_hours_that_nobody_defined_are_refused_with_a_suggestion(where: str) -> None:
    old = "    hours: office\n" if where.startswith("entry") else "hours: office}"
    found = problems(GOOD.replace(old, old.replace("office", "offise")))
    assert [(p[1], p[2]) for p in found] == [("error", where)]
    assert "did you mean office?" in found[0][3]


UNHEARD = """\
    when_closed: redirect
    on_closed: {number: "+14255550100", prompt: "system:closed"}
"""
ROUND = """\
    account: main@contoso.example
    on_closed: {account: main@contoso.example, number: "+14255550100"}
"""
ENTRY = '    fallback: {number: "+14255550199"}\n'


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("    when_closed: redirect\n", "on_closed", "a place to send callers to is needed"),
        (
            UNHEARD,
            "on_closed.prompt",
            "nobody hears it",
        ),
        (
            "    when_closed: redirect\n    on_closed: {queue: support}\n",
            "on_closed",
            "a place to send callers to is needed",
        ),
        (
            ROUND,
            "on_closed",
            "leads back to this entry point",
        ),
        ("    when_closed: maybe\n", "when_closed", "not known here"),
    ],
)
def test_a_closed_door_that_cannot_work_is_refused(lines: str, key: str, message: str) -> None:
    found = [p for p in problems(GOOD.replace(ENTRY, ENTRY + lines)) if p[1] == "error"]
    assert [p[2] for p in found] == [f"entry_points.main.{key}"]
    assert message in found[0][3]


def test_moving_group_calls_to_an_account_needs_its_number() -> None:
    queue = "  support: {members: ada.agent@contoso.example, hours: office, delivery: group_call, "
    action = "on_closed: {account: other@contoso.example}}"
    source = GOOD.replace(
        "  support: {members: ada.agent@contoso.example, hours: office}",
        queue + "at_close: move, " + action,
    )
    assert "queues.support.on_closed" in [p[2] for p in problems(source) if p[1] == "error"]


def test_queues_that_close_into_each_other_are_refused() -> None:
    rounds = (
        "  support: {members: a@contoso.example, on_closed: {queue: other}}\n"
        "  other: {members: a@contoso.example, on_closed: {queue: support}}"
    )
    source = GOOD.replace("  support: {members: ada.agent@contoso.example, hours: office}", rounds)
    errors = [p for p in problems(source) if p[1] == "error"]
    assert any("round without end" in p[3] for p in errors)


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("    weekdays: 09:00-17:30\n", "    weekdays: closed\n", "hours.office", "never open"),
        (
            "  office:\n",
            "  spare: {zone: Asia/Seoul, monday: 09:00-10:00}\n  office:\n",
            "hours.spare",
            "nobody keeps",
        ),
        (
            ENTRY,
            ENTRY + "    when_closed: busy\n    on_closed: {number: '+14255550100'}\n",
            "entry_points.main.on_closed",
            "has no effect",
        ),
    ],
)
def test_hours_without_effect_are_warned_of(old: str, new: str, key: str, message: str) -> None:
    found = problems(GOOD.replace(old, new))
    assert [(p[1], p[2]) for p in found] == [(Severity.WARNING.value, key)]
    assert message in found[0][3]


def test_where_only_closed_callers_get_to_is_reached() -> None:
    """And a queue behind `on_closed` is spoken to in the entry point's language."""
    night = "  night: {members: ada.agent@contoso.example}\nhours:"
    source = GOOD.replace("hours:\n", f"{night}\n", 1).replace(
        ENTRY, ENTRY + "    on_closed: {queue: night}\n"
    )
    source = source.replace("    hours: office\n", "    hours: office\n", 1)
    assert problems(source) == []


def test_a_file_full_of_unknown_zones_is_refused_in_time() -> None:
    many = "".join(f"  h{n}: {{zone: Zone/{n}xyz, monday: 09:00-10:00}}\n" for n in range(300))
    found = problems(GOOD + many)
    assert sum(p[1] == "error" for p in found) == 300
