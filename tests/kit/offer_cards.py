"""An offer's card as tests have it, and what any card may be made of."""

from __future__ import annotations

from typing import Any

from bot.teams.phrases import PHRASES
from routing.card_face import Face, OfferCard
from routing.events import Caller, CallerKind

LANGUAGES = sorted(PHRASES)
NUMBER = Caller(kind=CallerKind.NUMBER, id="+4930123456")
OFFERED = OfferCard(
    offer="1-9",
    agent="ada",
    face=Face.OFFERED,
    message="m1",
    caller=NUMBER,
    queue="Support",
    waited_ms=80_000,
    keyed={"customer number": "4711"},
    may_accept=True,
    may_decline=True,
    wrap_up_ms=30_000,
)
ALLOWED: dict[str, set[str]] = {
    "AdaptiveCard": {
        "$schema",
        "type",
        "version",
        "lang",
        "fallbackText",
        "body",
        "actions",
    },
    "RichTextBlock": {"type", "id", "inlines"},
    "TextRun": {"type", "text", "weight", "size", "color", "isSubtle"},
    "Input.Text": {"type", "id", "label", "maxLength", "isMultiline"},
    "Input.ChoiceSet": {
        "type",
        "id",
        "style",
        "choices",
        "label",
        "value",
        "isRequired",
        "errorMessage",
    },
    "Action.Execute": {"type", "title", "verb", "data", "style", "fallback"},
    "Action.Submit": {"type", "title", "data"},
    "Action.ShowCard": {"type", "title", "card"},
    "Action.OpenUrl": {"type", "title", "url"},
    "ActionSet": {"type", "actions"},
}
"""What Adaptive Cards 1.4 have of what is used; no column, table or width among it."""
NARROW = ("AdaptiveCard", "RichTextBlock", "Input.Text", "Input.ChoiceSet")
LARGEST = 28_000


def check(part: Any) -> None:
    """Every part is one that a phone shows below the other, and known to Teams."""
    if isinstance(part, list):
        for each in part:
            check(each)
    elif isinstance(part, dict) and "type" in part:
        assert set(part) <= ALLOWED[part["type"]], part
        for key in ("body", "actions", "inlines", "card", "fallback"):
            check(part.get(key, []))
