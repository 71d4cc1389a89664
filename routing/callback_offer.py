"""Telling a waiting caller that they can be called back instead, and hearing the key that says so.

A callback is told once to each caller, by the first of the queue's conditions that holds; from
then on its key works for as long as they wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from routing.action import Action, ActionKind
from routing.callback_rules import CallbackOffer
from routing.callback_state import Callback, CallbackStage
from routing.callback_words import offer_words, say_all
from routing.commands import Say
from routing.contact import listen, play_music
from routing.estimate import expected_wait_ms
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.plan import Queue
from routing.staffing import on_duty
from routing.state import Contact, ContactState, Outcome

AGAIN_MS = 10_000
"""An agent has said yes: so much later it is known whether the two were linked."""


def joined(floor: Floor, contact: Contact, message: Sequence[str]) -> bool:
    """The contact has joined its queue: offer a callback at once, later, or not. Whether it was
    offered, behind the queue's `message`, which must not be cut."""
    queue = floor.queue_of(contact)
    offer = queue.callback.offer if queue.callback else None
    told = contact.callback
    if told is not None and told.stage is CallbackStage.OFFERED and told.queue != queue.name:
        told = contact.callback = None
    if offer is None or told is not None:
        return False
    why = _on_arrival(floor, queue, offer)
    if why:
        _tell(floor, contact, offer, why, message)
    elif offer.after_wait_ms is not None:
        floor.arm(contact, "callback_offer", floor.now + offer.after_wait_ms)
    return bool(why)


def waited(floor: Floor, contact: Contact) -> None:
    """Timer `callback_offer`: the caller has waited long enough to be offered a callback."""
    queue = floor.queue_of(contact)
    offer = queue.callback.offer if queue.callback else None
    waits = contact.state is ContactState.QUEUED and contact.callback is None
    if offer is None or not waits:
        return
    if floor.taken(contact):
        floor.arm(contact, "callback_offer", floor.now + AGAIN_MS)  # perhaps nobody picks up
    else:
        _tell(floor, contact, offer, "after_wait")


def _on_arrival(floor: Floor, queue: Queue, offer: CallbackOffer) -> str:
    """Which condition holds as the contact joins; empty: none."""
    waiting = floor.lengths[queue.name]
    if offer.to_everybody:
        return "always"
    if offer.length is not None and waiting - 1 >= offer.length:
        return "length"
    most = offer.calls_per_agent
    if most is not None and waiting >= most * on_duty(floor, queue):
        return "calls_per_agent"
    if offer.expected_wait_ms is not None:
        expected = expected_wait_ms(floor, queue)
        if expected is not None and expected >= offer.expected_wait_ms:
            return "expected_wait"
    return ""


def _tell(
    floor: Floor, contact: Contact, offer: CallbackOffer, why: str, message: Sequence[str] = ()
) -> None:
    contact.callback = Callback(stage=CallbackStage.OFFERED, queue=contact.queue)
    floor.fact(FactKind.CALLBACK_OFFERED, contact=contact.id, queue=contact.queue, why=why)
    listen(floor, contact)
    contact.playing = ""
    said = [Say(prompt=p, language=contact.language, queue=contact.queue) for p in message]
    say_all(floor, floor.caller_leg(contact), [*said, *offer_words(contact, offer)])
    play_music(floor, contact)


def is_asked_for(floor: Floor, contact: Contact, tone: str) -> bool:
    """Whether a waiting caller's key is the one by which a callback, told to them, is asked for."""
    queue = floor.queue_of(contact)
    offer = queue.callback.offer if queue.callback else None
    offered = contact.callback is not None and contact.callback.stage is CallbackStage.OFFERED
    asked = offer is not None and offered and tone == offer.key
    return asked and not floor.taken(contact)


def asked_for(contact: Contact) -> Onward:
    """The caller wants it: where and when is arranged now."""
    action = Action(kind=ActionKind.CALLBACK, ref=contact.queue)
    return Onward(action=action, outcome=Outcome.CALLBACK)
