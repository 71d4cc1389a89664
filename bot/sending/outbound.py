"""From the routing's words to the wire: the only translator outwards.

One method sends one command once and says what Graph answered; when to send, and what a failure
means, is for bot/sending/effects.py and bot/sending/recovery.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from bot.sending.own_words import OWN_WORDS, OwnWords
from graph import calls as wire
from graph.errors import GraphError, Refused
from graph.models import CallState, Operation, OperationStatus
from routing import commands as say
from routing.commands import Command, TargetKind

NOT_FOUND = 404
PROMPTS_AT_ONCE = 20
"""Graph's limit for one request (learn.microsoft.com/graph/api/call-playprompt)."""
WRONG_TENANT = "7505"

Speech = Callable[[Sequence[say.Say]], list[wire.Prompt]]
"""The files that say all this, in order (bot/prompts)."""

_KINDS = {
    TargetKind.USER: wire.TargetKind.USER,
    TargetKind.NUMBER: wire.TargetKind.PHONE,
    TargetKind.ACCOUNT: wire.TargetKind.APPLICATION,
}


class Legs(Protocol):
    """What the engine knows of our legs."""

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        ...

    def app_of(self, call: str) -> str:
        """The application that the leg belongs to; empty when the leg is not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What Graph said when it took a command."""

    wire: str = ""
    """The id of a leg that was created."""
    finished: str = ""
    """completed or failed, when no notification will follow."""


class NoLeg(Exception):
    """The command's leg has no id of Graph's, so there is nothing to send it to."""


def is_gone(error: GraphError) -> bool:
    """Whether Graph does not know the call any more."""
    return isinstance(error, Refused) and error.status == NOT_FOUND


