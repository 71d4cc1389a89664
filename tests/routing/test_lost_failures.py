"""A transfer failed and nobody told us: the platform is asked, and believed in time."""

from __future__ import annotations

from kit.floor_desk import Desk, plan
from kit.twin_engine import saved

from routing.action import Action, ActionKind
from routing.commands import AskCall, CreateCall, HangUp, Invite, Play, Transfer
from routing.engine import Engine
from routing.events import CallEnded, CallEstablished, CallSeen, OwnerChanged, Problem
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState

TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")
TO_OTHER = Action(kind=ActionKind.NUMBER, ref="+49304")
FAILED = CallEstablished(call="caller1", code=500, subcode=7700)


def desk_of(agents: int = 2, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue)), agents=agents)  # type: ignore[arg-type]


def linking(agents: int = 2, **queue: object) -> Desk:
    """A caller whose transfer to an agent's own leg the platform has just taken."""
    desk = desk_of(agents, **queue)
    desk.arrives()
    desk.presses(desk.picks_up(), "1")
    desk.ok(desk.last(Transfer))
    return desk


def blind(agents: int = 2, **queue: object) -> Desk:
    desk = desk_of(agents, delivery=Delivery.TRANSFER, **queue)
    desk.arrives()
    desk.ok(desk.last(Transfer))
    return desk


def leaving() -> Desk:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER, fallback=TO_OTHER)
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(Transfer))
    return desk


def seen(desk: Desk, state: str, *, asked_ago: int | None = None) -> None:
    """The platform answers how the caller's leg stands."""
    desk.present()
    asked_at = None if asked_ago is None else desk.now - asked_ago
    desk.give(CallSeen(call="caller1", state=state, asked_at=asked_at))


def asked_within(desk: Desk, ms: int) -> bool:
    before = desk.count(AskCall)
    desk.wait(ms)
    return desk.count(AskCall) > before


def test_a_link_that_failed_unheard_of_is_known_three_seconds_after_it_was_taken() -> None:
    desk = linking()
    assert not asked_within(desk, 2_999)
    assert asked_within(desk, 1)
    assert desk.engine.wire_of(desk.last(AskCall).call) == "caller1"
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED
    music = [c for c in desk.commands if isinstance(c, Play) and c.say[0].prompt == "music:default"]
    assert music[-1].fresh
    assert desk.count(HangUp) == 1, "the first agent's leg"
    assert desk.count(CreateCall) == 2, "and the next agent is rung"


def test_a_link_that_cannot_have_begun_yet_has_not_failed() -> None:
    desk = linking()
    desk.wait(2_999)
    seen(desk, "established")
    assert desk.contact().state is ContactState.CONNECTING
    assert desk.count(CreateCall) == 1


def test_an_answer_to_a_question_from_before_says_nothing_of_the_link() -> None:
    desk = linking()
    desk.wait(6_000)
    seen(desk, "established", asked_ago=3_001)
    assert desk.contact().state is ContactState.CONNECTING
    seen(desk, "established", asked_ago=3_000)
    assert desk.contact().state is ContactState.QUEUED


def test_a_link_that_is_still_being_made_is_looked_at_until_it_is_known() -> None:
    desk = linking()
    desk.wait(3_000)
    for _ in range(30):
        seen(desk, "transferring")
        assert asked_within(desk, 2_000)
        assert desk.contact().state is ContactState.CONNECTING
    assert desk.count(CreateCall) == 1, "nobody else may be rung while the first may be reached"
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED


def test_a_link_is_asked_about_again_when_an_answer_is_lost() -> None:
    desk = linking()
    desk.wait(3_000)
    desk.ok(desk.last(AskCall), problem=Problem.UNAVAILABLE)
    assert asked_within(desk, 2_000)
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED


def test_a_link_of_which_the_platform_says_nothing_is_given_up_after_twenty_seconds() -> None:
    desk = linking()
    desk.wait(19_999)
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1)
    assert desk.contact().state is ContactState.QUEUED


def unproven() -> tuple[Desk, str]:
    """A caller whose leg was gone when it was asked for; and the leg of the agent who said yes."""
    desk = desk_of(1)
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(3_000)
    seen(desk, "gone")
    assert desk.contact().state is ContactState.CONNECTED
    return desk, leg


def test_the_end_of_a_link_that_nobody_told_about_is_seen() -> None:
    desk, leg = unproven()
    asked = desk.count(AskCall)
    desk.wait(5_000)
    assert desk.count(AskCall) == asked + 1, "whether the agent's leg was replaced"
    desk.give(CallSeen(call=leg, state="gone"))
    desk.wait(30_000)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(AskCall) == asked + 1


def test_an_agent_whose_leg_was_never_replaced_had_no_caller() -> None:
    desk, leg = unproven()
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.contact().state is ContactState.CONNECTED, "it may be about to be replaced"
    desk.wait(5_000)
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.contact().end_reason == "never linked"
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.agent().state is AgentState.IDLE


def test_a_hang_up_told_after_its_leg_was_seen_gone_undoes_the_link() -> None:
    desk, leg = unproven()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().end_reason == "never linked"
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    desk.give(CallEnded(call=leg))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.count(HangUp) == 1
    assert desk.agent().state is AgentState.IDLE


def test_a_success_told_after_its_leg_was_seen_gone_proves_the_link() -> None:
    desk, leg = unproven()
    desk.give(CallEnded(call="caller1", subcode=7015))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    desk.wait(5_000)
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.count(HangUp) == 0


