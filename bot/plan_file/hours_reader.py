"""`hours:` of the plan: what people write about opening times becomes `routing.hours.Hours`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise

from bot.plan_file.document import Mapping, Node, Scalar, Sequence
from bot.plan_file.hours_keys import CLOSED, DAYS, GROUPS, HOURS
from bot.plan_file.problems import Problems
from bot.plan_file.section import Section
from bot.plan_file.whole import Whole
from routing.hours import DAY_MIN, Holiday, Hours, Span
from routing.zones import zone_names

SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2}) ?[-\u2013] ?([0-9]{1,2}):([0-9]{2})")
DATE = re.compile(r"(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})")
FORMS = "write 2026-12-24, every year 12-24, or 2026-12-24 to 2027-01-02"
LEAP_YEAR = 2024
"""So that 29 February is a day of every year."""
LATEST_MIN = 2 * DAY_MIN
SUGGESTED = 3
LIKE = 0.8
"""How alike a name must be: a city that is in no list (America/Seattle) is like none of them."""
CALLED = {
    "pst": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",),
    "mdt": ("America/Denver",),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "cdt": ("America/Chicago",),
    "edt": ("America/New_York",),
    "bst": ("Europe/London",),
    "cest": ("Europe/Berlin",),
    "ist": ("Asia/Kolkata",),
    "kst": ("Asia/Seoul",),
    "jst": ("Asia/Tokyo",),
    "aest": ("Australia/Sydney",),
}
"""Abbreviations that are no names of zones, and what people mean by them."""
YEAR_END, YEAR_BEGIN = 1231, 101


def read_hours(whole: Whole, name: str, node: Mapping, line: int) -> Hours:
    """Named hours; whatever is wrong with them is reported and left out."""
    section = whole.section(node, f"hours.{name}", line, HOURS)
    reader = _HoursReader(section, whole.problems)
    return Hours(
        name=name,
        zone=read_zone(section, whole.problems),
        week=reader.week(),
        holidays=tuple(reader.holidays()),
    )


def read_zone(section: Section, problems: Problems) -> str:
    """The name of a time zone, or the empty string."""
    node = section.node("zone")
    name = node.text.strip() if isinstance(node, Scalar) else ""
    if node is None or name in zone_names():
        return name
    section.error("zone", f"no time zone is called {name!r}; {_near_zones(name, problems)}")
    return ""


class _HoursReader:
    def __init__(self, section: Section, problems: Problems) -> None:
        self._section = section
        self._problems = problems

    def week(self) -> tuple[tuple[Span, ...], ...]:
        """Monday first. What names fewer days goes before what names more."""
        days: dict[str, tuple[Span, ...]] = dict.fromkeys(DAYS, ())
        said: dict[str, str] = {}
        for key, names in (*GROUPS.items(), *((day, (day,)) for day in DAYS)):
            node = self._section.node(key)
            if node is not None:
                spans = self._spans(node, self._section.path(key), self._section.line_of(key))
                days |= dict.fromkeys(names, spans)
                said |= dict.fromkeys(names, key)
        self._report_nights(days, said)
        return tuple(days[day] for day in DAYS)

    def _report_nights(self, days: dict[str, tuple[Span, ...]], said: dict[str, str]) -> None:
        """An evening that lasts into the hours of the next day."""
        for day, following in zip(DAYS, (*DAYS[1:], DAYS[0]), strict=True):
            late = max((span.closes for span in days[day]), default=0) - DAY_MIN
            early = min((span.opens for span in days[following]), default=DAY_MIN)
            if late > early and not self._problems.has(self._section.path(said[day])):
                self._section.error(
                    said[day],
                    f"overlap: {day} lasts until {_clock(late)} of {following}, which begins at "
                    f"{_clock(early)}; let one end where the other begins",
                )

    def holidays(self) -> Iterator[Holiday]:
        node = self._section.node("holidays")
        if node is None:
            return
        if not isinstance(node, Mapping):
            self._section.error("holidays", f"days are expected, one a line: {FORMS}")
            return
        seen: list[tuple[Holiday, str]] = []
        for text, inner in node.items.items():
            path, line = f"{self._section.path('holidays')}.{text}", node.lines[text]
            spans = self._spans(inner, path, line)
            for first, last in self._days(text, path, line):
                holiday = Holiday(first=first, last=last, spans=spans)
                twice = next((other for each, other in seen if _meet(each, holiday)), "")
                if twice and not self._problems.has(path):
                    self._problems.error(line, path, f"overlaps with {twice}: name each day once")
                seen.append((holiday, text))
                yield holiday

    def _days(self, text: str, path: str, line: int) -> list[tuple[int, int]]:
        """First and last day as numbers; two pairs for days of every year over its end."""
        parts = [part.strip() for part in text.split(" to ")]
        found = [_day_of(part) for part in parts]
        if len(parts) > 2 or not all(DATE.fullmatch(part) for part in parts):  # noqa: PLR2004
            self._problems.error(line, path, f"{text!r} is no date: {FORMS}")
            return []
        if missing := next((p for p, day in zip(parts, found, strict=True) if day is None), ""):
            self._problems.error(line, path, f"there is no day {missing}: look at a calendar")
            return []
        first, last = found[0] or 0, found[-1] or 0
        if (first > YEAR_END) != (last > YEAR_END):
            self._problems.error(line, path, "one of the two has no year: write both the same way")
            return []
        if first <= last:
            return [(first, last)]
        if last <= YEAR_END:
            return [(first, YEAR_END), (YEAR_BEGIN, last)]
        self._problems.error(line, path, "ends before it begins: exchange the two")
        return []

    def _spans(self, node: Node, path: str, line: int) -> tuple[Span, ...]:
        texts = _texts(node)
        if texts is None:
            self._problems.error(
                line, path, f"times are expected, such as 09:00-17:30, or {CLOSED}"
            )
            return ()
        if texts == [CLOSED]:
            return ()
        spans: list[Span] = []
        for text in texts:
            problem = _problem(text)
            if problem:
                self._problems.error(line, path, problem)
                return ()
            spans.append(_span(text))
        spans.sort(key=lambda span: span.opens)
        for one, other in pairwise(spans):
            if other.opens < one.closes:
                self._problems.error(
                    line, path, f"{_spelled(one)} and {_spelled(other)} overlap: make them one"
                )
                return ()
        return tuple(spans)


def _near_zones(name: str, problems: Problems) -> str:
    """The remedy for a time zone that nobody has."""
    words = _zone_words()
    word = name.casefold().replace(" ", "_")
    names = list(CALLED.get(word, ()))
    if not names:
        found = problems.several(word, words, SUGGESTED, LIKE)
        found += problems.several(word.rpartition("/")[2], words, SUGGESTED, LIKE)
        names = list(dict.fromkeys(words[each] for each in found))[:SUGGESTED]
    if not names:
        return (
            "write a name of the IANA database, a continent and mostly the largest city of the "
            "zone, such as Europe/Berlin, Asia/Seoul or America/Los_Angeles"
        )
    return f"did you mean {' or '.join(names)}?"


@cache
def _zone_words() -> dict[str, str]:
    """What people may write for each zone: its name, or the city alone."""
    words: dict[str, str] = {}
    for known in sorted(zone_names(), key=lambda each: (each.count("/") == 1, each)):
        words[known.rpartition("/")[2].casefold()] = known
        words[known.casefold()] = known
    return words


def _texts(node: Node) -> list[str] | None:
    if isinstance(node, Scalar):
        return [part.strip() for part in node.text.split(",")]
    if isinstance(node, Sequence) and node.items:
        parts = [_texts(item) for item in node.items if isinstance(item, Scalar)]
        if len(parts) == len(node.items):
            return [text for part in parts for text in part or ()]
    return None


def _problem(text: str) -> str:
    """Why the text is no span; empty when it is one."""
    found = SPAN.fullmatch(text)
    if found is None:
        return f"{text!r} is no time of opening: write 09:00-17:30, or {CLOSED}"
    opens, closes = _edges(found)
    if int(found[2]) > 59 or int(found[4]) > 59 or opens >= DAY_MIN or closes > LATEST_MIN:  # noqa: PLR2004
        return f"{text!r}: no clock shows that; a day begins at 00:00 and ends at 24:00"
    if closes <= opens:
        night = f"{found[1]}:{found[2]}-{int(found[3]) + 24}:{found[4]}"
        return f"{text!r} closes before it opens: exchange the two, or past midnight write {night}"
    if closes - opens > DAY_MIN:
        return f"{text!r} is longer than a day: write 00:00-24:00"
    return ""


def _span(text: str) -> Span:
    found = SPAN.fullmatch(text)
    opens, closes = _edges(found) if found else (0, 0)
    return Span(opens=opens, closes=closes)


def _edges(found: re.Match[str]) -> tuple[int, int]:
    return int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _spelled(span: Span) -> str:
    return f"{_clock(span.opens)}-{_clock(span.closes)}"


def _day_of(text: str) -> int | None:
    """The day as a number; None when no calendar has it."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1] or LEAP_YEAR), int(found[2]), int(found[3])
    try:
        date(year, month, day)
    except ValueError:
        return None
    return (year * 10_000 if found[1] else 0) + month * 100 + day


def _meet(one: Holiday, other: Holiday) -> bool:
    """Whether both name the same day in the same way."""
    alike = (one.first > YEAR_END) == (other.first > YEAR_END)
    return alike and one.first <= other.last and other.first <= one.last
