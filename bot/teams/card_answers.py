"""What a pressed card gets back, as Teams wants it.

Whatever happened, the HTTP status is 200 and the sentence is for the person: an error status would
show them a message of Teams' own that says nothing (learn.microsoft.com/microsoftteams/platform/
task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards).
"""

from __future__ import annotations

from bot.teams.conversation import ActionAnswer, Card

_CARD = "application/vnd.microsoft.card.adaptive"
_TEXT = "application/vnd.microsoft.activity.message"


def shown(card: Card) -> ActionAnswer:
    """The card in the place of the one that was pressed."""
    return ActionAnswer(body={"statusCode": 200, "type": _CARD, "value": dict(card.content)})


def told(text: str) -> ActionAnswer:
    """A sentence; the card stays as it is."""
    return ActionAnswer(body={"statusCode": 200, "type": _TEXT, "value": text})
