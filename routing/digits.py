"""Digits, keyed in one after the other: what a flow's digits and a callback's number share."""

from __future__ import annotations

from routing.contact import hush
from routing.floor import Floor
from routing.state import Contact

DIGIT_MS = 1_000
"""More than a digit takes that is read back."""


def more_may_follow(floor: Floor, contact: Contact, timer: str, between_ms: int) -> None:
    """A digit came. The first one stops the prompt; `timer` fires when no other one follows."""
    if contact.playing:
        hush(floor, contact)
    floor.arm(contact, timer, floor.now + between_ms)
