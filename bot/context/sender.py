"""Questions about callers on their way out: each asked once, and something always told back.

They go on side by side, each within its own time. Whatever comes of one, the call goes on without:
the engine counts by itself how long it waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from bot.clock import Clock, stopwatch_ms
from bot.metrics.meter import Meter
from bot.outside.web import NotAnswered, Why
from bot.tasks import TaskSet
from routing.commands import AskContext, Command
from routing.context_rules import Source
from routing.context_state import LATE, Told
from routing.events import ContextAnswered, Event

log = logging.getLogger(__name__)


class Place(Protocol):
    """Somebody who can be asked about a caller."""

    async def ask(self, question: AskContext, within_ms: int) -> Told:
        """What they know. Raises NotAnswered."""
        ...


class Decider(Protocol):
    """The loop, as far as context needs it."""

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take an event in."""
        ...

    def may_act(self) -> bool:
        """Whether this instance is the owner and its lease holds."""
        ...

    def wants(self, command: Command) -> bool:
        """Whether a command that was not sent yet should still be."""
        ...


class ContextSender:
    """Asks, and tells what came of it."""

    def __init__(
        self,
        *,
        places: Mapping[Source, Place],
        decider: Decider,
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        self._places = places
        self._decider = decider
        self._clock = clock
        self._tasks = tasks
        self._meter = meter

    def take(self, command: AskContext) -> None:
        """Ask beside whatever else is under way."""
        self._tasks.run("context", self._carry_out(command))

    async def _carry_out(self, command: AskContext) -> None:
        if not self._decider.wants(command):
            return
        answered = await self._answered(command)
        self._meter.count("contexts", answered.problem or "answered")
        # A successor asks again by itself; what was told here is nobody's business then.
        if self._decider.may_act():
            self._decider.submit(answered)

    async def _answered(self, command: AskContext) -> ContextAnswered:
        began, problem, told = stopwatch_ms(), "", Told()
        try:
            told = await self._within(command)
        except NotAnswered as failure:
            problem = failure.why.value
            log.warning(
                "nothing came of a question about a caller",
                extra={"provider": command.provider.name, "why": str(failure)},
            )
        except Exception:
            # Whatever it was, the agent must be told that nothing comes.
            log.exception("a caller was not asked about", extra={"provider": command.provider.name})
            problem = Why.UNREACHABLE.value
        else:
            self._meter.observe("context", stopwatch_ms() - began)
        return ContextAnswered(
            command=command.id,
            contact=command.contact,
            provider=command.provider.name,
            problem=problem,
            told=told,
        )

    async def _within(self, command: AskContext) -> Told:
        within_ms = command.deadline - self._clock.now()
        if within_ms <= 0:
            raise NotAnswered(Why.LATE, "before it was asked")
        try:
            async with asyncio.timeout(within_ms / 1000):
                return await self._places[command.provider.source].ask(command, within_ms)
        except TimeoutError as error:
            raise NotAnswered(Why.LATE, f"{within_ms} ms") from error


assert Why.LATE.value == LATE  # noqa: S101 - two layers, one word
