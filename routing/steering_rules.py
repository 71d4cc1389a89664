"""Whether a supervisor may do something to a contact that waits, and what ways out it has.

Each rule returns a reason's code, empty when it may be. The engine asks them when the act comes in,
the API before it is written down, the page for its buttons. What is said of the contact is what
whoever acts saw: moved meanwhile, taken meanwhile, gone meanwhile, the act is refused.
"""

from __future__ import annotations

from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.callback_state import Callback, away, dialing
from routing.explanation import PULLED
from routing.matching import AVAILABLE, OPTED_OUT, closed_by
from routing.offering import delivery_of
from routing.opening import closure_of, within
from routing.plan import Delivery, Plan, Queue
from routing.presence import Presence
from routing.room import LEGS
from routing.staffing import absence_of
from routing.state import Agent, CallState, Contact, ContactState, Offer, OfferState, State
from routing.waiting_rules import NoAgent
from routing.word_events import ContactSteered, Steer

PRIORITIES = range(1, 6)
ACCEPTED = (OfferState.DECIDING, OfferState.LINKING, OfferState.LINKED)
WITH_AGENT = (ContactState.CONNECTING, ContactState.CONNECTED)


def may_steer(state: State, plan: Plan, event: ContactSteered, now: int) -> str:
    """Whether this may be done to this contact now."""
    contact = state.contacts.get(event.contact)
    if contact is None:
        return "contact_gone"
    queue = queue_in(plan, contact.queue)
    if code := may_begin(state, contact, queue, event.act):
        return code
    if contact.queue != event.seen_queue:
        return "moved_meanwhile"
    if queue is None:
        return "unknown_queue"
    match event.act:
        case Steer.PULL:
            return _may_pull(state, plan, contact, queue, state.agents.get(event.to))
        case Steer.MOVE:
            return _may_move(state, plan, contact, queue_in(plan, event.to), now)
        case Steer.PRIORITIZE:
            return "" if event.priority in PRIORITIES else "no_such_priority"
        case Steer.WITHDRAW:
            return _may_withdraw(contact, queue, event)


def may_begin(state: State, contact: Contact, queue: Queue | None, act: Steer) -> str:
    """Whether that can be done to the contact at all, whoever or whatever it is to be given."""
    if contact.state in WITH_AGENT or taken(state.offers.get(contact.offer)):
        return "has_agent"
    if contact.state is not ContactState.QUEUED:
        return "contact_gone" if contact.state is ContactState.ENDED else "not_waiting"
    callback = contact.callback
    if dialing(callback):
        return "being_called"
    if act is Steer.MOVE and away(callback):
        return "waits_for_callback"
    if act is Steer.PULL and callback is not None and away(callback):
        return _may_offer_callback(callback)
    if act is Steer.PRIORITIZE and queue is not None and queue.aging_ms == 0:
        return "priority_counts_not"
    return ""


def _may_offer_callback(callback: Callback) -> str:
    if callback.resting:
        return "callback_rests"
    return "asked_by_agent" if callback.agent else ""


def taken(offer: Offer | None) -> bool:
    """Whether an agent has said yes, or is on the phone to say so: nobody takes it from them."""
    return offer is not None and (
        offer.state in ACCEPTED or offer.said_yes_at is not None or offer.accepted_at is not None
    )


def may_take(agent: Agent, queue: Queue) -> bool:
    """Whether this agent could be offered a contact of the queue now, member or not."""
    return closed_by(agent, queue) == AVAILABLE


def ways_out(queue: Queue) -> dict[str, Action]:
    """Where the plan itself lets the queue's callers go, by a name: what a supervisor may choose.
    So nobody dials from here what the plan does not."""
    found = {
        "max_wait": queue.on_max_wait,
        "overflow": queue.on_overflow,
        "closed": queue.on_closed,
        "no_agent": queue.no_agent.action if queue.no_agent else None,
        "fallback": queue.fallback,
    }
    return {
        name: action
        for name, action in found.items()
        if action is not None and action.kind is not ActionKind.DISCONNECT
    }


def queue_in(plan: Plan, name: str) -> Queue | None:
    """The plan's queue of that name."""
    return next((each for each in plan.queues if each.name == name), None)


def _may_pull(state: State, plan: Plan, contact: Contact, queue: Queue, agent: Agent | None) -> str:
    if agent is None:
        return "no_such_agent"
    offer = state.offers.get(contact.offer)
    if offer is not None and offer.agent == agent.id:
        return "offered_already"
    if offer is not None and offer.explanation.rule == PULLED:
        return "pulled_already"
    if not may_take(agent, queue):
        return "agent_not_available"
    consult = delivery_of(contact, queue) is Delivery.CONSULT
    needs = 2 if away(contact.callback) else 1
    return "no_legs" if consult and _legs_free(state, plan, contact.app) < needs else ""


def _may_move(state: State, plan: Plan, contact: Contact, queue: Queue | None, now: int) -> str:
    """A queue that would send the caller elsewhere at once is no place to move one to."""
    if queue is None:
        return "unknown_queue"
    if queue.name == contact.queue:
        return "there_already"
    hours = {each.name: each for each in plan.hours}
    closure = closure_of(state.bulletins, Scope.QUEUE, queue.name)
    if closure is not None or not within(hours, queue.hours, now):
        return "queue_closed"
    if queue.max_length is not None and _waiting(state, queue) >= queue.max_length:
        return "queue_full"
    return "queue_without_agent" if queue.no_agent and _nobody_there(state, queue) else ""


def _may_withdraw(contact: Contact, queue: Queue, event: ContactSteered) -> str:
    if away(contact.callback) and (event.to or event.clips):
        return "not_on_the_line"
    return "unknown_way" if event.to and event.to not in ways_out(queue) else ""


def _legs_free(state: State, plan: Plan, app: str) -> int:
    live = (call.app == app and call.state is not CallState.ENDED for call in state.calls.values())
    return plan.legs.get(app, LEGS) - sum(live)


def _waiting(state: State, queue: Queue) -> int:
    return sum(
        each.queue == queue.name and each.state is ContactState.QUEUED and not away(each.callback)
        for each in state.contacts.values()
    )


def _nobody_there(state: State, queue: Queue) -> bool:
    """As `staffing.nobody_there` has it, from the state alone."""
    members = [
        agent
        for agent in state.agents.values()
        if any(each.queue == queue.name for each in agent.memberships)
    ]
    unread = any(a.presence is Presence.UNKNOWN and not a.presence_at for a in members)
    if unread or not state.tenant.directory_read_at:
        return False
    when = (queue.no_agent or NoAgent()).when
    reasons = {closed_by(agent, queue) for agent in members}
    return all(each == OPTED_OUT or absence_of(each) in when for each in reasons)
