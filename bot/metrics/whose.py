"""Whose a leg is: what traces must know of live contacts, apart from the engine's memory.

A leg that ended is gone from the engine in the same step in which its last notification is
handled; here it is remembered a little longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from routing.state import Call, Contact, Entity, Offer, State

Value = TypeVar("Value")
MOST = 20_000
"""Of each kind. The oldest is forgotten first: its later spans are not written."""


@dataclass(frozen=True, slots=True)
class About:
    """What every span of a contact says, and its instants."""

    entry_point: str
    queue: str
    chain: str
    arrived_at: int
    connected_at: int | None


class Whose:
    """Contacts by leg, and what is known of each."""

    def __init__(self) -> None:
        self._by_call: dict[str, str] = {}
        self._by_wire: dict[str, str] = {}
        self._about: dict[str, About] = {}
        self._offered_at: dict[str, int] = {}

    def learn(self, entities: Iterable[Entity]) -> None:
        """Take in what was just written down."""
        for each in entities:
            if isinstance(each, Call):
                if each.contact:
                    _put(self._by_call, each.id, each.contact)
                    if each.wire:
                        _put(self._by_wire, each.wire, each.contact)
            elif isinstance(each, Contact):
                about = About(
                    each.entry_point, each.queue, each.chain, each.arrived_at, each.connected_at
                )
                _put(self._about, each.id, about)
            elif isinstance(each, Offer):
                _put(self._offered_at, each.id, each.created_at)

    def learn_all(self, state: State) -> None:
        """Take in everything that lives: this instance has taken over."""
        for entities in (state.calls, state.contacts, state.offers):
            self.learn(entities.values())

    def of_call(self, call: str) -> str:
        """The contact of our leg; empty: unknown."""
        return self._by_call.get(call, "")

    def of_wire(self, wire: str) -> str:
        """The contact of the leg that Graph calls so; empty: unknown."""
        return self._by_wire.get(wire, "")

    def about(self, contact: str) -> About | None:
        """What is known of a contact."""
        return self._about.get(contact)

    def offered_at(self, offer: str) -> int | None:
        """When an offer was made."""
        return self._offered_at.get(offer)


def _put(memory: dict[str, Value], key: str, value: Value) -> None:
    memory[key] = value
    if len(memory) > MOST:
        del memory[next(iter(memory))]
