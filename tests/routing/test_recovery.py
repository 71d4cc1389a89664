"""A new owner: legs are asked for, phones get time, music goes on, strays end."""

from __future__ import annotations

import copy

import pytest
from kit.floor_desk import Desk, plan
from kit.twin_engine import TwinEngine

from routing.action import Action, ActionKind
from routing.commands import (
    Answer,
    AskCall,
    EndStray,
    HangUp,
    Play,
    ReadPresence,
    RemoveParticipant,
    Transfer,
)
from routing.engine import Engine
from routing.events import (
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    InviteEnded,
    OwnerChanged,
    Phase,
    PlanChanged,
    Problem,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Delivery, Plan, Queue
from routing.state import AgentState, CallState, ContactState, OfferState, Outcome


def taken_over(desk: Desk, *, after: int = 0) -> None:
    """Another owner loads what this one saved, `after` ms later."""
    state = copy.deepcopy(desk.engine.state)
    state.epoch, state.counted = 2, 0
    desk.engine = Engine(desk.engine.plan, state)
    desk.commands.clear()
    desk.give(OwnerChanged(epoch=2), after=after)


def waiting(callers: int = 1, agents: int = 0) -> Desk:
    desk = Desk(plan(Queue(name="sales", max_wait_ms=60_000)), agents=agents)
    for _ in range(callers):
        desk.arrives()
    return desk


def test_every_live_leg_is_asked_for_and_ids_never_come_twice() -> None:
    desk = waiting(3)
    ids = {c.id for c in desk.commands}
    taken_over(desk)
    asks = [c for c in desk.commands if isinstance(c, AskCall)]
    assert len(asks) == 3
    assert not ids & {c.id for c in asks}


def test_a_caller_still_there_hears_music_behind_what_still_plays() -> None:
    desk = waiting()
    taken_over(desk)
    for _ in range(2):
        desk.give(CallSeen(call="caller1", state="established"))
    plays = [c for c in desk.commands if isinstance(c, Play)]
    assert [(p.say[0].prompt, p.fresh) for p in plays] == [("music:default", False)]
    assert desk.count(HangUp) == 0
    assert FactKind.CONTACT_RECOVERED in desk.kinds()


def test_a_caller_who_left_meanwhile_is_closed_with_a_reason() -> None:
    desk = waiting()
    taken_over(desk)
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.records[-1].end_reason == "caller hung up"


def test_a_phone_that_rang_gets_three_more_seconds() -> None:
    desk = waiting(agents=1)
    desk.phone_rings()
    taken_over(desk, after=30_000)
    assert desk.count(HangUp) == 0
    desk.wait(2_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.count(HangUp) == 1


def test_a_phone_that_was_picked_up_meanwhile_hears_the_whisper() -> None:
    desk = waiting(agents=1)
    leg = desk.phone_rings()
    taken_over(desk)
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.last(Play).say[0].prompt == "whisper"


def test_an_answer_whose_success_was_never_heard_is_believed_when_seen() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=0)
    desk.rings()
    taken_over(desk)
    desk.give(CallSeen(call="caller1", state="incoming"))
    assert desk.contact().state is ContactState.ARRIVING
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED


def test_an_offer_being_checked_is_checked_again() -> None:
    desk = waiting(agents=1)
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="busy"))
    desk.wait(10_000)
    assert desk.count(ReadPresence) == 1
    taken_over(desk, after=5_000)
    desk.wait(300)
    assert desk.agent().state is AgentState.RESERVED
    offer = desk.engine.state.offers[desk.contact().offer]
    assert offer.state is OfferState.RINGING


def test_the_maximum_wait_goes_on_counting() -> None:
    desk = waiting()
    taken_over(desk, after=61_000)
    assert desk.contact().state is ContactState.LEAVING


def test_a_link_that_nobody_reports_is_asked_about_and_may_take_its_time() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(15_000)
    desk.give(CallSeen(call="caller1", state="transferring"))
    desk.wait(6_000)
    assert desk.contact().state is ContactState.CONNECTING
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_a_link_about_which_nothing_can_be_learned_is_given_up() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(20_000)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg


# -- strays


