"""What a live contact knows of its caller from other places, and what did not come.

Values are personal: they stay with the contact while it lives and are gone with its end
(`forgotten`); which place answered, and how fast, is kept as facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routing.context_rules import Source

LATE = "late"
"""The problem of a place that said nothing in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """An earlier contact of the same caller."""

    at: int
    queue: str
    outcome: str
    agent: str = ""
    """UPN of whom they talked with."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a place answered. Bounded by whoever asked."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    links: tuple[Link, ...] = ()
    past: tuple[PastContact, ...] = ()
    manager: str = ""
    photo: bool = False
    """There may be a picture, which the console fetches when somebody looks."""

    @property
    def is_empty(self) -> bool:
        """It answered, and knows nothing of this caller."""
        return not (self.fields or self.links or self.past or self.manager)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One place, for one contact."""

    provider: str
    title: str
    source: Source
    asked_at: int
    command: str = ""
    """The question under way; empty: it is over."""
    until: int = 0
    """When the question is given up."""
    took_ms: int = 0
    problem: str = ""
    told: Told | None = None


def under_way(context: Mapping[str, Known]) -> bool:
    """Whether an answer is still waited for."""
    return any(each.command for each in context.values())


def came(context: Mapping[str, Known]) -> int:
    """How many places have answered, or failed for good."""
    return sum(not each.command for each in context.values())


def forgotten(context: Mapping[str, Known]) -> dict[str, Known]:
    """The same without a value of anybody's, and with nothing waited for."""
    return {name: replace(each, told=None, command="") for name, each in context.items()}
