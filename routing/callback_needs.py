"""What calling back needs to know of the queue: its hours, and how long a caller would wait."""

from __future__ import annotations

from routing.floor import Floor
from routing.plan import Queue


def open_at(floor: Floor, queue: Queue, at: int) -> bool:
    """Whether the queue's hours are open at this instant."""
    del floor, queue, at
    return True


def opens_next(floor: Floor, queue: Queue) -> int | None:
    """When a queue that is closed opens, if anybody can say."""
    del floor, queue
    return None


def expected_wait_ms(floor: Floor, queue: Queue) -> int | None:
    """How long somebody who joins now is expected to wait; None: nobody can say."""
    del floor, queue
    return None
