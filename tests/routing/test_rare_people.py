"""People who come, go, or change their minds where nobody waits for it."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CreateCall, HangUp, Invite, Play, RemoveParticipant, Transfer
from routing.events import (
    Address,
    CallEnded,
    CallEstablished,
    CallSeen,
    InviteEnded,
    PresenceRead,
    Problem,
    Reading,
    RosterChanged,
    RosterEntry,
)
from routing.facts import FactKind
from routing.plan import Accept, Delivery, Preset, Queue
from routing.state import AgentState, ContactState, OfferState
from routing.word_events import (
    AgentSet,
)

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
TARGET = RosterEntry(participant="p-target", kind="phone", id="+49303")
AGENT = RosterEntry(participant="p-a0", kind="user", id="a0")
TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")


def desk_of(agents: int = 2, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue)), agents=agents)  # type: ignore[arg-type]


def group(agents: int = 2, **queue: object) -> Desk:
    return desk_of(agents, delivery=Delivery.GROUP_CALL, **queue)


def linking(desk: Desk) -> str:
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    return leg


# -- invitations and rosters


def test_an_invitation_that_fails_after_the_agent_joined_changes_nothing() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="failed"))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_an_invitation_that_completes_after_the_agent_joined_changes_nothing() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(10_000)
    assert FactKind.LATE_JOIN not in desk.kinds()
    assert desk.contact().state is ContactState.CONNECTED


def test_an_invitation_refused_after_the_agent_joined_changes_nothing() -> None:
    desk = group()
    desk.arrives()
    invite = desk.last(Invite)
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.ok(invite, problem=Problem.REFUSED)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.ON_CONTACT


def test_a_late_joiner_whom_no_roster_shows_cannot_be_removed() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    invite = desk.invited()
    desk.wait(10_000)
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    assert desk.fact(FactKind.LATE_JOIN).detail["wins"] is False
    assert desk.count(RemoveParticipant) == 0
    desk.wait(65_000)
    assert desk.agent().state is AgentState.IDLE


def test_a_late_joiner_by_the_operations_word_wins_during_the_last_words() -> None:
    desk = group(max_wait_ms=10_000)
    desk.arrives()
    invite = desk.invited()
    desk.wait(10_000)
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    assert desk.contact().state is ContactState.CONNECTED


def test_nobody_is_removed_from_a_call_that_is_over() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.give(CallEnded(call="caller1"))
    desk.give(RosterChanged(call="caller1", people=(BOT, AGENT)))
    assert desk.fact(FactKind.LATE_JOIN).detail["wins"] is False
    assert desk.count(RemoveParticipant) == 0


def test_a_target_shown_after_the_invitation_completed_and_shown_again() -> None:
    desk = group(1, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    desk.ok(desk.last(Invite))
    desk.give(InviteEnded(call="caller1", context=desk.last(Invite).id, ok=True))
    commands = len(desk.commands)
    for _ in range(2):
        desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    assert len(desk.commands) == commands
    assert desk.contact().target_here


def test_a_caller_who_leaves_the_target_alone_ends_the_contact() -> None:
    desk = group(1, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    desk.ok(desk.last(Invite))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    desk.give(RosterChanged(call="caller1", people=(BOT, TARGET)), after=30_000)
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, TARGET)))
    assert desk.contact().end_reason == "caller left"


def test_a_caller_without_an_identity_is_there() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    withheld = RosterEntry(participant="p-caller", kind="phone")
    desk.give(RosterChanged(call="caller1", people=(BOT, withheld, AGENT)))
    desk.wait(10_000)
    assert desk.count(AskCall) == 0


BILLING = Action(kind=ActionKind.ACCOUNT, ref="billing@contoso")


@pytest.mark.parametrize("number", ["+49302", ""])
def test_a_resource_account_cannot_be_invited_but_its_number_can(number: str) -> None:
    desk = group(1, max_wait_ms=10_000, on_max_wait=BILLING)
    desk.enlist(Address(ref="billing@contoso", id="billing-id", name="Billing", number=number))
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    if number:
        assert desk.last(Invite).target.id == number
    else:
        assert desk.last(Play).say[0].prompt == "system:technical_problem"
        assert desk.last(Invite).target.id == "a0"


def test_an_apology_that_leads_nowhere_ends() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(Transfer), problem=Problem.REFUSED)
    apology = desk.last(Play)
    assert apology.say[0].prompt == "system:technical_problem"
    desk.ok(apology, problem=Problem.REFUSED)
    assert desk.contact().state is ContactState.ENDED
    assert desk.contact().end_reason == "disconnected"


# -- presence and words


def reading(agent: str, presence: str = "Available") -> Reading:
    return Reading(agent=agent, availability=presence, activity=presence)


def test_a_reading_of_others_decides_no_check() -> None:
    desk = desk_of()
    desk.present()
    desk.now += 3_001
    number = desk.rings()
    desk.give(CallEstablished(call=f"caller{number}"))
    desk.give(PresenceRead(read_at=desk.now, readings=(reading("a1"),)))
    assert desk.count(CreateCall) == 0
    desk.give(PresenceRead(read_at=desk.now, readings=(reading("a0"),)))
    assert desk.last(CreateCall).target.id == "a0"


def test_a_reading_of_others_ends_no_talk() -> None:
    desk = desk_of()
    desk.connected()
    desk.present("a0", as_="InACall")
    desk.present("a0", as_="InACall")
    desk.present("a0")
    desk.now += 6_000
    desk.give(PresenceRead(read_at=desk.now, readings=(reading("a1"),)))
    assert desk.contact().state is ContactState.CONNECTED
    desk.give(PresenceRead(read_at=desk.now, readings=(reading("a0"),)))
    assert desk.contact().state is ContactState.ENDED


def test_a_reading_of_a_stranger_is_nobodys() -> None:
    desk = desk_of(1)
    desk.present("stranger")
    desk.arrives()
    assert desk.count(CreateCall) == 1


def test_presence_that_becomes_available_without_having_been_away_brings_nobody_back() -> None:
    desk = desk_of(1, presence=Preset.BUSY_OK)
    desk.present("a0", as_="Busy")
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.present("a0")
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_not_ready_before_the_phone_rang_is_no_decline() -> None:
    desk = desk_of()
    desk.present()
    desk.now += 3_001
    number = desk.rings()
    desk.give(CallEstablished(call=f"caller{number}"))
    desk.give(AgentSet(agent="a0", ready=False))
    assert desk.agent().back_off == ""
    assert desk.agent().state is AgentState.IDLE
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"


@pytest.mark.parametrize("delivery", [Delivery.GROUP_CALL, Delivery.TRANSFER])
def test_not_ready_while_a_phone_rings_that_cannot_be_stopped(delivery: Delivery) -> None:
    desk = desk_of(2, delivery=delivery)
    desk.arrives()
    desk.ok(desk.commands[-1])
    desk.give(AgentSet(agent="a0", ready=False))
    offer = desk.engine.state.offers[desk.contact().offer]
    assert offer.state is OfferState.RINGING
    assert desk.agent().state is AgentState.RESERVED


def test_an_end_of_the_ring_nobody_has_a_word_for_gives_the_agent_a_pause() -> None:
    desk = group(1)
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="something new"))
    assert desk.agent().back_off == "something new"
    assert desk.count(Invite) == 1


def test_no_pause_where_the_plan_gives_none() -> None:
    desk = desk_of(1, busy_back_off_ms=0)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="busy"))
    desk.wait(1)
    assert desk.agent().back_off == ""
    assert desk.count(CreateCall) == 2


def test_by_answer_the_pick_up_is_the_yes_in_every_order() -> None:
    desk = desk_of(accept=Accept.ANSWER)
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEstablished(call="leg", command=create.id))
    desk.ok(create, wire="leg")
    assert desk.contact().state is ContactState.CONNECTING
    desk.linked(leg="leg")
    assert desk.contact().state is ContactState.CONNECTED


# -- the way out


def test_each_way_out_that_failed_leaves_a_fact_why() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=BILLING, fallback=TO_NUMBER)
    desk.enlist(Address(ref="billing@contoso", id="billing-id", name="Billing", number="+49302"))
    desk.arrives()
    desk.wait(10_000)
    for _ in range(3):
        desk.ok(desk.last(Transfer), problem=Problem.REFUSED)
    ways = [f.detail for f in desk.facts if f.kind is FactKind.CONTACT_LEAVING]
    assert ways == [
        {"outcome": "timed_out", "to": "account"},
        {"outcome": "timed_out", "to": "number", "because": "transfer: refused"},
        {"outcome": "timed_out", "to": "number", "because": "transfer: refused"},
        {"outcome": "timed_out", "to": "disconnect", "because": "transfer: refused"},
    ]


def test_a_target_that_declines_the_invitation_is_followed_by_the_apology() -> None:
    desk = group(1, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    target = desk.invited()
    desk.give(InviteEnded(call="caller1", context=target.id, ok=False, ending="declined"))
    assert desk.last(Play).say[0].prompt == "system:technical_problem"
    desk.give(InviteEnded(call="caller1", context=target.id, ok=False, ending="declined"))
    assert desk.count(Play) == 2


def test_the_outcome_of_a_transfer_given_up_long_ago_fails_nothing_else() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.wait(10_000)
    transfer = desk.last(Transfer)
    desk.wait(75_000)
    plays = desk.count(Play)
    desk.ok(transfer, problem=Problem.REFUSED)
    assert desk.count(Play) == plays
    assert desk.contact().state is ContactState.LEAVING


def test_a_leaving_callers_state_asked_without_doubt_changes_nothing() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(Transfer))
    for state in ("transferring", "established"):
        desk.give(CallSeen(call="caller1", state=state))
    assert desk.count(Transfer) == 1
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().end_reason == "handed over: number"


def test_sound_told_twice_is_picked_up_once() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    plays = desk.count(Play)
    desk.give(CallEstablished(call=leg))
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.count(Play) == plays


def test_the_caller_hangs_up_when_the_agents_leg_has_ended_while_linking() -> None:
    desk = desk_of(1)
    leg = linking(desk)
    desk.give(CallEnded(call=leg, ending="completed"))
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.agent().state is AgentState.IDLE
    assert desk.count(HangUp) == 0


def test_the_word_ready_ends_a_back_off() -> None:
    desk = desk_of(1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="declined"))
    assert desk.agent().back_off == "declined"
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.count(CreateCall) == 2
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="busy"))
    desk.wait(9_999)
    assert desk.agent().back_off == "busy", "the first back-off's timer is gone"
