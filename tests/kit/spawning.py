"""Tasks that a test starts for the code under test, awaits and ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Has the shape of the product's Spawn."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self.started = 0

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.started += 1
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until everything started is done."""
        while self._running:
            await asyncio.gather(*self._running)

    async def close(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
