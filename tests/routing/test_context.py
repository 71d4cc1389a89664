"""What is asked about a caller, when, and what an agent's card and phone wait for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kit.context_plans import CRM, GOLD, HISTORY, MONDAY, PROFILE
from kit.floor_desk import NUMBER, Desk, plan
from kit.flow_desk import FlowDesk, flow, menu

from routing.action import Action, ActionKind
from routing.card import BEFORE_CARD_MS, BEFORE_RING_MS
from routing.commands import Answer, AskContext, CreateCall, ShowCard
from routing.context import GRACE_MS
from routing.context_rules import Provider
from routing.context_state import Told, under_way
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    ContextAnswered,
    OwnerChanged,
    PlanChanged,
)
from routing.facts import FactKind
from routing.flow_steps import Condition, Goto, Turn
from routing.plan import DoorRule, Queue

SALES = Queue(name="sales", title="Sales desk")
COLLEAGUE = Caller(kind=CallerKind.INTERNAL, id="una", name="Una User")
WITHHELD = Caller(kind=CallerKind.WITHHELD, name="")


def desk_of(*providers: Provider, **fields: Any) -> Desk:
    desk = Desk(plan(SALES, context=providers or (CRM,), **fields))
    desk.chats("a0", "a1")
    return desk


def asked(desk: Desk) -> list[AskContext]:
    return [each for each in desk.commands if isinstance(each, AskContext)]


def answers(desk: Desk, question: AskContext, told: Told = GOLD, problem: str = "") -> None:
    desk.give(
        ContextAnswered(
            command=question.id,
            contact=question.contact,
            provider=question.provider.name,
            problem=problem,
            told=told,
        )
    )


# -- who is asked, and when ------------------------------------------------------------------------


def test_everybody_who_knows_the_caller_is_asked_beside_the_answer() -> None:
    desk = desk_of(CRM, HISTORY, PROFILE)
    desk.rings()
    first, *others = desk.commands[-3:]
    assert isinstance(first, Answer)
    assert [type(each) for each in others] == [AskContext, AskContext]
    crm, history = asked(desk)
    assert (crm.provider, history.provider) == (CRM, HISTORY)
    assert crm.values["number"] == "+4930123456"
    assert crm.deadline == desk.now + CRM.within_ms


def test_a_colleague_is_looked_up_in_the_directory_and_has_no_number() -> None:
    desk = desk_of(CRM, HISTORY, PROFILE)
    desk.rings(COLLEAGUE)
    assert [each.provider.name for each in asked(desk)] == ["before", "who"]


@pytest.mark.parametrize(
    "caller", [WITHHELD, Caller(kind=CallerKind.NUMBER), Caller(kind=CallerKind.ENCRYPTED)]
)
def test_nothing_is_ever_asked_about_who_withholds_the_number(caller: Caller) -> None:
    named = replace(CRM, name="named", needs=("name",))
    desk = desk_of(CRM, named, HISTORY, PROFILE)
    desk.arrives(replace(caller, name="somebody"))
    assert asked(desk) == []
    assert desk.contact().context == {}


def test_nobody_is_asked_about_a_caller_who_is_turned_away() -> None:
    rule = DoorRule(when=Condition())
    desk = Desk(plan(SALES, context=(CRM, HISTORY), entry={"door": (rule,)}))
    desk.rings()
    assert asked(desk) == []


def test_what_hangs_on_the_queue_or_an_attribute_is_asked_when_the_caller_gets_there() -> None:
    order = replace(CRM, name="orders", needs=("attribute.order",), waits_for_queue=True)
    other = replace(CRM, name="other", queues=("other",))
    to_sales = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.QUEUE, ref="sales"))
    first = flow(menus=(menu("main", {"1": replace(to_sales, attributes={"order": "4711"})}),))
    desk = FlowDesk(first, context=(CRM, order, other))
    desk.arrives()
    assert [each.provider.name for each in asked(desk)] == ["crm"]
    desk.presses_keys("1")
    assert [each.provider.name for each in asked(desk)] == ["crm", "orders"]
    assert asked(desk)[-1].values["attribute.order"] == "4711"


def test_a_contact_asks_each_place_once() -> None:
    desk = desk_of(CRM, HISTORY)
    desk.arrives()
    answers(desk, asked(desk)[0])
    desk.wait(60_000)
    assert len(asked(desk)) == 2


# -- the ring --------------------------------------------------------------------------------------


def test_what_came_before_the_offer_costs_nothing() -> None:
    desk = desk_of()
    desk.rings()
    answers(desk, asked(desk)[0])
    desk.ok(desk.last(Answer))
    desk.give(CallEstablished(call="caller1"))
    assert desk.count(ShowCard) == 1
    card = desk.engine.card(desk.contact().offer)
    assert card is not None
    assert card.context[0].told == GOLD
    desk.card_taken(shows=card.shows)
    assert desk.count(CreateCall) == 1
    assert desk.fact(FactKind.OFFER_CARD).detail["context"] is True


def test_the_card_waits_for_answers_under_way_and_goes_the_moment_they_are_there() -> None:
    desk = desk_of(CRM, HISTORY)
    desk.arrives()
    assert desk.count(ShowCard) == 0
    crm, history = asked(desk)
    desk.now += 200
    answers(desk, crm)
    assert desk.count(ShowCard) == 0
    answers(desk, history, MONDAY)
    assert desk.count(ShowCard) == 1
    assert desk.count(CreateCall) == 0
    desk.card_taken()
    assert desk.count(CreateCall) == 1


def test_a_place_that_says_nothing_delays_the_ring_by_a_second_and_no_more() -> None:
    desk = desk_of()
    desk.arrives()
    desk.wait(BEFORE_CARD_MS - 1)
    assert desk.count(ShowCard) == 0
    desk.wait(1)
    assert desk.count(ShowCard) == 1
    desk.wait(BEFORE_RING_MS - 1)
    assert desk.count(CreateCall) == 0
    desk.wait(1)
    assert desk.count(CreateCall) == 1
    assert BEFORE_CARD_MS + BEFORE_RING_MS == 1_000


def test_who_has_no_card_is_rung_at_once_whatever_is_asked() -> None:
    desk = desk_of()
    desk.chats()
    desk.arrives()
    assert desk.count(CreateCall) == 1


def test_a_late_answer_brings_the_card_up_to_date() -> None:
    desk = desk_of()
    desk.arrives()
    desk.wait(BEFORE_CARD_MS)
    offer = desk.card_taken(shows="offered")
    assert desk.fact(FactKind.OFFER_CARD).detail["context"] is False
    assert desk.engine.stale_cards() == []
    answers(desk, asked(desk)[0])
    [card] = desk.engine.stale_cards()
    assert (card.offer, card.shows) == (offer, "offered +1")
    assert card.context[0].told == GOLD


def test_a_card_that_was_posted_with_everything_is_up_to_date() -> None:
    desk = desk_of()
    desk.arrives()
    answers(desk, asked(desk)[0])
    desk.card_taken(shows="offered +1")
    assert desk.engine.stale_cards() == []


def test_what_others_told_is_not_written_down_with_the_command() -> None:
    desk = desk_of()
    desk.arrives()
    answers(desk, asked(desk)[0])
    assert desk.last(ShowCard).card.context == ()
    assert "gold" not in str(desk.commands)
    assert "gold" not in str(desk.facts)


# -- silence, and the end --------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["late", "not JSON", "redirect"])
def test_what_did_not_answer_is_said_on_the_card_and_kept_as_a_fact(problem: str) -> None:
    desk = desk_of()
    desk.arrives()
    desk.now += 150
    answers(desk, asked(desk)[0], problem=problem)
    known = desk.contact().context["crm"]
    assert (known.problem, known.told, known.took_ms) == (problem, None, 150)
    fact = desk.fact(FactKind.CONTEXT_ANSWERED)
    assert (fact.detail["provider"], fact.detail["problem"], fact.detail["ms"]) == (
        "crm",
        problem,
        150,
    )
    assert desk.count(ShowCard) == 1


def test_a_question_whose_asker_fell_silent_is_given_up() -> None:
    desk = desk_of(CRM)
    desk.chats()
    desk.arrives()
    desk.wait(CRM.within_ms + GRACE_MS)
    known = desk.contact().context["crm"]
    assert (known.command, known.problem) == ("", "late")
    answers(desk, asked(desk)[0])
    assert desk.contact().context["crm"].told is None
    assert desk.fact(FactKind.IGNORED).detail["event"] == "ContextAnswered"


def test_with_the_contact_everything_about_its_caller_is_gone() -> None:
    desk = desk_of(CRM, HISTORY)
    desk.arrives()
    crm, history = asked(desk)
    answers(desk, crm)
    desk.give(CallEnded(call="caller1", code=0, subcode=4521))
    ended = desk.contact()
    assert [each.told for each in ended.context.values()] == [None, None]
    assert not under_way(ended.context)
    assert "context" not in ended.timers
    answers(desk, history, MONDAY)
    assert [each.told for each in ended.context.values()] == [None, None]


def test_the_card_in_the_chat_forgets_it_too() -> None:
    desk = desk_of()
    desk.arrives()
    answers(desk, asked(desk)[0])
    offer = desk.card_taken(shows="offered +1")
    desk.give(CallEnded(call="caller1", code=0, subcode=4521))
    card = desk.engine.card(offer)
    assert card is not None
    assert (card.shows, card.context) == ("hung_up", ())
    assert [each.offer for each in desk.engine.stale_cards()] == [offer]


# -- after a crash ---------------------------------------------------------------------------------


def test_a_new_owner_asks_again_what_was_not_answered() -> None:
    desk = desk_of(CRM, HISTORY)
    desk.arrives()
    crm, history = asked(desk)
    answers(desk, crm)
    desk.give(OwnerChanged(epoch=2), after=4_000)
    again = asked(desk)[-1]
    assert len(asked(desk)) == 3
    assert again.provider == HISTORY
    assert again.deadline == desk.now + HISTORY.within_ms
    answers(desk, history, MONDAY)
    assert desk.contact().context["before"].told is None
    answers(desk, again, MONDAY)
    assert desk.contact().context["before"].told == MONDAY


def test_a_new_owner_gives_up_what_the_plan_has_no_more() -> None:
    desk = desk_of()
    desk.arrives()
    desk.give(PlanChanged(plan=plan(SALES)))
    desk.give(OwnerChanged(epoch=2))
    assert len(asked(desk)) == 1
    assert desk.contact().context["crm"].problem == "dropped from the plan"
    assert desk.count(ShowCard) == 1


def test_two_callers_answers_are_not_mixed_up() -> None:
    desk = desk_of()
    desk.arrives()
    desk.arrives(replace(NUMBER, id="+4930999"))
    first, second = asked(desk)
    crossed = replace(first, id=second.id)
    answers(desk, crossed)
    assert desk.contact(1).context["crm"].told is None
    assert desk.contact(2).context["crm"].told is None
