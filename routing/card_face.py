"""What an agent's card says, as plain values: who calls, and how the offer stands.

Derived from the state and nothing else, so that a card can be brought up to date by whoever holds
the state, at any time: after a restart, on another instance, in answer to a press. How it looks,
and in which words, is for `bot/teams/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.callback_state import dialing
from routing.choices import Choice
from routing.context_state import Known, came
from routing.events import Caller
from routing.plan import Accept, Delivery, Queue
from routing.state import Contact, ContactState, Offer, OfferState, Outcome, State
from routing.wrap_up_rules import needs_disposition

UNDER_WAY = (OfferState.CHECKING, OfferState.RINGING, OfferState.DECIDING)
"""The agent can still say yes or no."""


class Face(StrEnum):
    """How the offer stands, as its card shows it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    """On the card, before the pick-up."""
    CONNECTING = "connecting"
    DIALING = "dialing"
    """They took a callback: the customer is being called."""
    CONNECTED = "connected"
    WRAP_UP = "wrap_up"
    """The talk is over: a note, and Done."""
    DONE = "done"
    DECLINED = "declined"
    MISSED = "missed"
    """The phone was not picked up."""
    NO_WORD = "no_word"
    """It was, but then came neither card nor key."""
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    NOT_READY = "not_ready"
    PRESENCE = "presence"
    NOT_REACHED = "not_reached"
    """The customer who was to be called back."""
    HUNG_UP = "hung_up"
    """The caller."""
    SENT_ON = "sent_on"
    """The caller was served elsewhere, or told good-bye."""
    OVER = "over"
    """Nobody knows any more."""


