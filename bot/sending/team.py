"""News on its way into the channels of the queues' teams.

The other way round from an agent's card: news that is lost is a caller whom nobody calls back,
and a second card asks for nothing new. So what was possibly posted is posted again, with
pauses, and after a restart too. It is not where this process saw it posted, and only the writing
down of that failed. Which channel it is, is looked up each time: a plan that was corrected
meanwhile counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from bot.clock import stopwatch_ms
from bot.metrics.meter import Meter
from bot.sending.cards import Decider, problem_of
from bot.tasks import TaskSet
from bot.teams.conversation import ChatFailed
from bot.teams.team_cards import News
from routing.commands import TellTeam
from routing.events import CommandDone, Problem
from routing.plan import Plan

log = logging.getLogger(__name__)

PAUSES_S = (2.0, 10.0, 30.0, 120.0, 300.0)
"""Between attempts; after the last one it stays with the fact and the finding."""
FINAL = (Problem.GONE.value, Problem.REFUSED.value, Problem.UNWANTED.value)
"""No such bot there, no such card, no such channel: asking again changes nothing."""
AT_ONCE = 4
REMEMBERED = 1_024
"""News posted by this process whose outcome may not have been written down."""


class Teams(Protocol):
    """The channels (bot/teams/channels.py)."""

    async def post(self, news: News) -> str:
        """Post it; the message that holds it. Raises ChatFailed."""
        ...


class NoTeams:
    """For a service without a chat."""

    async def post(self, news: News) -> str:
        """Refuse it."""
        msg = f"there is no way to {news.channel}"
        raise ChatFailed(msg, status=404)


class TeamSender:
    """Posts news until a channel has taken it, and tells what came of it."""

    def __init__(
        self,
        *,
        teams: Teams,
        plan: Callable[[], Plan],
        decider: Decider,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        self._teams = teams
        self._plan = plan
        self._decider = decider
        self._tasks = tasks
        self._meter = meter
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[str] = set()
        self._posted: dict[str, str] = {}

    def take(self, command: TellTeam) -> None:
        """Post it, beside whatever else is under way; also what an earlier life possibly posted."""
        if command.id in self._posted:
            self._tell(command, "", self._posted[command.id])
        elif command.id not in self._under_way:
            self._under_way.add(command.id)
            self._tasks.run("team", self._carry_out(command))

    async def _carry_out(self, command: TellTeam) -> None:
        try:
            for pause_s in (*PAUSES_S, None):
                async with self._room:
                    if not self._decider.may_act():
                        return  # no longer ours: the row stays open for the successor
                    message, problem = await self._once(command)
                if not problem or problem in FINAL or pause_s is None:
                    break
                await asyncio.sleep(pause_s)
        finally:
            self._under_way.discard(command.id)
        if not problem:
            self._posted[command.id] = message
            if len(self._posted) > REMEMBERED:
                del self._posted[next(iter(self._posted))]
        self._tell(command, problem, message)

    async def _once(self, command: TellTeam) -> tuple[str, str]:
        """The message and the problem, one of them empty."""
        news = self._news(command)
        if news is None:
            return "", Problem.UNWANTED.value
        began = stopwatch_ms()
        try:
            return await self._teams.post(news), ""
        except ChatFailed as failure:
            log.warning(
                "a team was not told",
                extra={"why": str(failure), "status": failure.status, "queue": command.queue},
            )
            return "", problem_of(failure)
        except Exception:
            log.exception("a team was not told", extra={"queue": command.queue})
            return "", Problem.REFUSED.value
        finally:
            self._meter.observe("team_card", stopwatch_ms() - began)

    def _news(self, command: TellTeam) -> News | None:
        """None: by now the plan names no channel for this team."""
        queue = next((q for q in self._plan().queues if q.name == command.queue), None)
        if queue is None or not queue.channel:
            return None
        return News(
            channel=queue.channel,
            queue=queue.title or queue.name,
            language=queue.language,
            about=command.about,
            contact=command.contact,
            detail=command.detail,
        )

    def _tell(self, command: TellTeam, problem: str, message: str) -> None:
        self._meter.count("team_cards", problem or "posted")
        self._decider.submit(
            CommandDone(
                command=command.id,
                call="",
                problem=problem,
                message=message,
                contact=command.contact,
                queue=command.queue,
                about=command.about,
            )
        )
