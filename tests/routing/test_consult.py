"""Consult: the agent's own leg, the whisper, the key, the link; and every way it goes wrong."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.agent import FALLS_SILENT_MS
from routing.commands import (
    Answer,
    AskCall,
    CreateCall,
    HangUp,
    Invite,
    Play,
    SubscribeTones,
    Transfer,
)
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallProgressed,
    CallSeen,
    CommandDone,
    Phase,
    Problem,
    PromptEnded,
)
from routing.facts import FactKind
from routing.plan import Accept, Delivery, Queue
from routing.state import AgentState, ContactState, OfferState, Outcome

SALES = Queue(name="sales", wrap_up_ms=10_000)


@pytest.fixture
def desk() -> Desk:
    return Desk(plan(SALES))


def test_a_call_reaches_an_agent(desk: Desk) -> None:
    leg = desk.connected()
    contact = desk.contact()
    assert contact.state is ContactState.CONNECTED
    assert contact.agent == "a0"
    assert desk.agent().state is AgentState.PRESUMED
    transfer = desk.last(Transfer)
    assert desk.engine.wire_of(transfer.replaces) == leg
    assert transfer.target.id == "a0"


def test_the_caller_hears_music_from_the_first_moment_until_the_link(desk: Desk) -> None:
    desk.arrives()
    music = [c for c in desk.commands if isinstance(c, Play)]
    assert [s.prompt for c in music for s in c.say] == ["music:default"]
    desk.ok(music[0])
    desk.give(PromptEnded(call="caller1", context=music[0].id, ok=True))
    assert desk.last(Play).id != music[0].id
    assert desk.last(Play).say[0].prompt == "music:default"


def test_music_that_fails_is_tried_again_after_a_pause(desk: Desk) -> None:
    desk.arrives()
    music = desk.last(Play)
    desk.ok(music, problem=Problem.REFUSED)
    assert desk.last(Play) is music
    desk.wait(2_000)
    assert desk.last(Play).say[0].prompt == "music:default"
    assert desk.last(Play) is not music


def test_the_whisper_names_queue_wait_and_caller_and_plays_twice(desk: Desk) -> None:
    desk.arrives()
    desk.now += 7_000
    leg = desk.picks_up()
    whispers = [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "whisper"]
    assert len(whispers) == 2
    say = whispers[0].say[0]
    assert (say.queue, say.waited_ms, say.caller) == ("sales", 8_000, "+4930123456")
    assert {desk.engine.wire_of(w.call) for w in whispers} == {leg}
    assert desk.count(SubscribeTones) == 1


def test_two_declines_and_the_caller_keeps_the_place(desk: Desk) -> None:
    desk.arrives()
    seniority = desk.contact().seniority_at
    leg = desk.picks_up()
    desk.presses(leg, "2")
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    hang_up = desk.last(HangUp)
    assert desk.engine.wire_of(hang_up.call) == leg
    desk.ok(hang_up)
    assert desk.agent().back_off == "declined"
    assert desk.contact().seniority_at == seniority
    desk.wait(30_000)
    assert desk.agent().back_off == ""


def test_another_key_repeats_the_whisper_a_bounded_number_of_times(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    for sequence in range(20):
        desk.presses(leg, "5", sequence)
    fresh = [c for c in desk.commands if isinstance(c, Play) and c.fresh]
    assert len(fresh) == 5
    desk.presses(leg, "1", 21)
    assert desk.contact().state is ContactState.CONNECTING


def test_no_key_eight_seconds_after_the_whisper_is_a_missed_offer(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    whisper = next(c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "whisper")
    desk.give(PromptEnded(call=leg, context=whisper.id, ok=True), after=4_000)
    desk.wait(7_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_a_whisper_whose_end_is_never_told_still_ends(desk: Desk) -> None:
    desk.arrives()
    desk.picks_up()
    desk.wait(28_000)
    assert desk.count(HangUp) == 1


def test_ring_time_runs_from_the_ring_and_ends_in_a_hang_up(desk: Desk) -> None:
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CommandDone(command=create.id, call=create.call, wire="leg"), after=2_000)
    desk.wait(17_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.last(HangUp).call == create.call
    # The next agent is offered at once; this one not before the platform says that it is over.
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    assert desk.agent().state is AgentState.RESERVED
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING
    assert desk.fact(FactKind.OFFER_ENDED).detail["outcome"] == "no_answer"


@pytest.mark.parametrize(
    ("ending", "back_off"),
    [("busy", 10_000), ("declined", 30_000), ("unreachable", 60_000), ("failed", 10_000)],
)
def test_each_ending_of_the_ring_has_its_own_pause(desk: Desk, ending: str, back_off: int) -> None:
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending=ending))
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().back_off == ending
    desk.wait(back_off - 1)
    assert desk.agent().back_off == ending
    desk.wait(1)
    assert desk.agent().back_off == ""


def test_the_caller_hangs_up_in_the_ring_and_the_phone_stops(desk: Desk) -> None:
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.contact().outcome is Outcome.ABANDONED
    desk.give(CallEnded(call=leg, ending="completed"))
    desk.wait(FALLS_SILENT_MS)
    agent = desk.agent()
    assert (agent.state, agent.back_off, agent.missed) == (AgentState.IDLE, "", 0)


def test_a_phone_that_was_stopped_rings_for_the_next_caller_when_it_is_silent() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.arrives()
    desk.give(CallEnded(call="caller1"))
    desk.give(CallEnded(call=leg, ending="completed"))
    desk.wait(FALLS_SILENT_MS - 1)
    assert desk.count(CreateCall) == 1
    desk.wait(1)
    assert desk.count(CreateCall) == 2


def test_the_caller_hangs_up_before_the_ring_is_confirmed(desk: Desk) -> None:
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEnded(call="caller1"))
    assert desk.count(HangUp) == 1
    assert not desk.engine.wants(create.call, create.id)
    # It ran all the same: its leg introduces itself by its callback address and is ended.
    desk.ok(desk.last(HangUp), problem=Problem.GONE)
    desk.give(CallEstablished(call="late-leg", command=create.id))
    assert desk.count(HangUp) == 2
    assert desk.engine.wire_of(desk.last(HangUp).call) == "late-leg"


def test_the_caller_hangs_up_while_linking(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.IDLE


def test_the_caller_hangs_up_after_the_transfer_was_accepted(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallProgressed(call="caller1", phase=Phase.TRANSFER_ACCEPTED))
    desk.give(CallEnded(call="caller1", code=200, subcode=540000))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.IDLE


def test_a_stranger_who_did_not_look_like_one_is_served_in_a_group_call(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer), problem=Problem.WRONG_TENANT)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.last(Invite).target.id == "a1"
    assert desk.contact().delivery is Delivery.GROUP_CALL


def test_after_two_failed_links_the_caller_is_served_in_a_group_call(desk: Desk) -> None:
    desk.arrives()
    for _ in range(2):
        leg = desk.picks_up()
        desk.presses(leg, "1")
        desk.ok(desk.last(Transfer))
        desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
        desk.wait(1_000)
        if desk.contact().state is ContactState.CONNECTING:
            desk.give(CallSeen(call="caller1", state="established"))
        desk.ok(desk.last(HangUp))
    assert desk.contact().delivery is Delivery.GROUP_CALL
    desk.wait(10_000)  # both agents are left alone so long after a failure
    desk.present()
    assert desk.count(Invite) == 1


def test_transfers_that_graph_had_no_time_for_say_nothing_against_transfers(desk: Desk) -> None:
    desk.arrives()
    for _ in range(2):
        leg = desk.picks_up()
        desk.presses(leg, "1")
        desk.ok(desk.last(Transfer), problem=Problem.THROTTLED)
        desk.ok(desk.last(HangUp))
    assert desk.contact().delivery is Delivery.CONSULT
    assert desk.contact().failed_links == 0


def test_the_agents_leg_may_vanish_before_success_is_told(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call=leg, ending="completed"))
    desk.wait(4_000)
    assert desk.contact().state is ContactState.CONNECTING
    desk.give(CallEnded(call="caller1", code=0, subcode=7015))
    assert desk.contact().state is ContactState.CONNECTED


def test_the_agents_leg_vanishes_and_the_caller_is_still_ours(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call=leg, ending="completed"))
    desk.wait(5_000)
    desk.ok(desk.last(AskCall))
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"


def test_a_failed_link_returns_the_caller_to_music_and_the_next_agent(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    contact = desk.contact()
    assert contact.state is ContactState.QUEUED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    music = [c for c in desk.commands if isinstance(c, Play) and c.call == contact.call][-1]
    assert music.fresh
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"


def test_the_second_failure_is_asked_about_because_it_may_be_a_copy_of_the_first(
    desk: Desk,
) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    failure = CallEstablished(call="caller1", code=500, subcode=7700)
    desk.give(failure)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(failure)
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1_000)
    desk.give(CallSeen(call="caller1", state="transferring"))
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.contact().agent == "a1"


def test_a_second_failure_that_is_true_is_believed_once_asked(desk: Desk) -> None:
    desk.arrives()
    failure = CallEstablished(call="caller1", code=500, subcode=7700)
    for _ in range(2):
        leg = desk.picks_up()
        desk.presses(leg, "1")
        desk.ok(desk.last(Transfer))
        desk.give(failure)
    desk.wait(1_000)
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED


def test_accept_by_answer_links_without_whisper_or_key() -> None:
    desk = Desk(plan(Queue(name="sales", accept=Accept.ANSWER)))
    desk.arrives()
    desk.picks_up()
    assert desk.contact().state is ContactState.CONNECTING
    assert not [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "whisper"]


@pytest.mark.parametrize(
    ("problem", "back_off"),
    [
        (Problem.REFUSED, "unreachable"),
        (Problem.WRONG_TENANT, "unreachable"),
        (Problem.THROTTLED, "failed"),
        (Problem.UNAVAILABLE, "failed"),
        (Problem.TOO_LATE, "failed"),
    ],
)
def test_a_ring_that_could_not_be_sent_frees_the_agent_and_the_leg(
    desk: Desk, problem: Problem, back_off: str
) -> None:
    desk.arrives()
    legs = desk.engine.floor.legs["app"]
    desk.ok(desk.last(CreateCall), problem=problem)
    assert desk.agent().back_off == back_off
    assert desk.engine.floor.legs["app"] == legs  # one gone, the next agent's added
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"


def test_a_ring_of_unknown_outcome_is_never_sent_again(desk: Desk) -> None:
    desk.arrives()
    create = desk.last(CreateCall)
    desk.ok(create, problem=Problem.UNKNOWN)
    assert desk.count(CreateCall) == 1
    desk.give(CallProgressed(call="leg", phase=Phase.RINGING, command=create.id))
    desk.give(CallEstablished(call="leg", command=create.id), after=1_000)
    assert desk.engine.state.offers[desk.contact().offer].state is OfferState.DECIDING


def test_a_ring_of_unknown_outcome_that_nobody_reports_is_given_up(desk: Desk) -> None:
    desk.arrives()
    desk.ok(desk.last(CreateCall), problem=Problem.UNKNOWN)
    desk.wait(20_000)
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    assert desk.count(HangUp) == 1


def test_the_agent_hangs_up_in_the_whisper(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.give(CallEnded(call=leg, ending="completed"))
    assert desk.agent().back_off == "declined"
    assert desk.contact().state is ContactState.QUEUED


def test_a_key_after_the_offer_is_over_does_nothing(desk: Desk) -> None:
    desk.arrives()
    leg = desk.picks_up()
    desk.give(CallEnded(call="caller1"))
    desk.presses(leg, "1")
    assert desk.count(Transfer) == 0
    assert desk.fact(FactKind.IGNORED).detail["event"] == "tone"


def test_a_leg_answered_after_the_offer_was_withdrawn_is_ended(desk: Desk) -> None:
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1"))
    desk.give(CallEstablished(call=leg))
    assert desk.count(HangUp) == 2
    assert desk.count(Transfer) == 0


def test_the_contact_record_is_written_at_the_end_and_again_after_wrap_up(desk: Desk) -> None:
    desk.connected()
    desk.talk_seen_over()
    first = desk.records[-1]
    assert (first.outcome, first.agent_upn) == ("answered", "agent0@contoso.example")
    assert first.talk_time_source == "presence"
    assert first.wrap_up_ended_at is None
    desk.wait(10_000)
    assert desk.records[-1].wrap_up_ended_at == desk.now
    assert desk.records[-1].contact == first.contact


def test_answer_carries_the_deadline_and_only_once(desk: Desk) -> None:
    desk.rings()
    answer = desk.last(Answer)
    assert answer.deadline == desk.now + 12_000
    assert desk.count(Answer) == 1


def test_a_phone_told_to_ring_twice_rings_as_long_as_once(desk: Desk) -> None:
    desk.arrives()
    leg = desk.phone_rings()
    desk.wait(10_000)
    desk.give(CallProgressed(call=leg, phase=Phase.RINGING))
    assert [f.kind for f in desk.facts].count(FactKind.OFFER_RINGING) == 1
    desk.wait(7_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.count(HangUp) == 1


@pytest.mark.parametrize("kind", CallerKind)
def test_the_whisper_tells_a_number_and_never_an_id(desk: Desk, kind: CallerKind) -> None:
    desk.arrives(Caller(kind=kind, id="+4930123456" if kind is CallerKind.NUMBER else "an-id"))
    if kind in (CallerKind.GUEST, CallerKind.FEDERATED):
        assert desk.count(CreateCall) == 0, "they get a group call, which has no whisper"
        return
    desk.picks_up()
    told = desk.last(Play).say[0].caller
    assert told == ("+4930123456" if kind is CallerKind.NUMBER else "")
