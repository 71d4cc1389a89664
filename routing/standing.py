"""In which order the available agents of a queue would be rung, as an agent who waits asks."""

from __future__ import annotations

from collections.abc import Iterable

from routing.matching import Pool
from routing.plan import Queue
from routing.state import Agent, QueueMemory


def order(queue: Queue, members: Iterable[Agent], memory: QueueMemory) -> tuple[str, ...]:
    """Ids of the available agents, the one who is rung next first, by the queue's own rule."""
    pool = Pool(queue)
    for agent in members:
        for membership in agent.memberships:
            if membership.queue == queue.name:
                pool.follow(agent, membership.position)
    return tuple(agent for _, agent in pool.first(memory, len(pool.order)))
