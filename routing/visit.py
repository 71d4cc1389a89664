"""A contact's visits to queues, from joining the line to leaving it: what reports count.

At every instant, for each queue: visits begun = visits ended, by outcome + visits open. A caller
who hears the last words of a queue that gave up still waits: a late agent may yet take them. How
soon they should have been answered stands in the last fact, for reports.
"""

from __future__ import annotations

from routing.facts import FactKind
from routing.floor import Floor
from routing.service_level import ServiceLevel
from routing.state import Contact, Outcome


def begin(floor: Floor, contact: Contact) -> None:
    """The contact joins its queue's line."""
    contact.visiting = True
    contact.promise = _promise(floor, contact.queue)
    floor.touch(contact)
    floor.fact(FactKind.CONTACT_QUEUED, contact=contact.id, queue=contact.queue)


def turned_away(floor: Floor, contact: Contact, queue: str, outcome: Outcome) -> None:
    """The queue takes the contact and at once gives it up: a visit without a wait."""
    promise = _promise(floor, queue)
    floor.fact(FactKind.CONTACT_QUEUED, contact=contact.id, queue=queue)
    floor.fact(
        FactKind.CONTACT_LEFT_QUEUE,
        contact=contact.id,
        queue=queue,
        outcome=outcome.value,
        waited_ms=0,
        within_ms=promise.within_ms,
        short_ms=promise.short_ms,
    )


def finish(floor: Floor, contact: Contact, outcome: Outcome) -> None:
    """The visit is over; nothing happens when none is open. The wait is, too, unless they are to be
    called back; who was called back waits without a visit."""
    waits_on = outcome in (Outcome.ANSWERED, Outcome.CALLBACK)
    if contact.queued_at is not None and contact.left_queue_at is None and not waits_on:
        contact.left_queue_at = floor.now
        floor.touch(contact)
    if not contact.visiting:
        return
    contact.visiting = False
    promise = contact.promise or _promise(floor, contact.queue)
    floor.touch(contact)
    floor.fact(
        FactKind.CONTACT_LEFT_QUEUE,
        contact=contact.id,
        queue=contact.queue,
        outcome=outcome.value,
        waited_ms=floor.now - (contact.queued_at or floor.now),
        within_ms=promise.within_ms,
        short_ms=promise.short_ms,
    )


def _promise(floor: Floor, queue: str) -> ServiceLevel:
    found = floor.queues.get(queue)
    return found.service_level if found is not None else ServiceLevel()
