"""What to do when nobody knows whether a command was carried out.

A connection that broke, a 5xx, or an outbox row without an outcome after a restart all mean
"possibly done". Doing it again may ring an agent twice; not doing it may leave a caller in silence.
What is right differs per command, and this is the table:

    Answer                       ask: incoming -> again; established -> done; 404 -> gone
    Reject, Redirect             ask: incoming -> again; else done
                                 (a caller is lost with these three: ask as long as there is time)
    Transfer                     ask: transferring -> done; 404 -> wait 5 s for the call's end, then
                                 done, unproven; established and no failure heard for 3 s -> again,
                                 once
    Invite                       never again: it may be ringing, the operation or roster will tell
    CreateCall                   never again: what reports on its address is adopted or ended
    Play                         stop what plays, then again
    StartHoldMusic               stop it, then again: the platform holds one at a time, and would
                                 refuse the second request for a caller who is on hold already
    StopHoldMusic                again, once; refused then, it was done before
    ShowCard, SayMissed, SayState
                                 never again (bot/sending/cards.py): a press tells where a card is
    TellTeam                     again (bot/sending/team.py), unless this process saw it posted
    AskWebhook                   again, while its deadline allows; past it the flow goes on by its
                                 `otherwise`, whatever is answered (routing/flow_asking.py)
    Record                       never again: it may be running; its end will tell, or the timer
    FetchRecording, ListVoicemail, DropRecording, CloseMedia
                                 again (bot/sending/messages.py): twice is as good as once
    everything else              again
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, repeat

from bot.clock import Clock
from bot.sending.outbound import NoLeg, Outbound, is_gone
from bot.sending.patience import LEAST_MS
from graph.errors import GraphError, Refused
from graph.models import CallState
from routing.commands import (
    Answer,
    Command,
    CreateCall,
    Invite,
    Play,
    Record,
    Redirect,
    Reject,
    StartHoldMusic,
    StopHoldMusic,
    Transfer,
)
from routing.events import Problem

GONE = "gone"
UNKNOWN = "unknown"
ASK_AGAIN_S = (0.5, 0.5)
ASK_ON_S = 1.0
TRANSFER_END_WITHIN_S = 5.0
TRANSFER_FAILURE_WITHIN_S = 3.0
_ANSWERED = frozenset(
    {
        CallState.ESTABLISHING.value,
        CallState.ESTABLISHED.value,
        CallState.HOLD.value,
        CallState.TRANSFERRING.value,
        CallState.TRANSFER_ACCEPTED.value,
    }
)
_HANDED_OVER = frozenset({CallState.TRANSFERRING.value, CallState.TRANSFER_ACCEPTED.value})


class Then(StrEnum):
    AGAIN = "again"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    then: Then
    problem: str = ""
    unproven: bool = False


AGAIN = Verdict(Then.AGAIN)
DONE = Verdict(Then.DONE)
IN_DOUBT = Verdict(Then.FAILED, Problem.UNKNOWN.value)
LOST = Verdict(Then.FAILED, Problem.GONE.value)


class Recovery:
    """Finds out what became of a command, as far as that is possible."""

    def __init__(self, outbound: Outbound, wanted: Callable[[Command], bool], clock: Clock) -> None:
        self._outbound = outbound
        self._wanted = wanted
        self._clock = clock

    async def judge(self, command: Command, *, times: int, deadline: int) -> Verdict:
        """What to do about a command that was possibly carried out, `times` times so far."""
        until = max(deadline, self._clock.now() + LEAST_MS)
        match command:
            case Answer():
                return await self._answer(command, until)
            case Reject() | Redirect():
                state = await self._ask(command, until)
                return {UNKNOWN: IN_DOUBT, CallState.INCOMING.value: AGAIN}.get(state, DONE)
            case Transfer():
                return await self._transfer(command, times)
            case Invite() | CreateCall() | Record():
                return IN_DOUBT
            case Play():
                return await self._play(command)
            case StartHoldMusic():
                return AGAIN if await self._stop_hold(command, until) != GONE else LOST
            case StopHoldMusic():
                stopped = await self._stop_hold(command, until)
                return {UNKNOWN: IN_DOUBT, GONE: LOST}.get(stopped, DONE)
            case _:
                return AGAIN

    async def _ask(self, command: Command, until: int | None = None) -> str:
        """The state of the command's leg; GONE; UNKNOWN when Graph does not say, asked a few times
        or, where a caller is lost with the command, as long as there is time."""
        pauses_s = chain(ASK_AGAIN_S, () if until is None else repeat(ASK_ON_S))
        while True:
            state = await self._state(command, until)
            pause_s = next(pauses_s, None)
            if state != UNKNOWN or pause_s is None:
                return state
            if until is not None and self._clock.now() + pause_s * 1000 >= until:
                return state
            await asyncio.sleep(pause_s)

    async def _state(self, command: Command, until: int | None) -> str:
        try:
            leg = self._outbound.wire_of(command.call)
            seen = await self._outbound.calls_of(command).until(until).get(leg)
        except NoLeg:
            return GONE
        except GraphError as error:
            return GONE if is_gone(error) else UNKNOWN
        if seen.state in (CallState.TERMINATED, CallState.TERMINATING):
            return GONE
        return seen.state.value if seen.state else UNKNOWN

    async def _answer(self, command: Answer, until: int) -> Verdict:
        state = await self._ask(command, until)
        if state == CallState.INCOMING.value:
            return AGAIN
        if state in _ANSWERED:
            return Verdict(Then.DONE, unproven=True)
        return LOST if state == GONE else IN_DOUBT

    async def _transfer(self, command: Transfer, times: int) -> Verdict:
        state = await self._ask(command)
        if state == CallState.ESTABLISHED.value and times <= 1:
            await asyncio.sleep(TRANSFER_FAILURE_WITHIN_S)
            if not self._wanted(command):
                return Verdict(Then.FAILED, Problem.UNWANTED.value)
            state = await self._ask(command)
            if state == CallState.ESTABLISHED.value:
                return AGAIN
        if state in _HANDED_OVER:
            return Verdict(Then.DONE, unproven=True)
        if state == GONE:
            # Success and a hang-up look alike now; the call's own end says which it was.
            await asyncio.sleep(TRANSFER_END_WITHIN_S)
            return Verdict(Then.DONE, unproven=True)
        return IN_DOUBT

    async def _play(self, command: Play) -> Verdict:
        try:
            leg = self._outbound.wire_of(command.call)
            await self._outbound.silence(self._outbound.calls_of(command), leg, command.id)
        except NoLeg:
            return LOST
        except GraphError as error:
            return LOST if is_gone(error) else AGAIN
        return AGAIN

    async def _stop_hold(self, command: StartHoldMusic | StopHoldMusic, until: int) -> str:
        """Bring the participant back: done, GONE with the call, or UNKNOWN. Who was not on hold is
        refused, and that is what was wanted."""
        try:
            calls = self._outbound.calls_of(command).until(until)
            await calls.stop_hold_music(
                self._outbound.wire_of(command.call),
                command.participant,
                client_context=f"{command.id}-stop",
            )
        except NoLeg:
            return GONE
        except Refused:
            return await self._ask(command)
        except GraphError:
            return UNKNOWN
        return CallState.ESTABLISHED.value
