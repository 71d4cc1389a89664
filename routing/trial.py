"""The test call: somebody is rung, hears one sentence, and is let go.

It is no contact. It has a leg and facts of its own, so it stands in no record, no queue and no
count of callers; nobody is reserved for it. It goes through the same owner, the same requests and
the same notifications as every call: what it proves is the way a call takes. Its timers say how far
it is: `test_created` until the platform has taken it, `test_ringing` until somebody picks up,
`test_speaking` until the sentence is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routing import strays
from routing.commands import CreateCall, Play, Say, Target, TargetKind
from routing.events import (
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    CommandDone,
    Event,
    Phase,
    Problem,
    PromptEnded,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import AgentState, Call, CallRole, CallState
from routing.word_events import TestCallAsked

CREATED_WITHIN_MS = 20_000
"""A request that was possibly sent is never repeated: its leg introduces itself by then."""
RING_MS = 25_000
SPEAK_WITHIN_MS = 20_000
REMEMBERED_MS = 15 * 60_000
"""So long late news of it finds it, as it does an ended contact."""
LEGS = 100
SPARE = 5
"""Legs that stay for callers."""
SENTENCE = "system:test_call"
STAGES = ("test_created", "test_ringing", "test_speaking")


def ask(floor: Floor, event: TestCallAsked) -> None:
    """Ring them, unless there is a reason not to."""
    if event.id in floor.calls_of:
        floor.ignored("TestCallAsked", "asked already", event.id)
        return
    if why := _why_not(floor, event):
        _step(floor, event.id, "refused", why)
        return
    command = floor.new_id()
    leg = Call(
        id=floor.new_id(),
        contact=event.id,
        role=CallRole.TEST,
        app=event.app,
        made_by=command,
        state=CallState.CREATING,
        heard_at=floor.now,
    )
    floor.add_call(leg)
    target = Target(kind=TargetKind.USER, id=event.user)
    create = CreateCall(
        id=command,
        call=leg.id,
        target=target,
        app=event.app,
        # An order that waited for a start is handled as of the instant at which it was given: what
        # keeps it from ringing somebody late is that nothing is sent after this.
        deadline=event.until,
    )
    floor.send(leg, create)
    floor.arm(leg, "test_created", floor.now + CREATED_WITHIN_MS)
    floor.fact(FactKind.TEST_CALL, contact=event.id, step="asked", to=event.upn, by=event.by_name)


def _why_not(floor: Floor, event: TestCallAsked) -> str:
    if floor.now > event.until:
        return "too late"
    if floor.legs.get(event.app, 0) >= floor.plan.legs.get(event.app, LEGS) - SPARE:
        return "no leg to spare"
    agent = floor.state.agents.get(event.user)
    if agent is not None and agent.state not in (AgentState.IDLE, AgentState.NOT_RESPONDING):
        return "busy with a contact"
    live = (leg for leg in floor.state.calls.values() if leg.role is CallRole.TEST)
    if any(leg.state is not CallState.ENDED for leg in live):
        return "another test call is under way"
    return ""


def _step(floor: Floor, test: str, step: str, why: str = "") -> None:
    floor.fact(FactKind.TEST_CALL, contact=test, step=step, why=why)


# -- what is told of its leg ----------------------------------------------------------------------


def takes(floor: Floor, event: Event) -> bool:
    """Whether it is news of a test call's leg, which no contact hears of."""
    if isinstance(event, CommandDone):
        leg = floor.state.calls.get(event.call)
    else:
        leg = _leg(floor, getattr(event, "call", ""), getattr(event, "command", ""))
    if leg is None or leg.role is not CallRole.TEST:
        return False
    heard = HEARD.get(type(event))
    if heard is None:
        floor.ignored(type(event).__name__, "a test call", leg.contact)
    else:
        heard(floor, leg, event)
    return True


def _leg(floor: Floor, wire: str, command: str) -> Call | None:
    """The leg by its name on the wire; a created one introduces itself by its command."""
    leg_id = floor.by_wire.get(wire) or floor.by_command.get(command)
    leg = floor.state.calls.get(leg_id) if leg_id else None
    if leg is None or leg.role is not CallRole.TEST:
        return None
    leg.heard_at = floor.now
    floor.name_call(leg, wire)
    return leg if leg.wire == wire else None


def _established(floor: Floor, leg: Call, _event: CallEstablished) -> None:
    alive(floor, leg)


def _progressed(floor: Floor, leg: Call, event: CallProgressed) -> None:
    if event.phase is Phase.TERMINATING:
        return  # its end will be told
    if leg.state is CallState.ENDED or leg.hanging_up:
        strays.end_leg(floor, leg)
    else:
        rings(floor, leg)


