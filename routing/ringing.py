"""Ringing an agent's phone: when everything is ready, by which command, and for how long.

The three ways of connecting differ in three places only: how the phone is rung (`_ring`), what
picking up means (`consult.py`), and which word of the platform says that the two are linked
(`verdict.py`, `roster.py`).
"""

from __future__ import annotations

from routing import linking, offer_end
from routing import offer as offers
from routing.commands import (
    CreateCall,
    Invite,
    Target,
    TargetKind,
    Transfer,
)
from routing.contact import ContactInput, move
from routing.facts import FactKind
from routing.floor import Floor
from routing.matching import AVAILABLE, gate
from routing.offer import RING_AT_MOST_MS, OfferInput
from routing.plan import Delivery
from routing.state import (
    Call,
    CallRole,
    CallState,
    Offer,
    OfferState,
)

RING_WITHIN_MS = 5_000
"""How long after it was decided the ring may still be sent."""
CREATED_WITHIN_MS = 20_000
LOOK_EVERY_MS = 5_000
"""How often the caller, and the agent's phone, are looked at while it rings or hears the whisper.
News may be lost, and then one of the two waits for nobody."""


def checked(floor: Floor, offer: Offer) -> None:
    """Presence was read once more, or did not come in time: ring, unless the gate closed."""
    agent = floor.state.agents[offer.agent]
    queue = offers.queue_of(floor, offer)
    if gate(agent, queue) == AVAILABLE:
        floor.disarm(offer, "check")
        ring_when_ready(floor, offer)
    else:
        offer_end.lost(floor, offer, "presence")


def card_over(floor: Floor, offer: Offer) -> None:
    """The card is there, or was waited for long enough: that keeps no ring back any more."""
    if offer.state is OfferState.CHECKING:
        floor.disarm(offer, "card")
        ring_when_ready(floor, offer)


def ring_when_ready(floor: Floor, offer: Offer) -> None:
    """Ring, unless presence is still being read or the card posted; the two go on side by side."""
    if not offer.timers:
        del floor.checking[offer.agent]
        _ring(floor, offer)


def _ring(floor: Floor, offer: Offer) -> None:
    offers.move(floor, offer, OfferInput.RING)
    contact = floor.state.contacts[offer.contact]
    agent = floor.state.agents[offer.agent]
    caller = floor.caller_leg(contact)
    target = Target(kind=TargetKind.USER, id=agent.id, name=agent.name)
    command, deadline = floor.new_id(), floor.now + RING_WITHIN_MS
    offer.command = command
    if offer.delivery is Delivery.CONSULT:
        leg = Call(
            id=floor.new_id(),
            contact=contact.id,
            role=CallRole.AGENT,
            app=contact.app,
            made_by=command,
            state=CallState.CREATING,
            heard_at=floor.now,
        )
        floor.add_call(leg)
        offer.call = leg.id
        create = CreateCall(
            id=command, call=leg.id, target=target, app=contact.app, deadline=deadline
        )
        floor.send(leg, create)
        floor.arm(offer, "ring", floor.now + CREATED_WITHIN_MS)
    elif offer.delivery is Delivery.GROUP_CALL:
        contact.meeting = True
        floor.touch(contact)
        floor.send(caller, Invite(id=command, call=caller.id, target=target, deadline=deadline))
        floor.arm(offer, "ring", floor.now + RING_AT_MOST_MS)
    else:
        linking.wanted(floor, contact)
        move(floor, contact, ContactInput.ACCEPTED)
        floor.send(caller, Transfer(id=command, call=caller.id, target=target, deadline=deadline))
        floor.arm(offer, "ring", floor.now + RING_AT_MOST_MS)


def started(floor: Floor, offer: Offer) -> None:
    """The platform took the ring: its time starts now."""
    if offer.state is not OfferState.RINGING or offer.ringing_at is not None:
        return
    offer.ringing_at = floor.now
    floor.touch(offer)
    if offer.delivery is Delivery.CONSULT:
        floor.arm(offer, "ring", floor.now + offers.queue_of(floor, offer).ring_ms)
    if offer.delivery is not Delivery.TRANSFER:
        floor.arm(offer, "look", floor.now + LOOK_EVERY_MS)
    leg = floor.state.calls.get(offer.call)
    floor.fact(
        FactKind.OFFER_RINGING,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        app=leg.app if leg else "",
    )


def look(floor: Floor, offer: Offer) -> None:
    """Ask how the caller and, where it is a call of our own, the agent's phone are."""
    floor.arm(offer, "look", floor.now + LOOK_EVERY_MS)
    leg = floor.state.calls.get(offer.call)
    if leg is not None:
        floor.ask(leg)
    floor.ask(floor.caller_leg(floor.state.contacts[offer.contact]))


def rings_nobody(floor: Floor, offer: Offer) -> None:
    """The platform knew no such call, so it invited nobody: soon the call's end will be known."""
    offer.command = ""
    floor.arm(offer, "ring", floor.now + offer_end.REPLACED_WAIT_MS)


def ring_over(floor: Floor, offer: Offer) -> None:
    """Nobody picked up in time (consult), or the platform never said how the ring ended."""
    offer_end.lost(floor, offer, "no_answer" if offer.ringing_at is not None else "failed")
