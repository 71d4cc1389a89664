"""Timers: the field is the truth, the heap only its shadow."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.commands import Play, Transfer
from routing.events import PromptEnded, ToneHeard
from routing.plan import Queue
from routing.state import Agent, ContactState
from routing.timers import Timed, Timers


def timers_of(*agents: Agent) -> Timers:
    found: dict[str, Timed] = {agent.id: agent for agent in agents}
    return Timers(lambda _, entity_id: found.get(entity_id), agents)


def test_a_timer_armed_again_for_later_does_not_fire_early() -> None:
    agent = Agent(id="a", upn="a")
    timers = timers_of(agent)
    timers.arm(agent, "wrap_up", 100)
    timers.arm(agent, "wrap_up", 200)
    assert timers.pop_due(199) is None
    assert timers.next_due() == 200
    assert timers.pop_due(200) == (agent, "wrap_up", 200)
    assert timers.pop_due(10_000) is None


def test_a_timer_armed_again_for_earlier_fires_once() -> None:
    agent = Agent(id="a", upn="a")
    timers = timers_of(agent)
    timers.arm(agent, "wrap_up", 200)
    timers.arm(agent, "wrap_up", 100)
    assert timers.pop_due(100) == (agent, "wrap_up", 100)
    assert timers.pop_due(10_000) is None


def test_a_disarmed_timer_never_fires() -> None:
    agent = Agent(id="a", upn="a")
    timers = timers_of(agent)
    timers.arm(agent, "wrap_up", 100)
    timers.disarm(agent, "wrap_up")
    assert timers.next_due() is None


def test_timers_fire_in_order_and_ties_by_id() -> None:
    agents = [
        Agent(id=i, upn=i, timers={"wrap_up": due}) for i, due in [("b", 5), ("a", 5), ("c", 1)]
    ]
    timers = timers_of(*agents)
    order = []
    while (due := timers.pop_due(10)) is not None:
        order.append(due[0].id)
    assert order == ["c", "a", "b"]


def test_a_timer_of_a_removed_entity_is_forgotten() -> None:
    agent = Agent(id="a", upn="a", timers={"wrap_up": 5})
    found: dict[str, Timed] = {"a": agent}
    timers = Timers(lambda _, entity_id: found.get(entity_id), [agent])
    del found["a"]
    assert timers.next_due() is None


def test_a_timer_due_before_an_event_fires_before_it() -> None:
    """The loop was busy meanwhile: a key pressed after the time for keys is no yes."""
    desk = Desk(plan(Queue(name="sales", accept_ms=8_000)), agents=1)
    desk.arrives()
    leg = desk.picks_up()
    whisper = [c for c in desk.commands if isinstance(c, Play) and c.call != desk.contact().call]
    desk.give(PromptEnded(call=leg, context=whisper[0].id, ok=True))
    desk.give(ToneHeard(call=leg, sequence=1, tone="1"), after=8_001)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(Transfer) == 0


def test_a_timer_due_after_an_event_fires_after_it() -> None:
    desk = Desk(plan(Queue(name="sales", accept_ms=8_000)), agents=1)
    desk.arrives()
    leg = desk.picks_up()
    whisper = [c for c in desk.commands if isinstance(c, Play) and c.call != desk.contact().call]
    desk.give(PromptEnded(call=leg, context=whisper[0].id, ok=True))
    desk.give(ToneHeard(call=leg, sequence=1, tone="1"), after=7_999)
    assert desk.contact().state is ContactState.CONNECTING
