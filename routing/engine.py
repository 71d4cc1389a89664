"""The engine: events + now -> decisions. Same inputs, same outputs."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.commands import Command
from routing.events import Event
from routing.facts import ContactRecord, Fact
from routing.plan import Plan
from routing.state import Entity, State


@dataclass(slots=True)
class Step:
    """What one event led to."""

    commands: list[Command] = field(default_factory=list[Command])
    """What to do, in order."""
    facts: list[Fact] = field(default_factory=list[Fact])
    records: list[ContactRecord] = field(default_factory=list[ContactRecord])
    touched: dict[tuple[str, str], Entity] = field(default_factory=dict[tuple[str, str], Entity])
    """Entities to save, by (kind, id); kinds as in `routing.state.KINDS`."""
    removed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Engine:
    """Turns events into decisions for one tenant. Not thread-safe; never awaits; never raises on
    anything that came off the wire."""

    def __init__(self, plan: Plan, state: State) -> None:
        self.plan = plan
        self.state = state

    def handle(self, event: Event, now: int) -> Step:
        """Timers due by `now` (UTC ms) first, then the event."""
        raise NotImplementedError

    def next_deadline(self) -> int | None:
        """When to come back with a `Tick` at the latest; always later than the last `now`."""
        raise NotImplementedError

    def wants(self, call: str, command: str) -> bool:
        """Whether a command that was not sent yet should still be."""
        raise NotImplementedError

    def watched(self) -> list[str]:
        """The agents whose presence matters, in a stable order."""
        raise NotImplementedError

    def urgent(self) -> bool:
        """Whether presence is needed every 3 s: someone waits, or it must tell a talk's end."""
        raise NotImplementedError

    def silent_calls(self, before: int) -> list[str]:
        """Live legs in a phase that expects news and unheard of since `before` (sweeper)."""
        raise NotImplementedError

    def live_calls(self) -> list[str]:
        """Established legs, for keepAlive."""
        raise NotImplementedError

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        raise NotImplementedError

    def call_of(self, wire: str) -> str:
        """Our leg with this platform id; empty when none is ours."""
        raise NotImplementedError
