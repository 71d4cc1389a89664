"""The order in which commands leave: two lanes per leg, and a way past them for hanging up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.tasks import TaskSet
from routing.commands import CHAT as IN_CHAT
from routing.commands import ELSEWHERE as TO_OTHERS
from routing.commands import MEDIA as IN_MEDIA_LANE
from routing.commands import SOUND as IN_OUR_STORE
from routing.commands import Command

CONTROL, MEDIA, CHAT, SOUND, ELSEWHERE = "control", "media", "chat", "sound", "elsewhere"
LANES = (CONTROL, MEDIA)


def lane_of(command: Command) -> str:
    """The lane in which the command waits its turn; beside the lanes none does."""
    if isinstance(command, IN_CHAT):
        return CHAT
    if isinstance(command, IN_OUR_STORE):
        return SOUND
    if isinstance(command, TO_OTHERS):
        return ELSEWHERE
    return MEDIA if isinstance(command, IN_MEDIA_LANE) else CONTROL


@dataclass(slots=True, eq=False)
class Errand:
    """One command to be carried out."""

    command: Command
    deadline: int
    is_recovered: bool = False
    """It comes from an earlier life and was possibly sent."""
    times: int = 0
    """How often it was sent."""
    doubts: int = 0
    """After how many of these nobody knew what came of it."""


@dataclass(slots=True)
class _Lane:
    waiting: deque[Errand] = field(default_factory=deque[Errand])


class Lanes:
    """Runs one errand after the other in each lane, and lanes beside each other."""

    def __init__(self, run: Callable[[Errand], Awaitable[None]], tasks: TaskSet) -> None:
        self._run = run
        self._tasks = tasks
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def put(self, errand: Errand) -> None:
        """Send it when its turn comes."""
        key = (errand.command.call, lane_of(errand.command))
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane()
            lane.waiting.append(errand)
            self._spawn(f"lane-{key[1]}", self._drain(key, lane))
        else:
            lane.waiting.append(errand)

    def overtake(self, errand: Errand) -> None:
        """Send it now, beside whatever is under way."""
        self._spawn("lane-overtaking", self._run_one(errand))

    def is_busy(self, call: str) -> bool:
        """Whether a control command of the leg is under way."""
        return (call, CONTROL) in self._lanes

    def void(self, call: str) -> list[Errand]:
        """Take out whatever still waits on the leg."""
        voided: list[Errand] = []
        for name in LANES:
            lane = self._lanes.get((call, name))
            if lane is not None:
                voided += lane.waiting
                lane.waiting.clear()
        return voided

    def drop(self) -> None:
        """Take out whatever still waits anywhere."""
        for lane in self._lanes.values():
            lane.waiting.clear()

    async def finish(self, within_s: float) -> None:
        """Wait for what is under way, or until the time is over."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=within_s)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.run(name, work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _drain(self, key: tuple[str, str], lane: _Lane) -> None:
        try:
            while lane.waiting:
                await self._run(lane.waiting.popleft())
        finally:
            del self._lanes[key]

    async def _run_one(self, errand: Errand) -> None:
        await self._run(errand)