def test_news_of_an_unknown_live_call_makes_us_look_and_end_it() -> None:
    desk = waiting()
    for event in (
        CallEstablished(call="stranger1"),
        CallProgressed(call="stranger2", phase=Phase.RINGING),
        ToneHeard(call="stranger3", sequence=1, tone="1"),
        InviteEnded(call="stranger4", context="x", ok=True),
        RosterChanged(call="stranger5", people=(RosterEntry(participant="p", kind="user"),)),
    ):
        desk.commands.clear()
        desk.give(event)
        assert desk.last(EndStray).wire == event.call
        assert desk.engine.wants("", desk.last(EndStray).id)


def test_an_unknown_call_that_ends_needs_nothing() -> None:
    desk = waiting()
    desk.commands.clear()
    desk.give(CallEnded(call="stranger"))
    desk.give(CallProgressed(call="stranger", phase=Phase.TERMINATING))
    assert desk.commands == []


def test_a_second_leg_of_one_ring_is_a_stray() -> None:
    desk = waiting(agents=1)
    create_leg = desk.phone_rings()
    command = desk.engine.state.calls[desk.engine.call_of(create_leg)].made_by
    desk.give(CallEstablished(call="twin", command=command))
    assert desk.last(EndStray).wire == "twin"


def test_a_withdrawn_leg_that_reports_progress_is_ended_again() -> None:
    desk = waiting(agents=1)
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1"))
    desk.give(CallProgressed(call=leg, phase=Phase.RINGING))
    assert desk.count(HangUp) == 2


def test_a_leftover_leg_after_the_link_is_asked_about() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked()
    desk.wait(10_000)
    assert desk.engine.wire_of(desk.last(AskCall).call) == leg


# -- what the service asks


def test_silent_and_live_calls() -> None:
    desk = waiting(2)
    engine = desk.engine
    assert engine.silent_calls(desk.now - 1) == []
    desk.now += 30_000
    desk.give(CallSeen(call="caller1", state="established"))
    assert [engine.wire_of(c) for c in engine.silent_calls(desk.now - 30_000)] == ["caller2"]
    assert {engine.wire_of(c) for c in engine.live_calls()} == {"caller1", "caller2"}
    desk.give(CallEnded(call="caller2"))
    assert {engine.wire_of(c) for c in engine.live_calls()} == {"caller1"}


def test_only_a_leg_with_sound_is_kept_alive() -> None:
    desk = waiting(1, agents=1)
    desk.phone_rings()
    desk.rings()
    assert {desk.engine.wire_of(c) for c in desk.engine.live_calls()} == {"caller1"}


def test_presence_is_urgent_while_somebody_waits_or_talks_unseen() -> None:
    desk = waiting(agents=1)
    assert desk.engine.urgent()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    assert desk.engine.urgent()
    desk.talk_seen_over()
    assert not desk.engine.urgent()
    assert desk.engine.watched() == ["a0"]


def test_commands_of_unknown_legs_are_not_wanted() -> None:
    desk = waiting()
    assert not desk.engine.wants("nothing", "1-1")
    assert desk.engine.wire_of("nothing") == ""
    assert desk.engine.call_of("nothing") == ""


def test_an_outcome_of_a_forgotten_leg_changes_nothing() -> None:
    desk = waiting()
    answer = desk.last(Answer)
    desk.give(CallEnded(call="caller1"))
    desk.wait(15 * 60_000)
    desk.facts.clear()
    desk.ok(answer, problem=Problem.GONE)
    assert desk.facts == []


# -- what waited for the platform's word


def test_music_goes_on_for_a_caller_in_meeting_mode_too() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)), agents=1)
    desk.arrives()
    desk.invited()
    taken_over(desk)
    assert desk.last(AskCall).roster
    caller = RosterEntry(participant="p", kind="phone", id="+4930123456")
    desk.give(CallSeen(call="caller1", state="established", people=(caller,)))
    assert desk.last(Play).say[0].prompt == "music:default"


def test_a_caller_being_answered_is_asked_for_before_being_given_up() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=0)
    desk.rings()
    taken_over(desk, after=60_000)
    assert desk.contact().state is ContactState.ARRIVING
    assert desk.count(HangUp) == 0
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED


def test_a_link_asked_about_before_is_asked_about_again() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(15_000)
    taken_over(desk, after=60_000)
    assert desk.contact().state is ContactState.CONNECTING
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().state is ContactState.CONNECTED


