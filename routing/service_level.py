"""What a queue promises: the share of its callers who should be answered within a time.

A visit is judged by the promise that was in force when it began, whatever the plan says when it
ends: a changed target applies to who comes from then on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    within_ms: int = 20_000
    """Answered so soon is in time."""
    share: int = 80
    """Per cent of the callers for whom it should be."""
    short_ms: int = 5_000
    """Who hangs up sooner hardly waited: a short abandon."""
