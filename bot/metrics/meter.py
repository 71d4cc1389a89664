"""What the service counts and measures, as a door: telemetry stands behind it."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Takes numbers. Never raises, never waits."""

    def count(self, name: str, reason: str = "") -> None:
        """One more of `name`; `reason` is one of a handful of words."""
        ...

    def observe(self, name: str, ms: float) -> None:
        """`name` took so many milliseconds."""
        ...


class Silent:
    """Takes numbers and forgets them."""

    def count(self, name: str, reason: str = "") -> None:
        """Forget it."""

    def observe(self, name: str, ms: float) -> None:
        """Forget it."""
