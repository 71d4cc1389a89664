"""What other parts will answer: staffing, expected wait. Replaced when they are there."""

from __future__ import annotations

from routing.floor import Floor
from routing.plan import Queue


def nobody_there(floor: Floor, queue: Queue) -> bool:
    return not floor.pools[queue.name].order


def expected_wait_ms(floor: Floor, queue: Queue) -> int | None:
    return None if floor and queue else 0
