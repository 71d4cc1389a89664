"""Opting out of a queue, and back in; and the plan's reasons for not being ready."""

from __future__ import annotations

from typing import Any

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action
from routing.agent_activity import Activity, activity
from routing.choices import NotReadyReason
from routing.commands import CreateCall
from routing.events import CallEnded, PlanChanged
from routing.facts import FactKind
from routing.plan import Plan, Queue
from routing.staffing import nobody_there, on_duty
from routing.state import AgentState, ContactState, Outcome
from routing.waiting_rules import Absence, NoAgent
from routing.word_events import AgentOpted, AgentSet

LUNCH = NotReadyReason(code="lunch", words={"en": "Lunch", "ko": "점심"}, back_after_ms=60_000)
MEETING = NotReadyReason(code="meeting", words={"en": "In a meeting"})


def two(**sales: Any) -> Plan:
    return plan(Queue(name="sales", **sales), Queue(name="other"))


@pytest.fixture
def desk() -> Desk:
    return Desk(two(), agents=1)


def opts(desk: Desk, *, out: bool, queue: str = "sales", **fields: Any) -> None:
    desk.give(AgentOpted(agent="a0", queue=queue, out=out, **fields))


def test_who_opted_out_is_not_offered_that_queue_and_is_the_others(desk: Desk) -> None:
    opts(desk, out=True)
    desk.arrives()
    assert desk.count(CreateCall) == 0
    assert desk.engine.floor.pools["sales"].reasons == {"opted out": 1}
    desk.arrives(account="account-other")
    assert desk.contact(2).offer


def test_back_in_the_one_who_waits_is_offered_at_once(desk: Desk) -> None:
    opts(desk, out=True)
    desk.arrives()
    opts(desk, out=False)
    assert desk.contact().offer
    assert desk.fact(FactKind.AGENT_CHANGED).detail["opted_out"] == []


def test_the_fact_says_who_did_it(desk: Desk) -> None:
    opts(desk, out=True, by="sam-id", by_name="Sam Supervisor")
    assert (
        desk.fact(FactKind.AGENT_CHANGED).detail["why"] == "opted out of sales, by Sam Supervisor"
    )
    facts = len(desk.facts)
    opts(desk, out=True)
    assert len(desk.facts) == facts, "what is so already is no news"


def test_an_offer_that_was_not_taken_yet_goes_to_somebody_else() -> None:
    desk = Desk(two())
    desk.arrives()
    assert desk.engine.state.offers[desk.contact().offer].agent == "a0"
    desk.phone_rings()
    opts(desk, out=True)
    assert desk.engine.state.offers[desk.contact().offer].agent == "a1"


def test_an_offer_of_another_queue_rings_on(desk: Desk) -> None:
    desk.arrives()
    desk.phone_rings()
    opts(desk, out=True, queue="other")
    assert desk.agent().state is AgentState.RESERVED
    assert desk.engine.state.offers[desk.contact().offer].outcome == ""


@pytest.mark.parametrize(
    ("queue", "agent", "code"),
    [("sales", "a9", "not_an_agent"), ("nowhere", "a0", "not_in_queue")],
)
def test_what_is_nobodys_queue_is_refused(desk: Desk, queue: str, agent: str, code: str) -> None:
    desk.give(AgentOpted(agent=agent, queue=queue, out=True))
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == code


def test_where_the_plan_forbids_it_nobody_opts_out_and_who_had_counts_again(desk: Desk) -> None:
    opts(desk, out=True)
    desk.arrives()
    desk.give(PlanChanged(plan=two(opt_out=False)))
    assert desk.contact().offer, "the plan has the last word"
    opts(desk, out=False)
    opts(desk, out=True)
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == "no_opting_out"


@pytest.mark.parametrize("when", [(Absence.OFF,), (Absence.OFF, Absence.NOT_READY)])
def test_a_queue_whose_agents_all_opted_out_has_nobody(when: tuple[Absence, ...]) -> None:
    desk = Desk(two(no_agent=NoAgent(when=when, action=Action())), agents=1)
    queue = desk.engine.floor.queues["sales"]
    assert on_duty(desk.engine.floor, queue) == 1
    desk.arrives(account="account-other")
    desk.rings(account="account-sales")
    opts(desk, out=True)
    assert on_duty(desk.engine.floor, queue) == 0
    assert desk.agent().state is AgentState.RESERVED, "busy for another queue, and no help here"
    assert nobody_there(desk.engine.floor, queue)


def test_the_last_one_who_opts_out_sends_those_who_wait_where_the_plan_says() -> None:
    desk = Desk(two(no_agent=NoAgent(action=Action())), agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="declined"))
    assert desk.contact().state is ContactState.QUEUED, "the agent will soon be back"
    opts(desk, out=True)
    assert desk.contact().state is ContactState.LEAVING
    assert desk.contact().outcome is Outcome.NO_AGENT


def test_the_floor_counts_them_as_opted_out_unless_they_are_busy_or_not_ready(desk: Desk) -> None:
    opts(desk, out=True)
    sales, other = desk.engine.plan.queues
    assert activity(desk.agent(), sales) is Activity.OPTED_OUT
    assert activity(desk.agent(), other) is Activity.AVAILABLE
    desk.give(AgentSet(agent="a0", ready=False))
    assert activity(desk.agent(), sales) is Activity.NOT_READY


# -- reasons for not being ready


@pytest.fixture
def reasoned() -> Desk:
    return Desk(plan(Queue(name="sales"), not_ready_reasons=(LUNCH, MEETING)), agents=1)


@pytest.mark.parametrize("words", ["lunch", "Lunch", " LUNCH ", "점심"])
def test_a_reason_is_known_by_its_code_and_by_its_words_and_ends_by_itself(
    reasoned: Desk, words: str
) -> None:
    reasoned.give(AgentSet(agent="a0", ready=False, reason=words))
    assert (reasoned.agent().ready, reasoned.agent().not_ready_reason) == (False, "lunch")
    reasoned.wait(59_999)
    assert not reasoned.agent().ready
    reasoned.wait(1)
    assert reasoned.agent().ready


def test_a_time_that_the_agent_names_counts_and_the_plans_does_not(reasoned: Desk) -> None:
    until = reasoned.now + 5_000
    reasoned.give(AgentSet(agent="a0", ready=False, reason="lunch", until=until))
    reasoned.wait(5_000)
    assert reasoned.agent().ready


def test_a_reason_without_a_time_and_own_words_wait_for_the_agents_word(reasoned: Desk) -> None:
    for reason, kept in (("in a meeting", "meeting"), ("dentist", "dentist")):
        reasoned.give(AgentSet(agent="a0", ready=False, reason=reason))
        reasoned.wait(8 * 3_600_000)
        assert (reasoned.agent().ready, reasoned.agent().not_ready_reason) == (False, kept)


def test_another_reason_begins_its_own_time(reasoned: Desk) -> None:
    reasoned.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    reasoned.give(AgentSet(agent="a0", ready=False, reason="meeting"), after=30_000)
    reasoned.wait(3_600_000)
    assert not reasoned.agent().ready
