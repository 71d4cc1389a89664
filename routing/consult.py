"""Consult: the agent picks up a leg of their own, hears who is calling, and says yes or no.

Who said yes on the card before is linked as they pick up, without a word. Otherwise the whisper
says who calls: 1 accepts, 2 declines, any other key repeats it, and the card still does both. It is
played twice; the time for a key runs from the end of the first. Neither is a missed offer.
"""

from __future__ import annotations

from routing import calling_back, linking
from routing import offer as offers
from routing.callback_state import away
from routing.commands import Play, Say, SubscribeTones, Target, TargetKind, Transfer
from routing.contact import ContactInput, move, prompt_guard_ms
from routing.events import CallerKind
from routing.facts import FactKind
from routing.floor import Floor
from routing.offer import OfferInput
from routing.offer_end import lost
from routing.plan import Accept
from routing.ringing import LOOK_EVERY_MS, RING_WITHIN_MS
from routing.state import Call, Contact, Offer, OfferState

WHISPER_GUARD_MS = 20_000
WHISPERS_AT_MOST = 6


def picked_up(floor: Floor, offer: Offer) -> None:
    """The agent's leg has sound: whisper who is calling, twice, and wait for a key."""
    offers.move(floor, offer, OfferInput.PICKED_UP)
    floor.disarm(offer, "ring")
    floor.arm(offer, "look", floor.now + LOOK_EVERY_MS)
    offer.picked_up_at = floor.now
    floor.fact(
        FactKind.OFFER_PICKED_UP,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
    )
    if offer.said_yes_at is not None or offers.queue_of(floor, offer).accept is Accept.ANSWER:
        accept(floor, offer)
        return
    leg = floor.state.calls[offer.call]
    floor.send(leg, SubscribeTones(id=floor.new_id(), call=leg.id))
    _whisper(floor, offer, leg, fresh=False)


def _whisper(floor: Floor, offer: Offer, leg: Call, *, fresh: bool) -> None:
    contact = floor.state.contacts[offer.contact]
    kind, number = whom(contact)
    say = (
        Say(
            prompt="whisper",
            language=offers.queue_of(floor, offer).language,
            queue=offer.queue,
            waited_ms=floor.now - (contact.queued_at or floor.now),
            caller_kind=kind.value,
            caller=number,
            callback=away(contact.callback),
        ),
    )
    offer.whisper = floor.send(leg, Play(id=floor.new_id(), call=leg.id, say=say, fresh=fresh))
    offer.repeat = floor.send(leg, Play(id=floor.new_id(), call=leg.id, say=say))
    offer.whispers += 1
    guard = prompt_guard_ms(floor, "whisper") if "whisper" in floor.plan.durations else 0
    floor.arm(offer, "accept", floor.now + (guard or WHISPER_GUARD_MS) + _accept_ms(floor, offer))


def whom(contact: Contact) -> tuple[CallerKind, str]:
    """Whom the agent will talk to, and their number where there is one to be said."""
    callback = contact.callback
    if callback is not None and away(callback) and not callback.internal:
        return CallerKind.NUMBER, callback.number
    caller = contact.caller
    return caller.kind, caller.id if caller.kind is CallerKind.NUMBER else ""


def _accept_ms(floor: Floor, offer: Offer) -> int:
    return offers.queue_of(floor, offer).accept_ms


def whispered(floor: Floor, offer: Offer, context: str, *, ok: bool) -> None:
    """The whisper was heard once: the time for a key starts. Neither of the two could be played:
    the agent does not know what to say yes to, and is let go."""
    if offer.state is not OfferState.DECIDING:
        return
    if context == offer.whisper:
        offer.whisper, offer.repeat = offer.repeat, ""
        floor.touch(offer)
        if ok:
            offer.whisper = ""
            floor.arm(offer, "accept", floor.now + _accept_ms(floor, offer))
        elif not offer.whisper:
            lost(floor, offer, "failed")
    elif context == offer.repeat and not ok:
        offer.repeat = ""
        floor.touch(offer)


def deaf(floor: Floor, offer: Offer) -> None:
    """The agent's keys cannot be heard, so there is no yes to wait for."""
    if offer.state is OfferState.DECIDING:
        lost(floor, offer, "failed")


def key(floor: Floor, offer: Offer, tone: str) -> None:
    """1 accepts, 2 declines, any other key repeats the whisper."""
    if offer.state is not OfferState.DECIDING:
        floor.ignored("tone", f"offer {offer.state.value}", offer.contact)
    elif tone == "1":
        accept(floor, offer)
    elif tone == "2":
        lost(floor, offer, "declined")
    elif offer.whispers < WHISPERS_AT_MOST:
        _whisper(floor, offer, floor.state.calls[offer.call], fresh=True)


def accept(floor: Floor, offer: Offer, *, by: str = "") -> None:
    """The agent takes the contact: hand the caller over to the agent's own leg. An offer that is no
    longer the contact's is taken back: the caller is somewhere else, or another agent's."""
    contact = floor.state.contacts[offer.contact]
    if contact.offer != offer.id:
        floor.ignored("accept", "not the contact's offer", contact.id)
        offers.withdraw(floor, offer, "rescinded")
        return
    offers.move(floor, offer, OfferInput.ACCEPTED)
    floor.disarm(offer, "accept", "look")
    offer.accepted_at = floor.now
    linking.wanted(floor, contact)
    move(floor, contact, ContactInput.ACCEPTED)
    floor.fact(
        FactKind.OFFER_ACCEPTED,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        **({"by": by} if by else {}),
    )
    if away(contact.callback):
        calling_back.dial(floor, contact, offer)
        return
    agent = floor.state.agents[offer.agent]
    caller = floor.caller_leg(contact)
    offer.command = floor.send(
        caller,
        Transfer(
            id=floor.new_id(),
            call=caller.id,
            target=Target(kind=TargetKind.USER, id=agent.id, name=agent.name),
            replaces=offer.call,
            deadline=floor.now + RING_WITHIN_MS,
        ),
    )
    floor.arm(offer, "link", floor.now + linking.NOT_TAKEN_MS)
    floor.arm(offer, "unlinked", floor.now + linking.GIVE_UP_MS)
