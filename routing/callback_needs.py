"""What calling back needs to know of the queue's hours, now and later."""

from __future__ import annotations

from routing import opening
from routing.bulletin import Scope
from routing.floor import Floor
from routing.hours import is_open, next_change
from routing.plan import Queue


def open_at(floor: Floor, queue: Queue, at: int) -> bool:
    """Whether the queue is open at this instant, as far as anybody can say now: what a supervisor
    closed holds until it expires."""
    closure = opening.closure_of(floor.state.bulletins, Scope.QUEUE, queue.name)
    until = closure.until if closure is not None else 0
    if closure is not None and (until is None or until > at):
        return False
    return opening.within(floor.hours, queue.hours, at)


def opens_next(floor: Floor, queue: Queue) -> int | None:
    """When a queue that is closed by its hours opens; None: nobody can say."""
    hours = floor.hours.get(queue.hours)
    if hours is None or is_open(hours, floor.now):
        return None
    return next_change(hours, floor.now)