def _ended(floor: Floor, leg: Call, event: CallEnded) -> None:
    over(floor, leg, event.ending)


def _prompt_ended(floor: Floor, leg: Call, event: PromptEnded) -> None:
    said(floor, leg, ok=event.ok)


def created(floor: Floor, leg: Call, event: CommandDone) -> None:
    """The platform took the call, or not, or nobody knows."""
    nameless = not leg.wire
    floor.name_call(leg, event.wire)
    if event.problem == Problem.UNKNOWN:
        return  # it may still introduce itself
    if event.problem:
        over(floor, leg, f"Graph: {event.problem}")
    elif leg.state is CallState.ENDED and nameless:
        strays.end_leg(floor, leg)  # given up before it had a name, it was made all the same
    else:
        rings(floor, leg)


def rings(floor: Floor, leg: Call) -> None:
    """Their phone rings, as far as the platform tells: its time starts now."""
    if "test_created" in leg.timers:
        floor.disarm(leg, "test_created")
        floor.arm(leg, "test_ringing", floor.now + RING_MS)
        _step(floor, leg.contact, "created")


def alive(floor: Floor, leg: Call) -> None:
    """There is sound: say the sentence, once."""
    if leg.state is CallState.ENDED or leg.hanging_up:
        strays.end_leg(floor, leg)
        return
    if leg.state is CallState.ESTABLISHED:
        return  # told again
    leg.state = CallState.ESTABLISHED
    floor.disarm(leg, *STAGES)
    floor.arm(leg, "test_speaking", floor.now + SPEAK_WITHIN_MS)
    _step(floor, leg.contact, "answered")
    floor.send(leg, Play(id=floor.new_id(), call=leg.id, say=(Say(prompt=SENTENCE),)))


def seen(floor: Floor, leg: Call, event: CallSeen) -> None:
    """The platform answered how the leg stands."""
    if leg.state is CallState.ENDED:
        return
    if event.state == "gone":
        over(floor, leg, "gone")
    elif event.state == "established" or leg.hanging_up:
        alive(floor, leg)


def command_done(floor: Floor, leg: Call, event: CommandDone) -> None:
    """One of our own commands was carried out, or not."""
    kind = leg.pending.pop(event.command, "")
    floor.touch(leg)
    if event.command == leg.made_by:
        created(floor, leg, event)
    elif kind == "HangUp" and event.problem in ("", Problem.GONE):
        over(floor, leg, "")
    elif kind == "Play" and (event.problem or event.finished):
        said(floor, leg, ok=not event.problem and event.finished == "completed")


def said(floor: Floor, leg: Call, *, ok: bool) -> None:
    """The sentence was heard, or could not be played: let them go."""
    if "test_speaking" in leg.timers:
        floor.disarm(leg, "test_speaking")
        _step(floor, leg.contact, "spoken" if ok else "not_spoken")
        floor.hang_up(leg)


def over(floor: Floor, leg: Call, ending: str) -> None:
    """The leg is gone."""
    stage = next((each for each in STAGES if each in leg.timers), "")
    if floor.call_over(leg):
        _step(floor, leg.contact, "ended" if not stage else "failed", ending if stage else "")
        floor.arm(leg, "test_forget", floor.now + REMEMBERED_MS)


HEARD: dict[type, Callable[[Floor, Call, Any], None]] = {
    CallEstablished: _established,
    CallProgressed: _progressed,
    CallEnded: _ended,
    PromptEnded: _prompt_ended,
    CallSeen: seen,
    CommandDone: command_done,
}
"""What news means to it; anything else means nothing."""


# -- timers ---------------------------------------------------------------------------------------


def not_created(floor: Floor, leg: Call) -> None:
    """Nobody knows of such a call: should it come after all, it is ended."""
    floor.call_over(leg)
    _step(floor, leg.contact, "failed", "the call was not made")
    floor.arm(leg, "test_forget", floor.now + REMEMBERED_MS)


def unanswered(floor: Floor, leg: Call) -> None:
    """Nobody picked up. Its end is told when the platform says so."""
    _step(floor, leg.contact, "failed", "nobody picked up")
    floor.hang_up(leg)


def unheard(floor: Floor, leg: Call) -> None:
    """No news of the sentence: it was heard or not, nobody waits longer."""
    _step(floor, leg.contact, "not_spoken", "no news of it")
    floor.hang_up(leg)


def forget(floor: Floor, leg: Call) -> None:
    """Late news of it is a stray call's from now on."""
    floor.calls_of.pop(leg.contact, None)
    del floor.state.calls[leg.id]
    floor.by_wire.pop(leg.wire, None)
    floor.by_command.pop(leg.made_by, None)
    floor.step.touched.pop(("call", leg.id), None)
    floor.step.removed.append(("call", leg.id))
