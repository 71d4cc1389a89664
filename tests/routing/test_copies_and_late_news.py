"""Notifications that come twice, late, or before the outcome of our own command."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CreateCall, EndStray, HangUp, Invite, Play, Transfer
from routing.events import (
    Address,
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    CommandDone,
    InviteEnded,
    Phase,
    Problem,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import AgentState, CallState, ContactState, OfferState, Outcome

FAILED = CallEstablished(call="caller1", code=500, subcode=7700)
BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
AGENT = RosterEntry(participant="p-a0", kind="user", id="a0")
BOSS = Address(ref="boss@contoso", id="boss-id", name="Boss")
TO_BOSS = Action(kind=ActionKind.USER, ref="boss@contoso")
TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")


def desk_of(agents: int = 2, entry: dict[str, object] | None = None, **queue: object) -> Desk:
    desk = Desk(plan(Queue(name="sales", **queue), entry=entry or {}), agents=agents)  # type: ignore[arg-type]
    desk.enlist(BOSS)
    return desk


def linking(desk: Desk) -> str:
    """A caller whose transfer the platform took; returns the agent's leg."""
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    return leg


def leaving(desk: Desk) -> None:
    """A caller who waits in vain until the queue's maximum wait is over."""
    desk.arrives()
    desk.wait(10_000)
    assert desk.contact().state is ContactState.LEAVING


# -- links


def test_progress_of_an_earlier_transfer_does_not_turn_a_hang_up_into_a_link() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(FAILED)
    desk.give(CallProgressed(call="caller1", phase=Phase.TRANSFER_ACCEPTED))
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED


def test_a_hang_up_code_is_a_hang_up_also_after_the_transfer_was_accepted() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(CallProgressed(call="caller1", phase=Phase.TRANSFER_ACCEPTED))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED


def test_a_transfer_said_in_words_is_a_link_whatever_the_code() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(CallEnded(call="caller1", code=200, subcode=4521, transferred=True))
    assert desk.contact().state is ContactState.CONNECTED


def test_a_leg_that_ends_unexplained_while_linking_is_a_link_nobody_proved() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(CallEnded(call="caller1"))
    assert desk.contact().state is ContactState.CONNECTED
    assert "unproven link" in [f.detail.get("reason") for f in desk.facts]


def test_an_agents_leg_that_lives_on_after_the_link_is_ended() -> None:
    desk = desk_of()
    leg = linking(desk)
    desk.give(CallEnded(call="caller1", subcode=7015))
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.count(HangUp) == 0, "the platform may still be about to delete it"
    desk.wait(10_000)
    assert desk.engine.wire_of(desk.last(AskCall).call) == leg
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.contact().state is ContactState.CONNECTED, "the two talk, said the platform"


def test_a_failure_told_after_the_next_accept_waits_until_the_transfer_is_under_way() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(FAILED)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    transfer = desk.last(Transfer)
    desk.give(FAILED)
    desk.wait(500)
    # Asked before the platform has the second transfer: established says nothing yet.
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.CONNECTING
    desk.ok(transfer)
    desk.wait(2_999)
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1)
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.contact().state is ContactState.QUEUED


def test_copies_of_a_failure_do_not_put_the_question_off() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(FAILED)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    asked = desk.count(AskCall)
    for _ in range(5):
        desk.give(FAILED)
        desk.wait(100)
    assert desk.count(AskCall) == asked + 1


def test_a_success_code_with_sound_is_no_failure() -> None:
    desk = desk_of()
    linking(desk)
    desk.give(CallEstablished(call="caller1", code=200, subcode=0))
    assert desk.contact().state is ContactState.CONNECTING


def test_the_end_of_the_agents_leg_before_its_creation_is_confirmed() -> None:
    desk = desk_of()
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEnded(call="leg", command=create.id, ending="busy"))
    assert desk.agent().back_off == "busy"
    desk.ok(create, wire="leg")
    assert desk.count(HangUp) == 0
    assert desk.count(CreateCall) == 2


def test_picked_up_before_the_creation_is_confirmed() -> None:
    desk = desk_of()
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEstablished(call="leg", command=create.id))
    desk.ok(create, wire="leg")
    offer = desk.engine.state.offers[desk.contact().offer]
    assert offer.state is OfferState.DECIDING
    assert FactKind.OFFER_RINGING not in desk.kinds()
    desk.presses("leg", "1")
    desk.linked(leg="leg")
    assert desk.contact().state is ContactState.CONNECTED


def test_a_leg_made_after_it_was_given_up_is_ended() -> None:
    desk = desk_of(agents=1)
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEnded(call="caller1"))
    desk.ok(desk.last(HangUp), problem=Problem.GONE)
    desk.ok(create, wire="late-leg")
    assert desk.engine.wire_of(desk.last(HangUp).call) == "late-leg"
    assert desk.count(HangUp) == 2
    assert desk.engine.wants(create.call, desk.last(HangUp).id)


def test_a_terminating_leg_does_not_ring() -> None:
    desk = desk_of()
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallProgressed(call="leg", phase=Phase.TERMINATING, command=create.id))
    assert FactKind.OFFER_RINGING not in desk.kinds()


def test_a_talk_is_not_ended_by_late_rosters_of_a_leg_that_was_handed_over() -> None:
    desk = desk_of()
    desk.connected()
    for _ in range(3):
        desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)), after=100)
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTED


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_a_roster_from_before_the_agent_joined_ends_no_talk(copies: int) -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    for _ in range(copies):
        desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)), after=100)
    desk.wait(2_000)
    desk.ok(desk.last(AskCall))
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER, AGENT)))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTED


# -- leaving


