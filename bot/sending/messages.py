"""Messages that callers left: their sound into our store, their lines into the list.

All of it can be done twice, so what an earlier life possibly did is done again. The sound is
fetched at once, and with short pauses when that fails: the platform throws it away soon after the
call. What cannot be had is told, and the caller's wish is listed all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.clock import Clock, stopwatch_ms
from bot.metrics.meter import Meter
from bot.sending.cards import Decider
from bot.sending.patience import problem_of
from bot.sending.sound import Sound, measure
from bot.tasks import TaskSet
from graph.errors import GraphError, NotSent, Refused
from routing.commands import CloseMedia, DropRecording, FetchRecording, ListVoicemail
from routing.events import CommandDone, Problem
from store.errors import StoreError, Unstorable
from store.voicemails import Line, Voicemails

log = logging.getLogger(__name__)

PAUSES_S = (0.3, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0)
"""Between attempts: three minutes in all. A tombstone waits for the outcome for 15."""
NOT_YET = 404
"""Told in the moment in which the recording ended, its place may not be filled yet."""
NOT_YET_FOR = 4
"""So many attempts; then it is gone."""
STORE_PAUSE_S = 1.0

MessageCommand = FetchRecording | ListVoicemail | DropRecording | CloseMedia


class Recordings(Protocol):
    """Where recordings are read (graph/recordings.py)."""

    async def fetch(self, location: str, token: str) -> bytes:
        """The sound. Raises GraphError."""
        ...


class NoRecordings:
    """For a service that has no way to them."""

    async def fetch(self, location: str, token: str) -> bytes:
        """Refuse it."""
        del location, token
        msg = "there is no way to recordings"
        raise NotSent(msg)


class MessageSender:
    """Carries out what concerns messages, and tells what came of it."""

    def __init__(
        self,
        *,
        recordings: Recordings,
        voicemails: Voicemails,
        tenant: str,
        decider: Decider,
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        self._recordings = recordings
        self._voicemails = voicemails
        self._tenant = tenant
        self._decider = decider
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._under_way: set[str] = set()

    def take(self, command: MessageCommand) -> None:
        """Do it, or do it again."""
        if command.id not in self._under_way:
            self._under_way.add(command.id)
            self._tasks.run("voicemail", self._carry_out(command))

    async def _carry_out(self, command: MessageCommand) -> None:
        try:
            if isinstance(command, FetchRecording):
                done = await self._fetched(command)
            else:
                done = await self._written(command)
        finally:
            self._under_way.discard(command.id)
        if done is not None:
            self._decider.submit(done)

    # -- the sound

    async def _fetched(self, command: FetchRecording) -> CommandDone | None:
        began = stopwatch_ms()
        problem = ""
        for times, pause_s in enumerate((*PAUSES_S, None), 1):
            if not self._decider.may_act():
                return None  # no longer ours: the row stays open for the successor
            try:
                sound = await self._once(command)
            except GraphError as error:
                problem = _problem(error)
                lasting = isinstance(error, Refused) and (
                    error.status != NOT_YET or times >= NOT_YET_FOR
                )
                if lasting or pause_s is None:
                    log.warning("a recording was not fetched", extra={"why": str(error)})
                    break
            except Unstorable:
                problem = Problem.REFUSED.value
                break
            except StoreError as error:
                problem = Problem.UNAVAILABLE.value
                log.warning("a recording was not kept", extra={"why": str(error)})
                if pause_s is None:
                    break
            except Exception:
                # Whatever it was: without an outcome it would be on its way for ever.
                problem = Problem.REFUSED.value
                log.exception("a recording was not kept", extra={"voicemail": command.voicemail})
                break
            else:
                self._meter.count("recordings", "fetched")
                self._meter.observe("recording", stopwatch_ms() - began)
                return _done(command, "", sound)
            await asyncio.sleep(pause_s)
        self._meter.count("recordings", problem)
        return _done(command, problem, Sound(0, 0))

    async def _once(self, command: FetchRecording) -> Sound:
        content = await self._recordings.fetch(command.location, command.token)
        sound = await asyncio.to_thread(measure, content)
        now = self._clock.now()
        await self._voicemails.keep_audio(self._tenant, command.voicemail, now, content)
        return sound

    # -- the list

    async def _written(
        self, command: ListVoicemail | DropRecording | CloseMedia
    ) -> CommandDone | None:
        write = self._write(command)
        problem = ""
        while True:
            if not self._decider.may_act():
                return None
            try:
                await write()
            except Unstorable as error:
                log.exception("a message was not listed", extra={"why": str(error)})
                problem = Problem.REFUSED.value
            except StoreError:
                await asyncio.sleep(STORE_PAUSE_S)
                continue
            return CommandDone(command=command.id, call="", problem=problem)

    def _write(
        self, command: ListVoicemail | DropRecording | CloseMedia
    ) -> Callable[[], Awaitable[None]]:
        store, tenant = self._voicemails, self._tenant
        match command:
            case ListVoicemail():
                line = _line(tenant, command)
                return lambda: store.list_message(line)
            case DropRecording():
                return lambda: store.drop_audio(tenant, command.voicemail)
            case CloseMedia():
                return lambda: store.close_links(tenant, command.voicemail)


def _line(tenant: str, command: ListVoicemail) -> Line:
    told = command.voicemail
    return Line(
        tenant=tenant,
        id=told.id,
        contact=told.contact,
        queue=told.queue,
        result=told.result,
        left_at=told.left_at,
        delete_at=told.delete_at,
        caller_kind=told.caller_kind,
        caller=told.caller,
        caller_name=told.caller_name,
        language=told.language,
        length_ms=told.length_ms,
        problem=told.problem,
    )


def _done(command: FetchRecording, problem: str, sound: Sound) -> CommandDone:
    return CommandDone(
        command=command.id,
        call="",
        problem=problem,
        contact=command.contact,
        voicemail=command.voicemail,
        length_ms=sound.length_ms,
        speech_ms=sound.speech_ms,
    )


def _problem(error: GraphError) -> str:
    if isinstance(error, Refused) and error.status in (NOT_YET, 410):
        return Problem.GONE.value
    return problem_of(error)
