"""Times that people write in the chat: `15m`, `for 2h`, `until 14:30`, `14시 30분까지`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

_UNIT_MS = {
    "m": 60_000,
    "min": 60_000,
    "minute": 60_000,
    "분": 60_000,
    "h": 3_600_000,
    "hr": 3_600_000,
    "hour": 3_600_000,
    "시간": 3_600_000,
}
_UNIT = r"(?:minutes?|mins?|m|hours?|hrs?|h|분|시간)"
_SPAN = rf"(?:for )?(?P<span>\d{{1,5}} ?{_UNIT}(?: ?\d{{1,5}} ?{_UNIT})?)(?: ?(?:동안|간))?"
_CLOCK = (
    r"(?:until|till|til) (?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>[ap]\.?m)?\.?"
    r"|(?:(?P<ko_half>오전|오후) ?)?(?P<ko_hour>\d{1,2})"
    r"(?::(?P<ko_minute>\d{2})|시(?: ?(?P<ko_min>\d{1,2})분)?) ?까지"
)
_GAP = r"[\s,;:]"
# A clock time first: `2시 30분까지` also ends in something like a span.
_TIMES = tuple(
    re.compile(edge.format(pattern), re.IGNORECASE)
    for pattern in (_CLOCK, _SPAN)
    for edge in (rf"^(?:{{}})(?=$|{_GAP})", rf"(?:^|(?<={_GAP}))(?:{{}})$")
)
_HALVES = {"오전": 0, "오후": 12, "a": 0, "p": 12}
_NOON = 12


def find_time(text: str) -> re.Match[str] | None:
    """A time at the beginning or the end of the text."""
    return next((match for pattern in _TIMES if (match := pattern.search(text))), None)


def read_time(text: str, *, now: int, zone: tzinfo | None) -> tuple[int | None, bool]:
    """The instant that the text names, and whether the whole text is a time. `zone`: whose clock a
    time of day is meant by; None: this machine's."""
    found = find_time(text)
    if found is None or found[0] != text:
        return None, False
    return until_of(found, now, zone), True


def until_of(found: re.Match[str], now: int, zone: tzinfo | None) -> int | None:
    """The instant that a time names, or None when there is no such time."""
    part = found.groupdict()
    if part.get("span"):
        return now + sum(
            int(count) * _UNIT_MS[unit.lower().rstrip("s")]
            for count, unit in re.findall(rf"(\d+) ?({_UNIT})", part["span"], re.IGNORECASE)
        )
    hour = int(part["hour"] or part["ko_hour"])
    minute = int(part["minute"] or part["ko_minute"] or part["ko_min"] or 0)
    half = part["half"] or part["ko_half"]
    hours = [hour]
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hours = [hour % _NOON + _HALVES[half[0].lower() if half.isascii() else half]]
    elif 1 <= hour <= _NOON and not (part["hour"] or part["ko_hour"]).startswith("0"):
        # `until 2:30` at one o'clock means the afternoon, at midnight the night.
        hours = [hour % _NOON, hour % _NOON + _NOON]
    try:
        return min(_next(time(candidate, minute), now, zone) for candidate in hours)
    except ValueError:
        return None


def _next(named: time, now: int, zone: tzinfo | None) -> int:
    """When a clock in `zone`, or without one this machine's, shows this time next."""
    today = datetime.fromtimestamp(now / 1000, zone)
    at = datetime.combine(today.date(), named, zone)
    if at.timestamp() * 1000 <= now:
        at = datetime.combine(today.date() + timedelta(days=1), named, zone)
    return int(at.timestamp() * 1000)
