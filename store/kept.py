"""For how long history is kept: what an administrator decides, without the database behind it."""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The defaults are a year and a month for history, a month for what was set aside."""

    history_ms: int = 400 * DAY_MS
    """Facts, contact records, and plans that were in force since."""
    quarantine_ms: int = 30 * DAY_MS
    quarantined: int = 1_000
    """The newest so many, whatever their age."""
