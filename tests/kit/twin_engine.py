"""An engine that is also its own successor: what was saved must decide as what lived on."""

from __future__ import annotations

import copy
from typing import Any

from routing.engine import Engine, Step
from routing.events import Event
from routing.plan import Plan
from routing.state import State


class TwinEngine(Engine):
    """Handles every event twice: as it lived on, and as it would after save and load.

    What is loaded is only what steps have touched: an entity changed without a touch shows here.
    And it is loaded in another order than it was saved in: no decision may hang on that.
    """

    def __init__(self, the_plan: Plan, state: State) -> None:
        super().__init__(the_plan, state)
        self.disk = _copied(state)

    def handle(self, event: Event, now: int) -> Step:
        loaded = Engine(self.plan, _copied(self.disk, backwards=True))
        again = loaded.handle(event, now)
        step = super().handle(event, now)
        assert again.commands == step.commands
        assert again.facts == step.facts
        assert again.records == step.records
        assert again.touched.keys() == step.touched.keys()
        _same(loaded.state, self.state)
        assert loaded.next_deadline() == self.next_deadline()
        self._write(step)
        return step

    def _write(self, step: Step) -> None:
        shelves = _shelves(self.disk)
        for (kind, _), entity in step.touched.items():
            if kind == "tenant":
                self.disk.tenant = _copy(entity)
            else:
                shelves[kind][entity.id] = _copy(entity)
        for kind, entity_id in step.removed:
            shelves[kind].pop(entity_id, None)
        self.disk.counted, self.disk.epoch = self.state.counted, self.state.epoch
        for leg in self.state.calls.values():
            # When a leg was last heard of is worth no write of its own; the sweeper asks once more.
            self.disk.calls[leg.id].heard_at = leg.heard_at
        _same(self.disk, self.state)


def saved(state: State) -> State:
    """The state as a successor would load it."""
    return _copied(state, backwards=True)


def _shelves(state: State) -> dict[str, dict[str, Any]]:
    return {
        "contact": state.contacts,
        "call": state.calls,
        "offer": state.offers,
        "agent": state.agents,
        "queue": state.queues,
        "bulletin": state.bulletins,
        "waits": state.waits,
    }


def _copied(state: State, *, backwards: bool = False) -> State:
    copied = State(epoch=state.epoch, counted=state.counted, tenant=_copy(state.tenant))
    shelves = _shelves(copied)
    for kind, entities in _shelves(state).items():
        items = list(entities.items())
        shelves[kind].update((k, _copy(e)) for k, e in (items[::-1] if backwards else items))
    return copied


def _copy(entity: Any) -> Any:
    """Entities hold plain values and dicts of plain values: far quicker than `deepcopy`."""
    copied = copy.copy(entity)
    for name in ("timers", "pending", "addresses", "strays", "attributes", "context"):
        if hasattr(copied, name):
            setattr(copied, name, dict(getattr(copied, name)))
    if hasattr(copied, "callbacks"):
        copied.callbacks = dict(copied.callbacks)
    for name in ("flow", "callback", "message"):
        # Nested values that change in place.
        if getattr(copied, name, None) is not None:
            setattr(copied, name, copy.copy(getattr(copied, name)))
    return copied


def _same(one: State, other: State) -> None:
    """Says what differs, which `==` of two whole states does not."""
    for kind, entities in _shelves(one).items():
        for key, entity in entities.items():
            assert _shelves(other)[kind].get(key) == entity, (kind, key)
    assert one == other
