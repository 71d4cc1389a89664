"""Taking an agent out of one of their queues, and back in, while they serve the others."""

from __future__ import annotations

from routing import agent as agents
from routing import offer_end
from routing.floor import Floor
from routing.plan import Plan
from routing.refusing import refused
from routing.state import State
from routing.word_events import AgentOpted


def may_opt(state: State, plan: Plan, agent_id: str, queue_name: str, *, out: bool) -> str:
    """A reason's code; empty: they may. Back in they may always."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return "not_an_agent"
    queue = next((each for each in plan.queues if each.name == queue_name), None)
    if queue is None or queue_name not in {each.queue for each in agent.memberships}:
        return "not_in_queue"
    return "" if queue.opt_out or not out else "no_opting_out"


def opt(floor: Floor, event: AgentOpted) -> None:
    """From now on; an offer of that queue that they have not taken yet goes to somebody else."""
    agent = floor.state.agents.get(event.agent)
    by = event.by_name or (agent.upn if agent is not None else "")
    code = may_opt(floor.state, floor.plan, event.agent, event.queue, out=event.out)
    if agent is None or code:
        refused(floor, "opt out", code, by=by, agent=event.agent, queue=event.queue)
        return
    others = tuple(each for each in agent.opted_out if each != event.queue)
    after = (*others, event.queue) if event.out else others
    if set(after) == set(agent.opted_out):
        return
    agent.opted_out = tuple(sorted(after))
    words = "opted out of" if event.out else "opted in to"
    agents.changed(
        floor, agent, f"{words} {event.queue}{f', by {event.by_name}' if event.by_name else ''}"
    )
    offer = floor.state.offers.get(agent.offer)
    if event.out and offer is not None and offer.queue == event.queue:
        offer_end.left(floor, offer)
