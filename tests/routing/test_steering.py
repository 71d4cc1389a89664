"""What supervisors do to contacts that wait, and what they may not do any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kit.callback_desk import CallbackDesk
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.commands import CreateCall, HangUp, Invite, Play, Transfer
from routing.events import CallEnded, Member
from routing.explanation import PULLED
from routing.facts import FactKind
from routing.plan import Delivery, Plan, Queue
from routing.state import AgentState, ContactState, OfferState, Outcome
from routing.waiting_rules import NoAgent
from routing.word_events import (
    AcceptedByCard,
    AgentOpted,
    AgentSet,
    BulletinSet,
    ContactSteered,
    Steer,
)

TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49301")
SAM: dict[str, str] = {"by": "sam-id", "by_name": "Sam Supervisor"}


def two(other: dict[str, Any] | None = None, **sales: Any) -> Plan:
    return plan(Queue(name="sales", **sales), Queue(name="other", **(other or {})))


def steers(desk: Desk, act: Steer, number: int = 1, **fields: Any) -> None:
    given: dict[str, Any] = {"seen_queue": "sales", **SAM, **fields}
    desk.give(ContactSteered(contact=desk.contact(number).id, act=act, **given))


def refused(desk: Desk) -> str:
    fact = desk.fact(FactKind.ACT_REFUSED)
    assert fact.detail["by"] == "Sam Supervisor"
    return str(fact.detail["code"])


def waits(desk: Desk, count: int = 1) -> None:
    """So many wait in `sales`, for whom nobody is rung: the agents serve only the other."""
    for agent in ("a0", "a1"):
        desk.give(AgentOpted(agent=agent, queue="sales", out=True))
    for _ in range(count):
        desk.arrives(account="account-sales")


# -- pull


def test_who_is_pulled_is_offered_next_to_the_named_agent_and_nobody_else_rings() -> None:
    desk = Desk(two())
    desk.arrives()
    leg = desk.phone_rings()
    assert desk.engine.state.offers[desk.contact().offer].agent == "a0"
    steers(desk, Steer.PULL, to="a1")
    offer = desk.engine.state.offers[desk.contact().offer]
    assert (offer.agent, offer.explanation.rule) == ("a1", PULLED)
    assert desk.agent("a0").state is AgentState.RESERVED, "until their phone is silent"
    assert desk.count(HangUp) == 1
    desk.give(CallEnded(call=leg, ending="completed"))
    assert desk.agent("a0").missed == 0
    fact = desk.fact(FactKind.CONTACT_PULLED)
    assert (fact.agent, fact.detail["by"], fact.queue) == ("a1", "Sam Supervisor", "sales")


def test_a_pull_passes_those_who_wait_longer() -> None:
    desk = Desk(two(), agents=1)
    desk.give(AgentSet(agent="a0", ready=False))
    desk.arrives()
    desk.arrives()
    desk.give(AgentSet(agent="a0", ready=True))
    desk.phone_rings()
    assert desk.contact(1).offer
    steers(desk, Steer.PULL, 2, to="a0")
    assert refused(desk) == "agent_not_available", "they are being offered another"
    assert desk.contact(1).offer


@pytest.mark.parametrize("what", ["said yes", "picked up"])
def test_whom_an_agent_takes_is_left_to_them(what: str) -> None:
    desk = Desk(two())
    desk.chats("a0", "a1")
    desk.arrives()
    offer = desk.contact().offer
    if what == "said yes":
        desk.give(AcceptedByCard(offer=offer, agent="a0"))
    else:
        desk.card_taken()
        desk.picks_up()
    for act, to in ((Steer.PULL, "a1"), (Steer.MOVE, "other"), (Steer.WITHDRAW, "")):
        steers(desk, act, to=to)
        assert refused(desk) == "has_agent"
    assert desk.contact().offer == offer


def test_two_supervisors_pull_at_once_and_the_second_is_told() -> None:
    desk = Desk(two(), agents=3)
    desk.arrives()
    steers(desk, Steer.PULL, to="a1")
    steers(desk, Steer.PULL, to="a1")
    assert refused(desk) == "offered_already"
    steers(desk, Steer.PULL, to="a2")
    assert refused(desk) == "pulled_already"
    assert desk.engine.state.offers[desk.contact().offer].agent == "a1"


def test_a_pulled_offer_that_is_declined_leads_back_to_the_line() -> None:
    desk = Desk(two())
    desk.arrives()
    since = desk.contact().seniority_at
    steers(desk, Steer.PULL, to="a1")
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="declined"))
    assert (desk.contact().state, desk.contact().offer) == (ContactState.QUEUED, "")
    assert desk.engine.floor.lines["sales"].has(desk.contact())
    assert desk.contact().seniority_at == since


def test_an_agent_of_another_queue_may_be_named() -> None:
    only_other = Member(queue="other", position=0, agent="a0", upn="a0@contoso.example", name="")
    desk = Desk(two(), members=(only_other,))
    desk.arrives()
    assert desk.contact().offer == ""
    steers(desk, Steer.PULL, to="a0")
    assert desk.engine.state.offers[desk.contact().offer].agent == "a0"
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(1, leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_without_a_leg_nobody_is_pulled() -> None:
    desk = Desk(two())
    waits(desk)
    desk.give(AgentOpted(agent="a0", queue="sales", out=False))
    desk.phone_rings()
    desk.engine.floor.plan = replace(desk.engine.plan, legs={"app": 2})
    desk.give(AgentOpted(agent="a1", queue="sales", out=False))
    steers(desk, Steer.PULL, to="a1")
    assert refused(desk) == "no_legs"
    assert desk.engine.state.offers[desk.contact().offer].agent == "a0"


def test_an_invitation_that_cannot_be_stopped_rings_out_and_joins_too_late() -> None:
    desk = Desk(two(delivery=Delivery.GROUP_CALL))
    desk.arrives()
    desk.invited()
    first = desk.contact().offer
    steers(desk, Steer.PULL, to="a1")
    assert desk.engine.state.offers[first].state is OfferState.RESCINDING
    assert desk.last(Invite).target.id == "a1"
    assert desk.agent("a0").state is AgentState.RESERVED


# -- move


def test_who_is_moved_waits_elsewhere_with_their_seniority_and_visits_add_up() -> None:
    desk = Desk(two(), agents=0)
    desk.arrives()
    since = desk.contact().seniority_at
    desk.wait(60_000)
    steers(desk, Steer.MOVE, to="other")
    contact = desk.contact()
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "other")
    assert (contact.seniority_at, contact.queued_at) == (since, desk.now)
    left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
    assert (left.queue, left.detail["outcome"], left.detail["waited_ms"]) == (
        "sales",
        "moved",
        60_000,
    )
    assert desk.fact(FactKind.CONTACT_QUEUED).queue == "other"
    assert desk.fact(FactKind.CONTACT_MOVED).detail["by"] == "Sam Supervisor"


def test_of_two_who_move_the_same_contact_the_second_is_refused_and_nothing_is_lost() -> None:
    desk = Desk(plan(Queue(name="sales"), Queue(name="other"), Queue(name="third")), agents=0)
    desk.arrives()
    steers(desk, Steer.MOVE, to="other")
    steers(desk, Steer.MOVE, to="third")
    assert refused(desk) == "moved_meanwhile"
    assert desk.contact().queue == "other"
    assert desk.engine.floor.lines["other"].has(desk.contact())


def test_a_ring_is_taken_back_before_the_contact_is_moved() -> None:
    desk = Desk(two())
    desk.arrives()
    leg = desk.phone_rings()
    steers(desk, Steer.MOVE, to="other")
    assert desk.count(HangUp) == 1
    offer = desk.engine.state.offers[desk.contact().offer]
    assert (offer.agent, offer.queue) == ("a1", "other"), "nobody is rung twice"
    desk.give(CallEnded(call=leg, ending="completed"))
    assert desk.agent("a0").missed == 0


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"max_length": 0}, "queue_full"),
        ({"no_agent": NoAgent(action=TO_NUMBER)}, "queue_without_agent"),
        ({}, "queue_closed"),
    ],
)
def test_nobody_is_moved_where_they_could_not_stay(other: dict[str, Any], code: str) -> None:
    desk = Desk(two(other), agents=1)
    desk.give(AgentSet(agent="a0", ready=False))
    desk.arrives()
    if code == "queue_closed":
        desk.give(BulletinSet(closes=True, scope=Scope.QUEUE, name="other"))
    steers(desk, Steer.MOVE, to="other")
    assert refused(desk) == code
    assert desk.contact().queue == "sales"


@pytest.mark.parametrize(("to", "code"), [("sales", "there_already"), ("nowhere", "unknown_queue")])
def test_a_place_that_is_none_is_refused(to: str, code: str) -> None:
    desk = Desk(two(), agents=0)
    desk.arrives()
    steers(desk, Steer.MOVE, to=to)
    assert refused(desk) == code


def test_who_talks_or_is_gone_is_left_alone() -> None:
    desk = Desk(two())
    desk.connected()
    for act in Steer:
        steers(desk, act, to="other")
        assert refused(desk) == "has_agent"
    desk.give(ContactSteered(contact="none", act=Steer.MOVE, seen_queue="sales", to="other", **SAM))
    assert refused(desk) == "contact_gone"


# -- priority


def test_another_priority_changes_the_place_and_goes_along_to_another_queue() -> None:
    desk = Desk(two(), agents=0)
    desk.arrives()
    desk.wait(30_000)
    desk.arrives()
    steers(desk, Steer.PRIORITIZE, 2, priority=1)
    line = desk.engine.floor.lines["sales"]
    assert line.head() is not None
    assert line.ahead_of(desk.contact(1)) == 1
    assert len(line.places) == 2
    fact = desk.fact(FactKind.CONTACT_PRIORITIZED)
    assert (fact.detail["priority"], fact.detail["before"]) == (1, 3)
    steers(desk, Steer.MOVE, 2, to="other")
    assert desk.contact(2).priority == 1
    facts = len(desk.facts)
    steers(desk, Steer.PRIORITIZE, 2, priority=1, seen_queue="other")
    assert len(desk.facts) == facts, "what is so already is no news"


def test_during_a_ring_the_priority_counts_from_the_next_wait_on() -> None:
    desk = Desk(two(), agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    steers(desk, Steer.PRIORITIZE, priority=5)
    assert desk.engine.floor.lines["sales"].places == []
    desk.give(CallEnded(call=leg, ending="declined"))
    assert desk.engine.floor.lines["sales"].has(desk.contact())


@pytest.mark.parametrize(
    ("aging_ms", "priority", "code"),
    [(0, 1, "priority_counts_not"), (120_000, 0, "no_such_priority"), (1, 6, "no_such_priority")],
)
def test_a_priority_that_means_nothing_is_refused(aging_ms: int, priority: int, code: str) -> None:
    desk = Desk(two(aging_ms=aging_ms), agents=0)
    desk.arrives()
    steers(desk, Steer.PRIORITIZE, priority=priority)
    assert refused(desk) == code


# -- withdraw


def test_who_is_withdrawn_hears_the_supervisors_words_and_the_visit_says_so() -> None:
    desk = Desk(two(), agents=0)
    desk.arrives()
    steers(desk, Steer.WITHDRAW, texts={"en": "Please call us tomorrow."}, clips={"en": "a" * 64})
    assert desk.last(Play).say[0].prompt == f"clip:{'a' * 64}"
    assert desk.contact().state is ContactState.LEAVING
    fact = desk.fact(FactKind.CONTACT_WITHDRAWN)
    assert fact.detail["text"] == "Please call us tomorrow."
    desk.wait(60_000)
    assert desk.contact().outcome is Outcome.WITHDRAWN
    assert desk.fact(FactKind.CONTACT_LEFT_QUEUE).detail["outcome"] == "withdrawn"


def test_without_words_they_hear_good_bye() -> None:
    desk = Desk(two(), agents=0)
    desk.arrives()
    steers(desk, Steer.WITHDRAW)
    assert desk.last(Play).say[0].prompt == "system:goodbye"


def test_or_go_a_way_that_the_plan_has_for_the_queue_and_no_other() -> None:
    desk = Desk(two(on_max_wait=TO_NUMBER), agents=0)
    desk.arrives()
    steers(desk, Steer.WITHDRAW, to="fallback")
    assert refused(desk) == "unknown_way"
    steers(desk, Steer.WITHDRAW, to="max_wait")
    assert desk.last(Transfer).target.id == "+49301"
    assert desk.contact().outcome is Outcome.WITHDRAWN


def test_a_ring_stops_with_the_withdrawal() -> None:
    desk = Desk(two())
    desk.arrives()
    desk.phone_rings()
    steers(desk, Steer.WITHDRAW)
    assert desk.count(HangUp) == 1
    assert desk.count(CreateCall) == 1


# -- who waits to be called back


def test_a_callback_can_be_pulled_and_withdrawn_but_not_moved() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    steers(desk, Steer.MOVE, to="other")
    assert refused(desk) == "waits_for_callback"
    steers(desk, Steer.WITHDRAW, texts={"en": "Bye"}, clips={"en": "a" * 64})
    assert refused(desk) == "not_on_the_line"
    steers(desk, Steer.PULL, to="a0")
    assert refused(desk) == "agent_not_available"
    steers(desk, Steer.WITHDRAW)
    assert contact.state is ContactState.ENDED
    fact = desk.fact(FactKind.CALLBACK_CANCELED)
    assert (fact.detail["why"], fact.detail["by"]) == ("withdrawn", "Sam Supervisor")