def test_a_transfer_of_unknown_outcome_has_failed_when_its_leg_is_still_ours() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses(desk.picks_up(), "1")
    desk.ok(desk.last(Transfer), problem=Problem.UNKNOWN)
    assert asked_within(desk, 3_000)
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED


def test_while_the_transfer_has_no_outcome_an_answer_proves_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses(desk.picks_up(), "1")
    for _ in range(10):
        desk.wait(3_000)
        seen(desk, "established")
    assert desk.contact().state is ContactState.CONNECTING


def test_a_blind_ring_that_ended_unheard_of_is_known_at_the_next_look() -> None:
    desk = blind()
    desk.wait(3_000)
    for _ in range(8):
        seen(desk, "transferring")
        assert asked_within(desk, 2_000)
    assert desk.count(Transfer) == 1
    seen(desk, "established")
    assert desk.agent().state is AgentState.NOT_RESPONDING
    assert desk.last(Transfer).target.id == "a1"
    assert desk.last(Play).fresh


def test_a_blind_ring_of_which_the_platform_says_nothing_keeps_its_agent_for_75_seconds() -> None:
    desk = blind()
    desk.wait(74_999)
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(1)
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_a_target_that_was_not_reached_unheard_of_is_known_at_the_next_look() -> None:
    desk = leaving()
    desk.wait(3_000)
    seen(desk, "transferring")
    assert asked_within(desk, 2_000)
    assert desk.count(Transfer) == 1
    seen(desk, "established")
    assert desk.last(Transfer).target.id == "+49304", "the fallback"


def test_the_second_target_is_watched_like_the_first() -> None:
    desk = leaving()
    desk.wait(3_000)
    seen(desk, "established")
    desk.ok(desk.last(Transfer))
    seen(desk, "established")
    assert desk.last(Transfer).target.id == "+49304"
    desk.wait(3_000)
    seen(desk, "established")
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_news_of_a_failure_that_was_found_out_already_does_not_fail_the_next_link() -> None:
    desk = linking()
    desk.wait(3_000)
    seen(desk, "established")
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(FAILED)
    assert desk.contact().state is ContactState.CONNECTING
    desk.wait(500)
    seen(desk, "transferring")
    desk.wait(19_000)
    assert desk.contact().state is ContactState.CONNECTING
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_an_answer_from_before_a_failure_was_told_again_does_not_prove_it() -> None:
    desk = linking()
    desk.give(FAILED)
    desk.presses(desk.picks_up(), "1")
    desk.ok(desk.last(Transfer))
    desk.wait(1_000)
    desk.give(FAILED)
    desk.wait(400)
    seen(desk, "established", asked_ago=500)
    assert desk.contact().state is ContactState.CONNECTING
    assert asked_within(desk, 100)
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED


def test_a_failed_link_told_again_does_not_fail_an_invitation() -> None:
    desk = linking(1, max_wait_ms=60_000, on_max_wait=TO_NUMBER)
    desk.give(FAILED)
    desk.ok(desk.last(HangUp))
    desk.wait(10_000)
    desk.present()
    desk.presses(desk.picks_up(), "1")
    desk.ok(desk.last(Transfer))
    desk.wait(3_000)
    seen(desk, "established")
    desk.ok(desk.last(HangUp))
    desk.wait(10_000)
    desk.present()
    assert desk.last(Invite).target.id == "a0", "served in a group call after two failures"
    desk.wait(60_000)
    assert desk.last(Invite).target.id == "+49303"
    desk.ok(desk.last(Invite))
    desk.give(FAILED)
    desk.wait(5_500)
    seen(desk, "established")
    assert desk.last(Play).say[0].prompt != "system:technical_problem"
    assert desk.contact().leaving_by == desk.last(Invite).id


def test_whoever_takes_over_believes_the_answer_to_its_own_question() -> None:
    desk = linking()
    state = saved(desk.engine.state)
    state.epoch, state.counted = 2, 0
    desk.engine = Engine(desk.engine.plan, state)
    desk.give(OwnerChanged(epoch=2), after=10_000)
    assert desk.engine.wire_of(desk.last(AskCall).call)
    seen(desk, "established")
    assert desk.contact().state is ContactState.QUEUED


def test_an_end_told_without_a_reason_after_its_leg_was_seen_gone_proves_nothing() -> None:
    desk, leg = unproven()
    desk.give(CallEnded(call="caller1"))
    assert desk.contact().state is ContactState.CONNECTED
    desk.wait(5_000)
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.contact().end_reason == "never linked"


def test_sound_of_the_replaced_leg_told_again_changes_nothing() -> None:
    desk, leg = unproven()
    desk.give(CallEstablished(call=leg))
    assert desk.count(HangUp) == 0
    assert desk.contact().state is ContactState.CONNECTED


def test_a_failure_told_when_no_transfer_is_under_way_changes_nothing() -> None:
    desk = desk_of(0)
    desk.arrives()
    plays = desk.count(Play)
    desk.give(FAILED)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(Play) == plays


def test_the_outcome_of_a_transfer_that_failed_already_watches_over_nothing() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=TO_NUMBER, fallback=TO_OTHER)
    desk.arrives()
    desk.wait(10_000)
    first = desk.last(Transfer)
    desk.give(FAILED)
    second = desk.last(Transfer)
    assert second.target.id == "+49304"
    desk.ok(first)
    assert not asked_within(desk, 4_000)
    desk.ok(second)
    assert asked_within(desk, 3_000)


def test_a_caller_who_hung_up_before_the_failure_was_seen_is_not_rung_for() -> None:
    desk = linking()
    desk.wait(3_000)
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().state is ContactState.ENDED
    seen(desk, "established")
    assert desk.count(CreateCall) == 1
