"""The tables themselves: every pair of state and input, and what may never be left."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from kit.floor_desk import Desk, plan

from routing import agent as agents
from routing import contact as contacts
from routing import offer as offers
from routing.agent import AGENT, AgentInput
from routing.contact import CONTACT, ContactInput
from routing.facts import FactKind
from routing.machine import Machine
from routing.offer import OFFER, OfferInput
from routing.plan import Queue
from routing.state import AgentState, ContactState, OfferState

MACHINES: list[tuple[Machine[Any, Any], type[StrEnum], type[StrEnum]]] = [
    (CONTACT, ContactState, ContactInput),
    (OFFER, OfferState, OfferInput),
    (AGENT, AgentState, AgentInput),
]
NAMES = [machine.name for machine, _, _ in MACHINES]


@pytest.mark.parametrize(("machine", "states", "inputs"), MACHINES, ids=NAMES)
def test_every_pair_is_a_move_or_nothing(
    machine: Machine[Any, Any], states: type[StrEnum], inputs: type[StrEnum]
) -> None:
    for state, given in product(states, inputs):
        after = machine.next(state, given)
        assert after is None or after in states
        assert (after is not None) == ((state, given) in machine.table)


@pytest.mark.parametrize(("machine", "states", "inputs"), MACHINES, ids=NAMES)
def test_every_state_is_reached_and_every_input_used(
    machine: Machine[Any, Any], states: type[StrEnum], inputs: type[StrEnum]
) -> None:
    first = next(iter(states))
    reached = {first}
    while True:
        more = {after for (state, _), after in machine.table.items() if state in reached}
        if more <= reached:
            break
        reached |= more
    assert reached == set(states)
    assert {given for _, given in machine.table} == set(inputs)


def test_ended_is_final() -> None:
    assert not [pair for pair in CONTACT.table if pair[0] is ContactState.ENDED]
    assert not [pair for pair in OFFER.table if pair[0] is OfferState.ENDED]


def test_from_a_message_nobody_goes_on_within_the_service() -> None:
    """So nothing has to be said there of a place that is closed."""
    onward = {given for (state, given) in CONTACT.table if state is ContactState.RECORDING}
    assert onward == {ContactInput.LEAVE, ContactInput.END}


def test_an_agent_with_a_contact_is_never_reserved_again() -> None:
    reserving = [state for (state, given) in AGENT.table if given is AgentInput.RESERVE]
    assert reserving == [AgentState.IDLE]


def test_a_diagram_has_a_line_for_every_move() -> None:
    for machine, _, _ in MACHINES:
        lines = machine.diagram().splitlines()
        assert lines[0] == "stateDiagram-v2"
        assert len(lines) == 1 + len(machine.table)


def test_a_step_that_is_in_no_table_changes_nothing_and_is_told() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.connected()
    desk.talk_seen_over()
    floor = desk.engine.floor
    contact, agent = desk.contact(), desk.agent()
    offer = next(iter(desk.engine.state.offers.values()))
    floor.begin(desk.now)
    assert not contacts.move(floor, contact, ContactInput.JOINED)
    assert not offers.move(floor, offer, OfferInput.RING)
    agents.connect(floor, agent, contact, presumed=False)
    assert contact.state is ContactState.ENDED
    assert offer.state is OfferState.ENDED
    assert agent.state is AgentState.IDLE
    assert [(f.kind, f.detail["event"], f.detail["reason"]) for f in floor.step.facts] == [
        (FactKind.IGNORED, "contact joined", "while ended"),
        (FactKind.IGNORED, "offer ring", "while ended"),
        (FactKind.IGNORED, "agent connect", "while idle"),
    ]
