"""When a wrap-up may end, and be longer: pure rules for the engine, the API and the page."""

from __future__ import annotations

from routing.plan import Queue
from routing.state import Agent, AgentState, Contact

DISPOSITION = "disposition"
"""What a wrap-up still needs when nothing else keeps it from ending (`Agent.needs`)."""


def needs_disposition(queue: Queue, contact: Contact, agent: str) -> bool:
    """Whether this agent must still say how the contact ended. Who handed it on cannot know."""
    if contact.agent != agent:
        return False
    return queue.disposition_required and bool(queue.dispositions) and not contact.disposition


def has_wrap_up(queue: Queue, contact: Contact, agent: str) -> bool:
    """Whether the agent is left alone after the talk, if only to say how it ended."""
    return (
        queue.wrap_up_ms > 0 or queue.wrap_up_until_done or needs_disposition(queue, contact, agent)
    )


def may_extend(agent: Agent, queue: Queue, seen: int) -> str:
    """Whether the wrap-up may be made longer. `seen`: how often it was, as the person knows."""
    if agent.state is not AgentState.WRAP_UP:
        return "not_in_wrap_up"
    if "wrap_up" not in agent.timers:
        return "wrap_up_without_time"
    if not queue.extend_ms or agent.extended >= queue.extend_most:
        return "no_more_extensions"
    return "" if agent.extended == seen else "extended_already"
