"""What an agent is doing for a queue, in the few words of a floor: one each, in this order.

`closed_by` says what keeps one offer away; people who look after a floor count heads instead, and
every agent of a queue stands in exactly one of these.
"""

from __future__ import annotations

from enum import StrEnum

from routing.matching import AVAILABLE, OPTED_OUT, closed_by
from routing.plan import Queue
from routing.state import Agent, AgentState


class Activity(StrEnum):
    """Where an agent stands."""

    AVAILABLE = "available"
    """The next contact may be theirs."""
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"
    """By their own word."""
    OPTED_OUT = "opted_out"
    """Ready for other queues."""
    NOT_RESPONDING = "not_responding"
    AWAY = "away"
    """Their presence, or a pause after a missed offer, keeps offers away."""


_AT_WORK = {
    AgentState.RESERVED: Activity.RINGING,
    AgentState.ON_CONTACT: Activity.TALKING,
    AgentState.PRESUMED: Activity.TALKING,
    AgentState.WRAP_UP: Activity.WRAP_UP,
    AgentState.NOT_RESPONDING: Activity.NOT_RESPONDING,
}


def activity(agent: Agent, queue: Queue) -> Activity:
    """What this agent does, as the queue's supervisor counts it."""
    if agent.may_ring:
        return Activity.RINGING
    if at_work := _AT_WORK.get(agent.state):
        return at_work
    if not agent.ready:
        return Activity.NOT_READY
    closed = closed_by(agent, queue)
    if closed == OPTED_OUT:
        return Activity.OPTED_OUT
    return Activity.AVAILABLE if closed == AVAILABLE else Activity.AWAY
