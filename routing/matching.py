"""Who is chosen, and why not the others.

Each queue has a pool: its agents who could be offered a contact this instant, in the order of the
queue's rule, and a count of the others by reason. Pools follow every change of an agent, so a
choice looks at the first six of a sorted list and never at everybody.

The rules: longest idle (since the last work), round robin with memory (goes on after the agent
who was offered last), serial (always the first in the plan's order). Every order ends in an
agent's id.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from routing.explanation import Candidate, Explanation
from routing.plan import Queue, Rule
from routing.presence import Presence, lets_through
from routing.state import Agent, AgentState, Contact, QueueMemory

AVAILABLE = "available"
MAY_RING = "may still ring"
"""Reserved for an offer that is over: the platform has not said that their phone is silent."""
OPTED_OUT = "opted out"
"""Taken out of this queue, by their own word or a supervisor's; whatever they do for others."""
FOLLOWING = 5
"""How many runners-up an explanation names."""


def gate(agent: Agent, queue: Queue) -> str:
    """What beside their occupation closes the agent to this queue now, or `available`."""
    if not agent.ready:
        return "not ready"
    if agent.back_off:
        return f"back-off: {agent.back_off}"
    if not lets_through(queue.presence, agent.presence):
        return f"presence: {agent.presence.value}"
    return AVAILABLE


def closed_by(agent: Agent, queue: Queue) -> str:
    """What keeps the agent from being offered this queue's contacts now, or `available`."""
    if queue.opt_out and queue.name in agent.opted_out:
        return OPTED_OUT
    if agent.may_ring:
        return MAY_RING
    if agent.needs:
        return f"wrap up: needs a {agent.needs}"
    if agent.state is not AgentState.IDLE:
        return agent.state.value.replace("_", " ")
    return gate(agent, queue)


class Pool:
    """One queue's agents: who is available, in the rule's order, and why the others are not."""

    __slots__ = ("_entry", "_reason", "order", "queue", "reasons", "unread")

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.order: list[tuple[int, str]] = []
        """(what the rule compares, agent id) of everybody available."""
        self.reasons: dict[str, int] = {}
        self.unread: set[str] = set()
        """Agents whose presence was never read: nobody knows whether they are there."""
        self._entry: dict[str, tuple[int, str]] = {}
        self._reason: dict[str, str] = {}

    def follow(self, agent: Agent, position: int) -> bool:
        """Take in the agent's state as it is now; True when they have just become available."""
        reason = closed_by(agent, self.queue)
        was = self._reason.get(agent.id)
        if agent.presence is Presence.UNKNOWN and not agent.presence_at:
            self.unread.add(agent.id)
        elif self.unread:
            self.unread.discard(agent.id)
        if reason == AVAILABLE:
            value = agent.idle_since if self.queue.rule is Rule.LONGEST_IDLE else position
            entry = (value, agent.id)
            if was == AVAILABLE and self._entry[agent.id] == entry:
                return False
            self._leave(agent.id)
            insort(self.order, entry)
            self._entry[agent.id] = entry
        elif was == reason:
            return False
        else:
            self._leave(agent.id)
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self._reason[agent.id] = reason
        return reason == AVAILABLE

    def drop(self, agent_id: str) -> None:
        """The agent is no member of this queue any more."""
        self._leave(agent_id)
        self.unread.discard(agent_id)

    def _leave(self, agent_id: str) -> None:
        was = self._reason.pop(agent_id, None)
        if was is None:
            return
        if was == AVAILABLE:
            del self.order[bisect_left(self.order, self._entry.pop(agent_id))]
        elif self.reasons[was] == 1:
            del self.reasons[was]
        else:
            self.reasons[was] -= 1

    def place_of(self, agent: Agent) -> tuple[int, str]:
        """Where an available agent stands in the order."""
        return self._entry[agent.id]

    def first(self, memory: QueueMemory, count: int) -> list[tuple[int, str]]:
        """The first `count` in the order of the rule: the first of all is the agent who is rung."""
        if self.queue.rule is not Rule.ROUND_ROBIN:
            return self.order[:count]
        after = bisect_right(self.order, (memory.last_position, memory.last_agent))
        chosen = self.order[after : after + count]
        return chosen + self.order[: min(after, count - len(chosen))]


def explain(
    pool: Pool,
    memory: QueueMemory,
    agents: dict[str, Agent],
    *,
    contact: Contact,
    now: int,
    waiting: int,
    also: tuple[str, ...],
) -> Explanation:
    """Why the first of the pool is offered the queue's first contact, and not the others. The pool
    must not be empty."""
    first = pool.first(memory, FOLLOWING + 1)
    candidates = [
        Candidate(agent=agent, upn=agents[agent].upn, value=value) for value, agent in first
    ]
    rest = dict(pool.reasons)
    further = len(pool.order) - len(first)
    if further > 0:
        rest["available, later in order"] = further
    return Explanation(
        at=now,
        rule=pool.queue.rule.value,
        chosen=candidates[0],
        following=tuple(candidates[1:]),
        rest=rest,
        waiting=waiting,
        also=also,
        priority=contact.priority,
        seniority_at=contact.seniority_at or now,
        weight=pool.queue.weight,
    )
