"""What a supervisor may say to the bot: close, open, announce, silence, closures, in English and
Korean.

`close sales "flood" for 2h`: what callers shall hear stands in quotation marks, in one language or
in both. As with agents' words nothing is guessed: half a sentence changes nothing, and the answer
says how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import StrEnum

from bot.announcing import LONGEST_TEXT, language_of
from bot.teams.times import read_time
from routing.bulletin import Scope

LONGEST_MS = 31 * 24 * 3_600_000
"""What lasts longer belongs into the plan."""
LONGEST_ORDER = 20_000
"""Characters read at most; two texts of the longest, and much that is none, are far below."""


class Verb(StrEnum):
    CLOSE = "close"
    OPEN = "open"
    ANNOUNCE = "announce"
    SILENCE = "silence"
    LIST = "closures"
    """Say what is closed or announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order, or what is wrong with it."""

    verb: Verb
    scope: Scope | None = None
    """Named; None: a queue or an entry point, whichever has the name."""
    name: str = ""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """By language."""
    until: int | None = None
    problem: str = ""
    """The phrase that says what is wrong; empty: nothing."""
    language: str = "en"
    """In which it was said."""


_VERBS = {
    "close": Verb.CLOSE,
    "open": Verb.OPEN,
    "announce": Verb.ANNOUNCE,
    "silence": Verb.SILENCE,
    "closures": Verb.LIST,
    "마감 목록": Verb.LIST,
    "닫기": Verb.CLOSE,
    "마감": Verb.CLOSE,
    "열기": Verb.OPEN,
    "재개": Verb.OPEN,
    "공지 해제": Verb.SILENCE,
    "공지해제": Verb.SILENCE,
    "공지": Verb.ANNOUNCE,
}
_SCOPES = {
    "queue": Scope.QUEUE,
    "entry point": Scope.ENTRY_POINT,
    "entry": Scope.ENTRY_POINT,
    "대기열": Scope.QUEUE,
    "진입점": Scope.ENTRY_POINT,
}
_ALL = frozenset({"all", "everything", "전체", "모두"})
_VERB = re.compile(rf"/?({'|'.join(_VERBS)})(?=$|[\s\"])", re.IGNORECASE)
_SCOPE = re.compile(rf"({'|'.join(_SCOPES)})\s+(?=[^\s\"])", re.IGNORECASE)
_NAME = re.compile(r"[^\s\"]+")
_QUOTED = re.compile(r'"([^"]*)"')
_QUOTES = dict.fromkeys(
    map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f"), '"'
)
WITH_TEXT = (Verb.CLOSE, Verb.ANNOUNCE)


def read_order(text: str, *, now: int, zone: tzinfo = UTC) -> Order | None:
    """The order in `text`, None when it is none: then an agent may have meant something else."""
    plain = _tidy(text)
    found = _VERB.match(plain)
    if found is None:
        return None
    said = found[1].casefold()
    verb, language = _VERBS[said], language_of(said)
    if len(text) > LONGEST_ORDER:
        return Order(verb=verb, problem="order_too_long", language=language)
    behind = plain[found.end() :].strip()
    if verb is Verb.LIST:
        return None if behind else Order(verb=verb, language=language)
    scope, name, rest = _subject(behind)
    order = Order(verb=verb, scope=scope, name=name, language=language)
    texts, until, problem = _content(order, rest, now=now, zone=zone)
    return Order(
        verb=verb,
        scope=scope,
        name=name,
        texts=texts,
        until=until,
        problem=problem,
        language=language,
    )


def _subject(text: str) -> tuple[Scope | None, str, str]:
    scope = None
    if (named := _SCOPE.match(text)) is not None:
        scope, text = _SCOPES[named[1].casefold()], text[named.end() :]
    found = _NAME.match(text)
    if found is None:
        return scope, "", text
    name, rest = found[0].rstrip(":,;"), text[found.end() :]
    if scope is None and name.casefold() in _ALL:
        return Scope.ALL, "", rest
    return scope, name, rest


def _content(
    order: Order, rest: str, *, now: int, zone: tzinfo
) -> tuple[dict[str, str], int | None, str]:
    """Texts, until when, and what is wrong."""
    if not order.name and order.scope is not Scope.ALL:
        return {}, None, "order_no_name"
    if rest.count('"') % 2:
        # A text so long that the chat cut it off has lost its end.
        return {}, None, "order_too_long" if len(rest) > LONGEST_TEXT else "order_quotes"
    quoted = [each.strip() for each in _QUOTED.findall(rest)]
    time = _QUOTED.sub(" ", rest).strip(" ,;.!:-")
    if order.verb not in WITH_TEXT:
        return {}, None, "order_no_text" if quoted or time else ""
    until, understood = (None, True) if not time else read_time(time, now=now, zone=zone)
    if not understood:
        return {}, None, "order_quotes"
    if time and (until is None or not now < until <= now + LONGEST_MS):
        return {}, None, "order_time"
    return _texts(order, quoted), until, _problem(order, quoted)


def _problem(order: Order, quoted: list[str]) -> str:
    if any(not text for text in quoted) or (order.verb is Verb.ANNOUNCE and not quoted):
        return "order_empty"
    if any(len(text) > LONGEST_TEXT for text in quoted):
        return "order_too_long"
    if len({language_of(text) for text in quoted}) < len(quoted):
        return "order_twice"
    return ""


def _texts(order: Order, quoted: list[str]) -> dict[str, str]:
    return {language_of(text): text for text in quoted} if order.verb in WITH_TEXT else {}


def _tidy(text: str) -> str:
    """One line of plain characters; quotation marks of every kind become one."""
    normal = unicodedata.normalize("NFKC", text[: LONGEST_ORDER + 1]).translate(_QUOTES)
    seen = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in normal)
    return re.sub(r"\s+", " ", seen).strip()
