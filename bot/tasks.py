"""Every task of the service: named, watched, ended in order.

This is the only place that starts asyncio tasks. A task that nobody awaits and that dies in silence
is how a service stops working without a log line; here a crash is logged and counted and then, as
declared where the task is started, the task begins again or the service stops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Any

log = logging.getLogger(__name__)

RESTART_AFTER_S = 0.5
"""Before a crashed task begins again: long enough not to spin, short enough not to be felt."""


class OnCrash(StrEnum):
    """What a crash of a task means."""

    RESTART = "restart"
    STOP = "stop"


class TaskSet:
    """The running tasks of one service."""

    def __init__(self, counted: Callable[[str], None] = lambda _name: None) -> None:
        """`counted` is called with the task's name at each crash."""
        self._running: set[asyncio.Task[None]] = set()
        self._counted = counted
        self.failure: BaseException | None = None
        """Why the service must stop, once a task with `OnCrash.STOP` has crashed."""
        self.on_broken: Callable[[], None] = lambda: None
        """Called when that happens."""

    def __len__(self) -> int:
        """How many tasks run."""
        return len(self._running)

    def start(
        self, name: str, work: Callable[[], Awaitable[None]], on_crash: OnCrash
    ) -> asyncio.Task[None]:
        """Run `work` for as long as the service lives, or until it returns."""
        return self._add(self._watched(name, work, on_crash), name)

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a short piece of work once; a crash is logged and counted."""
        task = self._add(work, name)
        task.add_done_callback(self._look_at)
        return task

    async def stop(self) -> None:
        """Cancel what still runs and wait until it is gone."""
        current = asyncio.current_task()
        while running := [task for task in self._running if task is not current]:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _add(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _watched(
        self, name: str, work: Callable[[], Awaitable[None]], on_crash: OnCrash
    ) -> None:
        while True:
            try:
                await work()
            except Exception as crash:
                log.exception("task crashed", extra={"task": name, "then": on_crash.value})
                self._counted(name)
                if on_crash is OnCrash.STOP:
                    self.failure = crash
                    self.on_broken()
                    return
                await asyncio.sleep(RESTART_AFTER_S)
            else:
                return

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (crash := task.exception()) is not None:
            log.error("task crashed", extra={"task": task.get_name()}, exc_info=crash)
            self._counted(task.get_name())