class Outbound:
    """Sends commands to Graph."""

    def __init__(
        self,
        calls: Mapping[str, wire.Calls],
        legs: Legs,
        public_url: str,
        speech: Speech,
        own_words: OwnWords | None = None,
    ) -> None:
        """`calls` by application id; the first is asked when a leg's application is not known.
        `own_words`: opens the address of a caller's recording."""
        self._calls = calls
        self._legs = legs
        self._callback = public_url.rstrip("/") + "/api/calls/"
        self._speech = speech
        self._own_words = own_words
        self._first = next(iter(calls))

    def calls_of(self, command: Command) -> wire.Calls:
        """The calls of the application that the command's leg belongs to."""
        app: str = getattr(command, "app", "")
        return self._calls.get(app) or self.calls_of_leg(command.call)

    def calls_of_leg(self, call: str) -> wire.Calls:
        """The calls of the application that our leg belongs to."""
        return self._calls.get(self._legs.app_of(call)) or self._calls[self._first]

    def app_of(self, command: Command) -> str:
        """The application whose budget the command uses."""
        return self.calls_of(command).app_id

    def wire_of(self, call: str) -> str:
        """Graph's id of our leg. Raises NoLeg."""
        found = self._legs.wire_of(call)
        if not found:
            raise NoLeg(call)
        return found

    def has_name(self, call: str) -> bool:
        """Whether Graph has an id for our leg yet."""
        return bool(self._legs.wire_of(call))

    async def send(self, command: Command, deadline: int | None) -> Sent:
        """What Graph answered. Raises GraphError, NoLeg."""
        calls = self.calls_of(command).until(deadline)
        match command:
            case say.CreateCall():
                return await self._create(calls, command)
            case say.Play() | say.CancelMedia() | say.SubscribeTones() | say.Record():
                return await self._media(calls, command)
            case say.EndStray():
                return await self._end_stray(command, deadline)
            case say.AskCall() | say.ReadPresence():
                raise TypeError(command)  # these only ask: bot/sending/questions.py
            case (
                say.ShowCard()
                | say.SayMissed()
                | say.SayState()
                | say.TellTeam()
                | say.FetchRecording()
                | say.ListVoicemail()
                | say.DropRecording()
                | say.CloseMedia()
                | say.AskWebhook()
                | say.AskContext()
            ):
                raise TypeError(command)  # these are no requests to Graph: bot/sending/beside.py
            case _:
                return await self._control(calls, command, self.wire_of(command.call))

    async def _control(
        self,
        calls: wire.Calls,
        command: say.Answer
        | say.Reject
        | say.Redirect
        | say.Transfer
        | say.Invite
        | say.RemoveParticipant
        | say.StartHoldMusic
        | say.StopHoldMusic
        | say.SetRecording
        | say.HangUp,
        leg: str,
    ) -> Sent:
        match command:
            case say.Answer():
                await calls.answer(leg, callback_uri=self._callback + command.id)
            case say.Reject():
                await calls.reject(leg, "busy" if command.busy else "none")
            case say.Redirect():
                await calls.redirect(leg, [self.target(calls, command.target)])
            case say.Transfer():
                replaced = self.wire_of(command.replaces) if command.replaces else None
                await calls.transfer(
                    leg, self.target(calls, command.target), replaces_call_id=replaced
                )
            case say.Invite():
                target = self.target(calls, command.target)
                return _sent(await calls.invite(leg, target, client_context=command.id))
            case say.RemoveParticipant() | say.StartHoldMusic() | say.StopHoldMusic():
                return await self._participant(calls, leg, command)
            case say.SetRecording():
                tell = calls.update_recording_status
                return _sent(await tell(leg, on=command.on, client_context=command.id))
            case say.HangUp():
                await calls.hang_up(leg)
            case _:
                assert_never(command)
        return Sent()

    async def _participant(
        self,
        calls: wire.Calls,
        leg: str,
        command: say.RemoveParticipant | say.StartHoldMusic | say.StopHoldMusic,
    ) -> Sent:
        who, context = command.participant, command.id
        if isinstance(command, say.RemoveParticipant):
            await calls.remove_participant(leg, who)
            return Sent()
        if isinstance(command, say.StopHoldMusic):
            return _sent(await calls.stop_hold_music(leg, who, client_context=context))
        prompts = self._speech([command.say])
        first = prompts[0] if prompts else None  # without one the platform plays its own
        return _sent(await calls.start_hold_music(leg, who, first, client_context=context))

    async def _create(self, calls: wire.Calls, command: say.CreateCall) -> Sent:
        callback = self._callback + command.id
        target, source = self.target(calls, command.target), None
        if command.source is not None:
            source = self.target(calls, command.source)
        made = await calls.create(target, callback_uri=callback, source=source)
        return Sent(wire=made.wire_id)

    async def _end_stray(self, command: say.EndStray, deadline: int | None) -> Sent:
        """End a leg that lives and is nobody's; which application it belongs to is not known."""
        asked = [self.calls_of(command)] if command.app else list(self._calls.values())
        for each in asked:
            calls = each.until(deadline)
            try:
                seen = await calls.get(command.wire)
                if seen.state not in (CallState.TERMINATED, CallState.TERMINATING):
                    await calls.hang_up(command.wire)
            except Refused as error:
                if not is_gone(error):
                    raise
        return Sent()

    async def _media(
        self,
        calls: wire.Calls,
        command: say.Play | say.CancelMedia | say.SubscribeTones | say.Record,
    ) -> Sent:
        leg = self.wire_of(command.call)
        match command:
            case say.CancelMedia():
                await calls.cancel_media(leg, client_context=command.id)
            case say.SubscribeTones():
                await calls.subscribe_to_tone(leg, client_context=command.id)
            case say.Record():
                return await self._record(calls, leg, command)
            case say.Play():
                prompts = await self._prompts(command.say)
                if command.fresh:
                    await self.silence(calls, leg, command.id)
                if not prompts:  # nothing to be heard is heard at once
                    return Sent(finished="completed")
                return await self._play(calls, leg, prompts, command.id)
        return Sent()

    @staticmethod
    async def _play(
        calls: wire.Calls, leg: str, prompts: Sequence[wire.Prompt], command: str
    ) -> Sent:
        """Queue them, a request's worth at a time. An operation's `clientContext` is how its end
        finds back to the command: only the last one's is news."""
        last = len(prompts) - (len(prompts) % PROMPTS_AT_ONCE or PROMPTS_AT_ONCE)
        for begin in range(0, last, PROMPTS_AT_ONCE):
            part = prompts[begin : begin + PROMPTS_AT_ONCE]
            await calls.play_prompt(leg, part, client_context=f"{command}-from-{begin}")
        return _sent(await calls.play_prompt(leg, prompts[last:], client_context=command))

    async def _prompts(self, told: Sequence[say.Say]) -> list[wire.Prompt]:
        own = [one.prompt.removeprefix(OWN_WORDS) for one in told if _is_own(one)]
        if not own or self._own_words is None:
            return self._speech(told)
        return [await self._own_words.open(each) for each in own]

    async def _record(self, calls: wire.Calls, leg: str, command: say.Record) -> Sent:
        prompts = self._speech([command.say])
        how = wire.Recording(
            initial_silence_s=command.first_silence_ms // 1000,
            silence_s=command.silence_ms // 1000,
            longest_s=command.most_ms // 1000,
            barge_in=True,  # one request: were it lost, whatever plays would go on
            stop_tones=("#",),
        )
        first = prompts[0] if prompts else None  # Graph takes one
        return _sent(await calls.record_response(leg, first, how, client_context=command.id))

    async def silence(self, calls: wire.Calls, leg: str, command: str) -> None:
        """Stop whatever plays on the leg. A call that has nothing to stop is no error."""
        try:
            await calls.cancel_media(leg, client_context=f"{command}-cancel")
        except Refused as error:
            if is_gone(error):
                raise

    @staticmethod
    def target(calls: wire.Calls, target: say.Target) -> wire.Target:
        """The party as Graph has to be told of it."""
        tenant = calls.tenant_id if target.kind is TargetKind.ACCOUNT else None
        return wire.Target(
            kind=_KINDS[target.kind], id=target.id, tenant_id=tenant, name=target.name or None
        )


def _is_own(one: say.Say) -> bool:
    return one.prompt.startswith(OWN_WORDS)


def _sent(operation: Operation) -> Sent:
    if not operation.is_over:
        return Sent()
    return Sent(finished="failed" if operation.status is OperationStatus.FAILED else "completed")
