"""What a card shows of what other places know of the caller, and which of them did not say.

Bounded, because Teams takes cards of about 28 KB; the tab shows the rest. Every word of theirs is a
text run, so it is shown and never read as Markdown; only links that the plan's own hosts stand in
can be opened.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.teams.card_parts import Part, action_set, line, open_url, small
from bot.teams.phrases import say
from routing.context_rules import Source
from routing.context_state import LATE, Known, PastContact
from routing.state import Outcome

ROWS, ROW_LENGTH = 12, 120
"""Fields on a card, and characters of one."""
LINKS = 4
PAST, NOTE_LENGTH = 3, 160
UNUSABLE = ("redirect", "too large", "not JSON")
DAY_MS = 24 * 3_600_000
_OUTCOMES = frozenset(each.value for each in Outcome)


def context_parts(context: Iterable[Known], language: str) -> list[Part]:
    """The parts, place by place, in the plan's order."""
    found: list[Part] = []
    links: list[Part] = []
    rows = ROWS
    for known in context:
        if known.told is None or known.told.is_empty:
            found.append(small(_nothing(known, language)))
            continue
        lines = _lines(known, language)
        found += [line(known.title, weight="Bolder"), *lines[:rows]]
        if len(lines) > rows:
            found.append(small(say(language, "context more")))
        rows = max(0, rows - len(lines))
        links += [open_url(each.label, each.url) for each in known.told.links]
    return [*found, *([action_set(links[:LINKS])] if links else [])]


def _nothing(known: Known, language: str) -> str:
    """Why there is nothing of this place."""
    if known.command:
        how = "asking"
    elif not known.problem:
        how = "empty"
    elif known.problem == LATE:
        how = "late"
    else:
        how = "unusable" if known.problem in UNUSABLE else "failed"
    return say(language, f"context {how}", title=known.title)


def _lines(known: Known, language: str) -> list[Part]:
    told = known.told
    if told is None:
        return []
    ours = known.source is Source.PROFILE
    fields = dict(told.fields) | ({"manager": told.manager} if told.manager else {})
    rows = [
        line(
            say(
                language,
                "context_field",
                label=say(language, f"profile {label}") if ours else label,
                value=value[:ROW_LENGTH],
            )
        )
        for label, value in fields.items()
    ]
    for past in told.past[:PAST]:
        rows.append(line(_past(past, known.asked_at, language)))
        if past.note:
            rows.append(small(say(language, "past note", note=past.note[:NOTE_LENGTH])))
    return rows


def _past(past: PastContact, now: int, language: str) -> str:
    known = past.outcome if past.outcome in _OUTCOMES else "unknown"
    return say(
        language,
        "past with" if past.agent else "past",
        ago=ago(now - past.at, language),
        queue=past.queue,
        outcome=say(language, f"outcome {known}"),
        agent=past.agent,
    )


def ago(ms: int, language: str) -> str:
    """How long before the call, in the unit that matters."""
    if ms >= DAY_MS:
        return say(language, "ago days", count=ms // DAY_MS)
    minutes = max(0, ms) // 60_000
    unit, count = ("hours", minutes // 60) if minutes >= 60 else ("minutes", minutes)  # noqa: PLR2004 - minutes of an hour
    return say(language, "ago", span=say(language, unit, count=count))
