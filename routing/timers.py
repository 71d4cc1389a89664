"""Timers: fields of entities, with one heap over them.

An entity's `timers` maps a kind to its due instant; that field is the truth and is saved. The heap
is derived and may hold stale entries: one counts only while the entity still says the same instant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from routing.bulletin import Bulletin
from routing.state import Agent, Call, Contact, Offer

Timed = Contact | Call | Offer | Agent | Bulletin
Entry = tuple[int, str, str, str]
"""due, entity kind, entity id, timer kind: a total order, so that firing is the same every time."""

_KIND: dict[type, str] = {
    Contact: "contact",
    Call: "call",
    Offer: "offer",
    Agent: "agent",
    Bulletin: "bulletin",
}


class Timers:
    """All timers of a tenant, soonest first."""

    def __init__(self, find: Callable[[str, str], Timed | None], entities: Iterable[Timed]) -> None:
        self._find = find
        self._heap: list[Entry] = [
            (due, _KIND[type(entity)], entity.id, kind)
            for entity in entities
            for kind, due in entity.timers.items()
        ]
        heapq.heapify(self._heap)

    def arm(self, entity: Timed, kind: str, due: int) -> None:
        """Fire `kind` on the entity at `due`, instead of when it was armed for before."""
        if entity.timers.get(kind) != due:
            entity.timers[kind] = due
            heapq.heappush(self._heap, (due, _KIND[type(entity)], entity.id, kind))

    @staticmethod
    def disarm(entity: Timed, kind: str) -> None:
        entity.timers.pop(kind, None)

    def next_due(self) -> int | None:
        """When the soonest live timer fires, or None."""
        soonest = self._soonest()
        return soonest[2] if soonest else None

    def pop_due(self, now: int) -> tuple[Timed, str, int] | None:
        """Take out the soonest timer due by `now`: (entity, kind, due), or None."""
        soonest = self._soonest()
        if soonest is None or soonest[2] > now:
            return None
        entity, kind, _ = soonest
        heapq.heappop(self._heap)
        del entity.timers[kind]
        return soonest

    def _soonest(self) -> tuple[Timed, str, int] | None:
        """The heap's first live entry; stale ones before it are dropped."""
        while self._heap:
            due, holder, holder_id, kind = self._heap[0]
            entity = self._find(holder, holder_id)
            if entity is not None and entity.timers.get(kind) == due:
                return entity, kind, due
            heapq.heappop(self._heap)
        return None
