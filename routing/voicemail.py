"""Voicemail: a caller leaves a message for a queue's team.

First the platform is told that we record; without its yes nothing is recorded (docs/adr/0024).
Then greeting, beep, and the caller's words, until they press #, fall silent, or two minutes are
over. The sound is fetched at once. Meanwhile a menu: 1 keeps the message, 2 plays it, 3 records it
again, silence keeps it. Whoever hangs up leaves what they have said so far. What a message ends as
is in `voicemail_end.py`.

A recording whose end was told while nobody of us was there leaves its caller in silence. So a new
owner has a sentence said, which the platform queues behind a recording that still runs: once it was
heard, none does, and they are asked to say it again.
"""

from __future__ import annotations

from routing import leaving
from routing import voicemail_end as ends
from routing.action import Action
from routing.commands import Record, Say, SetRecording
from routing.contact import ContactInput, listen, move, play_music, prompt_guard_ms, speak
from routing.events import CommandDone, Problem, RecordingEnded
from routing.facts import FactKind
from routing.floor import Floor
from routing.message import Message, Stage
from routing.onward import Onward
from routing.plan import Queue
from routing.state import CallState, Contact, ContactState, Outcome
from routing.voicemail_rules import VoicemailRules

ASKED_WITHIN_MS = 8_000
"""Then the platform's silence is taken for a no: nothing may be kept."""
SILENCE_MS, FIRST_SILENCE_MS = 5_000, 8_000
BEEP_MS = 2_000
NOBODY_SPOKE = 8514
"""The subcode of a recording that ended by its first silence. Whatever else fails may have cut off
somebody who spoke: then the team is told so."""
NEWS_WITHIN_MS = 15_000
"""How long after a recording must be over news of it is waited for."""
CHOICE_WITHIN_MS = 5_000
TAKES_AT_MOST, CHOICES_AT_MOST = 3, 10
"""A caller who cannot decide leaves the last one."""
AGAIN = "system:voicemail_again"
INTERRUPTED = "system:voicemail_interrupted"
MENU = "system:voicemail_menu"
KEPT, NOTHING, LOST = "system:voicemail_kept", "system:voicemail_nothing", "system:voicemail_lost"
OWN_WORDS = "voicemail:"


# -- in --------------------------------------------------------------------------------------------


def refused(floor: Floor, contact: Contact, action: Action) -> Onward | None:
    """Where the contact goes instead when no message can be taken; None: it can."""
    queue = action.ref or contact.queue
    here = floor.caller_leg(contact).state is CallState.ESTABLISHED
    if floor.plan.keeps_messages and queue in floor.queues and here:
        return None
    reason = "no such queue" if floor.plan.keeps_messages else "not allowed by the settings"
    floor.ignored("voicemail", reason, contact.id)
    return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)


def enter(floor: Floor, contact: Contact, action: Action, outcome: Outcome) -> None:
    """Leave a message; `outcome` is what the contact ends as then."""
    queue = action.ref or contact.queue
    contact.message = Message(queue=queue, outcome=outcome.value, greeting=action.prompt)
    contact.playing = ""
    move(floor, contact, ContactInput.RECORD)
    if not contact.music:
        play_music(floor, contact)
    _ask(floor, contact, contact.message)


def _ask(floor: Floor, contact: Contact, message: Message) -> None:
    """May we record? Music goes on meanwhile."""
    message.stage = Stage.ASKING
    message.asked = _tell(floor, contact, on=True)
    floor.arm(contact, "message", floor.now + ASKED_WITHIN_MS)


def allowed(floor: Floor, contact: Contact, command: str, *, ok: bool) -> Onward | None:
    """The platform's word on whether we may record."""
    message = contact.message
    if message is None or message.stage is not Stage.ASKING or command != message.asked:
        return None
    if not ok:
        return _cannot(floor, contact, message, "recording is not allowed")
    _record(floor, contact, message)
    return None


# -- the recording ---------------------------------------------------------------------------------


def _record(floor: Floor, contact: Contact, message: Message) -> None:
    rules = _rules(floor, message)
    message.stage = Stage.RECORDING
    message.takes += 1
    message.id = floor.new_id()
    message.began_at = None
    prompt = prompt_of(floor, message)
    call = floor.caller_leg(contact)
    command = Record(
        id=message.id,
        call=call.id,
        say=Say(prompt=prompt, language=contact.language, queue=message.queue),
        most_ms=rules.most_ms,
        silence_ms=SILENCE_MS,
        first_silence_ms=FIRST_SILENCE_MS,
    )
    floor.send(call, command)
    contact.music = ""
    floor.disarm(contact, "music")
    lasts_ms = prompt_guard_ms(floor, prompt) + BEEP_MS + rules.most_ms + SILENCE_MS
    floor.arm(contact, "message", floor.now + lasts_ms + NEWS_WITHIN_MS)


