"""What a leg's sound or end means, given what was under way on it.

The same word means different things: a caller's leg that ends is a hang-up while waiting and a
success while a transfer is under way; one that is established once more is a transfer that
failed.
"""

from __future__ import annotations

from routing import arriving, consult, leaving, offering
from routing.contact import end, talk_over
from routing.events import CallEnded
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Delivery
from routing.state import (
    Call,
    CallRole,
    CallState,
    Contact,
    ContactState,
    Offer,
    OfferState,
    Outcome,
)

TRANSFER_COMPLETED = 7015
ASK_AFTER_MS = 500
HUNG_UP = frozenset({4097, 4521, 5300, 18503, 540000, 560000})
"""Subcodes by which the other party ended the call (facts 3.10)."""


def leg_alive(
    floor: Floor, leg: Call, offer: Offer | None, *, failed: bool = False, asked: bool = False
) -> None:
    """A leg has sound. `failed`: it says so again because its transfer did not happen; `asked`:
    that is the answer to our own question, not a notification that may be a copy."""
    if leg.state is CallState.ENDED or leg.hanging_up:
        offering.stray_leg(floor, leg)
        return
    contact = floor.state.contacts[leg.contact]
    first = leg.state is not CallState.ESTABLISHED
    if first:
        leg.state = CallState.ESTABLISHED
        floor.touch(leg)
    if leg.role is CallRole.AGENT:
        if offer is not None and offer.state is OfferState.RINGING:
            consult.picked_up(floor, offer)
        elif offer is None or offer.state in (OfferState.ENDED, OfferState.RESCINDING):
            offering.stray_leg(floor, leg)
    elif contact.state is ContactState.ENDED:
        offering.stray_leg(floor, leg)
    elif contact.state is ContactState.ARRIVING:
        arriving.established(floor, contact)
    elif failed:
        _transfer_failed(floor, contact, asked=asked)


def _transfer_failed(floor: Floor, contact: Contact, *, asked: bool) -> None:
    if contact.state is ContactState.CONNECTING:
        offer = floor.current_offer(contact)
        if offer is not None and contact.failed_links and not asked:
            # A second failure may be the first one's copy, byte for byte: ask before believing it.
            floor.arm(offer, "link", floor.now + ASK_AFTER_MS)
        elif offer is not None:
            blind = offer.delivery is Delivery.TRANSFER
            offering.lost(floor, offer, "no_answer" if blind else "failed")
    elif contact.state is ContactState.LEAVING and not contact.playing:
        leaving.failed(floor, contact, "transfer failed")


def caller_leg_over(floor: Floor, contact: Contact, event: CallEnded) -> None:
    """The caller's leg left us: hung up, or handed over."""
    match contact.state:
        case ContactState.CONNECTING:
            _link_or_hang_up(floor, contact, event)
        case ContactState.CONNECTED:
            talk_over(floor, contact, at=floor.now, reason="call ended")
        case ContactState.LEAVING:
            if contact.playing:
                end(floor, contact, contact.outcome or Outcome.FAILED, "caller hung up")
            else:
                leaving.reached(floor, contact)
        case ContactState.ENDED:
            _blind_rings_over(floor, contact)
        case _:
            end(floor, contact, Outcome.ABANDONED, "caller hung up")


def _link_or_hang_up(floor: Floor, contact: Contact, event: CallEnded) -> None:
    """While a transfer is under way the leg's end is its success, unless it says hang-up."""
    offer = floor.current_offer(contact)
    proven = event.transferred or event.subcode == TRANSFER_COMPLETED or contact.linking_heard
    if offer is None or (event.subcode in HUNG_UP and not proven):
        end(floor, contact, Outcome.ABANDONED, "caller hung up while connecting")
        _blind_rings_over(floor, contact)
        return
    if not proven:
        floor.fact(FactKind.IGNORED, contact=contact.id, event="CallEnded", reason="unproven link")
    offering.linked(floor, offer, presumed=True)


def _blind_rings_over(floor: Floor, contact: Contact) -> None:
    """A blind transfer's ring dies with the caller's leg."""
    for offer in list(floor.offers(contact)):
        if offer.delivery is Delivery.TRANSFER and offer.state is OfferState.RESCINDING:
            offering.lost(floor, offer, offer.outcome)
