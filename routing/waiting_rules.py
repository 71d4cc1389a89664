"""What a queue says about waiting beyond its limits: announcements, and what "no agent" means."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.action import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcements:
    """What callers hear between the music while they wait."""

    first_after_ms: int = 30_000
    every_ms: int = 60_000
    prompts: tuple[str, ...] = ()
    """Said in turn, one each time."""
    position: bool = False
    expected_wait: bool = False


class Absence(StrEnum):
    """Why an agent serves nobody now, in the words of a plan's `no_agent`."""

    OFF = "off"
    """Teams shows them offline or out of office, or nobody knows."""
    NOT_READY = "not_ready"
    PRESENCE = "presence"
    """Any other presence that the queue's gate does not let through."""
    NOT_RESPONDING = "not_responding"
    BACK_OFF = "back_off"
    RINGING = "ringing"
    ON_CONTACT = "on_contact"
    WRAP_UP = "wrap_up"


class AppliesTo(StrEnum):
    """Whom the no-agent rule takes."""

    NEW = "new"
    """Who comes to the queue."""
    ALL = "all"
    """Also who waits there as the last agent leaves."""


NOBODY = (Absence.OFF, Absence.NOT_READY, Absence.PRESENCE, Absence.NOT_RESPONDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAgent:
    """What happens to callers while nobody serves the queue."""

    when: tuple[Absence, ...] = NOBODY
    """Nobody is there when each of the queue's agents is away for one of these reasons."""
    apply: AppliesTo = AppliesTo.ALL
    action: Action = field(default_factory=Action)
