"""Why an agent was chosen, as it is kept with the offer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent as an offer's explanation shows them."""

    agent: str
    upn: str
    value: int
    """What the rule compared: idle since (ms), or the place in the queue's list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why this agent and not the others, as decided at `at`."""

    at: int
    rule: str
    chosen: Candidate
    following: tuple[Candidate, ...] = ()
    """The next five in order."""
    rest: dict[str, int] = field(default_factory=dict[str, int])
    """How many of the queue's other agents were out for which reason."""
    waiting: int = 0
    """Contacts in the queue, this one included."""
    priority: int = 3
    seniority_at: int = 0
    """Since when the contact waits: with its priority and the queue's aging that is its place."""
    weight: int = 1
    """The queue's, which decides between the first contacts of the agent's queues."""
    also: tuple[str, ...] = ()
    """The chosen agent's other queues whose first contact came after this one."""
