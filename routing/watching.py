"""What presence readings mean: who may be rung, and which talks are over that nobody else sees."""

from __future__ import annotations

from routing import agent as agents
from routing import contact, ringing
from routing.events import PresenceRead
from routing.floor import Floor
from routing.presence import classify, in_call
from routing.state import Agent, AgentState


def watched(floor: Floor) -> list[str]:
    """The agents whose presence matters, in a stable order: they could be routed to, or only
    presence will tell the end of their talk."""
    return sorted(
        agent.id
        for agent in floor.state.agents.values()
        if agent.state is AgentState.PRESUMED or (agent.ready and agent.memberships)
    )


def read(floor: Floor, event: PresenceRead) -> None:
    """Presence was read, of everybody watched or of some."""
    if event.complete:
        tenant = floor.state.tenant
        tenant.presence_read_at = max(tenant.presence_read_at, event.read_at)
        floor.touch(tenant)
        floor.dirty.update(dict.fromkeys(floor.queues))
    for reading in event.readings:
        agent = floor.state.agents.get(reading.agent)
        if agent is not None and agent.presence_at <= event.read_at:
            presence = classify(reading.availability, reading.activity)
            was_in_call = in_call(agent.presence)
            agents.see_presence(floor, agent, presence, event.read_at)
            if was_in_call and not in_call(presence) and agent.state is AgentState.ON_CONTACT:
                # A roster holds them, and it may be lost that it showed them no more.
                floor.ask(floor.caller_leg(floor.state.contacts[agent.contact]))
            # Also when it is as before: a reading too old to offer anybody on is renewed.
            floor.dirty.update(dict.fromkeys(m.queue for m in agent.memberships))
    listed = None if event.complete else {reading.agent for reading in event.readings}
    for agent_id, offer_id in sorted(floor.checking.items()):
        if listed is None or agent_id in listed:
            ringing.checked(floor, floor.state.offers[offer_id])
    for agent_id in sorted(floor.presumed):
        if listed is None or agent_id in listed:
            _look_at_talk(floor, floor.state.agents[agent_id], event.read_at)


def _look_at_talk(floor: Floor, agent: Agent, read_at: int) -> None:
    if not agents.talk_seen_over(floor, agent, read_at):
        return
    talk = floor.state.contacts[agent.contact]
    offer = floor.current_offer(talk)
    if offer is not None and offer.participant:
        return  # a roster shows the agent after all, and will show the end
    at = agent.left_call_at or floor.now
    contact.talk_over(floor, talk, at=at, reason="presence left the call")
