"""News that seldom comes, or comes where nobody waits for it."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CreateCall, HangUp, Invite, Play, Transfer
from routing.events import (
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    Phase,
    Problem,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, Outcome

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


def test_a_failure_told_again_is_believed_when_no_question_about_it_is_answered() -> None:
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
    assert desk.count(AskCall) > asked, "again and again"
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1)
    assert desk.contact().state is ContactState.QUEUED
