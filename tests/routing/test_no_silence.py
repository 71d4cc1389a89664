"""Prompts that fail, and whoever would be left hearing nothing."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CancelMedia, CreateCall, HangUp, Invite, Play, SubscribeTones
from routing.events import (
    CallEstablished,
    CallSeen,
    InviteEnded,
    Problem,
    PromptEnded,
    RosterChanged,
    RosterEntry,
)
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, Outcome

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
TARGET = RosterEntry(participant="p-target", kind="phone", id="+49303")
AGENT = RosterEntry(participant="p-a0", kind="user", id="a0")
TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")


def desk_of(agents: int = 1, entry: dict[str, object] | None = None, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue), entry=entry or {}), agents=agents)  # type: ignore[arg-type]


def whispers(desk: Desk) -> list[Play]:
    return [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "whisper"]


# -- the agent


def test_an_agent_whose_keys_cannot_be_heard_is_let_go_without_blame() -> None:
    desk = desk_of(2)
    desk.arrives()
    leg = desk.picks_up()
    desk.ok(desk.last(SubscribeTones), problem=Problem.REFUSED)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.ok(desk.last(HangUp))
    assert desk.agent().back_off == "failed"
    assert desk.agent().state is AgentState.IDLE
    assert desk.count(CreateCall) == 2


@pytest.mark.parametrize("problem", [Problem.UNKNOWN, Problem.GONE])
def test_keys_that_may_yet_be_heard_get_their_time(problem: Problem) -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.ok(desk.last(SubscribeTones), problem=problem)
    assert desk.count(HangUp) == 0
    desk.presses(leg, "1")
    assert desk.contact().state is ContactState.CONNECTING


def test_keys_refused_after_the_accept_change_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(SubscribeTones), problem=Problem.REFUSED)
    assert desk.contact().state is ContactState.CONNECTING


@pytest.mark.parametrize("how", ["problem", "finished", "told"])
def test_an_agent_who_can_hear_no_whisper_is_let_go_without_blame(how: str) -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    for whisper in whispers(desk):
        assert desk.count(HangUp) == 0
        if how == "told":
            desk.ok(whisper)
            desk.give(PromptEnded(call=leg, context=whisper.id, ok=False))
        elif how == "finished":
            desk.ok(whisper, finished="failed")
        else:
            desk.ok(whisper, problem=Problem.REFUSED)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.ok(desk.last(HangUp))
    assert desk.agent().back_off == "failed"


@pytest.mark.parametrize("first_ok", [True, False])
def test_one_whisper_is_enough(first_ok: bool) -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    first, second = whispers(desk)
    desk.give(PromptEnded(call=leg, context=first.id, ok=first_ok), after=4_000)
    desk.give(PromptEnded(call=leg, context=second.id, ok=not first_ok), after=4_000)
    # The time for a key runs from the end of the one that was heard.
    desk.wait(3_999 if first_ok else 7_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.count(HangUp) == 1
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_the_second_whisper_may_fail_first() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    first, second = whispers(desk)
    desk.ok(second, problem=Problem.REFUSED)
    assert desk.count(HangUp) == 0
    desk.give(PromptEnded(call=leg, context=first.id, ok=True), after=4_000)
    desk.wait(8_000)
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_whispers_cut_by_another_key_do_not_count() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    old = whispers(desk)
    desk.presses(leg, "5")
    for whisper in old:
        desk.give(PromptEnded(call=leg, context=whisper.id, ok=False))
    assert desk.count(HangUp) == 0
    desk.presses(leg, "1", 2)
    assert desk.contact().state is ContactState.CONNECTING


# -- the caller


def test_music_that_is_over_before_it_began_is_not_asked_for_without_pause() -> None:
    desk = desk_of(0)
    desk.arrives()
    desk.ok(desk.last(Play), finished="completed")
    assert desk.count(Play) == 1
    desk.wait(2_000)
    assert desk.count(Play) == 2


def test_music_is_asked_for_once_after_a_link_that_failed() -> None:
    desk = desk_of()
    desk.arrives()
    music = desk.last(Play)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(music, problem=Problem.UNAVAILABLE)
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    again = [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "music:default"]
    assert [p.fresh for p in again] == [False, True]
    desk.wait(5_000)
    assert desk.count(Play) == len(whispers(desk)) + 2


def test_a_caller_whom_no_prompt_reaches_is_asked_for_before_anybody_rings() -> None:
    desk = desk_of(entry={"greeting": "plan:welcome"})
    desk.arrives()
    for play in [c for c in desk.commands if isinstance(c, Play)]:
        desk.ok(play, problem=Problem.GONE)
    assert desk.count(CreateCall) == 0
    assert desk.engine.wire_of(desk.last(AskCall).call) == "caller1"
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.count(CreateCall) == 0


def test_a_caller_who_is_there_although_a_prompt_found_nobody_goes_on() -> None:
    desk = desk_of(entry={"greeting": "plan:welcome"})
    desk.arrives()
    for play in [c for c in desk.commands if isinstance(c, Play)]:
        desk.ok(play, problem=Problem.GONE)
    desk.wait(33_000)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.last(Play).say[0].prompt == "music:default"
    assert desk.count(Play) > 2


def test_a_greeting_that_cannot_be_played_does_not_keep_the_caller() -> None:
    desk = desk_of(entry={"greeting": "plan:welcome"})
    desk.arrives()
    desk.ok(next(c for c in desk.commands if isinstance(c, Play)), problem=Problem.REFUSED)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(CreateCall) == 1


def test_music_that_ends_during_the_greeting_goes_on() -> None:
    desk = desk_of(entry={"greeting": "plan:welcome"})
    desk.arrives()
    music = desk.last(Play)
    desk.ok(music, problem=Problem.REFUSED)
    desk.wait(2_000)
    assert desk.last(Play).say[0].prompt == "music:default"
    assert desk.last(Play) is not music


def test_a_fallback_that_is_a_farewell_is_spoken() -> None:
    desk = desk_of(
        0, max_wait_ms=10_000, on_max_wait=TO_NUMBER, fallback=Action(prompt="plan:goodbye")
    )
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.commands[-1], problem=Problem.REFUSED)
    assert desk.last(Play).say[0].prompt == "plan:goodbye"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.count(HangUp) == 1


# -- in meeting mode


def sent_on_by_invitation() -> Desk:
    desk = desk_of(delivery=Delivery.GROUP_CALL, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    agent = desk.invited()
    desk.give(InviteEnded(call="caller1", context=agent.id, ok=False, ending="busy"))
    desk.wait(10_000)
    desk.ok(desk.last(Invite))
    assert desk.last(Invite).target.id == "+49303"
    return desk


def test_a_target_seen_in_the_roster_is_reached_although_nobody_said_so() -> None:
    desk = sent_on_by_invitation()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    assert desk.count(CancelMedia) == 1
    desk.wait(80_000)
    assert desk.contact().state is ContactState.LEAVING
    assert "system:technical_problem" not in [
        c.say[0].prompt for c in desk.commands if isinstance(c, Play)
    ]


def test_a_target_that_leaves_does_not_leave_the_caller_in_silence() -> None:
    desk = sent_on_by_invitation()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)), after=60_000)
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    assert desk.contact().end_reason == "target left"
    assert desk.count(HangUp) == 1


def test_a_target_the_roster_never_showed_is_not_missed() -> None:
    desk = sent_on_by_invitation()
    desk.give(InviteEnded(call="caller1", context=desk.last(Invite).id, ok=True))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)))
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    assert desk.contact().state is ContactState.LEAVING


def test_an_agent_the_roster_never_showed_is_not_missed() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(3_000)
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)))
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    assert desk.contact().state is ContactState.CONNECTED
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)), after=5_000)
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    assert desk.contact().end_reason == "agent left"
