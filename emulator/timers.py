"""What is due when: one heap of calls to make later, which the world runs in order of time.

The world reads no clock. Whoever drives it says what time it is, and everything due by then happens
at its own instant, so that a virtual clock and a real one give the same story.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Timer:
    """One thing to do at one instant; cancelling leaves it in the heap, where it is skipped."""

    due: int
    action: Callable[[], None] | None

    def cancel(self) -> None:
        self.action = None


class Timers:
    """A heap of timers; equal instants keep the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timer]] = []
        self._count = 0

    def at(self, due: int, action: Callable[[], None]) -> Timer:
        timer = Timer(due, action)
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, timer))
        return timer

    def next_due(self) -> int | None:
        self._drop_cancelled()
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: int) -> Timer | None:
        """The earliest timer due by `now`, or None."""
        self._drop_cancelled()
        if self._heap and self._heap[0][0] <= now:
            return heapq.heappop(self._heap)[2]
        return None

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
