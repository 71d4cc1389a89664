"""The cards that a team finds in its channel: what became of a caller, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.teams.card_parts import Part, card, line, open_url, small
from bot.teams.cards import caller_name, span
from bot.teams.conversation import Card
from bot.teams.phrases import PHRASES, say
from routing.events import Caller, CallerKind

SHOWN, LENGTH = 10, 200
"""Rows of a card, and signs in each: Teams takes cards of about 28 KB."""
_NOT_ROWS = ("caller_kind", "caller", "caller_name", "voicemail")
_SPANS = ("length_ms", "waited_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a card in a channel says, and where it goes."""

    channel: str
    queue: str
    """Its title."""
    language: str
    about: str
    contact: str
    detail: dict[str, str] = field(default_factory=dict[str, str])


def news_card(news: News, *, link: str) -> Card:
    """The card. `link`: the service's own address; a message is played at its player page."""
    language = news.language
    who = _caller(news)
    title = _said(language, f"team {news.about}", "team news")
    body: list[Part] = [
        line(title, name=f"team_{news.about}", weight="Bolder", color="Accent"),
        line(who, size="Large", weight="Bolder"),
        line(say(language, "card_queue", queue=news.queue)),
        *_rows(news),
    ]
    hint = _said(language, f"team_hint {news.about}", "")
    if hint:
        body.append(small(hint))
    summary = say(language, "team_summary", what=title, queue=news.queue, caller=who)
    actions: list[Part] = []
    if link and (voicemail := news.detail.get("voicemail")):
        where = f"{link}/tab/#/voicemails/{voicemail}"
        actions.append(open_url(say(language, "button listen"), where))
    return card(body, actions, summary=summary, language=language)


def _rows(news: News) -> list[Part]:
    told = [(name, text) for name, text in news.detail.items() if name not in _NOT_ROWS and text]
    return [line(_row(name, text, news.language)) for name, text in told[:SHOWN]]


def _row(name: str, text: str, language: str) -> str:
    if name in _SPANS and text.isdecimal():
        text = span(int(text), language)
    known = f"team_row {name}"
    text = _said(language, f"{known} {text}", text)[:LENGTH]
    if known in PHRASES["en"]:
        return say(language, known, value=text)
    return say(language, "card_keyed", name=name.replace("_", " "), value=text)


def _caller(news: News) -> str:
    try:
        kind = CallerKind(news.detail.get("caller_kind", ""))
    except ValueError:
        return say(news.language, "team_somebody")
    who = Caller(
        kind=kind, id=news.detail.get("caller", ""), name=news.detail.get("caller_name", "")
    )
    return caller_name(who, news.language)


def _said(language: str, phrase: str, otherwise: str) -> str:
    """The phrase where there is one; otherwise another phrase, or that very text."""
    if phrase in PHRASES["en"]:
        return say(language, phrase)
    return say(language, otherwise) if otherwise in PHRASES["en"] else otherwise
