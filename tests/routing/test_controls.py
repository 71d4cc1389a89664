"""What an agent or a supervisor does to a call while it is talked on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.control_desk import BEN, COLLEAGUE, NUMBER, OTHER, ControlDesk, group_plan
from kit.floor_desk import Desk, plan, with_queue

from routing.aim import Aim, AimKind
from routing.choices import Choice
from routing.commands import (
    AskCall,
    HangUp,
    Invite,
    Play,
    RemoveParticipant,
    StartHoldMusic,
    StopHoldMusic,
)
from routing.control_rules import controls
from routing.events import CallEnded, CommandDone, InviteEnded, OwnerChanged, PlanChanged, Problem
from routing.facts import FactKind
from routing.hours import Hours
from routing.plan import Delivery, Dial, Queue
from routing.state import AgentState, ContactState, Outcome
from routing.word_events import Act, AgentSet, CallControlled


def talking() -> ControlDesk:
    desk = ControlDesk()
    desk.talk()
    return desk


# -- hold ------------------------------------------------------------------------------------------


def test_the_caller_holds_with_the_queues_music_and_the_time_counts() -> None:
    desk = talking()
    assert desk.acts(Act.HOLD) == ""
    start = desk.last(StartHoldMusic)
    assert (start.participant, start.say.prompt) == ("p-caller", "music:default")
    desk.on_hold()
    desk.wait(7_000)
    desk.acts(Act.RESUME)
    desk.off_hold()
    assert desk.fact(FactKind.CONTACT_RESUMED).detail["held_ms"] == 7_000
    desk.acts(Act.HOLD)
    desk.on_hold()
    desk.wait(3_000)
    desk.give(CallEnded(call="caller1"))
    assert desk.records[-1].held_ms == 10_000


def test_only_one_hold_at_a_time_is_asked_for() -> None:
    desk = talking()
    desk.acts(Act.HOLD)
    assert desk.acts(Act.HOLD) == "in_progress"
    desk.on_hold()
    assert desk.acts(Act.HOLD) == "on_hold"
    assert desk.count(StartHoldMusic) == 1


def test_a_hold_that_graph_refuses_is_told_and_can_be_tried_again() -> None:
    desk = talking()
    desk.acts(Act.HOLD)
    desk.ok(desk.last(StartHoldMusic), problem=Problem.REFUSED)
    assert desk.contact().control.problem == "hold_failed"
    assert desk.fact(FactKind.CONTROL_FAILED).detail["act"] == "hold"
    assert desk.controls()["hold"] == ""


def test_in_doubt_a_caller_is_on_hold_so_that_they_can_be_brought_back() -> None:
    desk = talking()
    desk.acts(Act.HOLD)
    desk.ok(desk.last(StartHoldMusic), problem=Problem.UNKNOWN)
    assert desk.controls()["resume"] == ""
    desk.acts(Act.RESUME)
    desk.ok(desk.last(StopHoldMusic), problem=Problem.UNAVAILABLE)
    assert desk.controls()["resume"] == ""
    assert desk.contact().control.problem == "resume_failed"


# -- transfer to an agent --------------------------------------------------------------------------


def test_a_colleague_takes_over_and_the_agent_wraps_up() -> None:
    desk = talking()
    desk.wait(20_000)
    desk.present()
    assert desk.acts(Act.TRANSFER, BEN) == ""
    assert desk.agent("a1").state is AgentState.RESERVED
    desk.ok(desk.last(Invite))
    desk.joined("a1", "a0")
    assert desk.agent("a0").state is AgentState.ON_CONTACT
    assert desk.taken_out() == "p-a0"
    contact = desk.contact()
    assert (contact.state, contact.agent) == (ContactState.CONNECTED, "a1")
    assert desk.agent("a0").state is AgentState.WRAP_UP
    assert desk.agent("a1").state is AgentState.ON_CONTACT
    told = desk.fact(FactKind.CONTACT_TRANSFERRED)
    assert (told.agent, told.detail["to"], told.detail["talk_ms"]) == ("a0", "agent", 20_000)
    desk.roster("a1")
    desk.wait(10_000)
    assert desk.agent("a0").state is AgentState.IDLE
    desk.looked()
    assert desk.contact().end_reason == "agent left"
    record = desk.records[-1]
    assert (record.agent, record.outcome, record.transferred_to) == ("a1", "answered", "agent")
    assert desk.agent("a1").state is AgentState.WRAP_UP


@pytest.mark.parametrize("ending", ["declined", "busy", "no_answer", "unreachable"])
def test_a_colleague_who_does_not_come_leaves_the_agent_with_the_caller(ending: str) -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN)
    desk.ok(desk.last(Invite))
    desk.not_joined(ending)
    contact = desk.contact()
    assert (contact.state, contact.agent) == (ContactState.CONNECTED, "a0")
    assert contact.control.problem == ending
    assert desk.controls()["transfer"] == ""
    assert desk.count(RemoveParticipant) == 0


def test_the_same_colleague_is_not_rung_for_another_caller_meanwhile() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN)
    desk.arrives()
    assert desk.count(Invite) == 2  # the talk's own, and the colleague's
    assert desk.agent("a1").contact == desk.contact(1).id


@pytest.mark.parametrize("what", ["busy", "not_ready", "away"])
def test_a_colleague_who_cannot_take_it_is_not_rung(what: str) -> None:
    desk = talking()
    if what == "busy":
        desk.arrives()
    elif what == "not_ready":
        desk.give(AgentSet(agent="a1", ready=False))
    else:
        desk.present("a1", as_="Away")
    assert desk.acts(Act.TRANSFER, BEN) == f"agent_{what}"


def test_presence_that_closed_meanwhile_keeps_the_colleague_from_being_rung() -> None:
    desk = talking()
    desk.now += 4_000  # what was read is too old to ring on
    desk.acts(Act.TRANSFER, BEN)
    before = desk.count(Invite)
    desk.present("a1", as_="Away")
    assert desk.count(Invite) == before
    assert desk.contact().control.problem == "presence"


# -- transfer to somebody outside ------------------------------------------------------------------


@pytest.mark.parametrize("aim", [NUMBER, COLLEAGUE])
def test_somebody_outside_takes_over_and_the_contact_ends_when_they_part(aim: Aim) -> None:
    desk = talking()
    assert desk.acts(Act.TRANSFER, aim) == ""
    desk.ok(desk.last(Invite))
    assert desk.last(Invite).target.id == aim.id
    desk.joined(aim.id, "a0")
    desk.taken_out()
    assert desk.contact().state is ContactState.LEAVING
    assert desk.agent().state is AgentState.WRAP_UP
    desk.roster(aim.id)
    desk.wait(60_000)
    assert desk.contact().state is ContactState.LEAVING
    assert desk.controls("boss")["end"] == "handed_over"
    desk.looked()
    contact = desk.contact()
    assert (contact.outcome, contact.end_reason) == (Outcome.ANSWERED, "target left")
    assert desk.records[-1].transferred_to == aim.kind.value
    assert desk.records[-1].wrap_up_ended_at is not None


def test_a_number_is_recognized_however_the_roster_spells_it() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.joined(f"tel:{NUMBER.id}", "a0")
    assert desk.taken_out() == "p-a0"
    assert desk.contact().state is ContactState.LEAVING


def test_a_number_that_does_not_answer_leaves_the_agent_with_the_caller() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite))
    desk.not_joined("no_answer")
    assert desk.contact().control.problem == "no_answer"
    assert desk.acts(Act.TRANSFER, NUMBER) == ""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15550100200", "number_not_allowed"),
        ("+490", "number_not_allowed"),
        ("112", "not_a_number"),
        ("+4930123456", "is_the_caller"),
    ],
)
def test_only_allowed_ordinary_numbers_are_rung(number: str, code: str) -> None:
    desk = talking()
    assert desk.acts(Act.ADD, Aim(kind=AimKind.NUMBER, id=number)) == code
    assert desk.count(Invite) == 1


def test_without_a_list_in_the_plan_no_number_is_rung() -> None:
    desk = ControlDesk(group_plan(dial=Dial()))
    desk.talk()
    assert desk.acts(Act.TRANSFER, NUMBER) == "numbers_not_allowed"


def test_a_resource_account_is_rung_at_the_number_that_the_directory_told() -> None:
    desk = talking()
    account = Aim(kind=AimKind.ACCOUNT, id="account-sales", number="+493055555")
    assert desk.acts(Act.TRANSFER, replace(account, number="+15550100200")) == (
        "account_without_number"
    )
    assert desk.acts(Act.TRANSFER, replace(account, id="account-x")) == "no_such_account"
    assert desk.acts(Act.TRANSFER, account) == ""
    assert desk.last(Invite).target.id == "+493055555"


# -- transfer to a queue ---------------------------------------------------------------------------


def test_to_a_queue_the_caller_waits_there_with_music_at_their_old_place() -> None:
    desk = talking()
    since = desk.contact().seniority_at
    desk.give(AgentSet(agent="a1", ready=False))
    assert desk.acts(Act.TRANSFER, OTHER) == ""
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.taken_out() == "p-a0"
    contact = desk.contact()
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "other")
    assert (contact.agent, contact.connected_at, contact.seniority_at) == ("", None, since)
    assert desk.last(Play).say[0].prompt == "music:default"
    visits = [f.queue for f in desk.facts if f.kind is FactKind.CONTACT_QUEUED]
    assert visits == ["sales", "other"]
    left = [f.detail["outcome"] for f in desk.facts if f.kind is FactKind.CONTACT_LEFT_QUEUE]
    assert left == ["answered"]
    assert desk.agent().state is AgentState.WRAP_UP
    desk.give(AgentSet(agent="a1", ready=True))
    desk.present()
    desk.ok(desk.last(Invite))
    desk.roster("a1")
    assert desk.contact().agent == "a1"


def test_a_stale_roster_that_still_shows_the_agent_changes_nothing() -> None:
    desk = talking()
    desk.give(AgentSet(agent="a1", ready=False))
    desk.acts(Act.TRANSFER, OTHER)
    desk.taken_out()
    desk.roster("a0")
    desk.roster()
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(RemoveParticipant) == 1


@pytest.mark.parametrize(
    ("fields", "code"), [({"max_length": 0}, "queue_full"), ({"hours": "never"}, "queue_closed")]
)
def test_nobody_is_sent_to_a_queue_that_would_not_take_them(
    fields: dict[str, object], code: str
) -> None:
    desk = talking()
    never = Hours(name="never", zone="Etc/UTC", week=((),) * 7)
    queues = desk.engine.plan.queues
    changed = replace(
        desk.engine.plan,
        queues=(queues[0], replace(queues[1], **fields)),  # type: ignore[arg-type]
        hours=(never,),
    )
    desk.give(PlanChanged(plan=changed))
    assert desk.acts(Act.TRANSFER, OTHER) == code
    assert desk.count(RemoveParticipant) == 0


def test_where_nobody_may_be_removed_the_agents_own_hanging_up_sends_the_caller_on() -> None:
    desk = talking()
    desk.give(AgentSet(agent="a1", ready=False))
    desk.acts(Act.TRANSFER, OTHER)
    desk.ok(desk.last(RemoveParticipant), problem=Problem.REFUSED)
    assert desk.contact().control.problem == "removal_refused"
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.ON_CONTACT
    desk.looked()
    assert (desk.contact().state, desk.contact().queue) == (ContactState.QUEUED, "other")


# -- consult first ---------------------------------------------------------------------------------


def consulting() -> ControlDesk:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN, consult=True)
    desk.on_hold()
    desk.ok(desk.last(Invite))
    desk.joined("a1", "a0")
    return desk


def test_nobody_is_rung_before_the_caller_is_on_hold() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN, consult=True)
    assert desk.count(Invite) == 1
    desk.on_hold()
    assert desk.count(Invite) == 2


def test_when_the_caller_cannot_hold_nobody_is_rung() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN, consult=True)
    desk.ok(desk.last(StartHoldMusic), problem=Problem.REFUSED)
    assert desk.count(Invite) == 1
    assert desk.contact().control.party is None
    assert desk.agent("a1").state is AgentState.IDLE


def test_after_the_consultation_the_colleague_takes_over_and_the_caller_is_back() -> None:
    desk = consulting()
    assert desk.count(RemoveParticipant) == 0
    assert desk.acts(Act.COMPLETE) == ""
    assert desk.last(StopHoldMusic).participant == "p-caller"
    assert desk.taken_out() == "p-a0"
    assert desk.contact().agent == "a1"
    desk.off_hold()
    assert desk.controls("a1")["hold"] == ""


def test_a_canceled_consultation_takes_the_colleague_out_and_the_caller_back() -> None:
    desk = consulting()
    assert desk.acts(Act.CANCEL) == ""
    assert desk.taken_out() == "p-a1"
    desk.off_hold()
    contact = desk.contact()
    assert (contact.agent, contact.control.party) == ("a0", None)
    assert desk.agent("a1").state is AgentState.WRAP_UP
    assert desk.controls()["hold"] == ""


def test_a_colleague_who_leaves_a_consultation_brings_the_caller_back() -> None:
    desk = consulting()
    desk.looked("a0")
    assert desk.count(StopHoldMusic) == 1
    assert desk.contact().control.problem == "left"
    assert desk.agent("a1").state is AgentState.WRAP_UP
    assert desk.contact().state is ContactState.CONNECTED


def test_an_agent_who_leaves_a_consultation_leaves_the_caller_with_the_colleague() -> None:
    desk = consulting()
    desk.looked("a1")
    assert desk.contact().agent == "a1"
    assert desk.count(StopHoldMusic) == 1
    assert desk.agent("a0").state is AgentState.WRAP_UP


def test_a_caller_who_hangs_up_in_a_consultation_ends_it_for_both_agents() -> None:
    desk = consulting()
    desk.wait(4_000)
    desk.looked("a0", "a1", caller=False)
    assert desk.contact().end_reason == "caller left"
    assert desk.count(HangUp) == 1
    assert {desk.agent(a).state for a in ("a0", "a1")} == {AgentState.WRAP_UP}


# -- who does not come in time, or after all -------------------------------------------------------


def test_a_target_who_joins_after_the_cancel_is_taken_out_once() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite))
    assert desk.acts(Act.CANCEL) == ""
    assert desk.acts(Act.TRANSFER, COLLEAGUE) == "still_going"
    for _ in range(2):
        desk.joined(NUMBER.id, "a0")
    assert desk.count(RemoveParticipant) == 1
    assert desk.taken_out() == f"p-{NUMBER.id}"
    assert desk.contact().agent == "a0"
    assert desk.acts(Act.TRANSFER, COLLEAGUE) == ""


def test_a_colleague_who_joins_after_the_cancel_is_taken_out() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN)
    desk.ok(desk.last(Invite))
    desk.acts(Act.CANCEL)
    assert desk.acts(Act.TRANSFER, NUMBER) == "still_going"
    desk.joined("a1", "a0")
    assert desk.last(RemoveParticipant).participant == "p-a1"
    assert desk.contact().agent == "a0"
    desk.wait(75_000)
    assert desk.agent("a1").state is AgentState.IDLE
    assert desk.acts(Act.TRANSFER, NUMBER) == ""


def test_a_cancel_before_the_invitation_was_sent_rings_nobody_and_blocks_nothing() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    invite = desk.last(Invite)
    desk.acts(Act.CANCEL)
    assert not desk.engine.wants(invite.call, invite.id)
    desk.ok(invite, problem=Problem.UNWANTED)
    assert desk.acts(Act.TRANSFER, COLLEAGUE) == ""


def test_after_75_seconds_without_word_the_ring_is_over() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite), problem=Problem.UNKNOWN)
    desk.wait(74_999)
    assert desk.contact().control.party is not None
    desk.wait(1)
    assert desk.contact().control.problem == "no_answer"
    assert desk.count(Invite) == 2  # never sent again


def test_an_invitation_that_completed_unshown_is_asked_about_until_the_roster_shows() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    invite = desk.last(Invite)
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    asked = desk.count(AskCall)
    desk.wait(4_000)
    assert desk.count(AskCall) == asked + 2
    desk.roster("a0", NUMBER.id)
    assert desk.last(RemoveParticipant).participant == "p-a0"


def test_an_agent_who_goes_while_a_number_rings_leaves_the_caller_waiting_for_it() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite))
    desk.looked()
    contact = desk.contact()
    assert contact.state is ContactState.LEAVING
    assert desk.agent().state is AgentState.WRAP_UP
    assert desk.last(Play).say[0].prompt == "music:default"
    desk.not_joined("no_answer")
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_an_agent_who_goes_while_a_colleague_rings_makes_it_the_queues_offer() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, BEN)
    desk.ok(desk.last(Invite))
    desk.looked()
    contact = desk.contact()
    assert contact.state is ContactState.QUEUED
    assert contact.offer == desk.agent("a1").offer
    desk.joined("a1")
    assert desk.contact().agent == "a1"


def test_an_agent_who_goes_after_a_cancel_ends_the_contact() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite))
    desk.acts(Act.CANCEL)
    desk.looked()
    assert desk.contact().end_reason == "agent left"


# -- add, end, who may -----------------------------------------------------------------------------


def test_three_talk_and_whoever_is_added_stays_with_the_caller_when_the_agent_goes() -> None:
    desk = talking()
    assert desk.acts(Act.ADD, NUMBER) == ""
    desk.joined(NUMBER.id, "a0")
    assert desk.count(RemoveParticipant) == 0
    assert desk.controls()["add"] == "one_at_a_time"
    desk.looked(NUMBER.id)
    assert desk.contact().state is ContactState.LEAVING
    assert desk.agent().state is AgentState.WRAP_UP


def test_whoever_was_added_and_leaves_leaves_the_two_talking() -> None:
    desk = talking()
    desk.acts(Act.ADD, NUMBER)
    desk.joined(NUMBER.id, "a0")
    desk.looked("a0")
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.acts(Act.ADD, COLLEAGUE) == ""


def test_the_call_is_ended_for_all() -> None:
    desk = talking()
    desk.acts(Act.ADD, BEN)
    desk.joined("a1", "a0")
    assert desk.acts(Act.END) == ""
    assert desk.count(HangUp) == 0
    assert set(desk.controls().values()) == {"ending"}
    assert desk.taken_out() == "p-caller"
    assert desk.count(HangUp) == 1
    assert desk.contact().end_reason == "ended by the agent"
    assert {desk.agent(a).state for a in ("a0", "a1")} == {AgentState.WRAP_UP}
    assert desk.fact(FactKind.CONTACT_CUT).detail["by"] == "a0"


def test_a_supervisor_may_end_and_transfer_and_a_stranger_nothing() -> None:
    desk = talking()
    assert {k for k, why in desk.controls("boss").items() if not why} == {"end", "transfer"}
    assert set(desk.controls("a1").values()) == {"not_yours"}
    assert desk.acts(Act.END, by="a1") == "not_yours"
    assert desk.acts(Act.HOLD, by="boss") == "agents_own"
    assert desk.acts(Act.END, by="boss") == ""
    desk.ok(desk.last(RemoveParticipant), problem=Problem.REFUSED)
    assert desk.contact().end_reason == "ended by a supervisor"


def test_what_was_meant_for_another_talk_is_not_done_to_this_one() -> None:
    desk = talking()
    assert desk.acts(Act.END, by="boss", seen_agent="a1") == "passed_on"


@pytest.mark.parametrize("delivery", [Delivery.CONSULT, Delivery.TRANSFER])
def test_after_a_link_nothing_can_be_done_from_here(delivery: Delivery) -> None:
    desk = Desk(plan(Queue(name="sales", delivery=delivery)))
    if delivery is Delivery.CONSULT:
        desk.connected()
    else:
        desk.arrives()
        desk.linked()
    contact, engine = desk.contact(), desk.engine
    found = controls(engine.state, engine.plan, contact, contact.agent)
    assert set(found.values()) == {"bot_left"}
    desk.give(CallControlled(contact=contact.id, act=Act.HOLD, by=contact.agent))
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == "bot_left"
    assert desk.count(StartHoldMusic) == 0


def test_without_a_roster_only_ending_is_possible() -> None:
    desk = ControlDesk()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(3_000)
    open_ = {name for name, why in desk.controls().items() if not why}
    assert open_ == {"end"}


def test_a_new_owner_waits_for_the_ring_and_asks_who_is_there() -> None:
    desk = talking()
    desk.acts(Act.TRANSFER, NUMBER)
    desk.ok(desk.last(Invite))
    desk.now += 80_000
    desk.give(OwnerChanged(epoch=2))
    assert desk.contact().control.party is not None
    desk.roster("a0", NUMBER.id)
    assert desk.last(RemoveParticipant).participant == "p-a0"


def test_a_plan_that_drops_the_queue_leaves_the_talk_alone() -> None:
    desk = talking()
    desk.give(PlanChanged(plan=with_queue(desk.engine.plan, name="renamed")))
    assert desk.acts(Act.HOLD) == ""
    assert desk.acts(Act.TRANSFER, NUMBER) == "numbers_not_allowed"


def test_a_refused_invitation_is_told_and_the_next_can_be_tried() -> None:
    desk = talking()
    desk.acts(Act.ADD, NUMBER)
    invite = desk.last(Invite)
    desk.give(CommandDone(command=invite.id, call=invite.call, problem=Problem.REFUSED))
    assert desk.contact().control.problem == "unreachable"
    assert desk.acts(Act.ADD, COLLEAGUE) == ""


def test_who_handed_the_caller_on_need_not_say_how_it_ended() -> None:
    asks = {"disposition_required": True, "dispositions": (Choice(code="sold", words={}),)}
    desk = ControlDesk(group_plan(**asks))
    desk.talk()
    desk.acts(Act.TRANSFER, BEN)
    desk.joined("a1", "a0")
    desk.taken_out()
    desk.wait(5_000)
    assert desk.agent("a0").state is AgentState.IDLE
    desk.looked()
    desk.wait(5_000)
    assert desk.agent("a1").needs == "disposition"
