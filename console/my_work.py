"""An agent's own work, as the tab shows it: the offer, the talk, and what is to be done after it.

It follows from the state, as the card in the chat does (routing/card_face.py), so the page finds
it again after sleep, a lost network or a restart. Instants and words, never durations. What may be
done stands beside it as the rules' codes: a button is grey with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.board import Json, caller_of
from console.floor_rows import beside
from routing.after_call import LONGEST_NOTE, may_note
from routing.card_face import UNDER_WAY, offer_card
from routing.choices import Choice, NotReadyReason
from routing.offer_rules import may_accept, may_be_done, may_decline
from routing.plan import Plan, Queue
from routing.state import Agent, Contact, ContactState, Offer, OfferState, State
from routing.wrap_up_rules import may_extend

OFFERED = (*UNDER_WAY, OfferState.LINKING)
Works = dict[str, Offer]
"""What each agent is at, by their id."""


def works_of(state: State) -> Works:
    """The offer each agent decides on, or took: the one that matters most, the newest of those."""
    found: dict[str, tuple[int, int, str, Offer]] = {}
    for offer in state.offers.values():
        agent, contact = state.agents.get(offer.agent), state.contacts.get(offer.contact)
        weight = _weight(agent, contact, offer) if agent and contact else 0
        if weight:
            entry = (weight, offer.created_at, offer.id, offer)
            found[offer.agent] = max(found.get(offer.agent, entry), entry, key=lambda e: e[:3])
    return {agent: entry[3] for agent, entry in found.items()}


def _weight(agent: Agent, contact: Contact, offer: Offer) -> int:
    """3: to be decided; 2: they talk, or wrap up; 1: it is over, and they have not said done."""
    if agent.offer == offer.id and offer.state in OFFERED:
        return 3
    if offer.outcome != "accepted":
        return 0
    if agent.contact == contact.id:
        return 2  # also who was added to a call, or wraps up after handing one on
    if contact.agent != agent.id:
        return 0
    return 1 if contact.state is ContactState.ENDED and offer.done_at is None else 0


def work_row(agent: Agent, state: State, plan: Plan, offer: Offer | None) -> Json | None:
    """What the agent is at; None: nothing."""
    if offer is None:
        return None
    queues = {queue.name: queue for queue in plan.queues}
    contact = state.contacts[offer.contact]
    card = offer_card(state, queues, offer)
    queue = queues.get(contact.queue) or Queue(name=contact.queue)
    kind = contact.caller.kind.value
    return {
        "offer": offer.id,
        "contact": contact.id,
        "face": card.face.value,
        "caller": caller_of(kind, contact.caller.id, contact.caller.name),
        "caller_kind": kind,
        "queue": contact.queue,
        "title": card.queue,
        "attributes": dict(contact.attributes),
        "callback": card.callback,
        "number": card.number,
        "offered_at": offer.created_at,
        "queued_at": contact.queued_at,
        "connected_at": contact.connected_at if contact.agent == agent.id else None,
        "talk_ended_at": contact.talk_ended_at,
        "call": {"held_since": contact.control.held_since, "beside": beside(contact)},
        "may": {
            "accept": may_accept(state, queues, offer.id, agent.id),
            "decline": may_decline(state, offer.id, agent.id),
            "note": may_note(state, contact.id, agent.id, contact.note_revision),
            "extend": may_extend(agent, queue, agent.extended),
            "done": may_be_done(state, queues, offer.id, agent.id),
        },
        "note": card.note,
        "note_revision": contact.note_revision,
        "note_most": LONGEST_NOTE,
        "dispositions": choices(queue.dispositions),
        "disposition": card.disposition,
        "disposition_required": queue.disposition_required and bool(queue.dispositions),
        "extend_ms": queue.extend_ms,
    }


def agent_row(agent: Agent, plan: Plan) -> Json:
    """What the agent does, until when, and what they may say."""
    return {
        "state": agent.state.value,
        "since": agent.since,
        "presence": agent.presence.value,
        "ready": agent.ready,
        "not_ready_reason": agent.not_ready_reason,
        "not_ready_until": agent.timers.get("not_ready"),
        "back_off": agent.back_off,
        "may_ring": bool(agent.may_ring),
        "wrap_up_until": agent.timers.get("wrap_up"),
        "extended": agent.extended,
        "needs": agent.needs,
        "reasons": choices(plan.not_ready_reasons),
    }


def choices(given: Iterable[Choice]) -> list[Json]:
    """Choices in every language: the page knows its reader's."""
    return [
        {"code": each.code, "words": dict(each.words)}
        | ({"back_after_ms": each.back_after_ms} if isinstance(each, NotReadyReason) else {})
        for each in given
    ]
