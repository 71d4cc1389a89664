"""The one clock: UTC milliseconds that never run backwards.

Wall clocks jump; timers and histories must not. Now and then the clock is told what the database's
clock says (one truth for several instances) and moves towards it slowly; in between it counts
monotonic time. On SQLite the wall clock is read once, at start.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

SLEW = 0.05
"""How much faster or slower than real time the clock runs while it corrects itself."""
STEP_AHEAD_MS = 2_000
"""Being this far behind is put right at once: forward jumps fire timers late, not early."""


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> int:
        """UTC epoch milliseconds, never less than at an earlier call."""
        ...


def monotonic_ms() -> int:
    """Milliseconds since some fixed instant, on this machine only."""
    return time.monotonic_ns() // 1_000_000


class SteadyClock:
    """Monotonic time on top of an instant that was agreed on."""

    def __init__(self, start: int, monotonic: Callable[[], int] = monotonic_ms) -> None:
        """Begin at `start` (UTC epoch milliseconds)."""
        self._monotonic = monotonic
        self._read_at = monotonic()
        self._value = float(start)
        self._owed = 0.0
        """How far the agreed clock is ahead of us; negative when it is behind."""

    def now(self) -> int:
        read_at = self._monotonic()
        elapsed = max(0, read_at - self._read_at)
        self._read_at = read_at
        if self._owed:
            most = elapsed * SLEW
            part = min(most, max(-most, self._owed))
            self._owed -= part
            self._value += part
        self._value += elapsed
        return int(self._value)

    def agree(self, instant: int) -> None:
        """Take `instant` as the true time now; drift towards it, never backwards."""
        owed = instant - self.now()
        if owed > STEP_AHEAD_MS:
            self._value += owed
            owed = 0
        self._owed = float(owed)


def stopwatch_ms() -> float:
    """Milliseconds since some fixed instant, finer than a millisecond: for measuring work."""
    return time.perf_counter_ns() / 1_000_000


def wall_ms() -> int:
    """UTC milliseconds as this machine believes: for a command that runs for a moment, and to
    compare with other clocks; never to decide."""
    return time.time_ns() // 1_000_000
