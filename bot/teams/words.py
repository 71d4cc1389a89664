"""What an agent may say to the bot, in English and Korean.

A word is understood or it is not: nothing is guessed from half a sentence, because a wrong guess
takes somebody off the phone or puts them on it. What is not understood gets the help.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

LONGEST_MS = 24 * 3_600_000
"""A longer absence ends by the agent's word alone: a clock time would no longer name its day."""
REASON_LENGTH = 64
TEXT_LENGTH = 500
"""Nothing that is meant for us is longer; a regular expression need not read more."""


class Word(StrEnum):
    READY = "ready"
    NOT_READY = "not ready"
    STATUS = "status"
    HELP = "help"
    HERE = "here"
    """Which channel is this?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One understood word. What is not understood is `HELP` with `understood` False."""

    word: Word
    reason: str = ""
    until: int | None = None
    """UTC epoch milliseconds."""
    time_dropped: bool = False
    """A time was named that is no time, or not within a day: it was left out."""
    understood: bool = True
    language: str = "en"


def understand(text: str, *, now: int, zone: tzinfo = UTC, language: str = "en") -> Said:
    """What `text` asks for. `zone` is the agent's: `until 14:30` means their clock.

    The answer's language is the one that was written, or `language` when that does not show.
    """
    tidy = _tidy(text)
    plain = tidy.casefold()
    if re.search("[가-힣]", plain):
        language = "ko"
    if plain in _READY:
        return Said(word=Word.READY, language=language)
    if plain in _STATUS:
        return Said(word=Word.STATUS, language=language)
    if plain in _HELP:
        return Said(word=Word.HELP, language=language)
    if plain in _HERE:
        return Said(word=Word.HERE, language=language)
    away = _NOT_READY.match(tidy)
    if away is None:
        return Said(word=Word.HELP, understood=False, language=language)
    return _not_ready(tidy[away.end() :], now=now, zone=zone, language=language)


_READY = frozenset(
    {
        "ready",
        "i am ready",
        "i'm ready",
        "im ready",
        "available",
        "back",
        "i am back",
        "i'm back",
        "준비",
        "준비됨",
        "준비 됨",
        "준비완료",
        "준비 완료",
        "상담 가능",
        "복귀",
    }
)
_STATUS = frozenset({"status", "my status", "status?", "상태", "내 상태", "현황"})
_HELP = frozenset({"help", "help?", "?", "hi", "hello", "도움말", "도움", "안녕", "안녕하세요"})
_HERE = frozenset({"here", "here?", "여기", "이 채널"})
_NOT_READY = re.compile(
    r"(?:i am |i'm |im )?(?:not[ -]?ready|unavailable)(?=$|[\s:,])"
    r"|(?:준비 ?안 ?[됨돼]|상담 ?불가|자리 ?비움|부재)(?=$|[\s:,])",
    re.IGNORECASE,
)

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


def _not_ready(rest: str, *, now: int, zone: tzinfo, language: str) -> Said:
    rest = rest.strip(" ,;:-")
    found = next((match for pattern in _TIMES if (match := pattern.search(rest))), None)
    if found is None:
        return Said(word=Word.NOT_READY, reason=_reason(rest), language=language)
    until = _until(found, now, zone)
    usable = until is not None and now < until <= now + LONGEST_MS
    return Said(
        word=Word.NOT_READY,
        reason=_reason(rest[: found.start()] + " " + rest[found.end() :]),
        until=until if usable else None,
        time_dropped=not usable,
        language=language,
    )


def _until(found: re.Match[str], now: int, zone: tzinfo) -> int | None:
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


def _next(named: time, now: int, zone: tzinfo) -> int:
    """When a clock in `zone` shows this time next."""
    today = datetime.fromtimestamp(now / 1000, zone)
    at = datetime.combine(today.date(), named, zone)
    if at.timestamp() * 1000 <= now:
        at = datetime.combine(today.date() + timedelta(days=1), named, zone)
    return int(at.timestamp() * 1000)


def _reason(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,;:-")[:REASON_LENGTH].rstrip()


def _tidy(text: str) -> str:
    """One line of plain characters: full-width forms, odd spaces and control signs put right."""
    normal = unicodedata.normalize("NFKC", text[:TEXT_LENGTH]).replace("\u2019", "'")
    seen = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in normal)
    return re.sub(r"\s+", " ", seen).strip().lstrip("/").rstrip(".!~\u3002 ").strip()
