"""What a leg's sound or end means, given what was under way on it.

The same word means different things: a caller's leg that ends is a hang-up while waiting and a
success while a transfer is under way; one that is established once more is a transfer that
failed. And a notification may be a copy of one that came before, byte for byte, or be lost: what
the platform's own answer proves about a transfer is in `linking.py`.
"""

from __future__ import annotations

from routing import (
    arriving,
    callback_promise,
    calling_back,
    consult,
    journey,
    leaving,
    linking,
    offer_end,
    roster,
    strays,
    voicemail,
)
from routing import offer as offers
from routing.contact import end, talk_over
from routing.events import CallEnded, CallSeen
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
HUNG_UP = frozenset({4097, 4521, 5300, 18503, 540000, 560000})
"""Subcodes by which the other party ended the call (facts 3.10)."""


# -- sound ----------------------------------------------------------------------------------------


def leg_alive(floor: Floor, leg: Call, *, failed: bool = False, asked: bool = False) -> None:
    """A leg has sound. `failed`: it says so again because its transfer did not happen; `asked`:
    that is the answer to our own question, not a notification that may be a copy."""
    contact = floor.state.contacts[leg.contact]
    if leg.state is CallState.ENDED or leg.hanging_up or leg.role is CallRole.FORMER:
        strays.end_leg(floor, leg)
        return
    if leg.state is not CallState.ESTABLISHED:
        leg.state = CallState.ESTABLISHED
        floor.touch(leg)
    if leg.role is CallRole.AGENT:
        _agent_alive(floor, leg, contact, asked=asked)
    elif leg.role is CallRole.CALLBACK:
        calling_back.picked_up(floor, leg)
    elif contact.state is ContactState.ENDED:
        strays.end_leg(floor, leg)
    elif contact.state is ContactState.ARRIVING:
        arriving.established(floor, contact)
    elif failed:
        _failure_told(floor, contact)


def _agent_alive(floor: Floor, leg: Call, contact: Contact, *, asked: bool) -> None:
    offer = floor.offer_of(leg)
    if offer.state is OfferState.ENDED:
        strays.end_leg(floor, leg)
    elif offer.state is OfferState.RINGING:
        consult.picked_up(floor, offer)
    elif offer.state is OfferState.LINKED and asked:
        linked_at = contact.connected_at or floor.now
        if floor.now - linked_at >= offer_end.left_over_ms(contact):
            # The agent should long be in the caller's call, and hears nobody here.
            strays.end_leg(floor, leg)
            if not contact.link_proven:
                _never_linked(floor, contact)


def _failure_told(floor: Floor, contact: Contact) -> None:
    """The first failure of a contact is believed. After another it may be a copy of that one's
    news, byte for byte: then the platform's answer counts."""
    if contact.failed_links or contact.leaving_tried:
        linking.doubted(floor, contact)
    else:
        _transfer_failed(floor, contact)


def _transfer_failed(floor: Floor, contact: Contact) -> None:
    watch = linking.under_way(floor, contact)
    if isinstance(watch, Offer):
        blind = watch.delivery is Delivery.TRANSFER
        offer_end.lost(floor, watch, "no_answer" if blind else "failed")
    elif watch is not None:
        leaving.failed(floor, contact, "transfer failed")


# -- our own question -----------------------------------------------------------------------------


def seen(floor: Floor, leg: Call, event: CallSeen) -> None:
    """The platform answered how the leg stands."""
    if leg.state is CallState.ENDED:
        return
    if event.state == "gone":
        leg_over(floor, leg, CallEnded(call=event.call))
        return
    if leg.hanging_up:
        strays.end_leg(floor, leg)  # it rings, or whatever: it lives
        return
    contact = floor.state.contacts[leg.contact]
    caller = leg.role is CallRole.CALLER
    if event.state != "established":
        if caller:
            _not_established(floor, contact, event.state)
        return
    leg_alive(floor, leg, asked=True)
    if caller:
        _seen_alive(floor, contact, event)


def _seen_alive(floor: Floor, contact: Contact, event: CallSeen) -> None:
    """The caller's leg has sound, and is ours: so no transfer is under way any more, or not yet."""
    asked_at = floor.now if event.asked_at is None else event.asked_at
    if linking.failed(floor, contact, asked_at):
        _transfer_failed(floor, contact)
    else:
        linking.goes_on(floor, contact)
    if event.people:
        since = contact.missing_since
        confirmed = since is not None and asked_at >= since
        roster.read(floor, contact, event.people, confirmed=confirmed)
    journey.resume(floor, contact)


