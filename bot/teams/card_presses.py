"""From a pressed button to an event for the routing."""

from __future__ import annotations

from bot.teams.cards import NOTE_LENGTH, REASONS
from bot.teams.words import REASON_LENGTH
from routing.readable import readable
from routing.word_events import (
    AcceptedByCard,
    DeclinedByCard,
    DoneByCard,
)

CODE_LENGTH = 48
OFFER_VERBS = ("accept", "decline", "done")


def press_of(
    verb: str, data: dict[str, str], *, agent: str, message: str
) -> AcceptedByCard | DeclinedByCard | DoneByCard:
    """What the press on an offer's card says. `agent` is who pressed, as the channel vouches."""
    offer = data.get("offer", "")
    if verb == "accept":
        return AcceptedByCard(offer=offer, agent=agent, message=message)
    if verb == "decline":
        return DeclinedByCard(offer=offer, agent=agent, reason=_reason(data), message=message)
    note = readable(data.get("note", ""), NOTE_LENGTH, keep="\n")
    disposition = readable(data.get("disposition", ""), CODE_LENGTH)
    return DoneByCard(offer=offer, agent=agent, note=note, message=message, disposition=disposition)


def _reason(data: dict[str, str]) -> str:
    """The agent's own words, or the reason they chose."""
    own = readable(data.get("reason", ""), REASON_LENGTH)
    chosen = data.get("why", "")
    return own or (chosen if chosen in REASONS else "")
