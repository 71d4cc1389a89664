"""The offer's machine: one attempt to bring a contact to an agent.

*Checking*: the agent is reserved and presence is read once more. *Ringing*: their phone rings.
*Deciding* (consult): they picked up and hear the whisper. *Linking*: they said yes and the
platform is joining the two. *Linked*: they talk. *Rescinding*: over for us, but the platform has
not yet said so: the agent stays reserved, because their phone may still ring. *Ended* is final.

An offer ends by the platform's word, not by our timer; only then is the agent let go. This file
has the offer's and the agent's side; `offer_end.py` has what it means for the contact.
"""

from __future__ import annotations

from enum import StrEnum

from routing import agent as agents
from routing import card
from routing.facts import FactKind
from routing.floor import Floor
from routing.machine import Machine
from routing.plan import AbandonedRing, Delivery, Queue
from routing.state import CallState, Contact, Offer, OfferState

RING_AT_MOST_MS = 75_000
"""An invitation rings about 60 s whatever we want; longer, its end is not awaited."""
INVITATION_GRACE_MS = 5_000
"""Where phones stop with the call: the end of the invitation may come so late, and is waited for,
because it says that the phone is silent; a clean end of the ring takes a fraction of this."""


NOT_REACHED = "not_reached"
"""The agent took a callback, and the customer could not be reached."""


class OfferInput(StrEnum):
    RING = "ring"
    PICKED_UP = "picked up"
    ACCEPTED = "accepted"
    LINKED = "linked"
    RESCIND = "rescind"
    END = "end"


_S, _I = OfferState, OfferInput
OFFER = Machine(
    "offer",
    {
        (_S.CHECKING, _I.RING): _S.RINGING,
        (_S.CHECKING, _I.END): _S.ENDED,
        (_S.RINGING, _I.PICKED_UP): _S.DECIDING,
        (_S.RINGING, _I.ACCEPTED): _S.LINKING,
        (_S.RINGING, _I.LINKED): _S.LINKED,
        (_S.RINGING, _I.RESCIND): _S.RESCINDING,
        (_S.RINGING, _I.END): _S.ENDED,
        (_S.DECIDING, _I.ACCEPTED): _S.LINKING,
        (_S.DECIDING, _I.RESCIND): _S.RESCINDING,
        (_S.DECIDING, _I.END): _S.ENDED,
        (_S.LINKING, _I.LINKED): _S.LINKED,
        (_S.LINKING, _I.RESCIND): _S.RESCINDING,
        (_S.LINKING, _I.END): _S.ENDED,
        (_S.LINKED, _I.END): _S.ENDED,
        (_S.RESCINDING, _I.LINKED): _S.LINKED,
        (_S.RESCINDING, _I.END): _S.ENDED,
    },
)


def move(floor: Floor, offer: Offer, given: OfferInput) -> bool:
    """Take the table's step; False (and a fact) when there is none."""
    after = OFFER.next(offer.state, given)
    if after is None:
        floor.ignored(f"offer {given.value}", f"while {offer.state.value}", offer.contact)
        return False
    offer.state = after
    floor.touch(offer)
    return True


def queue_of(floor: Floor, offer: Offer) -> Queue:
    return floor.queues.get(offer.queue) or Queue(name=offer.queue)


def close(floor: Floor, offer: Offer, outcome: str) -> None:
    """The platform said that the offer is over: the agent is let go, with what they did in mind."""
    move(floor, offer, OfferInput.END)
    _void(floor, offer)
    offer.ended_at = floor.now
    offer.outcome = offer.outcome or outcome
    offer.timers.clear()
    floor.checking.pop(offer.agent, None)
    agent = floor.state.agents[offer.agent]
    if agent.offer == offer.id:
        rang = offer.ringing_at is not None
        agents.release(floor, agent, offer.outcome, queue_of(floor, offer), rang=rang)
    told: dict[str, str] = {"reason": offer.decline_reason} if offer.decline_reason else {}
    floor.fact(
        FactKind.OFFER_ENDED,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        outcome=offer.outcome,
        offered_at=offer.created_at,
        upn=offer.explanation.chosen.upn,
        **told,
    )
    if offer.outcome == "no_answer":
        card.missed(floor, offer, agent, queue_of(floor, offer))


def withdraw(floor: Floor, offer: Offer, outcome: str) -> None:
    """Take an offer back. The phone stops at once where we can make it; see `Delivery`."""
    if offer.state in (OfferState.ENDED, OfferState.RESCINDING):
        return
    if offer.state is OfferState.CHECKING:
        close(floor, offer, outcome)
        return
    if offer.state is OfferState.LINKED:
        offer.outcome = offer.outcome or "accepted"
        close(floor, offer, "accepted")
        return
    offer.outcome = outcome
    move(floor, offer, OfferInput.RESCIND)
    _void(floor, offer)
    offer.timers.clear()
    leg = floor.state.calls.get(offer.call)
    silent = leg.state is CallState.ENDED if leg is not None else not offer.command
    if silent:
        close(floor, offer, outcome)
        return
    floor.arm(offer, "rescinding", (offer.ringing_at or floor.now) + RING_AT_MOST_MS)
    agents.may_ring(floor, floor.state.agents[offer.agent], outcome)
    if leg is not None:
        floor.hang_up(leg)


def dismiss(floor: Floor, offer: Offer, outcome: str) -> None:
    """The offer is over, but the agent is on their leg still: it ends when they have heard why."""
    offer.outcome = outcome
    move(floor, offer, OfferInput.RESCIND)
    _void(floor, offer)
    offer.timers.clear()
    floor.arm(offer, "rescinding", floor.now + RING_AT_MOST_MS)
    agents.may_ring(floor, floor.state.agents[offer.agent], outcome)


def call_over(floor: Floor, contact: Contact) -> None:
    """The caller's call is over. Whether an invitation's phone stops with it is not known: the
    platform may say that it ended, or else the plan decides how long the agent is kept."""
    for offer in floor.offers(contact):
        invited = offer.delivery is Delivery.GROUP_CALL and offer.state is OfferState.RESCINDING
        if invited and queue_of(floor, offer).abandoned_ring is AbandonedRing.TRUST:
            soon = floor.now + INVITATION_GRACE_MS
            floor.arm(offer, "rescinding", min(soon, offer.timers.get("rescinding", soon)))


def _void(floor: Floor, offer: Offer) -> None:
    """A transfer or invitation that was not sent yet must not be sent any more."""
    contact = floor.state.contacts[offer.contact]
    floor.void(floor.caller_leg(contact), offer.command)


def withdraw_all(floor: Floor, contact: Contact, outcome: str) -> None:
    """The contact needs no agent any more."""
    for offer in list(floor.offers(contact)):
        withdraw(floor, offer, outcome)
    contact.offer = ""
