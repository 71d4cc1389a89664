"""A callback that nobody on the line asked for: a missed call, called back through the bot.

The same machine as a caller's own wish, begun in its middle: a contact that waits without a call.
If an agent asks for it, they alone are rung, at once, and are told when it comes to nothing; nobody
else is bothered.
"""

from __future__ import annotations

from routing import callback_wait, offering
from routing.callback_numbers import may_call, source_of, too_many
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
from routing.matching import AVAILABLE, closed_by
from routing.plan import EntryPoint
from routing.state import Agent, Call, CallRole, CallState, Contact, ContactState
from routing.word_events import (
    DropCallback,
    RequestCallback,
)


def request(floor: Floor, event: RequestCallback) -> None:
    """Call this number back, if that may be."""
    entry = _entry_for(floor, event)
    agent = floor.state.agents.get(event.agent)
    refused = _refused(floor, event, entry, agent)
    if refused or entry is None:
        floor.ignored("RequestCallback", refused)
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
    )
    settle(floor, contact, callback)
    callback.stage = CallbackStage.WAITING
    move(floor, contact, ContactInput.REQUESTED)
    if agent is None:
        callback_wait.begin(floor, contact)
    else:
        floor.arm(contact, "callback_expires", callback.expires_at)
        offering.offer_to(floor, contact, agent)


def _entry_for(floor: Floor, event: RequestCallback) -> EntryPoint | None:
    if event.entry_point:
        return floor.entries.get(event.entry_point)
    numbered = (each for each in floor.plan.entry_points if each.account)
    return next((each for each in numbered if each.queue == event.queue), None)


def _refused(
    floor: Floor, event: RequestCallback, entry: EntryPoint | None, agent: Agent | None
) -> str:
    """Why it is not done; empty: it is."""
    queue = floor.queues.get(event.queue)
    if queue is None:
        return "unknown queue"
    if entry is None or source_of(floor, entry.name) is None:
        return "no account to call from"
    rules = queue.callback or CallbackRules()
    if not may_call(floor, entry.name, rules, event.number):
        return "number not allowed"
    if event.agent and (agent is None or closed_by(agent, queue) != AVAILABLE):
        return "agent not available"
    probe = Callback(queue=event.queue)
    return too_many(floor, rules, probe, event.number)


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
