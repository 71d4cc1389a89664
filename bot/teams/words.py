"""What an agent may say to the bot, in English and Korean; a supervisor's orders: `orders.py`.

A word is understood or it is not: nothing is guessed from half a sentence, because a wrong guess
takes somebody off the phone or puts them on it. What is not understood gets the help.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum

from bot.teams.orders import Order, read_order
from bot.teams.times import find_time, until_of

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
    ORDER = "order"
    """A supervisor's: close, open, announce, silence."""
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
    order: Order | None = None


def understand(text: str, *, now: int, zone: tzinfo = UTC, language: str = "en") -> Said:
    """What `text` asks for. `zone` is the agent's: `until 14:30` means their clock.

    The answer's language is the one that was written, or `language` when that does not show.
    """
    order = read_order(text, now=now, zone=zone)
    if order is not None:
        return Said(word=Word.ORDER, language=order.language, order=order)
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


def _not_ready(rest: str, *, now: int, zone: tzinfo, language: str) -> Said:
    rest = rest.strip(" ,;:-")
    found = find_time(rest)
    if found is None:
        return Said(word=Word.NOT_READY, reason=_reason(rest), language=language)
    until = until_of(found, now, zone)
    usable = until is not None and now < until <= now + LONGEST_MS
    return Said(
        word=Word.NOT_READY,
        reason=_reason(rest[: found.start()] + " " + rest[found.end() :]),
        until=until if usable else None,
        time_dropped=not usable,
        language=language,
    )


def _reason(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,;:-")[:REASON_LENGTH].rstrip()


def _tidy(text: str) -> str:
    """One line of plain characters: full-width forms, odd spaces and control signs put right."""
    normal = unicodedata.normalize("NFKC", text[:TEXT_LENGTH]).replace("\u2019", "'")
    seen = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in normal)
    return re.sub(r"\s+", " ", seen).strip().lstrip("/").rstrip(".!~\u3002 ").strip()
