"""Waiting without a call: in the line at the place of one's seniority, or resting before it.

Whoever waits here costs no call leg and hears nothing. They are offered to agents like everybody
else; only outside the queue's hours, before a chosen time and between two attempts they rest. A
callback that comes to nothing is told to the queue's team.
"""

from __future__ import annotations

from routing import callback_needs, team
from routing import offer as offers
from routing.callback_end import conclude, rules_of
from routing.callback_state import Callback, CallbackStage, away
from routing.contact import ContactInput, end, move
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Queue
from routing.state import CallRole, CallState, Contact, ContactState, Outcome

CLOSED_LOOK_MS = 60_000
"""A closed queue of which nobody can say when it opens is looked at this often."""
UNDER_WAY_MS = 5_000
"""A callback that expires while an agent has it is looked at again so soon."""


def begin(floor: Floor, contact: Contact) -> None:
    """The caller was promised a callback and is off the line, or about to be: wait for an agent."""
    leave_line(floor, contact)
    offers.call_over(floor, contact)
    callback = contact.callback
    if callback is None:
        return
    callback.stage = CallbackStage.WAITING
    contact.playing = contact.music = ""
    contact.listening = contact.meeting = False
    contact.delivery = contact.missing_since = None
    contact.failed_links = 0
    floor.disarm(contact, "music", "max_wait", "closing", "missing", "arranging", "announce")
    if contact.state is ContactState.ARRANGING:
        move(floor, contact, ContactInput.ARRANGED)
    floor.arm(contact, "callback_expires", callback.expires_at)
    if callback.not_before > floor.now:
        rest(floor, contact, callback.not_before)
    else:
        stand(floor, contact)


def leave_line(floor: Floor, contact: Contact) -> None:
    """Nobody is on the contact's leg any more whom we want there: it is hung up if it lives."""
    leg = floor.caller_leg(contact)
    leg.role = CallRole.FORMER
    floor.touch(leg)
    if leg.state is not CallState.ENDED and not leg.hanging_up:
        floor.hang_up(leg)


def stand(floor: Floor, contact: Contact) -> None:
    """Into the line, at the place of its seniority."""
    contact.offer = ""
    floor.touch(contact)
    callback = contact.callback
    if callback is None:
        return
    callback.resting = callback.closed = False
    if contact.queue not in floor.queues:
        give_up(floor, contact, "queue dropped")
        return
    if callback.expires_at <= floor.now:
        give_up(floor, contact, "expired")
        return
    floor.lines[contact.queue].add(contact)
    floor.dirty[contact.queue] = None


def rest(floor: Floor, contact: Contact, until: int) -> None:
    """Out of the line until then."""
    callback = contact.callback
    if callback is None:
        return
    if contact.queue not in floor.queues:
        give_up(floor, contact, "queue dropped")
        return
    floor.lines[contact.queue].remove(contact)
    contact.offer = ""
    callback.resting = True
    floor.touch(contact)
    floor.arm(contact, "callback_due", until)


def due(floor: Floor, contact: Contact) -> None:
    """Timer `callback_due`: the rest is over."""
    if away(contact.callback) and contact.state is ContactState.QUEUED:
        stand(floor, contact)


def may_be_offered(floor: Floor, contact: Contact, queue: Queue) -> bool:
    """Whether this is the hour for it; otherwise it rests until the queue opens."""
    if not away(contact.callback) or callback_needs.open_at(floor, queue, floor.now):
        return True
    opens = callback_needs.opens_next(floor, queue)
    rest(floor, contact, opens or floor.now + CLOSED_LOOK_MS)
    if contact.callback is not None:
        contact.callback.closed = True
    return False


def not_taken(floor: Floor, contact: Contact) -> None:
    """The agent did not take it: on to the next; whoever asked for it themselves may ask again."""
    if contact.callback is not None and contact.callback.agent:
        drop(floor, contact, "agent did not take it")
    else:
        stand(floor, contact)


def expired(floor: Floor, contact: Contact) -> None:
    """Timer `callback_expires`. Whom an agent has just taken is called all the same."""
    if contact.state is ContactState.QUEUED and not contact.offer:
        give_up(floor, contact, "expired")
    else:
        floor.arm(contact, "callback_expires", floor.now + UNDER_WAY_MS)


def after_attempt(floor: Floor, contact: Contact, why: str) -> None:
    """The customer was not reached: once more later, or never."""
    callback, rules = contact.callback, rules_of(floor, contact)
    if callback is None:
        return
    if callback.agent:
        drop(floor, contact, why)
    elif callback.dials >= rules.tries:
        give_up(floor, contact, why)
    else:
        rest(floor, contact, floor.now + rules.retry_after_ms)


def give_up(floor: Floor, contact: Contact, why: str) -> None:
    """It came to nothing: the queue's team is told."""
    callback = contact.callback
    conclude(floor, contact, FactKind.CALLBACK_EXPIRED, why)
    if callback is not None:
        _tell_team(floor, contact, callback, why)
    end(floor, contact, Outcome.CALLBACK, f"callback: {why}")


def _tell_team(floor: Floor, contact: Contact, callback: Callback, why: str) -> None:
    detail = {
        "number": "" if callback.internal else callback.number,
        "tries": str(callback.dials),
        "waited_ms": str(floor.now - (contact.queued_at or floor.now)),
        "reason": why.replace("_", " "),
    }
    told = {key: value for key, value in detail.items() if value}
    team.tell(floor, contact, "callback_expired", queue=callback.queue, **told)


def drop(floor: Floor, contact: Contact, why: str, *, by: str = "") -> None:
    """Somebody does not want it any more."""
    conclude(floor, contact, FactKind.CALLBACK_CANCELED, why, by=by)
    end(floor, contact, Outcome.CALLBACK, f"callback: {why}")


def plan_changed(floor: Floor) -> None:
    """Who rests until a queue opens stands up: by the new plan it may open at another time."""
    let_go_of_dropped_queues(floor)
    for contact in sorted(floor.state.contacts.values(), key=lambda each: each.id):
        callback = contact.callback
        if callback is not None and callback.resting and callback.closed:
            due(floor, contact)


def let_go_of_dropped_queues(floor: Floor) -> None:
    """Nobody serves a queue that the plan does not have any more."""
    for contact in sorted(floor.state.contacts.values(), key=lambda each: each.id):
        gone = contact.queue not in floor.queues
        if gone and away(contact.callback) and contact.state is ContactState.QUEUED:
            give_up(floor, contact, "queue dropped")
