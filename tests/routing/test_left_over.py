"""What is left over of an earlier talk, pause or try must not act on the next one."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import CreateCall, HangUp, Play, Transfer
from routing.events import (
    Address,
    CallEnded,
    CallEstablished,
    Problem,
)
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import AgentState, ContactState
from routing.word_events import (
    AgentSet,
)


def desk_of(agents: int = 1, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue)), agents=agents)  # type: ignore[arg-type]


def miss(desk: Desk) -> None:
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))


def test_an_end_of_pause_once_named_does_not_end_the_next_pause() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch", until=desk.now + 900_000))
    desk.give(AgentSet(agent="a0", ready=True), after=300_000)
    desk.give(AgentSet(agent="a0", ready=False, reason="training"), after=300_000)
    desk.wait(3_600_000)
    assert not desk.agent().ready
    assert desk.agent().not_ready_reason == "training"


def test_the_reason_of_a_pause_ends_with_it() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch", until=desk.now + 900_000))
    desk.wait(900_000)
    assert desk.agent().ready
    assert desk.agent().not_ready_reason == ""
    assert desk.fact(FactKind.AGENT_CHANGED).detail["not_ready_reason"] == ""


def test_a_return_by_the_clock_that_came_sooner_by_word_does_not_come_again() -> None:
    """Missed for a queue that brings agents back, then for one that leaves it to them."""
    desk = Desk(plan(Queue(name="soon", return_after_ms=40_000), Queue(name="never")), agents=1)
    desk.arrives(account="account-soon")
    miss(desk)
    desk.give(CallEnded(call="caller1"))
    desk.give(AgentSet(agent="a0", ready=True), after=10_000)
    desk.arrives(account="account-never")
    miss(desk)
    desk.wait(3_600_000)
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_offers_missed_before_the_return_do_not_count_after_it() -> None:
    desk = desk_of(not_responding_after=2)
    desk.arrives()
    for _ in range(2):
        miss(desk)
        desk.wait(30_000)
        desk.present()
    assert desk.agent().state is AgentState.NOT_RESPONDING
    desk.give(AgentSet(agent="a0", ready=True))
    miss(desk)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().back_off == "no answer"


def test_a_talk_is_not_over_because_the_one_before_was_seen_and_left() -> None:
    desk = desk_of()
    desk.connected()
    desk.talk_seen_over()
    desk.now += 1_000
    desk.connected(desk.arrives())
    for _ in range(3):
        desk.now += 5_000
        desk.present("a0")  # presence lags: this call was not shown yet
    assert desk.contact(2).state is ContactState.CONNECTED
    desk.talk_seen_over()
    assert desk.contact(2).state is ContactState.ENDED


def test_a_wrap_up_longer_than_contacts_are_remembered_is_completed() -> None:
    desk = desk_of(wrap_up_ms=20 * 60_000)
    desk.connected()
    desk.talk_seen_over()
    over = desk.now
    desk.wait(20 * 60_000)
    assert desk.agent().state is AgentState.IDLE
    assert desk.records[-1].wrap_up_ended_at == over + 20 * 60_000
    desk.wait(15 * 60_000)
    assert desk.engine.state.contacts == {}


def test_a_doubt_about_one_target_does_not_give_up_the_next() -> None:
    """The account's number failed, perhaps; while that is asked about it surely failed."""
    account = Action(kind=ActionKind.ACCOUNT, ref="billing@contoso")
    fallback = Action(kind=ActionKind.NUMBER, ref="+49303")
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=account, fallback=fallback)
    desk.enlist(Address(ref="billing@contoso", id="billing-id", name="Billing", number="+49302"))
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(Transfer))
    failed = CallEstablished(call="caller1", code=500, subcode=7000)
    desk.give(failed)
    second = desk.last(Transfer)
    assert second.target.id == "+49302"
    desk.give(failed, after=100)
    desk.wait(1_000)  # it is asked for, and no answer comes
    desk.ok(second, problem=Problem.REFUSED)
    assert desk.last(Transfer).target.id == "+49303"
    desk.ok(desk.last(Transfer))
    desk.wait(30_000)
    assert desk.count(Transfer) == 3
    assert "system:technical_problem" not in [
        c.say[0].prompt for c in desk.commands if isinstance(c, Play)
    ]
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().end_reason == "handed over: number"


def test_an_agent_freed_by_their_word_is_not_freed_again_by_the_clock() -> None:
    """The second talk's wrap-up lasts as long as its own, not as what was left of the first's."""
    desk = desk_of(wrap_up_ms=60_000)
    desk.connected()
    desk.talk_seen_over()
    desk.give(AgentSet(agent="a0", ready=True), after=1_000)
    desk.connected(desk.arrives())
    desk.talk_seen_over()
    desk.wait(59_999)
    assert desk.agent().state is AgentState.WRAP_UP
    desk.wait(1)
    assert desk.agent().state is AgentState.IDLE
    assert desk.count(CreateCall) == 2
