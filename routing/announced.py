"""What a waiting contact was told, and what is remembered to judge it by."""

from __future__ import annotations

from dataclasses import dataclass

QUOTES_KEPT = 20
"""Of one contact; each is in a fact as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """An expected wait, from `at` on."""

    at: int
    expected_ms: int
    """As many waits should be shorter as longer."""
    low_ms: int
    high_ms: int
    """The range that is spoken, in full minutes: meant to hold 80 of 100 waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A contact's announcements so far."""

    times: int = 0
    """In this queue."""
    position: int = 0
    """The lowest place that was told, in any queue; 0: none. No higher one is ever told."""
    quotes: tuple[Quote, ...] = ()
    """The newest at the end."""
    ahead: int = 0
    """Contacts before it as it joined this queue's line."""
    turns: int = 0
    """How often each agent on duty had to become free, in thousandths, as it joined; 0: it did not
    have to wait for that, so its wait says nothing about others'."""


NOTHING = Announced()
"""Who was told nothing, and had nothing to wait for."""
