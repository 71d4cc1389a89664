"""Reads the presence of everybody who could be routed to, again and again.

An application may not subscribe to presence, so it asks: every 3 s while someone waits, else every
10 s. What did not change since the last reading never reaches the engine; one event per poll tells
the rest. A poll that takes long delays the next one, they never pile up.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.clock import Clock
from bot.loop import TenantLoop
from bot.meter import Meter
from routing.events import PresenceRead, Reading

log = logging.getLogger(__name__)

URGENT_MS = 3_000
USUAL_MS = 10_000
LOOK_EVERY_MS = 500
"""How soon it is noticed that someone waits now."""


class Reader(Protocol):
    """Reads presence (bot/questions.py)."""

    async def presence_of(self, agents: list[str]) -> PresenceRead:
        """Their presence now."""
        ...


class PresenceWatch:
    """One poll after the other."""

    def __init__(self, *, loop: TenantLoop, reader: Reader, clock: Clock, meter: Meter) -> None:
        self._loop = loop
        self._reader = reader
        self._clock = clock
        self._meter = meter
        self._seen: dict[str, Reading] = {}
        self._of: object = None
        """The memory that `_seen` was told to; another one knows nothing of it."""
        self._read_at = 0
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
        return self._clock.now() - self._read_at >= every

    async def poll(self) -> None:
        """Read everybody once, and tell what changed."""
        desk = self._loop.desk
        if desk is None:
            return
        if desk is not self._of:
            self._of, self._seen = desk, {}
        watched = desk.engine.watched()
        self._read_at = self._clock.now()
        if not watched:
            return
        read = await self._reader.presence_of(watched)
        if self._loop.desk is not desk:
            return  # another memory: what was read belongs to nobody
        self.failed_in_a_row = 0 if read.complete else self.failed_in_a_row + 1
        if not read.complete:
            self._meter.count("presence_incomplete")
        changed = tuple(each for each in read.readings if self._seen.get(each.agent) != each)
        self._seen.update((each.agent, each) for each in changed)
        if changed or read.complete:
            self._loop.submit(
                PresenceRead(read_at=read.read_at, readings=changed, complete=read.complete)
            )
        if len(self._seen) > len(watched):
            known = set(watched)
            self._seen = {k: v for k, v in self._seen.items() if k in known}
