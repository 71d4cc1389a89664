"""The floor as rows for screens that stay: instants and words, never durations, so that a row only
changes when something happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from console.board import Json, caller_of, stage_of
from console.closures import in_force
from console.scope import Scope
from routing.agent_activity import activity
from routing.callback_state import away
from routing.choices import chosen
from routing.context_state import came
from routing.plan import Plan, Queue
from routing.standing import order
from routing.state import Agent, Contact, ContactState, QueueMemory, State

Rows = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Queues:
    """How the queues stand at one instant."""

    rows: Rows
    """By name: who waits, since when, and what the agents do."""
    ranks: dict[str, dict[str, int]]
    """By name: each available agent's place in the order in which they are rung, from 1."""


def queues_of(state: State, plan: Plan) -> Queues:
    """Every queue of the plan."""
    waiting: dict[str, list[int]] = {}
    for contact in state.contacts.values():
        on_the_phone = contact.state is ContactState.QUEUED and not away(contact.callback)
        if on_the_phone and contact.queued_at is not None:
            waiting.setdefault(contact.queue, []).append(contact.queued_at)
    members: dict[str, list[Agent]] = {}
    for agent in state.agents.values():
        for membership in agent.memberships:
            members.setdefault(membership.queue, []).append(agent)
    said = in_force(state, plan)
    rows, ranks = {}, {}
    for queue in plan.queues:
        here = members.get(queue.name, [])
        memory = state.queues.get(queue.name) or QueueMemory(id=queue.name)
        rows[queue.name] = _queue(queue, waiting.get(queue.name, ()), here)
        rows[queue.name]["bulletins"] = said[queue.name]
        ranks[queue.name] = {each: n for n, each in enumerate(order(queue, here, memory), 1)}
    return Queues(rows, ranks)


def _queue(queue: Queue, waiting: Iterable[int], members: Iterable[Agent]) -> Json:
    since = sorted(waiting)
    return {
        "queue": queue.name,
        "title": queue.title,
        "waiting": len(since),
        "oldest_since": since[0] if since else None,
        "agents": dict(Counter(activity(agent, queue).value for agent in members)),
    }


def agent_rows(state: State, plan: Plan, scope: Scope) -> Rows:
    """The agents of the queues that may be seen, by name@domain."""
    queues = {queue.name: queue for queue in plan.queues if scope.sees_queue(queue.name)}
    found: Rows = {}
    for agent in state.agents.values():
        here = {
            membership.queue: activity(agent, queues[membership.queue]).value
            for membership in agent.memberships
            if membership.queue in queues
        }
        if here:
            words = chosen(plan.not_ready_reasons, agent.not_ready_reason)
            found[agent.upn] = _agent(agent, here, state, scope) | {
                "not_ready_words": dict(words.words) if words is not None else {}
            }
    return found


def _agent(agent: Agent, here: dict[str, str], state: State, scope: Scope) -> Json:
    contact = state.contacts.get(agent.contact)
    shown = contact is not None and scope.sees_callers(contact.queue)
    return {
        "upn": agent.upn,
        "name": agent.name or agent.upn,
        "queues": here,
        "since": agent.since,
        "presence": agent.presence.value,
        "presence_at": agent.presence_at,
        "not_ready_reason": agent.not_ready_reason,
        "needs": agent.needs,
        "back_off": agent.back_off,
        "chat": agent.chat,
        "contact": contact.id if shown and contact is not None else "",
    }


def contact_rows(state: State, scope: Scope) -> Rows:
    """Live contacts whose callers may be seen, by id."""
    return {
        contact.id: _contact(contact, state)
        for contact in state.contacts.values()
        if contact.state is not ContactState.ENDED and scope.sees_callers(contact.queue)
    }


def _contact(contact: Contact, state: State) -> Json:
    offer = state.offers.get(contact.offer)
    agent = state.agents.get(contact.agent or (offer.agent if offer else ""))
    kind = contact.caller.kind.value
    return {
        "contact": contact.id,
        "stage": stage_of(contact, offer),
        "queue": contact.queue,
        "entry_point": contact.entry_point,
        "caller": caller_of(kind, contact.caller.id, contact.caller.name),
        "arrived_at": contact.arrived_at,
        "queued_at": contact.queued_at,
        "left_queue_at": contact.left_queue_at,
        "connected_at": contact.connected_at,
        "offers": contact.offers,
        "held_since": contact.control.held_since,
        "beside": beside(contact),
        "context": came(contact.context),
        "agent": agent.name or agent.upn if agent else "",
    }


def beside(contact: Contact) -> str:
    """Who is being brought into the call, or is in it beside caller and agent."""
    party = contact.control.party
    if party is None:
        return contact.control.problem
    return f"{party.stage.value} {party.aim.name or party.aim.kind.value}"