def _not_established(floor: Floor, contact: Contact, state: str) -> None:
    if state == "incoming":
        arriving.still_rings(floor, contact)
    else:
        linking.goes_on(floor, contact)


# -- the end --------------------------------------------------------------------------------------


def leg_over(floor: Floor, leg: Call, event: CallEnded) -> None:
    """A leg is gone. Told again, that is no news."""
    known = not floor.call_over(leg)
    contact = floor.state.contacts[leg.contact]
    if known and leg.role is CallRole.CALLER:
        _told_after_all(floor, contact, event)
    elif known:
        return
    elif leg.role is CallRole.CALLER:
        _caller_leg_over(floor, contact, event)
        offers.call_over(floor, contact)
    elif leg.role is CallRole.CALLBACK:
        calling_back.leg_over(floor, leg, event.ending)
    elif leg.role is CallRole.AGENT:
        offer = floor.offer_of(leg)
        if not calling_back.agent_left(floor, offer):
            offer_end.leg_over(floor, offer, event.ending)


def _caller_leg_over(floor: Floor, contact: Contact, event: CallEnded) -> None:
    """The caller's leg left us: hung up, or handed over."""
    match contact.state:
        case ContactState.CONNECTING:
            _link_or_hang_up(floor, contact, event)
        case ContactState.CONNECTED:
            talk_over(floor, contact, at=floor.now, reason="call ended")
        case ContactState.LEAVING if _left_us(contact, event):
            end(floor, contact, contact.outcome or Outcome.FAILED, "caller hung up")
        case ContactState.LEAVING:
            leaving.reached(floor, contact)
        case ContactState.ENDED:
            _blind_rings_over(floor, contact)
        case ContactState.ARRANGING if callback_promise.hung_up(floor, contact):
            pass
        case ContactState.RECORDING:
            voicemail.hung_up(floor, contact)
        case _:
            end(floor, contact, Outcome.ABANDONED, "caller hung up")


def _left_us(contact: Contact, event: CallEnded) -> bool:
    """Whether a leaving caller hung up before the target was reached."""
    if contact.playing:
        return True
    if contact.meeting:
        return bool(contact.leaving_by)
    return _hung_up(event)


def _hung_up(event: CallEnded) -> bool:
    """Whether the platform says that the caller hung up. That it had accepted the transfer before
    says only that it tried: the agent's phone may have been ringing still."""
    return event.subcode in HUNG_UP and not event.transferred


def _completed(event: CallEnded) -> bool:
    """Whether the platform says that a transfer ended the leg."""
    return event.transferred or event.subcode == TRANSFER_COMPLETED


def _link_or_hang_up(floor: Floor, contact: Contact, event: CallEnded) -> None:
    """While a transfer is under way the leg's end is its success, unless it says hang-up."""
    offer = floor.current_offer(contact)
    proven = _completed(event) or contact.linking_heard
    if offer is None or _hung_up(event) or not (proven or offer.command):
        end(floor, contact, Outcome.ABANDONED, "caller hung up while connecting")
        _blind_rings_over(floor, contact)
        return
    if not proven:
        floor.fact(FactKind.IGNORED, contact=contact.id, event="CallEnded", reason="unproven link")
    contact.link_proven = _completed(event)
    offer_end.linked(floor, offer, presumed=True)


def _told_after_all(floor: Floor, contact: Contact, event: CallEnded) -> None:
    """The leg's end was seen before it was told: now it is known what it was."""
    if contact.state is not ContactState.CONNECTED or contact.link_proven:
        return
    if _hung_up(event):
        _never_linked(floor, contact)
    elif _completed(event):
        contact.link_proven = True
        floor.touch(contact)


def _never_linked(floor: Floor, contact: Contact) -> None:
    """The leg that was taken for linked had been hung up: the two never talked."""
    offer = floor.current_offer(contact)
    leg = floor.state.calls.get(offer.call) if offer is not None else None
    if leg is not None and leg.state is not CallState.ENDED and not leg.hanging_up:
        strays.end_leg(floor, leg)
    talk_over(floor, contact, at=contact.connected_at or floor.now, reason="never linked")


def _blind_rings_over(floor: Floor, contact: Contact) -> None:
    """A blind transfer's ring dies with the caller's leg."""
    for offer in list(floor.offers(contact)):
        if offer.delivery is Delivery.TRANSFER and offer.state is OfferState.RESCINDING:
            offer_end.lost(floor, offer, offer.outcome)