_WITH_CONTEXT = (
    Face.OFFERED,
    Face.ACCEPTED,
    Face.CONNECTING,
    Face.DIALING,
    Face.CONNECTED,
)
_BY_OUTCOME = {
    "declined": Face.DECLINED,
    "busy": Face.BUSY,
    "unreachable": Face.UNREACHABLE,
    "not_ready": Face.NOT_READY,
    "presence": Face.PRESENCE,
    "rescinded": Face.SENT_ON,
    "not_reached": Face.NOT_REACHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCard:
    """One offer's card."""

    offer: str
    agent: str
    face: Face
    message: str = ""
    """The message that holds it."""
    taken: bool = False
    """Somebody else has the caller now."""
    caller: Caller
    queue: str
    """Its title."""
    waited_ms: int
    """How long the caller had waited when the offer was made."""
    keyed: dict[str, str]
    context: tuple[Known, ...] = ()
    """What other places know of the caller, or that they did not say; while the two may talk."""
    may_accept: bool = False
    may_decline: bool = False
    reason: str = ""
    """Why the agent declined, in their own words."""
    rings_on: bool = False
    """Should it end now, nobody can make the phone stop."""
    wrap_up_ms: int = 0
    note: str = ""
    dispositions: tuple[Choice, ...] = ()
    """How it may have ended, to choose from."""
    disposition: str = ""
    needs_disposition: bool = False
    callback: bool = False
    """The caller is not on the line, but to be called back."""
    number: str = ""
    """Where, if that is a number."""

    @property
    def shows(self) -> str:
        """One word for everything in it that changes."""
        settled = sum(not each.command for each in self.context)
        return shows_of(self.face, taken=self.taken, disposition=self.disposition, came=settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCard:
    """What an agent is told after a missed offer."""

    agent: str
    caller: Caller
    queue: str
    picked_up: bool
    """They picked up, but said neither yes nor no."""
    not_responding: bool
    """No calls until they come back; otherwise only a pause."""
    pause_ms: int | None
    """After how long calls come again by themselves; None: they do not."""


class Told(StrEnum):
    """What a supervisor changed for an agent."""

    READY = "ready"
    NOT_READY = "not_ready"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCard:
    """That somebody else changed the agent's state."""

    agent: str
    what: Told
    by: str
    """Their name."""
    queue: str = ""
    reason: str = ""
    """A code of the plan's, or the supervisor's own words."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """The code's, by language."""


def offer_card(state: State, queues: Mapping[str, Queue], offer: Offer) -> OfferCard:
    """What the offer's card has to say now."""
    contact = state.contacts[offer.contact]
    queue = queues.get(offer.queue) or Queue(name=offer.queue)
    callback = contact.callback
    if callback is not None and callback.promised_at is None:
        callback = None  # a wish that was only talked about
    mine = contact.agent == offer.agent
    asked_by_card = offer.delivery is Delivery.CONSULT and queue.accept is Accept.CARD_OR_KEY
    return OfferCard(
        offer=offer.id,
        agent=offer.agent,
        face=face_of(offer, contact),
        message=offer.card_message,
        taken=_taken(offer, contact),
        caller=contact.caller,
        queue=title_of(queue),
        waited_ms=offer.created_at - (contact.queued_at or offer.created_at),
        keyed=dict(contact.attributes),
        context=tuple(contact.context.values()) if _has_context(offer, contact) else (),
        may_accept=asked_by_card,
        may_decline=offer.delivery is not Delivery.TRANSFER,
        reason=offer.decline_reason,
        rings_on=offer.delivery is Delivery.GROUP_CALL and bool(offer.command),
        wrap_up_ms=queue.wrap_up_ms,
        note=contact.note if mine else "",
        dispositions=queue.dispositions,
        disposition=contact.disposition if mine else "",
        needs_disposition=mine and needs_disposition(queue, contact, offer.agent),
        callback=callback is not None,
        number="" if callback is None or callback.internal else callback.number,
    )


def shows_now(offer: Offer, contact: Contact) -> str:
    """`OfferCard.shows` of the card that `offer_card` would make."""
    mine = contact.disposition if contact.agent == offer.agent else ""
    settled = came(contact.context) if _has_context(offer, contact) else 0
    taken = _taken(offer, contact)
    return shows_of(face_of(offer, contact), taken=taken, disposition=mine, came=settled)


def shows_of(face: Face, *, taken: bool = False, disposition: str = "", came: int = 0) -> str:
    """The word for such a card; `came`: so many places have told what they know of the caller."""
    shown = disposition if face in (Face.WRAP_UP, Face.DONE) else ""
    more = f"+{came}" if came else ""
    return " ".join(filter(None, (face.value, "taken" if taken else "", shown, more)))


def _has_context(offer: Offer, contact: Contact) -> bool:
    """Whether the agent is to know more of the caller than who it is: not before or after."""
    return face_of(offer, contact) in _WITH_CONTEXT


def title_of(queue: Queue) -> str:
    """The queue as people know it."""
    return queue.title or queue.name


def face_of(offer: Offer, contact: Contact) -> Face:
    """How the offer stands."""
    if offer.state in UNDER_WAY:
        return Face.OFFERED if offer.said_yes_at is None else Face.ACCEPTED
    if offer.state is OfferState.LINKING:
        return Face.DIALING if dialing(contact.callback) else Face.CONNECTING
    if offer.state is OfferState.LINKED or offer.outcome == "accepted":
        if contact.state is not ContactState.ENDED and offer.state is OfferState.LINKED:
            return Face.CONNECTED
        return Face.WRAP_UP if offer.done_at is None else Face.DONE
    if offer.outcome == "no_answer":
        return Face.MISSED if offer.picked_up_at is None else Face.NO_WORD
    if offer.outcome == "canceled":
        return Face.HUNG_UP if contact.outcome is Outcome.ABANDONED else Face.SENT_ON
    return _BY_OUTCOME.get(offer.outcome, Face.FAILED)


def _taken(offer: Offer, contact: Contact) -> bool:
    over = offer.state in (OfferState.RESCINDING, OfferState.ENDED)
    elsewhere = contact.connected_at is not None and contact.agent != offer.agent
    return over and elsewhere and offer.outcome != "accepted"
