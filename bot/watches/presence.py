"""Reads the presence of everybody who could be routed to, again and again.

An application may not subscribe to presence, so it asks: every 3 s while someone waits, else every
10 s, and at once for whoever is new. What did not change since the last reading never reaches the
engine; one event per poll tells the rest, or a few when almost everything changed. A poll that
takes long delays the next one, they never pile up. Between two requests the loop gets its turn:
reading 650 entries takes milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from bot.clock import Clock
from bot.inbound import readings
from bot.metrics.meter import Meter
from bot.owner.desk import Desk
from bot.owner.loop import NotWritten, Overloaded, TenantLoop
from graph.presence import MOST_IDS
from graph.presence import PresenceRead as Told
from routing.events import PresenceRead, Reading

log = logging.getLogger(__name__)

URGENT_MS = 3_000
USUAL_MS = 10_000
LOOK_EVERY_MS = 500
"""How soon it is noticed that someone waits now."""
ANSWER_WITHIN_MS = 4_000
MOST_AT_ONCE = 250
"""Readings in one event: handling more would hold the loop up for longer than 20 ms."""


class Reader(Protocol):
    """Reads presence (graph/presence.py)."""

    async def read(self, user_ids: Sequence[str], *, deadline_ms: int | None = None) -> Told:
        """Presence of everyone asked for."""
        ...


class PresenceWatch:
    """One poll after the other."""

    def __init__(self, *, loop: TenantLoop, reader: Reader, clock: Clock, meter: Meter) -> None:
        self._loop = loop
        self._reader = reader
        self._clock = clock
        self._meter = meter
        self._seen: dict[str, tuple[str, str]] = {}
        """Availability and activity as last told, by agent."""
        self._of: Desk | None = None
        """The memory that `_seen` was told to; another one knows nothing of it."""
        self._read_at = 0
        self._asked: frozenset[str] = frozenset()
        """Whom the last poll was about."""
        self.failed_in_a_row = 0

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            if self._is_due():
                await self.poll()
            await asyncio.sleep(LOOK_EVERY_MS / 1000)

    def _is_due(self) -> bool:
        desk = self._loop.desk
        if desk is None:
            return False
        if desk is not self._of:
            return True
        every = URGENT_MS if desk.engine.urgent() else USUAL_MS
        if self._clock.now() - self._read_at >= every:
            return True
        # Who has just come in (a start, a plan, `ready`) could not be rung before the next poll.
        return not self._asked.issuperset(desk.engine.watched())

    async def poll(self) -> None:
        """Read everybody once, and tell what changed."""
        desk = self._loop.desk
        if desk is None:
            return
        if desk is not self._of:
            self._of, self._seen = desk, {}
        watched = desk.engine.watched()
        self._read_at = self._clock.now()
        self._asked = frozenset(watched)
        changed: list[Reading] = []
        complete = True
        for start in range(0, len(watched), MOST_IDS):
            complete &= await self._read(watched[start : start + MOST_IDS], changed)
        self.failed_in_a_row = 0 if complete else self.failed_in_a_row + 1
        if not complete:
            self._meter.count("presence_incomplete")
        if watched:
            await self._tell(desk, changed, complete=complete)
        if len(self._seen) > len(watched):
            known = set(watched)
            self._seen = {agent: pair for agent, pair in self._seen.items() if agent in known}

    async def _read(self, agents: list[str], changed: list[Reading]) -> bool:
        """Compare these with what was told before; whether all of them were read."""
        told = await self._reader.read(agents, deadline_ms=self._clock.now() + ANSWER_WITHIN_MS)
        for reading in readings(told, agents):
            pair = (reading.availability, reading.activity)
            if self._seen.get(reading.agent) != pair:
                self._seen[reading.agent] = pair
                changed.append(reading)
        return not told.failures

    async def _tell(self, desk: Desk, changed: list[Reading], *, complete: bool) -> None:
        """Submit the readings: those before the last part are told as what they are, a part."""
        while True:
            if self._loop.desk is not desk:
                return  # another memory: what was read belongs to nobody
            part, changed = changed[:MOST_AT_ONCE], changed[MOST_AT_ONCE:]
            if not part and not complete:
                return
            read = PresenceRead(
                read_at=self._read_at, readings=tuple(part), complete=complete and not changed
            )
            try:
                await self._loop.submit(read)
            except (NotWritten, Overloaded):
                self._seen.clear()  # to be told again, all of it
                return
            if not changed:
                return
