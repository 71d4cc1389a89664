"""A command that lost its reason is never sent; one that is needed is never dropped."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import (
    Answer,
    AskCall,
    CreateCall,
    HangUp,
    Invite,
    Play,
    Redirect,
    Reject,
    SubscribeTones,
    Transfer,
)
from routing.events import (
    CallEnded,
    CallEstablished,
    CallSeen,
    CommandDone,
    InviteEnded,
    Problem,
)
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, OfferState

TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")
NOT_RUN = [Problem.UNWANTED, Problem.TOO_LATE, Problem.THROTTLED, Problem.UNAVAILABLE]


def desk_of(agents: int = 2, entry: dict[str, object] | None = None, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue), entry=entry or {}), agents=agents)  # type: ignore[arg-type]


def wanted(desk: Desk, command: object) -> bool:
    return desk.engine.wants(command.call, command.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("problem", NOT_RUN)
def test_an_invitation_not_sent_yet_is_void_when_the_maximum_wait_is_over(
    problem: Problem,
) -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL, max_wait_ms=2_000)
    desk.arrives()
    invite = desk.last(Invite)
    assert wanted(desk, invite)
    desk.wait(2_000)
    assert not wanted(desk, invite)
    assert desk.agent().state is AgentState.RESERVED, "it may be on its way"
    desk.ok(invite, problem=problem)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().back_off == ""


def test_an_invitation_already_on_its_way_rings_on_although_it_is_void() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL, max_wait_ms=2_000)
    desk.arrives()
    invite = desk.last(Invite)
    desk.wait(2_000)
    desk.ok(invite)
    assert desk.agent().state is AgentState.RESERVED
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="no_answer"))
    assert desk.agent().state is AgentState.IDLE


@pytest.mark.parametrize("problem", [Problem.UNKNOWN, Problem.GONE])
def test_a_void_invitation_of_unknown_outcome_keeps_the_agent(problem: Problem) -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL, max_wait_ms=2_000)
    desk.arrives()
    desk.wait(2_000)
    desk.ok(desk.last(Invite), problem=problem)
    desk.wait(74_999)
    assert desk.agent().state is AgentState.RESERVED
    desk.wait(1)
    assert desk.agent().state is AgentState.IDLE


def test_a_transfer_not_sent_yet_is_void_when_the_link_is_given_up() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    transfer = desk.last(Transfer)
    desk.wait(20_000)
    assert desk.contact().state is ContactState.QUEUED
    assert not wanted(desk, transfer)


def test_a_ring_not_sent_yet_is_void_when_the_caller_hangs_up() -> None:
    desk = desk_of(agents=1)
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEnded(call="caller1"))
    hang_up = desk.last(HangUp)
    assert not wanted(desk, create)
    assert wanted(desk, hang_up)
    desk.ok(create, problem=Problem.UNWANTED)
    assert desk.agent().state is AgentState.IDLE
    assert desk.engine.floor.legs["app"] == 0
    assert not wanted(desk, hang_up)


def test_a_blind_transfer_not_sent_yet_is_void_when_the_caller_hangs_up() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    desk.arrives()
    transfer = desk.last(Transfer)
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert not wanted(desk, transfer)


def test_music_is_wanted_until_the_link_and_whispers_until_the_accept() -> None:
    desk = desk_of()
    desk.arrives()
    music = desk.last(Play)
    leg = desk.picks_up()
    tones, whisper = desk.last(SubscribeTones), desk.last(Play)
    assert wanted(desk, music)
    assert wanted(desk, tones)
    assert wanted(desk, whisper)
    desk.presses(leg, "2")
    assert not wanted(desk, tones)
    assert not wanted(desk, whisper)
    assert wanted(desk, music)


def test_a_refusal_is_wanted_after_the_contact_ended() -> None:
    desk = desk_of(0, entry={"fallback": TO_NUMBER})
    desk.rings()
    answer = desk.last(Answer)
    desk.ok(answer, problem=Problem.REFUSED)
    assert wanted(desk, desk.last(Redirect))
    desk.ok(desk.last(Redirect), problem=Problem.REFUSED)
    assert wanted(desk, desk.last(Reject))
    desk.give(CallEnded(call="caller1"))
    assert not wanted(desk, desk.last(Reject))


def test_a_redirect_that_found_nobody_there_needs_no_reject() -> None:
    desk = desk_of(0, entry={"fallback": TO_NUMBER})
    desk.rings()
    desk.ok(desk.last(Answer), problem=Problem.REFUSED)
    desk.ok(desk.last(Redirect), problem=Problem.GONE)
    assert desk.count(Reject) == 0
    assert desk.engine.floor.legs["app"] == 0


# -- outcomes nobody knows


def test_an_answer_of_unknown_outcome_is_asked_about_and_goes_on() -> None:
    desk = desk_of(0)
    desk.rings()
    desk.ok(desk.last(Answer), problem=Problem.UNKNOWN)
    assert desk.contact().state is ContactState.ARRIVING
    assert desk.engine.wire_of(desk.last(AskCall).call) == "caller1"
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(Reject) == 0


def test_an_answer_of_unknown_outcome_that_still_rings_is_given_again() -> None:
    desk = desk_of(0)
    desk.rings()
    first = desk.last(Answer)
    desk.give(CommandDone(command=first.id, call=first.call, problem=Problem.UNKNOWN), after=3_000)
    desk.give(CallSeen(call="caller1", state="incoming"))
    again = desk.last(Answer)
    assert again.id != first.id
    assert again.deadline == first.deadline
    assert desk.count(Reject) == 0
    desk.give(CallEstablished(call="caller1", command=again.id))
    assert desk.contact().state is ContactState.QUEUED


def test_past_its_time_an_answer_of_unknown_outcome_is_a_refusal() -> None:
    desk = desk_of(0)
    desk.rings()
    answer = desk.last(Answer)
    desk.give(
        CommandDone(command=answer.id, call=answer.call, problem=Problem.UNKNOWN), after=12_000
    )
    desk.give(CallSeen(call="caller1", state="incoming"))
    assert desk.count(Answer) == 1
    assert desk.count(Reject) == 1


def test_sound_that_nobody_told_about_is_asked_for_within_seconds() -> None:
    desk = desk_of(0)
    desk.rings()
    desk.ok(desk.last(Answer))
    asked = desk.count(AskCall)
    desk.wait(2_000)
    assert desk.count(AskCall) == asked + 1
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(20_000)
    assert desk.count(AskCall) == asked + 1


def test_a_call_that_rings_while_its_answer_is_under_way_is_not_refused() -> None:
    desk = desk_of(0)
    desk.rings()
    desk.give(CallSeen(call="caller1", state="incoming"))
    assert desk.count(Reject) == 0
    assert wanted(desk, desk.last(Answer))


def test_the_outcome_of_an_answer_after_the_sound_changes_nothing() -> None:
    desk = desk_of(0)
    desk.rings()
    answer = desk.last(Answer)
    desk.give(CallEstablished(call="caller1"))
    desk.ok(answer, problem=Problem.UNKNOWN)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(AskCall) == 0


@pytest.mark.parametrize("problem", [Problem.UNKNOWN, Problem.GONE])
def test_a_transfer_of_unknown_outcome_is_asked_about(problem: Problem) -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer), problem=problem)
    assert desk.contact().state is ContactState.CONNECTING
    asked = desk.count(AskCall)
    desk.wait(4_999 if problem is Problem.GONE else 2_999)
    assert desk.count(AskCall) == asked
    desk.wait(1)
    assert desk.count(AskCall) == asked + 1
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED


def test_a_transfer_that_is_refused_sends_the_caller_to_the_next_agent() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer), problem=Problem.REFUSED)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.last(Play).fresh
    assert desk.count(CreateCall) == 2
    desk.ok(desk.last(HangUp))
    assert desk.agent().back_off == "failed"


def test_an_invitation_that_is_refused_goes_to_the_next_agent() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    desk.arrives()
    desk.ok(desk.last(Invite), problem=Problem.REFUSED)
    assert desk.agent().back_off == "unreachable"
    assert desk.last(Invite).target.id == "a1"


def test_an_invitation_that_failed_in_the_reply_goes_to_the_next_agent() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    desk.arrives()
    desk.ok(desk.last(Invite), finished="failed")
    assert desk.agent().back_off == "failed"
    assert desk.last(Invite).target.id == "a1"


def test_an_invitation_completed_in_the_reply_is_a_join() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    desk.arrives()
    desk.ok(desk.last(Invite), finished="completed")
    desk.wait(3_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_a_blind_transfer_of_unknown_outcome_holds_the_agent_for_75_seconds() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    desk.arrives()
    desk.ok(desk.last(Transfer), problem=Problem.UNKNOWN)
    desk.wait(74_999)
    assert desk.agent().state is AgentState.RESERVED
    desk.wait(1)
    offer = next(iter(desk.engine.state.offers.values()))
    assert (offer.state, offer.outcome) == (OfferState.ENDED, "failed")
    assert desk.contact().state is ContactState.QUEUED


def test_a_blind_ring_that_nobody_reports_is_missed_after_75_seconds() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    desk.arrives()
    desk.ok(desk.last(Transfer))
    desk.wait(75_000)
    offer = next(iter(desk.engine.state.offers.values()))
    assert (offer.state, offer.outcome) == (OfferState.ENDED, "no_answer")
