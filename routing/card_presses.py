"""What a press on a card means: accept, decline, done.

A press may come late, twice, from a second device, or from somebody else: then it changes nothing
here, and the card, which follows the state, says in one sentence how things stand.
"""

from __future__ import annotations

from routing import after_call, card, consult, offer_end, ringing
from routing import agent as agents
from routing.facts import FactKind
from routing.floor import Floor
from routing.offer_rules import may_accept, may_be_done, may_decline
from routing.plan import Delivery
from routing.record import write_record
from routing.refusing import refused
from routing.state import AgentState, Contact, Offer, OfferState
from routing.word_events import (
    CARD,
    TAB,
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
    if code := may_accept(floor.state, floor.queues, offer.id, press.agent):
        _refuse(floor, press, offer, code)
    elif offer.state is OfferState.DECIDING:
        consult.accept(floor, offer, by=press.by)
    else:
        offer.said_yes_at = floor.now
        floor.touch(offer)
        floor.fact(
            FactKind.OFFER_SAID_YES,
            contact=offer.contact,
            agent=offer.agent,
            queue=offer.queue,
            offer=offer.id,
            by=press.by,
        )
        ringing.card_over(floor, offer)


def declined(floor: Floor, press: DeclinedByCard) -> None:
    """No, also after a yes, as long as the two are not being linked: the phone stops where anybody
    can make it, and the caller goes on to the next agent at once."""
    offer = _offer(floor, press)
    if offer is None:
        return
    if code := may_decline(floor.state, offer.id, press.agent):
        _refuse(floor, press, offer, code)
        return
    offer.decline_reason = press.reason
    if offer.state is OfferState.RINGING and offer.delivery is Delivery.GROUP_CALL:
        offer_end.given_up(floor, offer, "declined")
    else:
        offer_end.lost(floor, offer, "declined")


def done(floor: Floor, press: DoneByCard) -> None:
    """The agent is done with the contact: their note is kept, and wrap-up ends. Where it needs to
    be said how the contact ended and nobody did, only the note is kept."""
    offer = _offer(floor, press)
    if offer is None:
        return
    contact = floor.state.contacts[offer.contact]
    code = may_be_done(floor.state, floor.queues, offer.id, press.agent, press.disposition)
    agent = floor.state.agents.get(offer.agent)
    at_it = agent is not None and agent.contact == contact.id
    if code in ("", "needs_disposition", "unknown_disposition"):
        _keep(floor, press, contact)
    if code:
        _refuse(floor, press, offer, code)
        return
    if press.disposition:
        after_call.dispose(floor, contact, press.disposition)
    if offer.done_at is None:
        offer.done_at = floor.now
        floor.touch(offer)
        floor.cards[offer.id] = None
    if agent is not None and at_it and agent.state is AgentState.WRAP_UP:
        agents.wrap_up_over(floor, agent, "done")
    elif press.disposition:
        write_record(floor, contact)


def _keep(floor: Floor, press: DoneByCard, contact: Contact) -> None:
    """The words that came with it. A card does not show what was written on the tab meanwhile, so
    they are added to that; on the tab they are all that there is."""
    text = press.note
    if press.by == CARD and text and contact.note_by == TAB:
        text = after_call.added(contact.note, text)
    if text and text != contact.note:
        after_call.write(floor, contact, text, by=press.by)


def _refuse(floor: Floor, press: Press, offer: Offer, code: str) -> None:
    if press.by == CARD:
        floor.ignored(type(press).__name__, code.replace("_", " "), offer.contact)
        return
    agent = floor.state.agents.get(press.agent)
    act = type(press).__name__.removesuffix("ByCard").lower()
    refused(floor, act, code, by=agent.upn if agent else "", contact=offer.contact)
