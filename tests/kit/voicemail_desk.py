"""A caller who leaves a message: how far it is, and what became of it."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import (
    FetchRecording,
    ListVoicemail,
    Play,
    Record,
    SetRecording,
    TellTeam,
)
from routing.events import (
    CallEnded,
    RecordingEnded,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Queue
from routing.voicemail import (
    KEPT,
    LOST,
    MENU,
    NOTHING,
)

TO_VOICEMAIL = Action(kind=ActionKind.VOICEMAIL)
CHANNEL = "19:team@thread.tacv2"
GREETING = "system:voicemail_greeting"
DURATIONS = {GREETING: 6_000, MENU: 7_000, KEPT: 2_000, NOTHING: 2_000, LOST: 2_000}


def desk(*, allowed: bool = True, on_max_wait: Action = TO_VOICEMAIL) -> Desk:
    """A caller who has waited out and is to leave a message."""
    sales = Queue(name="sales", max_wait_ms=10_000, on_max_wait=on_max_wait, channel=CHANNEL)
    support = Queue(name="support")
    at = Desk(plan(sales, support, durations=DURATIONS, keeps_messages=allowed), agents=1)
    at.present("a0", as_="Away")
    at.arrives()
    at.present("a0", as_="Away")
    at.wait(10_000)
    return at


def asked(at: Desk, *, ok: bool = True) -> None:
    at.ok(at.last(SetRecording), finished="completed" if ok else "failed")


def recording() -> Desk:
    at = desk()
    asked(at)
    at.ok(at.last(Record))
    return at


def ended(at: Desk, *, ok: bool = True, subcode: int = 8514) -> None:
    location = "https://graph.example/r1" if ok else ""
    at.give(
        RecordingEnded(
            call="caller1",
            context=at.last(Record).id,
            ok=ok,
            location=location,
            token="opens",
            code=200 if ok else 400,
            subcode=0 if ok else subcode,
        )
    )


def choosing() -> Desk:
    at = recording()
    at.wait(20_000)
    ended(at)
    return at


def fetched(at: Desk, *, speech_ms: int = 9_000, problem: str = "") -> None:
    fetch = at.last(FetchRecording)
    at.ok(
        fetch,
        contact=fetch.contact,
        voicemail=fetch.voicemail,
        length_ms=14_000,
        speech_ms=speech_ms,
        problem=problem,
    )


def press(at: Desk, tone: str) -> None:
    at.give(ToneHeard(call="caller1", sequence=1, tone=tone), after=1_000)


def hangs_up(at: Desk) -> None:
    at.give(CallEnded(call="caller1", code=200, subcode=4521, ending="completed"))


def left(at: Desk) -> list[str]:
    return [str(f.detail["result"]) for f in at.facts if f.kind is FactKind.VOICEMAIL_LEFT]


def listed(at: Desk) -> list[str]:
    return [c.voicemail.result for c in at.commands if isinstance(c, ListVoicemail)]


def told(at: Desk) -> list[str]:
    return [c.about for c in at.commands if isinstance(c, TellTeam)]


def discarded(at: Desk) -> list[str]:
    return [str(f.detail["reason"]) for f in at.facts if f.kind is FactKind.VOICEMAIL_DISCARDED]


def says(at: Desk) -> str:
    """What was last said, music aside."""
    prompts = [c.say[0].prompt for c in at.commands if isinstance(c, Play)]
    return next(p for p in reversed(prompts) if not p.startswith("music:"))
