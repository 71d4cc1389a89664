"""The board: what goes on this second, as values for a screen.

Built from the engine's live state, which it only reads. Ids of the directory stay inside; contacts
keep theirs, because people quote them.
"""

from __future__ import annotations

from typing import Protocol

from console.callbacks import is_open
from console.closures import in_force
from routing.callback_state import away, dialing
from routing.context_state import came
from routing.matching import AVAILABLE, closed_by
from routing.plan import Plan, Queue
from routing.state import Agent, Call, CallState, Contact, ContactState, Offer, OfferState, State
from routing.wait_memory import WaitMemory

Json = dict[str, object]

RINGING = (OfferState.RINGING, OfferState.DECIDING, OfferState.CHECKING)


class LiveView(Protocol):
    """What the running service shows of itself."""

    async def state(self) -> State:
        """The live state: the engine's own where it runs, else as last written down."""
        ...

    def plan(self) -> Plan: ...

    def now(self) -> int:
        """UTC epoch milliseconds, by the service's clock."""
        ...


def board(state: State, plan: Plan, now: int) -> Json:
    """Queues, agents and live contacts."""
    contacts = sorted(state.contacts.values(), key=lambda each: (each.arrived_at, each.id))
    said = in_force(state, plan)
    return {
        "now": now,
        "queues": [
            _queue(queue, state, now) | {"bulletins": said[queue.name]} for queue in plan.queues
        ],
        "agents": [
            _agent(agent, state, plan, now)
            for agent in sorted(state.agents.values(), key=lambda each: (each.name, each.id))
        ],
        "contacts": [
            live_contact(contact, state, now)
            for contact in contacts
            if contact.state is not ContactState.ENDED
        ],
    }


def _queue(queue: Queue, state: State, now: int) -> Json:
    waiting = [
        contact
        for contact in state.contacts.values()
        if contact.queue == queue.name
        and contact.state is ContactState.QUEUED
        and not away(contact.callback)
    ]
    callbacks = [c for c in state.contacts.values() if c.queue == queue.name and is_open(c)]
    members = [agent for agent in state.agents.values() if _serves(agent, queue)]
    oldest = min((contact.queued_at or now for contact in waiting), default=None)
    return {
        "queue": queue.name,
        "title": queue.title,
        "waiting": len(waiting),
        "ringing": sum(1 for contact in waiting if contact.offer),
        "oldest_wait_ms": None if oldest is None else now - oldest,
        "callbacks": len(callbacks),
        "agents": len(members),
        "available": sum(1 for agent in members if closed_by(agent, queue) == AVAILABLE),
        "expected_waits": _expected_waits(state.waits.get(queue.name)),
    }


def _expected_waits(memory: WaitMemory | None) -> Json:
    """How true the waits were that callers were told lately."""
    accuracy = memory.accuracy() if memory is not None else None
    if accuracy is None:
        return {"judged": 0, "mean_absolute_error_ms": None, "within": None}
    return {
        "judged": accuracy.judged,
        "mean_absolute_error_ms": accuracy.mean_absolute_error_ms,
        "within": accuracy.within,
    }


def _serves(agent: Agent, queue: Queue) -> bool:
    return any(membership.queue == queue.name for membership in agent.memberships)


def _agent(agent: Agent, state: State, plan: Plan, now: int) -> Json:
    queues = {queue.name: queue for queue in plan.queues}
    closed = {
        membership.queue: closed_by(agent, queues[membership.queue])
        for membership in agent.memberships
        if membership.queue in queues
    }
    contact = state.contacts.get(agent.contact)
    return {
        "upn": agent.upn,
        "name": agent.name or agent.upn,
        "state": agent.state.value,
        "since": agent.since,
        "for_ms": now - agent.since,
        "presence": agent.presence.value,
        "presence_at": agent.presence_at,
        "ready": agent.ready,
        "not_ready_reason": agent.not_ready_reason,
        "back_off": agent.back_off,
        "chat": agent.chat,
        "idle_since": agent.idle_since,
        "closed_by": closed,
        "contact": contact.id if contact else "",
    }


def live_contact(contact: Contact, state: State, now: int) -> Json:
    """One contact that lives, or ended within the last minutes."""
    offer = state.offers.get(contact.offer)
    agent = state.agents.get(contact.agent or (offer.agent if offer else ""))
    return {
        "contact": contact.id,
        "live": contact.state is not ContactState.ENDED,
        "stage": stage_of(contact, offer),
        "entry_point": contact.entry_point,
        "queue": contact.queue,
        "caller_kind": contact.caller.kind.value,
        "caller": caller_of(contact.caller.kind.value, contact.caller.id, contact.caller.name),
        "called": contact.called,
        "flow": _where(contact),
        "attributes": {} if contact.ended_at else dict(contact.attributes),
        "context": came(contact.context),
        "chain": contact.chain,
        "arrived_at": contact.arrived_at,
        "answered_at": contact.answered_at,
        "queued_at": contact.queued_at,
        "left_queue_at": contact.left_queue_at,
        "connected_at": contact.connected_at,
        "ended_at": contact.ended_at,
        "wait_ms": _wait(contact, now),
        "offers": contact.offers,
        "delivery": contact.delivery.value if contact.delivery else "",
        "agent_upn": agent.upn if agent else "",
        "outcome": contact.outcome.value if contact.outcome else "",
        "calls": [_call(call) for call in state.calls.values() if call.contact == contact.id],
    }


def _where(contact: Contact) -> str:
    """Where in its flow the contact is; empty: in none."""
    place = contact.flow
    return f"{place.flow}/{place.step}" if place is not None and place.flow else ""


def caller_of(kind: str, identity: str, name: str) -> str:
    """How a caller is shown: their number or name, and never an id of the directory."""
    if kind == "number":
        return identity or name
    return name or {"withheld": "number withheld", "encrypted": "identity hidden"}.get(kind, kind)


def stage_of(contact: Contact, offer: Offer | None) -> str:
    """Where a contact is, in the words of the board."""
    if dialing(contact.callback):
        return "dialing"
    if contact.state is ContactState.QUEUED and offer is not None and offer.state in RINGING:
        return "deciding" if offer.state is OfferState.DECIDING else "ringing"
    if away(contact.callback):
        return "callback"
    return contact.state.value


def _wait(contact: Contact, now: int) -> int | None:
    """How long it waited, or has by now: for an agent, not while it left a message, say."""
    if contact.queued_at is None:
        return None
    until = contact.connected_at or contact.left_queue_at or contact.ended_at or now
    return until - contact.queued_at


def _call(call: Call) -> Json:
    return {
        "role": call.role.value,
        "call": call.wire,
        "state": call.state.value,
        "live": call.state is not CallState.ENDED,
    }
