"""What other parts will answer: hours, staffing, expected wait. Replaced when they are there."""

from __future__ import annotations

from routing.floor import Floor
from routing.plan import Queue


def is_open(floor: Floor, hours: str) -> bool:
    return bool(floor and hours)


def queue_open(floor: Floor, queue: Queue) -> bool:
    return queue.name in floor.queues


def nobody_there(floor: Floor, queue: Queue) -> bool:
    return not floor.pools[queue.name].order


def expected_wait_ms(floor: Floor, queue: Queue) -> int | None:
    return None if floor and queue else 0
