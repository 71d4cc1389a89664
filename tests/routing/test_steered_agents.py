"""A supervisor sets an agent's state for them: they are told, and nothing is held against them."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.card_face import Told
from routing.commands import HangUp, SayState
from routing.events import CallEnded
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import AgentState
from routing.word_events import AgentOpted, AgentSet


def desk_of(agents: int = 1) -> Desk:
    desk = Desk(plan(Queue(name="sales", title="Sales desk")), agents=agents)
    desk.chats("a0")
    return desk


def test_the_agent_is_told_who_set_them_not_ready_and_why() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="a0", ready=False, reason="training", by="sam-id", by_name="Sam"))
    card = desk.last(SayState).card
    assert (card.agent, card.what, card.by, card.reason) == (
        "a0",
        Told.NOT_READY,
        "Sam",
        "training",
    )
    assert desk.agent().ready_by == "Sam"
    assert desk.fact(FactKind.AGENT_CHANGED).detail["why"] == "not ready: training, by Sam"


def test_the_agents_own_word_is_no_news_to_them() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="a0", ready=False, by_name="Sam"))
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.count(SayState) == 1
    assert desk.agent().ready_by == ""


def test_out_of_a_queue_by_a_supervisor_is_told_with_its_name_and_back_in() -> None:
    desk = desk_of()
    desk.give(AgentOpted(agent="a0", queue="sales", out=True, by_name="Sam"))
    assert (desk.last(SayState).card.what, desk.last(SayState).card.queue) == (
        Told.OUT,
        "Sales desk",
    )
    assert desk.agent().opted_by == {"sales": "Sam"}
    desk.give(AgentOpted(agent="a0", queue="sales", out=False, by_name="Sam"))
    assert desk.last(SayState).card.what is Told.IN
    assert desk.agent().opted_by == {}


def test_who_has_no_chat_is_not_written_to() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.give(AgentSet(agent="a0", ready=False, by_name="Sam"))
    assert desk.count(SayState) == 0


def test_a_ring_that_a_supervisor_ends_is_not_held_against_the_agent() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(AgentSet(agent="a0", ready=False, by_name="Sam"))
    assert desk.count(HangUp) == 1
    desk.give(CallEnded(call=leg, ending="completed"))
    assert (desk.agent().state, desk.agent().missed) == (AgentState.IDLE, 0)
    assert desk.fact(FactKind.OFFER_ENDED).detail["outcome"] == "rescinded"
