"""News that seldom comes, or comes where nobody waits for it."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.commands import AskCall, CreateCall, HangUp, Invite, Play, RemoveParticipant, Transfer
from routing.events import (
    Address,
    AgentSet,
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    InviteEnded,
    Phase,
    PresenceRead,
    Problem,
    PromptEnded,
    Reading,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Accept, Action, ActionKind, Delivery, Preset, Queue
from routing.state import AgentState, ContactState, OfferState, Outcome

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


# -- legs that end


def test_a_group_call_that_ends_ends_the_talk() -> None:
    desk = group(wrap_up_ms=5_000)
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.give(CallEnded(call="caller1", code=200, subcode=5010), after=60_000)
    assert desk.contact().end_reason == "call ended"
    assert desk.contact().outcome is Outcome.ANSWERED
    assert desk.agent().state is AgentState.WRAP_UP


def test_the_same_end_twice_is_one_end() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    for _ in range(3):
        desk.give(CallEnded(call=leg, ending="busy"))
        desk.give(CallEnded(call="caller1"))
    assert len(desk.records) == 1
    assert desk.engine.floor.legs["app"] == 1, "the second agent's, being hung up"


def test_a_caller_who_hangs_up_during_the_last_words_was_told() -> None:
    desk = desk_of(0, max_wait_ms=10_000)
    desk.arrives()
    desk.wait(10_000)
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.contact().end_reason == "caller hung up"
    assert desk.contact().outcome is Outcome.TIMED_OUT


def test_a_caller_who_hangs_up_while_the_target_rings_in_the_meeting() -> None:
    desk = group(1, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    desk.ok(desk.last(Invite))
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.contact().end_reason == "caller hung up"


def test_the_replaced_leg_ends_after_the_link_was_told() -> None:
    desk = desk_of()
    leg = linking(desk)
    desk.linked()
    desk.give(CallEnded(call=leg, subcode=7015), after=1_000)
    desk.wait(20_000)
    assert desk.count(AskCall) == 0
    assert desk.contact().state is ContactState.CONNECTED


def test_an_agents_leg_found_alive_when_the_talk_is_over_is_ended() -> None:
    desk = desk_of()
    leg = linking(desk)
    desk.linked()
    desk.talk_seen_over()
    assert desk.contact().state is ContactState.ENDED
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg


def test_a_phone_that_was_gone_when_asked_gives_its_agent_a_pause() -> None:
    desk = desk_of(1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallSeen(call=leg, state="gone"))
    assert desk.agent().back_off == "failed"
    assert desk.count(CreateCall) == 1


def test_a_phone_still_ringing_when_asked_rings_on() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallSeen(call=leg, state="ringing"))
    desk.wait(17_999)
    assert desk.count(HangUp) == 0


def test_an_answer_about_a_leg_that_is_over_or_unknown_changes_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    desk.give(CallEnded(call="caller1"))
    desk.facts.clear()
    desk.commands.clear()
    desk.give(CallSeen(call="caller1", state="established"))
    desk.give(CallSeen(call="stranger", state="established"))
    assert desk.facts == []
    assert desk.commands == []


def test_a_contact_refused_whose_answer_was_carried_out_all_the_same_is_ended() -> None:
    desk = desk_of(0)
    desk.rings()
    desk.ok(desk.commands[-1], problem=Problem.UNAVAILABLE)
    desk.give(CallEstablished(call="caller1"))
    assert desk.count(HangUp) == 1


def test_an_answer_that_found_nobody_is_an_abandoned_call() -> None:
    desk = desk_of(0)
    desk.rings()
    desk.ok(desk.commands[-1], problem=Problem.GONE)
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.engine.floor.legs["app"] == 0


def test_a_transfer_that_found_nobody_is_no_link() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer), problem=Problem.GONE)
    desk.wait(5_000)
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg


def test_a_link_that_is_proven_counts_although_the_transfer_found_nobody() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer), problem=Problem.GONE)
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().state is ContactState.CONNECTED


def test_a_target_that_nobody_could_be_transferred_to_waits_for_the_callers_end() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(Transfer), problem=Problem.GONE)
    assert desk.contact().state is ContactState.LEAVING
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.contact().state is ContactState.ENDED


def test_an_invitation_that_found_nobody_is_asked_about() -> None:
    desk = group()
    desk.arrives()
    desk.ok(desk.last(Invite), problem=Problem.GONE)
    assert desk.engine.wire_of(desk.last(AskCall).call) == "caller1"
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED


# -- progress, prompts and keys


def test_a_late_word_that_the_phone_rings_changes_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.give(CallProgressed(call=leg, phase=Phase.RINGING))
    desk.wait(18_000)
    assert desk.count(HangUp) == 0


def test_progress_of_the_callers_leg_while_waiting_changes_nothing() -> None:
    desk = desk_of(0)
    desk.arrives()
    for phase in (Phase.ESTABLISHING, Phase.TRANSFER_ACCEPTED, Phase.HOLD, Phase.OTHER):
        desk.give(CallProgressed(call="caller1", phase=phase))
    assert not desk.contact().linking_heard
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED


def test_a_callers_key_has_no_menu() -> None:
    desk = desk_of()
    desk.arrives()
    desk.give(ToneHeard(call="caller1", sequence=1, tone="1"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "no menu"


def test_a_whisper_that_ends_after_the_accept_changes_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    whispers = [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "whisper"]
    desk.presses(leg, "1")
    for whisper in whispers:
        desk.give(PromptEnded(call=leg, context=whisper.id, ok=False))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTING


def test_the_end_of_an_unknown_prompt_changes_nothing() -> None:
    desk = desk_of(0)
    desk.arrives()
    plays = desk.count(Play)
    desk.give(PromptEnded(call="caller1", context="somebody-elses", ok=True))
    assert desk.count(Play) == plays
    desk.give(CallEnded(call="caller1"))
    desk.give(PromptEnded(call="caller1", context=desk.contact().music, ok=True))
    assert desk.count(Play) == plays


def test_the_length_of_the_whisper_guards_against_its_lost_end() -> None:
    the_plan = plan(Queue(name="sales"), durations={"whisper": 5_000})
    desk = Desk(the_plan, agents=1)
    desk.arrives()
    desk.picks_up()
    desk.wait(15_999)
    assert desk.count(HangUp) == 0
    desk.wait(1)
    assert desk.count(HangUp) == 1


def test_the_question_about_a_link_is_asked_once_while_it_is_out() -> None:
    desk = desk_of()
    linking(desk)
    failed = CallEstablished(call="caller1", code=500, subcode=7700)
    desk.give(failed)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(failed)
    desk.wait(500)
    asked = desk.count(AskCall)
    desk.give(failed)
    desk.wait(4_999)
    assert desk.count(AskCall) == asked
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1)
    assert desk.contact().state is ContactState.QUEUED


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
