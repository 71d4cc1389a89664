"""What is only asked of Graph: the state of a leg, and people's presence.

Asking changes nothing out there, so these commands are not written down: whoever takes over asks
again by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from bot.clock import Clock
from bot.inbound import readings, roster
from bot.metrics.meter import Meter
from bot.sending.outbound import is_gone
from graph.calls import Calls
from graph.errors import GraphError
from graph.models import CallState
from graph.presence import Presences
from routing.commands import AskCall, ReadPresence
from routing.events import (
    CallSeen,
    CommandDone,
    Event,
    PresenceRead,
    Problem,
    RosterEntry,
)

log = logging.getLogger(__name__)

PRESENCE_WITHIN_MS = 2_000
ASK_WITHIN_MS = 8_000
OUT_AT_ONCE = 50
"""Questions about legs under way together. Answers and hang-ups share the connections with them."""
OUT_PER_LEG = 2
"""One that is not answered must not keep us from asking again; a third would not help."""


class Ear(Protocol):
    """Where answers go."""

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take the event in."""
        ...


class Questions:
    """Asks Graph, and tells the loop."""

    def __init__(
        self,
        *,
        calls_of: Callable[[str], Calls],
        wire_of: Callable[[str], str],
        presences: Presences,
        ear: Ear,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """`calls_of` and `wire_of` take our id of a leg."""
        self._calls_of = calls_of
        self._wire_of = wire_of
        self._presences = presences
        self._ear = ear
        self._clock = clock
        self._meter = meter
        self._turns = asyncio.Semaphore(OUT_AT_ONCE)
        self._out = Counter[str]()
        """Questions under way, by leg."""

    async def ask_call(self, question: AskCall) -> None:
        """Read the leg's state, and who is in it where that was asked."""
        problem = await self.look(question.call, roster_too=question.roster)
        self._ear.submit(CommandDone(command=question.id, call=question.call, problem=problem))

    async def look(self, call: str, *, roster_too: bool = False) -> str:
        """Tell the loop how the leg stands; what was the problem, if any."""
        leg = self._wire_of(call)
        if not leg:
            return Problem.GONE.value
        if self._out[leg] >= OUT_PER_LEG:
            return Problem.UNAVAILABLE.value  # Graph is slow, and whoever needs it asks again
        self._out[leg] += 1
        try:
            async with self._turns:
                return await self._look(call, leg, roster_too=roster_too)
        finally:
            self._out[leg] -= 1
            if not self._out[leg]:
                del self._out[leg]

    async def _look(self, call: str, leg: str, *, roster_too: bool) -> str:
        asked_at = self._clock.now()
        calls = self._calls_of(call).until(asked_at + ASK_WITHIN_MS)
        try:
            seen = await calls.get(leg)
        except GraphError as error:
            if is_gone(error):
                self._ear.submit(CallSeen(call=leg, state="gone", asked_at=asked_at))
                return ""
            self._meter.count("questions_failed", "call")
            return Problem.UNAVAILABLE.value
        if seen.state is None:
            return Problem.UNKNOWN.value
        over = seen.state in (CallState.TERMINATED, CallState.TERMINATING)
        state = "gone" if over else seen.state.value
        people = await self._people(calls, leg) if roster_too and not over else ()
        self._ear.submit(CallSeen(call=leg, state=state, people=people, asked_at=asked_at))
        return ""

    async def _people(self, calls: Calls, leg: str) -> tuple[RosterEntry, ...]:
        try:
            return roster(leg, tuple(await calls.participants(leg))).people
        except GraphError:
            self._meter.count("questions_failed", "roster")
            return ()

    async def read_presence(self, question: ReadPresence) -> None:
        """Read these people's presence now."""
        read_at = self._clock.now()
        told = await self._presences.read(question.agents, deadline_ms=read_at + PRESENCE_WITHIN_MS)
        if told.failures:
            self._meter.count("questions_failed", "presence")
        if found := readings(told, question.agents):
            self._ear.submit(PresenceRead(read_at=read_at, readings=tuple(found)))
