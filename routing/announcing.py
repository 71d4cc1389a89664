"""Between the music: where a waiting caller stands, how long it will take, and the plan's prompts.

An announcement is one request: what is said, and music behind it, so that no silence follows. It is
never spoken into a link that is being made, nor while the caller is arranging a callback, nor to
somebody who waits without a call.
"""

from __future__ import annotations

from dataclasses import replace

from routing import estimate
from routing.announced import QUOTES_KEPT, Quote
from routing.commands import Play, Say
from routing.contact import listen
from routing.facts import FactKind, Plain
from routing.floor import Floor
from routing.plan import Queue
from routing.state import CallState, Contact, ContactState
from routing.waiting_rules import Announcements

TIMER = "announce"


def start(floor: Floor, contact: Contact, queue: Queue) -> None:
    """The contact has joined the queue: its announcements begin."""
    if queue.keys:
        listen(floor, contact)
    if queue.announce is not None:
        floor.arm(contact, TIMER, floor.now + queue.announce.first_after_ms)


def due(floor: Floor, contact: Contact) -> None:
    """Timer `announce`."""
    queue = floor.queue_of(contact)
    plan = queue.announce
    if plan is None or not contact.visiting:
        return
    floor.arm(contact, TIMER, floor.now + plan.every_ms)
    if _may_speak(floor, contact):
        _speak(floor, contact, queue, plan)


def _may_speak(floor: Floor, contact: Contact) -> bool:
    if contact.state is not ContactState.QUEUED:
        return False
    if floor.taken(contact):
        return False
    return floor.caller_leg(contact).state is CallState.ESTABLISHED


def _speak(floor: Floor, contact: Contact, queue: Queue, plan: Announcements) -> None:
    if queue.keys:
        listen(floor, contact)  # once more where it could not be heard
    position = _position(floor, contact, queue) if plan.position else 0
    quote = _quote(floor, contact, queue) if plan.expected_wait else None
    prompt = plan.prompts[contact.announced.times % len(plan.prompts)] if plan.prompts else ""
    contact.announced = replace(
        contact.announced,
        times=contact.announced.times + 1,
        position=position or contact.announced.position,
    )
    floor.touch(contact)
    said = [name for name in (_place(position), _wait(quote), prompt) if name]
    if said:
        _play(floor, contact, queue, said)
        _tell(floor, contact, position, quote, prompt)


def _position(floor: Floor, contact: Contact, queue: Queue) -> int:
    """The place that can be told: never a higher one than before; 0: none."""
    # With an offer out it is nobody's turn before.
    place = 1 if contact.offer else floor.lines[queue.name].ahead_of(contact) + 1
    lowest = contact.announced.position
    return place if not lowest or place <= lowest else 0


def _quote(floor: Floor, contact: Contact, queue: Queue) -> Quote | None:
    if contact.offer:
        return None  # perhaps it is over in a second
    quote = estimate.expected_wait(floor, queue, contact)
    if quote is not None:
        estimate.quoted(floor, contact, quote, QUOTES_KEPT)
    return quote


def _place(position: int) -> str:
    return f"position:{position}" if position else ""


def _wait(quote: Quote | None) -> str:
    if quote is None:
        return ""
    return f"wait:{quote.low_ms // estimate.MINUTE_MS}-{quote.high_ms // estimate.MINUTE_MS}"


def _play(floor: Floor, contact: Contact, queue: Queue, said: list[str]) -> None:
    call = floor.caller_leg(contact)
    say = tuple(
        Say(prompt=name, language=contact.language, queue=contact.queue)
        for name in (*said, queue.music)
    )
    contact.music = floor.send(call, Play(id=floor.new_id(), call=call.id, say=say, fresh=True))
    floor.disarm(contact, "music")
    if (lasts := floor.plan.durations.get(queue.music)) is not None:
        # Less of it fits behind words; what is asked for early only waits its turn.
        floor.arm(contact, "music", floor.now + lasts // 2)


def _tell(floor: Floor, contact: Contact, position: int, quote: Quote | None, prompt: str) -> None:
    told: dict[str, Plain] = {}
    if position:
        told["position"] = position
    if quote is not None:
        told |= {"expected_ms": quote.expected_ms, "low_ms": quote.low_ms, "high_ms": quote.high_ms}
    if prompt:
        told["prompt"] = prompt
    floor.fact(
        FactKind.CONTACT_ANNOUNCED, contact=contact.id, agent="", queue=contact.queue, **told
    )