@pytest.mark.parametrize("after", [0, 60_000])
def test_a_target_that_was_being_reached_gets_a_little_more_time(after: int) -> None:
    number = Action(kind=ActionKind.NUMBER, ref="+49301")
    desk = Desk(plan(Queue(name="sales", max_wait_ms=5_000, on_max_wait=number)), agents=0)
    desk.arrives()
    desk.wait(5_000)
    desk.ok(desk.last(Transfer))
    desk.wait(60_000)
    taken_over(desk, after=after)
    assert desk.count(Play) == 0
    desk.wait(2_999)
    assert desk.count(Play) == 0
    desk.wait(75_000)
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_last_words_that_ended_meanwhile_are_not_waited_for() -> None:
    desk = Desk(plan(Queue(name="sales", max_wait_ms=5_000)), agents=0)
    desk.arrives()
    desk.wait(5_000)
    taken_over(desk, after=60_000)
    assert desk.contact().state is ContactState.ENDED


def test_the_order_in_which_the_state_was_loaded_changes_nothing() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)), agents=1)
    desk.arrives()
    for _ in range(2):
        invite = desk.invited()
        desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="busy"))
        desk.wait(10_000)
        desk.present()
    invite = desk.invited()
    state = desk.engine.state
    state.offers = dict(reversed(list(state.offers.items())))
    taken_over(desk)
    agent = RosterEntry(participant="p2", kind="user", id="a0")
    caller = RosterEntry(participant="p1", kind="phone", id="+4930123456")
    desk.give(RosterChanged(call="caller1", people=(caller, agent)))
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(RemoveParticipant) == 0


def test_of_two_offers_of_one_instant_the_later_is_the_one_that_rings() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)), agents=1)
    desk.engine.state.counted = 94  # the first offer is 1-99, the second has three digits
    desk.arrives()
    refused = desk.invited()
    desk.give(InviteEnded(call="caller1", context=refused.id, ok=False, ending="declined"))
    members, desk.members = desk.members, ()
    desk.enlist()
    desk.members = members
    desk.enlist()
    desk.present("a0")
    desk.invited()
    first, second = desk.engine.state.offers.values()
    assert first.created_at == second.created_at
    assert first.id > second.id, "as words"
    taken_over(desk)
    agent = RosterEntry(participant="p2", kind="user", id="a0")
    caller = RosterEntry(participant="p1", kind="phone", id="+4930123456")
    desk.give(RosterChanged(call="caller1", people=(caller, agent)))
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(RemoveParticipant) == 0


# -- plan and directory


def test_a_queue_that_the_plan_drops_lets_its_callers_go_with_an_apology() -> None:
    desk = waiting()
    other = plan(Queue(name="support"))
    desk.give(PlanChanged(plan=other))
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_callers_and_agents_go_on_under_a_changed_plan() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    changed: Plan = plan(Queue(name="sales", delivery=Delivery.GROUP_CALL))
    desk.give(PlanChanged(plan=changed))
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    assert desk.contact().delivery is Delivery.CONSULT
    assert desk.contact().state is ContactState.CONNECTED


def test_an_agent_whom_no_queue_has_finishes_and_is_gone() -> None:
    desk = waiting(agents=1)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    desk.members = ()
    desk.enlist()
    assert desk.agent().state is AgentState.PRESUMED
    desk.talk_seen_over()
    desk.enlist()
    assert "a0" not in desk.engine.state.agents
    desk.arrives()
    assert desk.contact(2).offer == ""


def test_an_idle_agent_leaves_one_queue_and_stays_in_the_other() -> None:
    desk = Desk(plan(Queue(name="a"), Queue(name="b")), agents=1)
    desk.members = tuple(m for m in desk.members if m.queue == "b")
    desk.enlist()
    desk.arrives(account="account-a")
    assert desk.contact(1).offer == ""
    desk.arrives(account="account-b")
    assert desk.contact(2).offer != ""


def test_an_ended_leg_frees_its_place() -> None:
    desk = waiting()
    desk.give(CallEnded(call="caller1"))
    assert desk.engine.floor.legs["app"] == 0
    call = desk.engine.state.calls[desk.engine.call_of("caller1")]
    assert call.state is CallState.ENDED


def test_a_whisper_that_ends_when_the_caller_is_gone_leaves_nothing_unsaved() -> None:
    desk = Desk(plan(Queue(name="sales")))
    desk.engine = TwinEngine(desk.engine.plan, desk.engine.state)
    desk.arrives()
    leg = desk.picks_up()
    [offer] = desk.engine.state.offers.values()
    whisper = offer.whisper
    desk.give(CallEnded(call="caller1", code=0, subcode=4521))
    desk.give(PromptEnded(call=leg, context=whisper, ok=True))
    assert offer.whisper == ""
