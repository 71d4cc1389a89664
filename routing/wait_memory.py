"""How long a queue's callers waited lately, and how true what they were told was."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLES_KEPT = 120
JUDGED_KEPT = 200
LOW_AT_FIRST, HIGH_AT_FIRST = 100, 900

Sample = tuple[int, int, int, int]
"""Answered at, waited (ms), turns (thousandths), contacts ahead: see `routing/announced.py`."""
Judged = tuple[int, int, int]
"""Answered at, actual minus expected wait (ms), 1 if the range held it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How true the waits were that callers were told, of those judged last."""

    judged: int
    mean_absolute_error_ms: int
    within: float
    """The share of actual waits within the range that was told."""


@dataclass(slots=True, kw_only=True)
class WaitMemory:
    """One queue's; saved by itself, because it changes with each contact answered."""

    id: str
    answered: tuple[Sample, ...] = ()
    judged: tuple[Judged, ...] = ()
    low: int = LOW_AT_FIRST
    high: int = HIGH_AT_FIRST
    """Between which parts of the spread seen lately (thousandths) a quoted range lies. They move
    with each quote judged, so that a tenth of all waits ends on either side."""

    def accuracy(self) -> Accuracy | None:
        """Of the quotes judged last; None while there are none."""
        count = len(self.judged)
        if not count:
            return None
        return Accuracy(
            judged=count,
            mean_absolute_error_ms=sum(abs(error) for _, error, _ in self.judged) // count,
            within=round(sum(held for _, _, held in self.judged) / count, 3),
        )
