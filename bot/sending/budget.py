"""How much may be asked of Graph at once, for one application.

Graph throttles an application as a whole. So that a flood of prompts never costs a caller the
answer nor leaves a leg hanging, a fifth of the room is kept for answering and hanging up, and a
"later" from Graph holds back everything else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock

AT_ONCE = 150
"""Requests under way; below the connection pool's 200, which polls and reads share."""
KEPT = 5
"""One part in so many is kept for what cannot wait."""


class Budget:
    """The room of one application."""

    def __init__(self, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._free = at_once
        self._kept = max(1, at_once // KEPT)
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._ordinary: deque[asyncio.Future[None]] = deque()
        self._later = 0

    def hold_back(self, ms: int) -> None:
        """Graph said "later": nothing but the urgent is sent for so long."""
        self._later = max(self._later, self._clock.now() + ms)

    def wait_ms(self) -> int:
        """For how long the ordinary is held back."""
        return max(0, self._later - self._clock.now())

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Room for one request, when there is some."""
        least = 0 if urgent else self._kept
        if self._free <= least:
            await self._wait(self._urgent if urgent else self._ordinary)
        else:
            self._free -= 1
        try:
            yield
        finally:
            self._give_back()

    async def _wait(self, queue: deque[asyncio.Future[None]]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()  # the room was ours already
            raise

    def _give_back(self) -> None:
        self._free += 1
        for queue, least in ((self._urgent, 0), (self._ordinary, self._kept)):
            while queue and self._free > least:
                turn = queue.popleft()
                if not turn.done():
                    self._free -= 1
                    turn.set_result(None)
