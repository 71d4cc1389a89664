"""Presses on the agent's card: in time, late, twice, and by somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from kit.card_desk import SALES, desk_of, refreshed, shown, with_old_presence
from kit.floor_desk import Desk, plan

from routing.commands import (
    CreateCall,
    HangUp,
    Play,
    ShowCard,
    Transfer,
)
from routing.events import (
    CallEnded,
    InviteEnded,
)
from routing.facts import FactKind
from routing.plan import Accept, Delivery
from routing.state import AgentState, ContactState
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    DeclinedByCard,
    DoneByCard,
)


@pytest.fixture
def desk() -> Desk:
    return Desk(plan(SALES))


def whispers(desk: Desk) -> int:
    return sum(c.say[0].prompt == "whisper" for c in desk.commands if isinstance(c, Play))


# -- accept ----------------------------------------------------------------------------------------


def test_accepted_by_card_links_at_the_pick_up_without_whisper_or_key(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"), after=500)
    assert desk.fact(FactKind.OFFER_SAID_YES).agent == "a0"
    assert desk.contact().state is ContactState.QUEUED
    leg = desk.picks_up()
    assert whispers(desk) == 0
    assert desk.contact().state is ContactState.CONNECTING
    assert desk.engine.wire_of(desk.last(Transfer).replaces) == leg
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_accepted_by_card_during_the_whisper_links_at_once(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    assert whispers(desk) == 2
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    assert desk.fact(FactKind.OFFER_ACCEPTED).detail["by"] == "card"
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_accept_before_the_card_is_known_to_be_shown_lets_the_phone_ring_and_tells_where_it_is(
    desk: Desk,
) -> None:
    offer = shown(desk)
    desk.give(AcceptedByCard(offer=offer, agent="a0", message="m7"))
    assert desk.count(CreateCall) == 1
    desk.picks_up()
    assert desk.contact().state is ContactState.CONNECTING
    assert refreshed(desk, offer) == "connecting"
    assert desk.engine.state.offers[offer].card_message == "m7"


def test_accept_while_presence_is_still_read_does_not_ring_before_it(desk: Desk) -> None:
    offer = with_old_presence(desk)
    desk.give(AcceptedByCard(offer=offer, agent="a0"), after=100)
    assert desk.count(CreateCall) == 0
    desk.present("a0")
    assert desk.count(CreateCall) == 1
    desk.picks_up()
    assert desk.contact().state is ContactState.CONNECTING


def test_not_ready_after_accept_is_for_the_calls_after_this_one(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    assert desk.count(HangUp) == 0
    desk.picks_up()
    desk.linked(leg=leg)
    assert desk.contact().agent == "a0"


def test_a_phone_that_stays_silent_after_accept_is_a_missed_offer(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING
    assert refreshed(desk, offer) == "missed"


def test_a_second_device_that_accepts_too_changes_nothing(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    said = desk.engine.state.offers[offer].said_yes_at
    desk.give(AcceptedByCard(offer=offer, agent="a0"), after=300)
    assert desk.engine.state.offers[offer].said_yes_at == said
    assert desk.fact(FactKind.IGNORED).detail["event"] == "AcceptedByCard"


def test_accept_after_the_caller_hung_up_is_ignored_and_the_card_says_why(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    assert desk.count(Transfer) == 0
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "offer over"
    assert refreshed(desk, offer) == "hung_up"


@pytest.mark.parametrize("accept", [Accept.KEY, Accept.ANSWER])
def test_where_the_plan_wants_a_key_or_the_answer_no_card_accepts(accept: Accept) -> None:
    desk = desk_of(accept=accept)
    offer = desk.offered_by_card()
    assert not desk.last(ShowCard).card.may_accept
    assert desk.last(ShowCard).card.may_decline
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "only by phone"


@pytest.mark.parametrize("press", [AcceptedByCard, DeclinedByCard, DoneByCard])
def test_somebody_elses_press_and_an_unknown_offer_change_nothing(desk: Desk, press: Any) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(press(offer=offer, agent="a1", message="forged"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "another agent's offer"
    assert desk.engine.state.offers[offer].card_message != "forged"
    desk.give(press(offer="9-99", agent="a0"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "unknown offer"
    desk.picks_up()
    assert desk.contact().state is ContactState.QUEUED


# -- decline ---------------------------------------------------------------------------------------


def test_declined_by_card_stops_the_phone_and_keeps_the_reason(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.phone_rings()
    desk.give(DeclinedByCard(offer=offer, agent="a0", reason="in a meeting"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.last(ShowCard).card.agent == "a1"
    desk.ok(desk.last(HangUp))
    ended = desk.fact(FactKind.OFFER_ENDED).detail
    assert (ended["outcome"], ended["reason"]) == ("declined", "in a meeting")
    assert desk.agent().back_off == "declined"
    assert refreshed(desk, offer) == "declined"


def test_declined_before_the_ring_rings_nobody(desk: Desk) -> None:
    offer = shown(desk)
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert [c.target.id for c in desk.commands if isinstance(c, CreateCall)] == ["a1"]
    assert "reason" not in desk.fact(FactKind.OFFER_ENDED).detail


def test_declined_in_the_whisper(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.contact().state is ContactState.QUEUED


def test_declined_on_one_device_after_accept_on_another_stops_the_phone(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    assert desk.engine.state.offers[offer].outcome == "declined"


def test_decline_is_too_late_once_the_two_are_being_linked(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "offer over"
    desk.linked(leg=leg)
    assert refreshed(desk, offer) == "connected"


def test_a_declined_invitation_sends_the_caller_on_while_the_phone_rings_on() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    offer = desk.offered_by_card()
    invite = desk.invited()
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert desk.last(ShowCard).card.agent == "a1"
    assert desk.agent().state is AgentState.RESERVED
    assert refreshed(desk, offer) == "declined"
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="no_answer"))
    assert desk.agent().back_off == "declined"


def test_a_blind_transfer_that_rings_cannot_be_declined_by_card() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    offer = desk.offered_by_card()
    desk.ok(desk.last(Transfer))
    desk.give(DeclinedByCard(offer=offer, agent="a0"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "rings on"
    assert desk.contact().state is ContactState.CONNECTING


# -- wrap-up ---------------------------------------------------------------------------------------


def talked(desk: Desk) -> str:
    """A talk by consult is over; returns its offer."""
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    desk.talk_seen_over()
    return offer


def test_done_keeps_the_note_and_ends_wrap_up(desk: Desk) -> None:
    offer = talked(desk)
    assert desk.agent().state is AgentState.WRAP_UP
    desk.give(DoneByCard(offer=offer, agent="a0", note="calls back on Monday"), after=2_000)
    assert desk.agent().state is AgentState.IDLE
    noted = desk.fact(FactKind.CONTACT_NOTED)
    assert (noted.agent, noted.detail["note"]) == ("a0", "calls back on Monday")
    record = desk.records[-1]
    assert (record.note, record.wrap_up_ended_at) == ("calls back on Monday", desk.now)


def test_a_note_after_the_wrap_up_ran_out_is_added_to_the_record(desk: Desk) -> None:
    offer = talked(desk)
    desk.wait(10_000)
    over = desk.records[-1].wrap_up_ended_at
    desk.give(DoneByCard(offer=offer, agent="a0", note="late"), after=60_000)
    assert (desk.records[-1].note, desk.records[-1].wrap_up_ended_at) == ("late", over)
    written = len(desk.records)
    desk.give(DoneByCard(offer=offer, agent="a0", note="late"))
    desk.give(DoneByCard(offer=offer, agent="a0"))
    assert len(desk.records) == written


def test_done_does_not_make_an_agent_ready_who_had_said_not_ready(desk: Desk) -> None:
    offer = talked(desk)
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    desk.give(DoneByCard(offer=offer, agent="a0"))
    assert (desk.agent().state, desk.agent().ready) == (AgentState.IDLE, False)


def test_done_during_the_talk_is_ignored(desk: Desk) -> None:
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    desk.give(DoneByCard(offer=offer, agent="a0", note="too early"))
    assert desk.contact().note == ""
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "talk not over"


def test_done_by_an_agent_who_left_the_plan_still_keeps_the_note(desk: Desk) -> None:
    offer = talked(desk)
    desk.wait(10_000)
    desk.members = tuple(m for m in desk.members if m.agent != "a0")
    desk.enlist()
    desk.give(DoneByCard(offer=offer, agent="a0", note="bye"))
    assert desk.contact().note == "bye"
    assert desk.records[-1].note == "bye"
