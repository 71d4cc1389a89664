"""What the directory says about the plan's people: who is an agent of which queue."""

from __future__ import annotations

from routing import agent as agents
from routing.events import DirectoryRead, Member
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import SignIn
from routing.state import Agent, AgentState, Membership, Place


def use_directory(floor: Floor, event: DirectoryRead) -> None:
    """Agents, their queues and the plan's addresses are as listed from now on."""
    tenant = floor.state.tenant
    tenant.addresses = {
        address.ref.lower(): Place(
            id=address.id, name=address.name, number=address.number, phones=address.phones
        )
        for address in event.addresses
    }
    tenant.directory_read_at = floor.now
    floor.touch(tenant)
    listed: dict[str, list[Member]] = {}
    for member in event.members:
        listed.setdefault(member.agent, []).append(member)
    for agent_id, members in listed.items():
        _enlist(floor, agent_id, members)
    for agent_id in sorted(floor.state.agents.keys() - listed.keys()):
        _dismiss(floor, floor.state.agents[agent_id])
    floor.fact(FactKind.DIRECTORY_CHANGED, agents=len(listed), addresses=len(tenant.addresses))


def _enlist(floor: Floor, agent_id: str, members: list[Member]) -> None:
    agent = floor.state.agents.get(agent_id)
    by_word = floor.plan.sign_in is SignIn.MANUAL
    if agent is None:
        agent = Agent(
            id=agent_id,
            upn=members[0].upn,
            ready=not by_word,
            not_ready_reason=agents.NOT_SIGNED_IN if by_word else "",
            since=floor.now,
            idle_since=floor.now,
        )
        floor.state.agents[agent_id] = agent
    memberships = tuple(Membership(queue=m.queue, position=m.position) for m in members)
    if (agent.memberships, agent.upn, agent.name) == (
        memberships,
        members[0].upn,
        members[0].name,
    ):
        return
    for gone in {m.queue for m in agent.memberships} - {m.queue for m in memberships}:
        floor.unfollow(gone, agent_id)
    if not agent.memberships:
        agent.watched_since = floor.now
    agent.memberships = memberships
    agent.upn, agent.name = members[0].upn, members[0].name
    agents.changed(floor, agent, "directory")


def _dismiss(floor: Floor, agent: Agent) -> None:
    """No queue has this agent any more. What they are doing, they finish."""
    for membership in agent.memberships:
        floor.unfollow(membership.queue, agent.id)
    if agent.memberships:
        agent.memberships = ()
        agents.changed(floor, agent, "directory")
    if agent.state in (AgentState.IDLE, AgentState.NOT_RESPONDING):
        del floor.state.agents[agent.id]
        floor.step.touched.pop(("agent", agent.id), None)
        floor.step.removed.append(("agent", agent.id))
