"""A state of which one part could not be read: one contact is lost, and nothing else."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan
from kit.twin_engine import saved

from routing.engine import Engine
from routing.events import (
    CallEnded,
    OwnerChanged,
    RosterChanged,
    RosterEntry,
)
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, OfferState, State
from routing.word_events import (
    AgentSet,
)


def busy() -> Desk:
    """One caller rings an agent, one decides, one talks, one waits; the last agent wraps up."""
    desk = Desk(plan(Queue(name="sales", wrap_up_ms=600_000)), agents=4)
    desk.connected()
    desk.present("a0", as_="Busy", activity="InACall")
    desk.wait(1_000)
    desk.talk_seen_over()
    desk.connected()
    desk.arrives()
    desk.picks_up()
    desk.arrives()
    desk.phone_rings()
    desk.arrives()
    return desk


def reloaded(desk: Desk, state: State) -> None:
    state.epoch, state.counted = 2, 0
    desk.engine = Engine(desk.engine.plan, state)
    desk.give(OwnerChanged(epoch=2))


def agents(desk: Desk) -> list[str]:
    return [desk.agent(f"a{i}").state.value for i in range(4)]


def test_a_whole_state_is_left_as_it_is() -> None:
    desk = busy()
    before = agents(desk)
    assert before == ["wrap_up", "presumed", "reserved", "reserved"]
    contacts, calls = len(desk.engine.state.contacts), len(desk.engine.state.calls)
    offers = len(desk.engine.state.offers)
    reloaded(desk, saved(desk.engine.state))
    assert agents(desk) == before
    state = desk.engine.state
    assert (len(state.contacts), len(state.calls), len(state.offers)) == (contacts, calls, offers)


@pytest.mark.parametrize("kind", ["contacts", "calls", "offers", "agents"])
@pytest.mark.parametrize("index", range(7))
def test_the_rest_goes_on_until_everything_ends(kind: str, index: int) -> None:
    desk = busy()
    state = saved(desk.engine.state)
    shelf = getattr(state, kind)
    if index >= len(shelf):
        index %= len(shelf)
    del shelf[sorted(shelf)[index]]
    reloaded(desk, state)
    left = desk.engine.state
    assert len(left.contacts) >= 3
    for offer in left.offers.values():
        assert offer.contact in left.contacts
        assert offer.state is OfferState.ENDED or offer.agent in left.agents
    for call in left.calls.values():
        assert call.contact in left.contacts
    for contact in left.contacts.values():
        assert contact.call in left.calls
    for agent in sorted(left.agents):
        desk.give(AgentSet(agent=agent, ready=True))
    for leg in list(left.calls.values()):
        if leg.wire.startswith("caller"):
            desk.give(CallEnded(call=leg.wire))
    desk.wait(9 * 3_600_000)
    assert all(c.state is ContactState.ENDED for c in left.contacts.values())
    at_rest = {AgentState.IDLE, AgentState.NOT_RESPONDING}
    assert {a.state for a in left.agents.values()} <= at_rest


def test_an_agent_in_a_lost_group_call_is_free() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)), agents=1)
    desk.arrives()
    desk.invited()
    caller = RosterEntry(participant="p1", kind="phone", id="+4930123456")
    agent = RosterEntry(participant="p2", kind="user", id="a0")
    desk.give(RosterChanged(call="caller1", people=(caller, agent)))
    assert desk.agent().state is AgentState.ON_CONTACT
    state = saved(desk.engine.state)
    state.contacts.clear()
    reloaded(desk, state)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().contact == ""