def prompt_of(floor: Floor, message: Message) -> str:
    """What is said before the beep."""
    if message.takes > 1:
        return AGAIN
    return message.greeting or _rules(floor, message).greeting


def record_done(floor: Floor, contact: Contact, event: CommandDone) -> Onward | None:
    """The platform took the recording, or did not. In doubt its end will tell, or the timer."""
    message = contact.message
    if message is None or message.stage is not Stage.RECORDING or event.command != message.id:
        return None
    if event.problem == Problem.GONE:
        floor.ask(floor.caller_leg(contact))
    elif event.finished or event.problem not in ("", Problem.UNKNOWN):
        return _cannot(floor, contact, message, f"record: {event.problem or event.finished}")
    else:
        message.began_at = floor.now
        floor.touch(contact)
    return None


def recorded(floor: Floor, contact: Contact, event: RecordingEnded) -> Onward | None:
    """A recording is over; also told after its caller has hung up."""
    message = contact.message
    if (
        message is None
        or event.context != message.id
        or message.settled
        or message.stage is not Stage.RECORDING
    ):
        floor.ignored("RecordingEnded", "no recording is waited for", contact.id)
        return None
    floor.disarm(contact, "message")
    found = event.ok and bool(event.location)
    if found:
        ends.fetch(floor, contact, message, event)
    if contact.state is not ContactState.RECORDING:
        ends.settle(floor, contact, message)
        return None
    _tell(floor, contact, on=False)
    if found:
        return _choose(floor, contact, message)
    if event.subcode == NOBODY_SPOKE:
        return _nothing(floor, contact, message)
    return _cannot(floor, contact, message, f"recording ended {event.code}/{event.subcode}")


# -- the menu --------------------------------------------------------------------------------------


def _choose(floor: Floor, contact: Contact, message: Message) -> Onward | None:
    message.stage = Stage.CHOOSING
    message.choices += 1
    if message.choices > CHOICES_AT_MOST:
        return _keep(floor, contact, message)
    listen(floor, contact)
    _say(floor, contact, MENU, prompt_guard_ms(floor, MENU))
    return None


def key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    """1 keeps, 2 plays, 3 records again. While the caller speaks, # is the platform's business."""
    message = contact.message
    if message is None or message.stage not in (Stage.CHOOSING, Stage.HEARING):
        return None
    if tone == "1":
        return _keep(floor, contact, message)
    if tone == "2" and message.stage is Stage.CHOOSING:
        return _hear(floor, contact, message)
    if tone == "3" and message.takes < TAKES_AT_MOST:
        _again(floor, contact, message, "recorded again")
    return None


def _hear(floor: Floor, contact: Contact, message: Message) -> Onward | None:
    if message.problem:
        return _choose(floor, contact, message)
    if not message.fetched:
        message.to_hear = True
        contact.playing = ""
        play_music(floor, contact, fresh=True)
        floor.arm(contact, "message", floor.now + NEWS_WITHIN_MS)
        return None
    message.to_hear = False
    message.stage = Stage.HEARING
    length_ms = message.length_ms + prompt_guard_ms(floor, MENU)
    _say(floor, contact, OWN_WORDS + message.id, length_ms)
    return None


def _again(floor: Floor, contact: Contact, message: Message, why: str) -> None:
    """What was said is thrown away, and said anew."""
    if message.stage is Stage.HEARING:
        ends.close(floor, message)
    ends.discard(floor, contact, message, why)
    message.id = message.problem = ""
    message.recorded = message.fetched = message.to_hear = False
    message.length_ms = message.speech_ms = 0
    contact.playing = ""
    play_music(floor, contact, fresh=True)
    _ask(floor, contact, message)


def said(floor: Floor, contact: Contact, *, ok: bool = True) -> Onward | None:
    """The menu, or the caller's own words, are over: or could not be played."""
    message = contact.message
    contact.playing = ""
    floor.touch(contact)
    if message is None:
        return None
    if message.stage is Stage.RECORDING:
        return _interrupted(floor, contact, message) if ok else None
    if message.stage is Stage.HEARING:
        ends.close(floor, message)
        return _choose(floor, contact, message)
    floor.arm(contact, "message", floor.now + CHOICE_WITHIN_MS)
    return None


# -- a new owner -----------------------------------------------------------------------------------


