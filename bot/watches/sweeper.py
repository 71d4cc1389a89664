"""Looks after live calls: asks for those that are silent, and keeps the others alive.

Graph tells the end of a call once, if at all; a call whose notification was lost would hold its
agent for ever. And a call without keepAlive for 45 minutes is ended by Graph
(learn.microsoft.com/graph/api/call-keepalive); Microsoft's own samples beat every 10 minutes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.owner.loop import TenantLoop
from bot.sending.outbound import is_gone
from graph.calls import Calls
from graph.errors import GraphError
from routing.events import CallSeen

log = logging.getLogger(__name__)

SILENT_MS = 30_000
SWEEP_EVERY_MS = 5_000
ASK_AGAIN_MS = 30_000
AT_ONCE = 8
"""Questions of one sweep that are under way together."""
ALIVE_EVERY_MS = 600_000
SPREAD_MS = 120_000
"""Calls that began together must not be kept alive in one burst."""
KEEP_WITHIN_MS = 10_000


class Asker(Protocol):
    """Reads the state of a leg (bot/sending/questions.py)."""

    async def look(self, call: str, *, roster_too: bool = False) -> str:
        """Tell the loop how the leg stands."""
        ...


class Sweeper:
    """Goes round every few seconds."""

    def __init__(
        self,
        *,
        loop: TenantLoop,
        asker: Asker,
        calls_of: Callable[[str], Calls],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._loop = loop
        self._asker = asker
        self._calls_of = calls_of
        self._clock = clock
        self._meter = meter
        self._asked: dict[str, int] = {}
        self._alive_at: dict[str, int] = {}

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_MS / 1000)
            await self.sweep()
            await self.keep_alive()

    async def sweep(self) -> None:
        """Ask for every live leg that nothing was heard of for a while."""
        engine = self._loop.engine
        if engine is None:
            self._asked.clear()
            return
        now = self._clock.now()
        silent = engine.silent_calls(now - SILENT_MS)
        asked = {call: self._asked[call] for call in silent if call in self._asked}
        due = [call for call in silent if now - asked.get(call, 0) >= ASK_AGAIN_MS]
        self._asked = asked | dict.fromkeys(due, now)
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*(self._look(call) for call in due[start : start + AT_ONCE]))

    async def _look(self, call: str) -> None:
        state = self._loop.state()
        leg = state.calls.get(call) if state else None
        contact = state.contacts.get(leg.contact) if state and leg else None
        self._meter.count("swept")
        await self._asker.look(call, roster_too=contact is not None and contact.meeting)

    async def keep_alive(self) -> None:
        """Keep every established leg alive whose turn it is."""
        engine = self._loop.engine
        if engine is None:
            self._alive_at.clear()
            return
        now = self._clock.now()
        live = engine.live_calls()
        # A leg met for the first time is kept alive soon: a former owner may have been late.
        self._alive_at = {
            call: self._alive_at.get(call, now - ALIVE_EVERY_MS + _spread(call)) for call in live
        }
        due = [call for call, at in self._alive_at.items() if now - at >= ALIVE_EVERY_MS]
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*(self._beat(call) for call in due[start : start + AT_ONCE]))

    async def _beat(self, call: str) -> None:
        wire = self._loop.wire_of(call)
        if not wire:
            return
        now = self._clock.now()
        self._alive_at[call] = now
        try:
            await self._calls_of(call).until(now + KEEP_WITHIN_MS).keep_alive(wire)
        except GraphError as error:
            if is_gone(error):
                self._loop.submit(CallSeen(call=wire, state="gone"))
            else:
                # Try at the next sweep: 45 minutes are long, but not for ever.
                self._alive_at[call] = now - ALIVE_EVERY_MS
                self._meter.count("keep_alive_failed")
                log.warning("keepAlive failed", extra={"call": call, "code": error.code})


def _spread(call: str) -> int:
    """A delay that is the same for a call every time and differs between calls."""
    return sum(call.encode()) * 7_919 % SPREAD_MS
