"""Commands on their way out: when each is sent, again or no more, and what is told back.

Everything here comes from an outbox row that is committed already; its outcome goes back to the
loop as an event, and into the row with it. A row without an outcome means "possibly sent": after a
restart, and whenever Graph's answer was lost, bot/sending/recovery.py says what to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from bot.clock import Clock, stopwatch_ms
from bot.metrics.at_work import about_call
from bot.metrics.meter import Meter
from bot.sending.beside import Beside, goes_beside
from bot.sending.budget import Budget
from bot.sending.lanes import Errand, Lanes
from bot.sending.outbound import NoLeg, Outbound, is_gone
from bot.sending.patience import LEAST_MS, pause_ms, problem_of
from bot.sending.questions import Questions
from bot.sending.recovery import Recovery, Then
from bot.tasks import TaskSet
from graph.errors import GraphError, NotSent, Refused, Throttled
from routing.commands import (
    Answer,
    AskCall,
    Command,
    EndStray,
    HangUp,
    Play,
    ReadPresence,
    Redirect,
    Reject,
    RemoveParticipant,
    Transfer,
)
from routing.events import CommandDone, Event, Problem

log = logging.getLogger(__name__)

MOST_TIMES = 4
"""Sent four times at the very most, and each further time only where that is safe."""
PROMPT_WITHIN_MS = 10_000
"""For a command that names no deadline; what rings somebody always names its own."""
PROMPT_HELD_MS = 500
"""How long a prompt waits because others were throttled: its caller may hear silence meanwhile."""
END_WITHIN_MS = 60_000
"""Hanging up has no deadline of its own; after that the sweeper sees to the leg."""
_AT_THE_DOOR = (Answer, Redirect, Reject)
"""Tried until their deadline, which the routing counts from the caller's arrival: a caller is lost
with them."""
_URGENT = (*_AT_THE_DOOR, HangUp, EndStray)
_ENDS = (HangUp, EndStray, RemoveParticipant)


class Decider(Protocol):
    """The loop, as far as effects need it."""

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take an event in."""
        ...

    def may_act(self) -> bool:
        """Whether this instance is the owner and its lease holds."""
        ...

    def wants(self, command: Command) -> bool:
        """Whether a command that was not sent yet should still be."""
        ...


