"""Group calls: invitation, roster, late joins, silence, and who left."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CancelMedia, HangUp, Invite, Play, RemoveParticipant
from routing.events import (
    CallEnded,
    CallSeen,
    InviteEnded,
    RosterChanged,
    RosterEntry,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, OfferState, Outcome

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")


def agent_entry(agent: str = "a0", device: str = "") -> RosterEntry:
    return RosterEntry(participant=f"p-{agent}{device}", kind="user", id=agent)


def group(agents: int = 2, **queue: object) -> Desk:
    fields = {"delivery": Delivery.GROUP_CALL, "wrap_up_ms": 5_000, **queue}
    return Desk(plan(Queue(name="sales", **fields)), agents=agents)  # type: ignore[arg-type]


def roster(desk: Desk, *people: RosterEntry, call: str = "caller1") -> None:
    desk.give(RosterChanged(call=call, people=(BOT, *people)))


def looked(desk: Desk, *people: RosterEntry) -> None:
    """The platform answers our question who is in the call."""
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, *people)))


def joined(desk: Desk) -> None:
    desk.arrives()
    desk.invited()
    roster(desk, CALLER, agent_entry())


def test_the_roster_says_that_the_agent_joined_and_the_music_stops() -> None:
    desk = group()
    joined(desk)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.ON_CONTACT
    assert desk.count(CancelMedia) == 1
    assert desk.contact().talk_time_source == "roster"


def test_an_invitation_that_completes_with_a_silent_roster_counts_as_joined() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(2_999)
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(1)
    assert desk.contact().state is ContactState.CONNECTED


def silently_joined() -> Desk:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(3_000)
    return desk


def test_after_a_silent_join_the_music_stops_and_presence_tells_the_end() -> None:
    desk = silently_joined()
    assert desk.count(CancelMedia) == 1
    assert desk.contact().talk_time_source == "presence"
    desk.talk_seen_over()
    assert desk.contact().end_reason == "presence left the call"
    assert desk.count(HangUp) == 1
    assert desk.agent().state is AgentState.WRAP_UP


def test_a_silent_group_call_is_never_cut_off_on_a_guess() -> None:
    desk = silently_joined()
    desk.wait(3_600_000)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(HangUp) == 0


def test_a_roster_that_speaks_after_all_is_believed_before_presence() -> None:
    desk = silently_joined()
    roster(desk, CALLER, agent_entry())
    desk.talk_seen_over()
    assert desk.contact().state is ContactState.CONNECTED


def test_an_empty_roster_says_nothing() -> None:
    desk = group()
    joined(desk)
    desk.give(RosterChanged(call="caller1", people=()))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTED


@pytest.mark.parametrize("ending", ["declined", "busy", "unreachable"])
def test_an_invitation_that_fails_goes_to_the_next_agent(ending: str) -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending=ending))
    assert desk.agent().back_off == ending
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    assert desk.count(Invite) == 2


def test_an_invitation_without_answer_makes_not_responding() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="no_answer"))
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_the_agent_who_leaves_ends_the_contact_after_a_second_look() -> None:
    desk = group()
    joined(desk)
    desk.now += 60_000
    roster(desk, CALLER)
    left = desk.now
    assert desk.contact().state is ContactState.CONNECTED
    desk.wait(2_000)
    ask = desk.last(AskCall)
    assert ask.roster
    desk.ok(ask)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    contact = desk.contact()
    assert (contact.state, contact.talk_ended_at) == (ContactState.ENDED, left)
    assert desk.count(HangUp) == 1
    assert desk.agent().state is AgentState.WRAP_UP


def test_somebody_missing_is_asked_about_again_when_the_question_was_not_answered() -> None:
    desk = group()
    joined(desk)
    roster(desk, CALLER)
    desk.wait(2_000)
    assert desk.count(AskCall) == 1
    roster(desk, CALLER)
    roster(desk, CALLER)
    desk.wait(2_000)
    assert desk.count(AskCall) == 2
    looked(desk, CALLER)
    assert desk.contact().state is ContactState.ENDED


def test_an_agent_who_changes_device_is_the_same_agent() -> None:
    desk = group()
    joined(desk)
    roster(desk, CALLER, agent_entry(device="-phone"))
    roster(desk, CALLER)
    desk.now += 300
    roster(desk, CALLER, agent_entry(device="-desk"))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_the_caller_who_leaves_ends_the_talk_too() -> None:
    desk = group()
    joined(desk)
    roster(desk, agent_entry())
    desk.wait(2_000)
    looked(desk, agent_entry())
    assert desk.contact().end_reason == "caller left"
    assert desk.agent().state is AgentState.WRAP_UP


def test_the_caller_who_leaves_while_an_agent_rings_abandons() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    roster(desk)
    desk.wait(2_000)
    looked(desk)
    assert desk.contact().outcome is Outcome.ABANDONED
    # The phone still rings at the agent: they stay reserved until the platform says otherwise.
    assert desk.agent().state is AgentState.RESERVED
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="no_answer"))
    assert desk.agent().state is AgentState.IDLE


def test_after_75_seconds_nobody_waits_for_the_platforms_word() -> None:
    desk = group(agents=1)
    desk.arrives()
    desk.invited()
    desk.give(CallEnded(call="caller1"))
    desk.wait(74_999)
    assert desk.agent().state is AgentState.RESERVED
    desk.wait(1)
    assert desk.agent().state is AgentState.IDLE


def test_the_maximum_wait_fires_in_the_middle_of_a_ring() -> None:
    desk = group(max_wait_ms=30_000)
    desk.arrives()
    desk.invited()
    desk.wait(30_000)
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Play).say[0].prompt == "system:nobody_available"
    offer = next(iter(desk.engine.state.offers.values()))
    assert offer.state is OfferState.RESCINDING


def test_an_agent_who_joins_during_the_last_words_wins() -> None:
    desk = group(max_wait_ms=30_000)
    desk.arrives()
    desk.invited()
    desk.wait(30_000)
    roster(desk, CALLER, agent_entry())
    assert desk.fact(FactKind.LATE_JOIN).detail["wins"] is True
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(CancelMedia) == 1
    desk.wait(60_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_an_agent_who_joins_when_the_caller_is_being_sent_on_is_removed() -> None:
    desk = group(max_wait_ms=30_000, on_max_wait=Action(kind=ActionKind.NUMBER, ref="+49301"))
    desk.arrives()
    desk.invited()
    desk.wait(30_000)
    roster(desk, CALLER, agent_entry())
    assert desk.last(RemoveParticipant).participant == "p-a0"
    assert desk.fact(FactKind.LATE_JOIN).detail["wins"] is False
    assert desk.contact().state is ContactState.LEAVING


def test_an_agent_who_joins_after_their_offer_ended_is_removed_once() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="no_answer"))
    for _ in range(2):
        roster(desk, CALLER, agent_entry())
    assert desk.count(RemoveParticipant) == 1


def test_an_agent_who_missed_before_and_joins_now_stays() -> None:
    desk = group(agents=1)
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="busy"))
    desk.wait(10_000)
    desk.present()
    desk.invited()
    roster(desk, CALLER, agent_entry())
    assert desk.count(RemoveParticipant) == 0
    assert desk.contact().state is ContactState.CONNECTED


def test_a_leaving_contact_in_meeting_mode_is_sent_on_by_invitation() -> None:
    action = Action(kind=ActionKind.NUMBER, ref="+49301")
    desk = group(max_wait_ms=30_000, on_max_wait=action)
    desk.arrives()
    desk.invited()
    desk.wait(30_000)
    invite = desk.last(Invite)
    assert invite.target.id == "+49301"
    desk.ok(invite)
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    assert desk.contact().state is ContactState.LEAVING
    desk.give(CallEnded(call="caller1"))
    assert desk.contact().outcome is Outcome.TIMED_OUT