def test_a_transfer_that_fails_after_a_greeting_and_no_last_words_is_heard() -> None:
    desk = desk_of(
        0,
        entry={"greeting": "plan:welcome"},
        max_wait_ms=10_000,
        on_max_wait=TO_BOSS,
        fallback=TO_NUMBER,
    )
    desk.arrives()
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    desk.wait(10_000)
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7000))
    assert desk.last(Transfer).target.id == "+49303"


def test_a_copy_of_one_targets_failure_does_not_fail_the_next() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_BOSS, fallback=TO_NUMBER)
    leaving(desk)
    desk.ok(desk.last(Transfer))
    failed = CallEstablished(call="caller1", code=500, subcode=7000)
    desk.give(failed)
    desk.ok(desk.last(Transfer))
    desk.give(failed)
    assert desk.contact().state is ContactState.LEAVING
    assert "system:technical_problem" not in [p.say[0].prompt for p in plays(desk)]
    desk.wait(500)
    desk.give(CallSeen(call="caller1", state="transferring"))
    desk.wait(30_000)
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().end_reason == "handed over: number"


@pytest.mark.parametrize("told", [True, False])
def test_a_targets_second_failure_is_believed_once_asked(told: bool) -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_BOSS, fallback=TO_NUMBER)
    leaving(desk)
    desk.ok(desk.last(Transfer))
    failed = CallEstablished(call="caller1", code=500, subcode=7000)
    desk.give(failed)
    desk.ok(desk.last(Transfer))
    desk.give(failed)
    desk.wait(500)
    if told:
        desk.give(CallSeen(call="caller1", state="established"))
    else:
        desk.wait(5_000)
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_a_failure_before_the_next_transfer_was_taken_says_nothing_of_it() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_BOSS, fallback=TO_NUMBER)
    leaving(desk)
    desk.ok(desk.last(Transfer))
    failed = CallEstablished(call="caller1", code=500, subcode=7000)
    desk.give(failed)
    second = desk.last(Transfer)
    desk.give(failed)
    desk.wait(500)
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.engine.wants(second.call, second.id)
    assert plays(desk)[-1].say[0].prompt == "music:default"


def plays(desk: Desk) -> list[Play]:
    return [c for c in desk.commands if isinstance(c, Play)]


def test_an_earlier_agents_invitation_says_nothing_about_the_target() -> None:
    desk = desk_of(1, delivery=Delivery.GROUP_CALL, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    invite = desk.invited()
    ended = InviteEnded(call="caller1", context=invite.id, ok=False, ending="busy")
    desk.give(ended)
    desk.wait(10_000)
    target = desk.last(Invite)
    assert target.target.id == "+49303"
    desk.ok(target)
    desk.give(ended)
    assert "system:technical_problem" not in [p.say[0].prompt for p in plays(desk)]
    desk.give(InviteEnded(call="caller1", context=target.id, ok=True))
    desk.wait(75_000)
    assert desk.contact().state is ContactState.LEAVING
    desk.give(CallEnded(call="caller1"))
    assert desk.contact().end_reason == "handed over: number"


def test_a_caller_who_hangs_up_while_sent_on_was_not_handed_over() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_BOSS)
    leaving(desk)
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().end_reason == "caller hung up"
    assert desk.contact().outcome is Outcome.TIMED_OUT


# -- strays


def test_a_flood_about_one_stray_call_makes_us_look_now_and_then() -> None:
    desk = desk_of()
    for sequence in range(1_000):
        desk.give(ToneHeard(call="stranger", sequence=sequence, tone="1"), after=10)
    assert desk.count(EndStray) == 1
    desk.give(ToneHeard(call="stranger", sequence=1, tone="1"), after=10)
    assert desk.count(EndStray) == 2


def test_every_stray_call_is_looked_at() -> None:
    desk = desk_of()
    for number in range(300):
        desk.give(CallEstablished(call=f"stranger{number}"))
    assert desk.count(EndStray) == 300
    assert len(desk.engine.state.tenant.strays) <= 100


# -- legs


def test_a_forgotten_contact_gives_back_the_place_of_a_leg_nobody_saw_end() -> None:
    desk = desk_of(agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1"))
    desk.ok(desk.last(HangUp), problem=Problem.UNAVAILABLE)
    assert desk.engine.floor.legs["app"] == 1
    desk.wait(16 * 60_000)
    assert desk.engine.floor.legs["app"] == 0
    desk.give(CallEstablished(call=leg))
    assert desk.last(EndStray).wire == leg


@pytest.mark.parametrize("state", ["ringing", "established"])
def test_a_hang_up_that_did_not_work_is_tried_again_when_the_leg_is_seen_alive(state: str) -> None:
    desk = desk_of(agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1"))
    desk.ok(desk.last(HangUp), problem=Problem.UNAVAILABLE)
    assert desk.agent().state is AgentState.RESERVED
    desk.give(CallSeen(call=leg, state=state))
    assert desk.count(HangUp) == 2
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.IDLE
    call = desk.engine.state.calls[desk.engine.call_of(leg)]
    assert call.state is CallState.ENDED


def test_the_outcome_of_nobodys_command_is_ignored() -> None:
    desk = desk_of()
    desk.give(CommandDone(command="1-1", call=""))
    assert desk.commands == []


def test_an_operation_that_names_no_command_of_ours_is_ignored() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_BOSS)
    leaving(desk)
    desk.ok(desk.last(Transfer))
    desk.give(PromptEnded(call="caller1", context="", ok=True))
    assert desk.count(Transfer) == 1
    desk.give(InviteEnded(call="caller1", context="", ok=False))
    assert desk.count(Play) == 1
    desk.give(PromptEnded(call="stranger", context="1-1", ok=True))
    assert desk.fact(FactKind.IGNORED).detail["event"] == "PromptEnded"
