"""Offering: who is served next, and which agent is rung for them, with the reasons.

`offer_all` chooses the contact, `_next` its agent. What becomes of the offer then is in
`ringing.py`, `consult.py` and `offer_end.py`.
"""

from __future__ import annotations

from routing import agent as agents
from routing import callback_wait, card, ringing
from routing.callback_state import away
from routing.commands import (
    ReadPresence,
)
from routing.events import CallerKind
from routing.explanation import PULLED, Candidate, Explanation
from routing.facts import FactKind, Plain
from routing.floor import Floor
from routing.line import Place, urgency
from routing.matching import explain
from routing.plan import Delivery, Frozen, Queue
from routing.room import legs_free
from routing.state import Agent, Contact, Offer

FRESH_MS = 3_000
"""Presence read longer ago than this is read once more before an offer."""
CHECK_WITHIN_MS = 300
FROZEN_MS = 60_000
"""Under `frozen_presence: hold` an older reading offers nobody."""
BLIND = frozenset({CallerKind.GUEST, CallerKind.FEDERATED})
"""Callers whom Graph cannot transfer (same tenant only): they always get a group call."""


# -- the decision ---------------------------------------------------------------------------------


def offer_all(floor: Floor) -> None:
    """Offer until nobody waits whom an available agent could take.

    Of the first contacts of all queues that changed, the one that has waited longest comes first,
    its wait changed by priority and aging and multiplied by its queue's weight; so an agent of
    several queues serves the right one. Whom no leg is left for holds back nobody who needs fewer.
    """
    while floor.dirty:
        best: tuple[int, Place] | None = None
        for name in sorted(floor.dirty):
            served = name in floor.lines and floor.pools[name].order
            head = _first_with_legs(floor, name) if served else None
            if head is None:
                del floor.dirty[name]
                continue
            asks = (-urgency(head, floor.queues[name].weight, floor.now), head)
            if best is None or asks < best:
                best = asks
        if best is None:
            return
        contact = floor.state.contacts[best[1][-1]]
        if not callback_wait.may_be_offered(floor, contact, floor.queues[contact.queue]):
            continue
        if not _offer(floor, contact, floor.queues[contact.queue]):
            floor.dirty.pop(contact.queue, None)


def _first_with_legs(floor: Floor, name: str) -> Place | None:
    """The first in the queue's line for whom there are legs enough: a callback takes two. Only
    those are looked at whom there are too few for, and the first whom there are enough for."""
    queue = floor.queues[name]
    for place in floor.lines[name].places:
        contact = floor.state.contacts[place[-1]]
        needs = 2 if away(contact.callback) else 1
        if delivery_of(contact, queue) is not Delivery.CONSULT:
            return place
        if legs_free(floor, contact.app) >= needs:
            return place
        floor.starved[name] = None
    return None


def _offer(floor: Floor, contact: Contact, queue: Queue) -> bool:
    """Offer the contact to the agent whom the rule chooses; False: not possible for now."""
    delivery = delivery_of(contact, queue)
    agent = _next(floor, queue)
    if _presence_age(floor, agent) > FROZEN_MS and queue.frozen_presence is Frozen.HOLD:
        return False  # the next reading makes every queue dirty again
    _make(floor, contact, agent, delivery, _explain(floor, contact, queue, agent))
    return True


def delivery_of(contact: Contact, queue: Queue) -> Delivery:
    """How the two are connected. Who is called back is dialed once an agent is on the phone."""
    if away(contact.callback):
        return Delivery.CONSULT
    if contact.delivery is not None:
        return contact.delivery
    return Delivery.GROUP_CALL if contact.caller.kind in BLIND else queue.delivery


def offer_to(floor: Floor, contact: Contact, agent: Agent) -> None:
    """Offer the contact to this agent, who asked for it themselves."""
    chosen = Candidate(agent=agent.id, upn=agent.upn, value=0)
    explanation = Explanation(at=floor.now, rule="asked", chosen=chosen, waiting=1)
    _make(floor, contact, agent, Delivery.CONSULT, explanation)


