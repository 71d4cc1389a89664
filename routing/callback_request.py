"""A callback that nobody on the line asked for: a missed call, called back through the bot.

The same machine as a caller's own wish, begun in its middle: a contact that waits without a call.
If an agent asks for it, they alone are rung, at once, and are told when it comes to nothing; nobody
else is bothered.
"""

from __future__ import annotations

from routing import callback_wait, offering
from routing.callback_numbers import refusal, source_of, too_many
from routing.callback_promise import settle
from routing.callback_rules import CallbackRules
from routing.callback_state import Callback, CallbackStage, may_be_dropped
from routing.contact import ContactInput, move
from routing.events import (
    Caller,
    CallerKind,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.ledger import Ledger, seen
from routing.matching import AVAILABLE, closed_by
from routing.plan import EntryPoint, Plan, Queue
from routing.refusing import refused
from routing.state import Call, CallRole, CallState, Contact, ContactState, State
from routing.word_events import (
    DropCallback,
    RequestCallback,
)


def request(floor: Floor, event: RequestCallback) -> None:
    """Call this number back, if that may be."""
    entry = _entry_for(floor.plan, event)
    agent = floor.state.agents.get(event.agent)
    code = _refused(floor, floor.queues.get(event.queue), event, entry)
    if code or entry is None:
        refused(floor, "call_back", code, by=event.by, agent=event.agent, queue=event.queue)
        return
    contact = _contact_for(floor, event, entry)
    callback = Callback(
        stage=CallbackStage.NUMBER,
        queue=event.queue,
        number=event.number,
        requested_at=floor.now,
        agent=event.agent,
    )
    contact.callback = callback
    floor.fact(
        FactKind.CALLBACK_REQUESTED,
        contact=contact.id,
        agent=event.agent,
        queue=event.queue,
        by=event.by,
        **({"about": event.about} if event.about else {}),
    )
    settle(floor, contact, callback)
    callback.stage = CallbackStage.WAITING
    move(floor, contact, ContactInput.REQUESTED)
    if agent is None:
        callback_wait.begin(floor, contact)
    else:
        floor.arm(contact, "callback_expires", callback.expires_at)
        offering.offer_to(floor, contact, agent)


def may_request(state: State, plan: Plan, event: RequestCallback, now: int) -> str:
    """A reason's code why this may not be called back now; empty: it may."""
    queue = next((each for each in plan.queues if each.name == event.queue), None)
    return _refused(seen(state, plan, now), queue, event, _entry_for(plan, event))


def _entry_for(plan: Plan, event: RequestCallback) -> EntryPoint | None:
    """The one that is named, as long as it has an account; else the first that leads to the queue
    and has one."""
    numbered = [each for each in plan.entry_points if each.account]
    named = (each for each in numbered if each.name == event.entry_point)
    return next(named, next((each for each in numbered if each.queue == event.queue), None))


def _refused(
    floor: Ledger, queue: Queue | None, event: RequestCallback, entry: EntryPoint | None
) -> str:
    if queue is None:
        return "unknown_queue"
    if entry is None or source_of(floor, entry.name) is None:
        return "no_account_to_call_from"
    rules = queue.callback or CallbackRules()
    if code := refusal(floor, entry.name, rules, event.number):
        return code
    agent = floor.state.agents.get(event.agent)
    if event.agent and (agent is None or closed_by(agent, queue) != AVAILABLE):
        return "not_available_yourself"
    probe = Callback(queue=event.queue)
    return too_many(floor, rules, probe, event.number).replace(" ", "_")


def _contact_for(floor: Floor, event: RequestCallback, entry: EntryPoint) -> Contact:
    """A contact whose caller's leg is one that was never there."""
    contact_id, call_id = floor.new_id(), floor.new_id()
    known = {call.app for call in floor.state.calls.values()}
    app = event.app or min(known, default="")
    leg = Call(
        id=call_id,
        contact=contact_id,
        role=CallRole.FORMER,
        app=app,
        state=CallState.ENDED,
        heard_at=floor.now,
    )
    contact = Contact(
        id=contact_id,
        call=call_id,
        app=app,
        entry_point=entry.name,
        queue=event.queue,
        language=entry.language,
        caller=Caller(kind=CallerKind.NUMBER, id=event.number),
        arrived_at=floor.now,
    )
    floor.state.contacts[contact_id] = contact
    floor.add_call(leg)
    contact.priority = floor.queue_of(contact).priority
    floor.touch(contact)
    return contact


def drop(floor: Floor, event: DropCallback) -> None:
    """Nobody wants it any more; a customer who is on the line already is not cut off."""
    contact = floor.state.contacts.get(event.contact)
    if contact is None or not may_be_dropped(contact.callback):
        floor.ignored("DropCallback", "no open callback", event.contact)
    elif contact.state in (ContactState.QUEUED, ContactState.CONNECTING):
        callback_wait.drop(floor, contact, "dropped", by=event.by)
    else:
        floor.ignored("DropCallback", "being arranged", event.contact)
