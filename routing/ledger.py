"""What a rule about numbers looks at: the floor itself, or what is known of it from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from routing.callback_state import promised
from routing.plan import EntryPoint, Plan
from routing.state import State


class Ledger(Protocol):
    """The part of `Floor` that such rules need."""

    @property
    def state(self) -> State: ...

    @property
    def now(self) -> int: ...

    @property
    def entries(self) -> Mapping[str, EntryPoint]:
        """By name."""
        ...

    @property
    def callbacks(self) -> Mapping[tuple[str, str], str]:
        """Open callbacks: (queue, number) -> contact."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The same from a state and a plan, for whoever asks before anything is written."""

    state: State
    now: int
    entries: Mapping[str, EntryPoint] = field(default_factory=dict[str, EntryPoint])
    callbacks: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


def seen(state: State, plan: Plan, now: int) -> Seen:
    """What is known at `now`."""
    return Seen(
        state=state,
        now=now,
        entries={entry.name: entry for entry in plan.entry_points},
        callbacks={
            (contact.callback.queue, contact.callback.number): contact.id
            for contact in state.contacts.values()
            if contact.callback is not None and promised(contact.callback)
        },
    )
