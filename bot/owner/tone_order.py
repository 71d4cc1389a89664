"""Tones in the order in which they were pressed.

Notifications may overtake each other; a `1` after a `2` is another answer. A tone that is ahead of
its turn waits a moment for those before it. Nothing is lost meanwhile: its notification is answered
only when it was written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

WAIT_MS = 200
"""How long a tone waits for an earlier one. Longer would be felt by whoever pressed it."""
REMEMBERED = 10_000


class ToneOrder(Generic[T]):
    """Holds back what is ahead of its turn, per call."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._held: dict[str, dict[int, T]] = {}
        self._due: dict[str, int] = {}

    def take(self, call: str, sequence: int, tone: T, now: int) -> list[T]:
        """What may go on now, in order; empty when `tone` has to wait."""
        expected = self._next.get(call, 1)
        if sequence > expected:
            self._held.setdefault(call, {})[sequence] = tone
            self._due.setdefault(call, now + WAIT_MS)
            return []
        ready = [tone]
        if sequence == expected:
            self._expect(call, sequence + 1)
            ready += self._following(call)
        return ready

    def overdue(self, now: int) -> list[T]:
        """What has waited long enough, in order."""
        ready: list[T] = []
        for call in [call for call, due in self._due.items() if due <= now]:
            ready += self._let_go(call)
        return ready

    def everything(self) -> list[T]:
        """All that is held back, in order."""
        return [tone for call in list(self._due) for tone in self._let_go(call)]

    def next_due(self) -> int | None:
        """When `overdue` will have something."""
        return min(self._due.values(), default=None)

    def forget(self, call: str) -> Iterable[T]:
        """The call is over; what was held back for it."""
        held = self._let_go(call) if call in self._held else []
        self._next.pop(call, None)
        return held

    def _following(self, call: str) -> list[T]:
        held = self._held.get(call)
        if not held:
            return []
        ready: list[T] = []
        while (tone := held.pop(self._next[call], None)) is not None:
            ready.append(tone)
            self._expect(call, self._next[call] + 1)
        if not held:
            del self._held[call]
            del self._due[call]
        return ready

    def _let_go(self, call: str) -> list[T]:
        held = self._held.pop(call)
        del self._due[call]
        self._expect(call, max(held) + 1)
        return [held[sequence] for sequence in sorted(held)]

    def _expect(self, call: str, sequence: int) -> None:
        if call not in self._next and len(self._next) >= REMEMBERED:
            del self._next[next(iter(self._next))]
        self._next[call] = sequence
