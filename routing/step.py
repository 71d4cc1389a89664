"""What one event led to."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.commands import Command
from routing.facts import ContactRecord, Fact
from routing.state import Entity


@dataclass(slots=True)
class Step:
    """Commands, facts and entities of one `Engine.handle`: written down in one transaction."""

    commands: list[Command] = field(default_factory=list[Command])
    """What to do, in order."""
    facts: list[Fact] = field(default_factory=list[Fact])
    records: list[ContactRecord] = field(default_factory=list[ContactRecord])
    touched: dict[tuple[str, str], Entity] = field(default_factory=dict[tuple[str, str], Entity])
    """Entities to save, by (kind, id); kinds as in `routing.state.KINDS`."""
    removed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