def pull_to(floor: Floor, contact: Contact, agent: Agent) -> None:
    """Offer the waiting contact to this agent, whom a supervisor names. An old presence is read
    once more, as before every ring."""
    chosen = Candidate(agent=agent.id, upn=agent.upn, value=0)
    explanation = Explanation(
        at=floor.now,
        rule=PULLED,
        chosen=chosen,
        waiting=len(floor.lines[contact.queue].places),
        priority=contact.priority,
        seniority_at=contact.seniority_at or floor.now,
    )
    delivery = delivery_of(contact, floor.queue_of(contact))
    _make(floor, contact, agent, delivery, explanation)


def offer_beside(floor: Floor, contact: Contact, agent: Agent) -> Offer:
    """Ask this agent into a call in which another talks already."""
    chosen = Candidate(agent=agent.id, upn=agent.upn, value=0)
    explanation = Explanation(at=floor.now, rule="asked", chosen=chosen, waiting=0)
    return _made(floor, contact, agent, Delivery.GROUP_CALL, explanation)


def _make(
    floor: Floor, contact: Contact, agent: Agent, delivery: Delivery, explanation: Explanation
) -> None:
    """The offer of a contact that waits."""
    contact.delivery = delivery
    contact.offer = _made(floor, contact, agent, delivery, explanation).id
    floor.lines[contact.queue].remove(contact)


def _made(
    floor: Floor, contact: Contact, agent: Agent, delivery: Delivery, explanation: Explanation
) -> Offer:
    """The offer, with its reasons; the agent is reserved and told."""
    contact.offers += 1
    offer = Offer(
        id=floor.new_id(),
        contact=contact.id,
        queue=contact.queue,
        agent=agent.id,
        delivery=delivery,
        created_at=floor.now,
        explanation=explanation,
    )
    floor.state.offers[offer.id] = offer
    floor.offers_of.setdefault(contact.id, []).append(offer.id)
    floor.touch(contact)
    floor.touch(offer)
    _tell(floor, offer)
    agents.reserve(floor, agent, offer)
    floor.checking[agent.id] = offer.id
    card.show(floor, offer)
    if not _presence_is_fresh(floor, agent):
        floor.arm(offer, "check", floor.now + CHECK_WITHIN_MS)
        floor.step.commands.append(ReadPresence(id=floor.new_id(), agents=(agent.id,)))
    ringing.ring_when_ready(floor, offer)
    return offer


def _presence_age(floor: Floor, agent: Agent) -> int:
    """Milliseconds since presence was last read, of everybody or of this agent."""
    return floor.now - max(floor.state.tenant.presence_read_at, agent.presence_at)


def _presence_is_fresh(floor: Floor, agent: Agent) -> bool:
    """Whether this agent's own presence was read lately: a poll from before they were watched did
    not ask for them."""
    read_at = floor.state.tenant.presence_read_at
    if read_at < agent.watched_since:
        read_at = agent.presence_at
    return floor.now - max(read_at, agent.presence_at) <= FRESH_MS


def _next(floor: Floor, queue: Queue) -> Agent:
    """Whom the queue's rule names now. **This decides the agent.**"""
    first = floor.pools[queue.name].first(floor.memory(queue.name), 1)
    return floor.state.agents[first[0][1]]


def _explain(floor: Floor, contact: Contact, queue: Queue, agent: Agent) -> Explanation:
    """Why it is this agent; the queue remembers whom it offered last."""
    memory = floor.memory(queue.name)
    pool = floor.pools[queue.name]
    also = tuple(
        m.queue
        for m in agent.memberships
        if m.queue != queue.name and m.queue in floor.lines and floor.lines[m.queue].places
    )
    explanation = explain(
        pool,
        memory,
        floor.state.agents,
        contact=contact,
        now=floor.now,
        waiting=len(floor.lines[queue.name].places),
        also=also,
    )
    memory.last_position, memory.last_agent = pool.place_of(agent)
    floor.state.queues[queue.name] = memory
    floor.touch(memory)
    return explanation


def _tell(floor: Floor, offer: Offer) -> None:
    why = offer.explanation
    following: list[dict[str, str | int]] = [
        {"upn": c.upn, "value": c.value} for c in why.following
    ]
    rest: Plain = dict(why.rest)
    floor.fact(
        FactKind.OFFER_CREATED,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        delivery=offer.delivery.value,
        rule=why.rule,
        upn=why.chosen.upn,
        value=why.chosen.value,
        following=following,
        rest=rest,
        waiting=why.waiting,
        also=list(why.also),
        priority=why.priority,
        seniority_ms=why.at - why.seniority_at,
        weight=why.weight,
    )
