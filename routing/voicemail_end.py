"""How a message ends, once each: kept, discarded, or failed and listed.

A message is listed when its caller is done with it; its sound may still be on its way. What is
final is told to the team: a message, that somebody wanted to be called but said nothing, or that
somebody spoke and there is no sound. A caller whose words were lost is a caller all the same.
"""

from __future__ import annotations

from routing import team
from routing.commands import (
    CloseMedia,
    DropRecording,
    FetchRecording,
    ListVoicemail,
    Voicemail,
)
from routing.contact import end
from routing.events import CommandDone, RecordingEnded
from routing.facts import FactKind
from routing.floor import Floor
from routing.message import Message, Result, Stage
from routing.plan import Queue
from routing.state import Contact, Outcome

LEAST_SPEECH_MS = 1_000
"""Less is a cough, a click, or the end of a hang-up."""
AFTER_HANG_UP_MS = 30_000
"""How long news of a recording is waited for when its caller has hung up."""
KEPT_FOR_AGENT_MS = 15 * 60_000
"""How long an ended contact is kept at a time whose agent is not done with it."""
UNTOLD = "nobody told where the recording is"


def fetch(floor: Floor, contact: Contact, message: Message, event: RecordingEnded) -> None:
    """Have the sound brought into our store: the platform throws it away soon."""
    message.recorded = True
    floor.step.commands.append(
        FetchRecording(
            id=floor.new_id(),
            contact=contact.id,
            voicemail=message.id,
            location=event.location,
            token=event.token,
        )
    )
    floor.touch(contact)


def took(message: Message, event: CommandDone) -> None:
    """The sound is in our store, or will never be."""
    if event.problem:
        message.problem = event.problem
    else:
        message.fetched = True
        message.length_ms, message.speech_ms = event.length_ms, event.speech_ms


def is_silent(message: Message) -> bool:
    """Whether the sound that was fetched holds no words."""
    return message.fetched and message.speech_ms < LEAST_SPEECH_MS


def settle(floor: Floor, contact: Contact, message: Message) -> None:
    """The caller is done with it: list it, and when nothing more can come tell the team."""
    message.stage = Stage.OVER
    floor.touch(contact)
    if message.recorded and not (message.fetched or message.problem):
        if not message.listed:
            message.listed = True
            _list(floor, contact, message, Result.FETCHING)
        return
    message.settled = True
    result = _result(message)
    message.id = message.id or floor.new_id()  # there was no recording by which to call it
    if result is Result.WISH and message.recorded:
        drop(floor, message.id)
    _list(floor, contact, message, result)
    floor.fact(
        FactKind.VOICEMAIL_LEFT,
        contact=contact.id,
        queue=message.queue,
        voicemail=message.id,
        result=result.value,
        length_ms=message.length_ms,
        reason=message.problem,
    )
    sound = {"voicemail": message.id, "length_ms": str(message.length_ms)}
    team.tell(
        floor,
        contact,
        f"voicemail_{result.value}",
        queue=message.queue,
        **(sound if result is Result.MESSAGE else {}),
    )


def discard(floor: Floor, contact: Contact, message: Message, reason: str) -> None:
    """The recording is not kept, and nobody is told of it."""
    if message.recorded:
        drop(floor, message.id)
    floor.fact(
        FactKind.VOICEMAIL_DISCARDED,
        contact=contact.id,
        queue=message.queue,
        voicemail=message.id,
        reason=reason,
    )


def drop(floor: Floor, recording: str) -> None:
    """Delete a recording's sound."""
    floor.step.commands.append(DropRecording(id=floor.new_id(), voicemail=recording))


def close(floor: Floor, message: Message) -> None:
    """The caller has heard their words, or will not: nobody needs to fetch them any more."""
    floor.step.commands.append(CloseMedia(id=floor.new_id(), voicemail=message.id))


def said_at(floor: Floor, message: Message, prompt: str) -> int | None:
    """When the beep sounded, as far as lengths tell; None: nothing was begun."""
    if message.began_at is None:
        return None
    return message.began_at + floor.plan.durations.get(prompt, 0)


def hung_up(floor: Floor, contact: Contact, message: Message, prompt: str) -> None:
    """The caller's leg is over. What was said so far counts; before the beep there is nothing."""
    beep_at = said_at(floor, message, prompt)
    before = not message.lost and (
        message.stage is Stage.ASKING
        or (message.stage is Stage.RECORDING and (beep_at is None or floor.now < beep_at))
    )
    outcome = Outcome.ABANDONED if before else Outcome(message.outcome)
    end(floor, contact, outcome, "caller hung up")
    if before:
        if message.id:
            discard(floor, contact, message, "hung up before the beep")
        message.settled = True
        message.stage = Stage.OVER
    elif message.stage is Stage.RECORDING:
        floor.arm(contact, "message", floor.now + AFTER_HANG_UP_MS)
    else:
        if message.stage is Stage.HEARING:
            close(floor, message)
        settle(floor, contact, message)
    floor.touch(contact)


def untold(floor: Floor, contact: Contact, message: Message) -> None:
    """No word of what was recorded, and none is waited for any longer."""
    if not message.settled:
        message.problem = message.problem or UNTOLD
        settle(floor, contact, message)


def forget(floor: Floor, contact: Contact) -> None:
    """Timer `forget`: whatever is still open about the message is not going to come. Whose agent is
    not done with it yet is remembered."""
    agent = floor.state.agents.get(contact.agent)
    if agent is not None and agent.contact == contact.id:
        floor.arm(contact, "forget", floor.now + KEPT_FOR_AGENT_MS)
        return
    if contact.message is not None:
        untold(floor, contact, contact.message)
    floor.forget(contact)


def _result(message: Message) -> Result:
    if message.fetched:
        return Result.WISH if is_silent(message) else Result.MESSAGE
    return Result.FAILED if message.problem or message.lost else Result.WISH


def _list(floor: Floor, contact: Contact, message: Message, result: Result) -> None:
    rules = (floor.queues.get(message.queue) or Queue(name=message.queue)).voicemail
    caller = contact.caller
    line = Voicemail(
        id=message.id,
        contact=contact.id,
        queue=message.queue,
        result=result.value,
        left_at=floor.now,
        delete_at=floor.now + rules.retention_ms,
        caller_kind=caller.kind.value,
        caller=caller.id,
        caller_name=caller.name,
        language=contact.language,
        length_ms=message.length_ms,
        problem=message.problem,
    )
    floor.step.commands.append(ListVoicemail(id=floor.new_id(), voicemail=line))
