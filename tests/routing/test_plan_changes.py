"""Callers and agents who are under way while the plan or the directory changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.floor_desk import Desk, plan, with_queue
from kit.twin_engine import saved

from routing.action import Action, ActionKind
from routing.commands import CreateCall, HangUp, Invite, Play, Transfer
from routing.engine import Engine
from routing.events import (
    CallEnded,
    CallEstablished,
    Member,
    OwnerChanged,
    PlanChanged,
    PromptEnded,
)
from routing.plan import Delivery, Plan, Queue, Rule
from routing.state import AgentState, ContactState, Outcome

SALES = plan(Queue(name="sales", max_wait_ms=60_000))
OTHER = plan(Queue(name="support"))


def change(desk: Desk, the_plan: Plan) -> None:
    desk.give(PlanChanged(plan=the_plan))


def test_a_queue_that_vanishes_during_the_greeting_lets_the_caller_go_with_an_apology() -> None:
    desk = Desk(plan(Queue(name="sales"), entry={"greeting": "plan:welcome"}), agents=1)
    desk.arrives()
    change(desk, OTHER)
    assert desk.contact().state is ContactState.GREETING
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().outcome is Outcome.FAILED
    assert desk.last(Play).say[0].prompt == "system:technical_problem"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().state is ContactState.ENDED


def test_a_queue_that_vanishes_before_the_answer_lets_the_caller_go_too() -> None:
    desk = Desk(SALES, agents=1)
    desk.rings()
    change(desk, OTHER)
    desk.give(CallEstablished(call="caller1"))
    assert desk.contact().state is ContactState.LEAVING


def test_a_queue_that_vanishes_while_linking_lets_the_caller_go_when_the_link_fails() -> None:
    desk = Desk(SALES, agents=1)
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    change(desk, OTHER)
    assert desk.contact().state is ContactState.CONNECTING
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    assert desk.contact().state is ContactState.LEAVING
    desk.wait(60_000)
    assert desk.contact().state is ContactState.ENDED


def test_a_queue_that_vanishes_while_a_phone_rings_stops_the_phone() -> None:
    desk = Desk(SALES, agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    change(desk, OTHER)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.contact().state is ContactState.LEAVING


def test_a_talk_outlives_its_queue() -> None:
    desk = Desk(SALES, agents=1)
    desk.connected()
    change(desk, OTHER)
    assert desk.contact().state is ContactState.CONNECTED
    desk.talk_seen_over()
    assert desk.contact().outcome is Outcome.ANSWERED
    assert desk.agent().state is AgentState.IDLE


def test_a_longer_maximum_wait_holds_for_those_whose_link_fails_after_the_old_one() -> None:
    desk = Desk(plan(Queue(name="sales", max_wait_ms=5_000)), agents=1)
    desk.arrives()
    start = desk.now
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(6_000)
    change(desk, plan(Queue(name="sales", max_wait_ms=30_000)))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(start + 29_999 - desk.now)
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(1)
    assert desk.contact().state is ContactState.LEAVING


def test_a_changed_delivery_holds_for_new_callers_only() -> None:
    desk = Desk(SALES, agents=2)
    desk.arrives()
    leg = desk.phone_rings()
    change(desk, with_queue(SALES, delivery=Delivery.GROUP_CALL))
    desk.give(CallEnded(call=leg, ending="busy"))
    assert desk.count(CreateCall) == 2
    assert desk.count(Invite) == 0


def test_a_queue_that_comes_back_has_its_line_and_its_agents_again() -> None:
    desk = Desk(plan(Queue(name="sales"), Queue(name="support")), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives(account="account-support")
    change(desk, replace(desk.engine.plan, version=2))
    desk.present("a0")
    assert desk.count(CreateCall) == 1
    assert desk.engine.floor.lengths["support"] == 1


def test_round_robin_goes_on_where_it_was_although_that_agent_left() -> None:
    desk = Desk(plan(Queue(name="sales", rule=Rule.ROUND_ROBIN)), agents=3)
    order = []

    def offered() -> None:
        number = desk.arrives()
        order.append(desk.last(CreateCall).target.id)
        desk.give(CallEnded(call=f"caller{number}"))
        leg = desk.phone_rings()
        desk.give(CallEnded(call=leg))

    offered()
    offered()
    desk.members = tuple(m for m in desk.members if m.agent != "a1")
    desk.enlist()
    offered()
    offered()
    assert order == ["a0", "a1", "a2", "a0"]


def test_an_agent_moved_up_in_the_plans_order_is_chosen_first() -> None:
    desk = Desk(plan(Queue(name="sales", rule=Rule.SERIAL)), agents=2)
    desk.members = tuple(replace(m, position=1 - m.position) for m in desk.members)
    desk.enlist()
    desk.arrives()
    assert desk.last(CreateCall).target.id == "a1"


def test_an_agent_twice_in_one_queue_is_there_once() -> None:
    twice = Member(queue="sales", position=7, agent="a0", upn="a0@contoso", name="")
    desk = Desk(SALES, members=(replace(twice, position=0), twice))
    assert len(desk.engine.floor.pools["sales"].order) == 1
    desk.members = ()
    desk.enlist()
    assert desk.engine.floor.pools["sales"].order == []
    desk.arrives()
    assert desk.count(CreateCall) == 0


def test_a_dismissed_agent_who_does_not_respond_is_gone() -> None:
    desk = Desk(SALES, agents=1)
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.members = ()
    desk.enlist()
    assert "a0" not in desk.engine.state.agents


def test_a_dismissed_agent_whose_phone_rings_is_let_go_at_its_end() -> None:
    desk = Desk(SALES, agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.members = ()
    desk.enlist()
    desk.give(CallEnded(call=leg, ending="busy"))
    assert desk.agent().state is AgentState.IDLE
    desk.enlist()
    assert "a0" not in desk.engine.state.agents
    desk.wait(20_000)
    assert desk.count(CreateCall) == 1


def test_a_member_of_a_queue_the_plan_does_not_have_is_nobodys_agent() -> None:
    stranger = Member(queue="unheard-of", position=0, agent="a9", upn="a9@contoso", name="")
    desk = Desk(SALES, members=(stranger,))
    desk.arrives()
    assert desk.count(CreateCall) == 0
    desk.members = (replace(stranger, queue="other"),)
    desk.enlist()
    assert desk.agent("a9").memberships[0].queue == "other"


@pytest.mark.parametrize("kind", [ActionKind.USER, ActionKind.ACCOUNT])
def test_an_entry_point_whose_fallback_is_not_resolved_says_busy(kind: ActionKind) -> None:
    entry: dict[str, object] = {"fallback": Action(kind=kind, ref="unknown@contoso")}
    desk = Desk(plan(Queue(name="sales"), legs={"app": 5}, entry=entry), agents=0)
    desk.rings()
    assert type(desk.commands[-1]).__name__ == "Reject"


def test_agents_of_a_queue_that_was_dropped_are_dismissed() -> None:
    desk = Desk(plan(Queue(name="sales"), Queue(name="support")), agents=1)
    change(desk, SALES)
    desk.members = ()
    desk.enlist()
    assert desk.engine.state.agents == {}


def loaded(desk: Desk, the_plan: Plan) -> None:
    """The service was started again, with another plan."""
    state = saved(desk.engine.state)
    state.epoch, state.counted = 2, 0
    desk.engine = Engine(the_plan, state)


def test_callers_of_a_queue_dropped_while_nobody_was_the_owner_are_let_go() -> None:
    desk = Desk(SALES, agents=0)
    desk.arrives()
    loaded(desk, OTHER)
    desk.give(OwnerChanged(epoch=2))
    assert desk.contact().state is ContactState.LEAVING


def test_so_are_those_whose_phone_was_busy_meanwhile() -> None:
    desk = Desk(SALES, agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    loaded(desk, OTHER)
    desk.give(CallEnded(call=leg, ending="busy"))
    assert desk.contact().state is ContactState.LEAVING
