"""How an offer ends, for both: the two are together, or the caller is back in the line."""

from __future__ import annotations

from routing import callback_wait, handing
from routing import offer as offers
from routing.callback_state import away
from routing.commands import (
    RemoveParticipant,
)
from routing.contact import connected
from routing.facts import FactKind
from routing.floor import Floor
from routing.journey import back_in_line, link_failed
from routing.offer import OfferInput
from routing.plan import Delivery
from routing.state import (
    CallState,
    Contact,
    ContactState,
    Offer,
    OfferState,
)

REPLACED_WAIT_MS = 5_000
"""A replaced leg may be deleted before success is told (facts 3.5): not yet a hang-up."""
LEFT_OVER_MS = 10_000
"""How long after the link the agent's replaced leg may live on."""
SILENT_JOIN_MS = 3_000
"""An invitation completed but the roster says nothing: joined, as far as anybody can know."""


def lost(floor: Floor, offer: Offer, outcome: str, *, tried: bool = True) -> None:
    """This agent will not take the contact (declined, missed, busy, failed): back to the line, at
    the same place. How long the agent is left alone is `agent.release`. `tried`: a link that was
    under way was asked of the platform."""
    contact = floor.state.contacts[offer.contact]
    current = contact.offer == offer.id
    leg = floor.state.calls.get(offer.call)
    platform_said = offer.state in (OfferState.CHECKING, OfferState.RESCINDING) or (
        leg is None or leg.state is CallState.ENDED
    )
    if platform_said:
        offers.close(floor, offer, outcome)
    else:
        offers.withdraw(floor, offer, outcome)
    handing.not_taken(floor, offer, outcome)
    if current:
        _back_in_line(floor, contact, tried=tried)


def given_up(floor: Floor, offer: Offer, outcome: str) -> None:
    """The agent said no to an invitation, which nobody can stop: their phone may ring on, and they
    stay reserved until it is silent, but the caller need not wait for that."""
    contact = floor.state.contacts[offer.contact]
    offers.withdraw(floor, offer, outcome)
    handing.not_taken(floor, offer, outcome)
    if contact.offer in ("", offer.id):
        _back_in_line(floor, contact)


def _back_in_line(floor: Floor, contact: Contact, *, tried: bool = True) -> None:
    if contact.state is ContactState.CONNECTING:
        contact.offer = ""
        link_failed(floor, contact, tried=tried)
    elif contact.state is ContactState.QUEUED and away(contact.callback):
        callback_wait.not_taken(floor, contact)
    elif contact.state is ContactState.QUEUED:
        back_in_line(floor, contact)


def left(floor: Floor, offer: Offer, *, by: str = "") -> None:
    """The agent said not ready while an offer was out: that is a no, unless they had said yes. Was
    it said for them (`by`), it is not held against them."""
    if offer.state in (OfferState.CHECKING, OfferState.DECIDING) or (
        offer.state is OfferState.RINGING
        and offer.delivery is Delivery.CONSULT
        and offer.said_yes_at is None
    ):
        said_no = "rescinded" if by else "declined"
        lost(floor, offer, "not_ready" if offer.state is OfferState.CHECKING else said_no)


def silent_by_word(floor: Floor, offer: Offer) -> None:
    """The agent says that they are ready. When the caller's call is over, nothing but their phone
    can tell whether it still rings, and they are beside it."""
    caller = floor.caller_leg(floor.state.contacts[offer.contact])
    if offer.state is OfferState.RESCINDING and not offer.call and caller.state is CallState.ENDED:
        offers.close(floor, offer, offer.outcome)


def leg_over(floor: Floor, offer: Offer, ending: str) -> None:
    """The agent's own leg (consult) is gone."""
    if offer.state is OfferState.RINGING:
        lost(floor, offer, ending if ending != "completed" else "no_answer")
    elif offer.state is OfferState.DECIDING:
        lost(floor, offer, "declined")
    elif offer.state is OfferState.RESCINDING:
        offers.close(floor, offer, offer.outcome)
    elif offer.state is OfferState.LINKING:
        floor.arm(offer, "replaced", floor.now + REPLACED_WAIT_MS)


def linked(floor: Floor, offer: Offer, *, presumed: bool) -> None:
    """The two are together."""
    contact = floor.state.contacts[offer.contact]
    offers.move(floor, offer, OfferInput.LINKED)
    offer.timers.clear()
    offer.outcome = "accepted"
    offer.accepted_at = offer.accepted_at or floor.now
    contact.offer = offer.id
    connected(floor, contact, offer, presumed=presumed)
    leg = floor.state.calls.get(offer.call)
    if leg is not None and leg.state is not CallState.ENDED:
        # The platform deletes a replaced leg itself; one that stays would ring on for nobody.
        floor.arm(leg, "leftover", floor.now + left_over_ms(contact))


def left_over_ms(contact: Contact) -> int:
    """How long after the link the agent's own leg may live on."""
    return LEFT_OVER_MS if contact.link_proven else REPLACED_WAIT_MS


def joined(floor: Floor, offer: Offer, *, caller_here: bool) -> None:
    """The agent is in the caller's group call: in time, or late.

    Who joins late wins while the caller still hears only us; otherwise they are removed again.
    """
    contact = floor.state.contacts[offer.contact]
    if handing.joins(floor, offer):
        return
    if offer.state is OfferState.RINGING and contact.state is ContactState.QUEUED:
        linked(floor, offer, presumed=False)
        return
    alone = contact.state is ContactState.LEAVING and bool(contact.playing)
    wins = offer.state is OfferState.RESCINDING and caller_here and alone
    floor.fact(
        FactKind.LATE_JOIN,
        contact=contact.id,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        wins=wins,
    )
    caller = floor.caller_leg(contact)
    if wins:
        linked(floor, offer, presumed=False)
    elif offer.participant and caller.state is not CallState.ENDED:
        remove = RemoveParticipant(id=floor.new_id(), call=caller.id, participant=offer.participant)
        floor.send(caller, remove)
