"""What a press on a card means: accept, decline, done.

A press may come late, twice, from a second device, or from somebody else: then it changes nothing
here, and the card, which follows the state, says in one sentence how things stand.
"""

from __future__ import annotations

from routing import agent as agents
from routing import card, consult, offer_end, ringing
from routing.card_face import UNDER_WAY, offer_card
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Delivery
from routing.record import write_record
from routing.state import AgentState, ContactState, Offer, OfferState
from routing.word_events import (
    AcceptedByCard,
    DeclinedByCard,
    DoneByCard,
)

Press = AcceptedByCard | DeclinedByCard | DoneByCard


def _offer(floor: Floor, press: Press) -> Offer | None:
    """The offer that the press is about, if it is the presser's own."""
    offer = floor.state.offers.get(press.offer)
    what = type(press).__name__
    if offer is None:
        floor.ignored(what, "unknown offer")
        return None
    if offer.agent != press.agent:
        floor.ignored(what, "another agent's offer", offer.contact)
        return None
    card.seen(floor, offer, press.message)
    return offer


def accepted(floor: Floor, press: AcceptedByCard) -> None:
    """Yes: link at once when the phone is picked up already, otherwise as soon as it is."""
    offer = _offer(floor, press)
    if offer is None:
        return
    if not offer_card(floor.state, floor.queues, offer).may_accept:
        floor.ignored("AcceptedByCard", "not by card", offer.contact)
    elif offer.state is OfferState.DECIDING:
        consult.accept(floor, offer, by="card")
    elif offer.state in UNDER_WAY and offer.said_yes_at is None:
        offer.said_yes_at = floor.now
        floor.touch(offer)
        floor.fact(
            FactKind.OFFER_SAID_YES,
            contact=offer.contact,
            agent=offer.agent,
            queue=offer.queue,
            offer=offer.id,
        )
        ringing.card_over(floor, offer)
    else:
        floor.ignored("AcceptedByCard", f"offer {offer.state.value}", offer.contact)


def declined(floor: Floor, press: DeclinedByCard) -> None:
    """No, also after a yes, as long as the two are not being linked: the phone stops where anybody
    can make it, and the caller goes on to the next agent at once."""
    offer = _offer(floor, press)
    if offer is None:
        return
    rings_on = offer.state is OfferState.RINGING and offer.delivery is Delivery.TRANSFER
    if offer.state not in UNDER_WAY or rings_on:
        floor.ignored("DeclinedByCard", f"offer {offer.state.value}", offer.contact)
        return
    offer.decline_reason = press.reason
    if offer.state is OfferState.RINGING and offer.delivery is Delivery.GROUP_CALL:
        offer_end.given_up(floor, offer, "declined")
    else:
        offer_end.lost(floor, offer, "declined")


def done(floor: Floor, press: DoneByCard) -> None:
    """The agent is done with the contact: their note is kept, and wrap-up ends."""
    offer = _offer(floor, press)
    if offer is None:
        return
    contact = floor.state.contacts[offer.contact]
    over = contact.state is ContactState.ENDED or offer.state is OfferState.ENDED
    if offer.outcome != "accepted" or not over:
        floor.ignored("DoneByCard", f"contact {contact.state.value}", contact.id)
        return
    if offer.done_at is None:
        offer.done_at = floor.now
        floor.touch(offer)
        floor.cards[offer.id] = None
    agent = floor.state.agents.get(offer.agent)
    noted = bool(press.note) and press.note != contact.note
    if noted:
        contact.note = press.note
        floor.touch(contact)
        floor.fact(
            FactKind.CONTACT_NOTED,
            contact=contact.id,
            agent=offer.agent,
            queue=contact.queue,
            upn=agent.upn if agent else "",
            note=press.note,
        )
    if agent is not None and agent.state is AgentState.WRAP_UP and agent.contact == contact.id:
        agents.wrap_up_over(floor, agent, "done")
    elif noted:
        write_record(floor, contact)