class Effects:
    """Carries commands out."""

    def __init__(
        self,
        *,
        outbound: Outbound,
        questions: Questions,
        beside: Beside,
        decider: Decider,
        budget_of: Callable[[str], Budget],
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        self._outbound = outbound
        self._questions = questions
        self._beside = beside
        self._decider = decider
        self._budget_of = budget_of
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._recovery = Recovery(outbound, decider.wants, clock)
        self._lanes = Lanes(self._carry_out, tasks)
        self._under_way: set[str] = set()
        self._held: list[Command] | None = None
        self._asking: set[asyncio.Task[None]] = set()

    def take(self, commands: Iterable[Command]) -> None:
        """Carry these out, in order, when their turn comes."""
        for command in commands:
            if isinstance(command, AskCall):
                self._ask(self._tasks.run("ask-call", self._questions.ask_call(command)))
            elif self._held is not None:
                self._held.append(command)
            else:
                self._start(command)

    def hold(self) -> None:
        """From now on only ask; what else is wanted waits for `release`."""
        self._held = []

    async def answers(self, within_s: float) -> None:
        """Wait until what was asked is answered, or the time is over."""
        if self._asking:
            await asyncio.wait(set(self._asking), timeout=within_s)

    def release(self, recovered: Iterable[Command]) -> None:
        """Go on: first with what an earlier life possibly sent, then with what was held."""
        held, self._held = self._held or [], None
        for command in recovered:
            if goes_beside(command):
                self._beside.recover(command)
            elif command.id not in self._under_way:
                self._put(Errand(command, self._deadline(command), is_recovered=True, times=1))
        for command in held:
            self._start(command)

    async def finish(self, within_s: float) -> None:
        """Wait for what is under way, or until the time is over."""
        await self._lanes.finish(within_s)

    def drop(self) -> None:
        """Another owner decides: forget what was not sent."""
        self._held = None
        self._lanes.drop()

    def _ask(self, task: asyncio.Task[None]) -> None:
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _start(self, command: Command) -> None:
        if isinstance(command, ReadPresence):
            self._tasks.run("read-presence", self._questions.read_presence(command))
        elif goes_beside(command):
            self._beside.take(command)
        else:
            self._put(Errand(command, self._deadline(command)))

    def _put(self, errand: Errand) -> None:
        command = errand.command
        if isinstance(command, HangUp):
            for voided in self._lanes.void(command.call):
                self._report(voided, Problem.UNWANTED.value)
            # A leg that is still being made has no name yet: then wait for it.
            if self._outbound.has_name(command.call) or not self._lanes.is_busy(command.call):
                self._lanes.overtake(errand)
                return
        elif isinstance(command, EndStray):
            self._lanes.overtake(errand)
            return
        self._lanes.put(errand)

    def _deadline(self, command: Command) -> int:
        told: int = getattr(command, "deadline", 0)
        within_ms = END_WITHIN_MS if isinstance(command, _ENDS) else PROMPT_WITHIN_MS
        return told or self._clock.now() + within_ms

    async def _carry_out(self, errand: Errand) -> None:
        """Send until there is an outcome, and tell it."""
        command = errand.command
        self._under_way.add(command.id)
        began = stopwatch_ms()
        try:
            done = await self._outcome(errand)
        except NoLeg:
            done = self._done(errand, Problem.GONE.value)
        except Exception:
            # One command that cannot even be tried must not take its lane with it.
            log.exception("command failed", extra={"command": type(command).__name__})
            done = self._done(errand, Problem.UNKNOWN.value)
        finally:
            self._under_way.discard(command.id)
        if done is None:
            return  # no longer ours: the row stays open for the successor
        self._meter.observe(f"effect_{type(command).__name__}", stopwatch_ms() - began)
        self._meter.count("effects", done.problem or "done")
        self._decider.submit(done)

    async def _outcome(self, errand: Errand) -> CommandDone | None:
        command = errand.command
        if errand.is_recovered:
            done = await self._judged(errand)
            if done is not None:
                return done
        why = Problem.TOO_LATE.value
        while self._decider.may_act():
            await self._held_back(errand)
            if not self._decider.wants(command):
                return self._done(errand, Problem.UNWANTED.value)
            if self._clock.now() + LEAST_MS > errand.deadline:
                return self._done(errand, why)
            failed = await self._once(errand)
            if isinstance(failed, CommandDone):
                return failed
            why = problem_of(failed)
            often = errand.times >= MOST_TIMES and not isinstance(command, _AT_THE_DOOR)
            if often or not await self._again(errand, failed):
                return self._done(errand, why, failed)
        return None

    async def _held_back(self, errand: Errand) -> None:
        """Graph said "later" to this application: what can wait so long does, but not for ever."""
        if errand.times or isinstance(errand.command, _URGENT):
            return
        wait_ms = self._budget_of(self._outbound.app_of(errand.command)).wait_ms()
        if isinstance(errand.command, Play):
            wait_ms = min(wait_ms, PROMPT_HELD_MS)
        if 0 < wait_ms < errand.deadline - self._clock.now():
            await asyncio.sleep(wait_ms / 1000)

    async def _once(self, errand: Errand) -> CommandDone | GraphError:
        """Send it: the outcome, or an error after which it may be sent again."""
        command = errand.command
        urgent = isinstance(command, _URGENT)
        errand.times += 1
        try:
            async with self._budget_of(self._outbound.app_of(command)).turn(urgent=urgent):
                with about_call(command.call):
                    sent = await self._outbound.send(command, errand.deadline)
        except Refused as error:
            if is_gone(error) and isinstance(command, _ENDS):
                return self._done(errand)  # that is what was wanted
            return self._done(errand, problem_of(error), error)
        except GraphError as error:
            if not error.may_have_run:
                return error
            judged = await self._judged(errand, error)
            if judged is None and isinstance(command, (*_AT_THE_DOOR, Transfer)):
                # Nothing came of it: known, not in doubt.
                return NotSent(str(error), retry_after_ms=error.retry_after_ms)
            return error if judged is None else judged
        return self._done(errand, wire=sent.wire, finished=sent.finished)

    async def _judged(self, errand: Errand, error: GraphError | None = None) -> CommandDone | None:
        """What became of a command that was possibly sent; None: send it again."""
        self._meter.count("in_doubt", type(errand.command).__name__)
        errand.doubts += 1
        verdict = await self._recovery.judge(
            errand.command, times=errand.doubts, deadline=errand.deadline
        )
        if verdict.then is Then.AGAIN:
            return None
        return self._done(errand, verdict.problem, error, unproven=verdict.unproven)

    async def _again(self, errand: Errand, error: GraphError) -> bool:
        """Wait until it may be sent again; False: there is no point."""
        command = errand.command
        if isinstance(error, Throttled) and error.retry_after_ms is not None:
            self._budget_of(self._outbound.app_of(command)).hold_back(error.retry_after_ms)
        left_ms = errand.deadline - self._clock.now()
        wait_ms = pause_ms(error, errand.times, left_ms, is_last=isinstance(command, Reject))
        if wait_ms is None:
            return False
        await asyncio.sleep(wait_ms / 1000)
        return True

    def _report(self, errand: Errand, problem: str) -> None:
        self._decider.submit(self._done(errand, problem))

    @staticmethod
    def _done(
        errand: Errand,
        problem: str = "",
        error: GraphError | None = None,
        *,
        wire: str = "",
        finished: str = "",
        unproven: bool = False,
    ) -> CommandDone:
        return CommandDone(
            command=errand.command.id,
            call=errand.command.call,
            problem=problem,
            code=_number(error.code) if error else None,
            subcode=_number(error.subcode) if error else None,
            wire=wire,
            finished=finished,
            unproven=unproven,
        )


def _number(code: str | None) -> int | None:
    return int(code) if code and code.isascii() and code.isdigit() and len(code) < 16 else None  # noqa: PLR2004 - fits 64 bits