def resume(floor: Floor, contact: Contact) -> None:
    """The leg lives on after a change of owner: music, in case what plays runs out, and a sentence
    before it while we think that a recording runs."""
    message = contact.message
    ours = f"{floor.state.epoch}-"
    if message is None or contact.music.startswith(ours):
        return
    if message.stage is Stage.RECORDING:
        if message.id.startswith(ours):
            return
        contact.playing = speak(floor, contact, INTERRUPTED)
    floor.fact(FactKind.CONTACT_RECOVERED, contact=contact.id, queue=contact.queue)
    play_music(floor, contact)


def _interrupted(floor: Floor, contact: Contact, message: Message) -> Onward | None:
    """No recording runs, and nobody told where it is. Whoever hangs up now is listed all the same:
    they have spoken."""
    message.lost = True
    if message.takes >= TAKES_AT_MOST:
        return _cannot(floor, contact, message, ends.UNTOLD)
    _tell(floor, contact, on=False)
    _again(floor, contact, message, ends.UNTOLD)
    return None


# -- news of the sound -----------------------------------------------------------------------------


def fetched(floor: Floor, contact: Contact, event: CommandDone) -> Onward | None:
    """The sound is here, or will never be."""
    message = contact.message
    if message is None or event.voicemail != message.id:
        ends.drop(floor, event.voicemail)  # of a take that was thrown away meanwhile
        return None
    if message.settled or message.fetched:
        return None
    ends.took(message, event)
    floor.touch(contact)
    floor.fact(
        FactKind.VOICEMAIL_FETCHED,
        contact=contact.id,
        queue=message.queue,
        voicemail=message.id,
        problem=event.problem,
        length_ms=event.length_ms,
        speech_ms=event.speech_ms,
    )
    if message.stage is Stage.OVER:
        ends.settle(floor, contact, message)
    elif ends.is_silent(message):
        return _nothing(floor, contact, message)
    elif message.to_hear:
        return _hear(floor, contact, message)
    return None


# -- out -------------------------------------------------------------------------------------------


def _keep(floor: Floor, contact: Contact, message: Message) -> Onward:
    if message.stage is Stage.HEARING:
        ends.close(floor, message)
    return _out(floor, contact, message, KEPT)


def _nothing(floor: Floor, contact: Contact, message: Message) -> Onward:
    if message.stage is Stage.HEARING:
        ends.close(floor, message)
    return _out(floor, contact, message, NOTHING)


def _cannot(floor: Floor, contact: Contact, message: Message, reason: str) -> Onward:
    message.problem = reason
    return _out(floor, contact, message, LOST)


def _out(floor: Floor, contact: Contact, message: Message, prompt: str) -> Onward:
    floor.disarm(contact, "message")
    ends.settle(floor, contact, message)
    return Onward(action=Action(prompt=prompt), outcome=Outcome(message.outcome))


def overdue(floor: Floor, contact: Contact) -> Onward | None:
    """Timer `message`: what was waited for did not come."""
    message = contact.message
    if message is None:
        return None
    if contact.state is not ContactState.RECORDING:
        ends.untold(floor, contact, message)
        return None
    match message.stage:
        case Stage.ASKING:
            return _cannot(floor, contact, message, "recording is not allowed")
        case Stage.RECORDING:
            return _cannot(floor, contact, message, ends.UNTOLD)
        case Stage.CHOOSING if message.to_hear:
            message.to_hear = False
            return _choose(floor, contact, message)
        case Stage.HEARING:
            return said(floor, contact)
        case _ if contact.playing:
            return said(floor, contact)
        case _:
            return _keep(floor, contact, message)


def hung_up(floor: Floor, contact: Contact) -> None:
    """The caller's leg is over while they were leaving a message."""
    if contact.message is not None:
        ends.hung_up(floor, contact, contact.message, prompt_of(floor, contact.message))


# -- parts -----------------------------------------------------------------------------------------


def _say(floor: Floor, contact: Contact, prompt: str, guard_ms: int) -> None:
    """Say it at once, with music behind it: nobody hears silence while they think."""
    contact.playing = speak(floor, contact, prompt, fresh=True)
    play_music(floor, contact)
    floor.arm(contact, "message", floor.now + guard_ms)


def _tell(floor: Floor, contact: Contact, *, on: bool) -> str:
    call = floor.caller_leg(contact)
    return floor.send(call, SetRecording(id=floor.new_id(), call=call.id, on=on))


def _rules(floor: Floor, message: Message) -> VoicemailRules:
    return (floor.queues.get(message.queue) or Queue(name=message.queue)).voicemail
