"""Whether a condition of a flow, or of the door, holds for a contact right now."""

from __future__ import annotations

from routing.callback_state import away
from routing.callers import has_prefix, is_kind, is_listed
from routing.estimate import expected_wait_ms
from routing.floor import Floor
from routing.flow_steps import Condition
from routing.opening import queue_open, within
from routing.staffing import nobody_there
from routing.state import Contact, ContactState


def holds(floor: Floor, contact: Contact, when: Condition) -> bool:
    """Whether all that the condition gives is true."""
    return _of_the_caller(floor, contact, when) and _of_the_queue(floor, when)


def _of_the_caller(floor: Floor, contact: Contact, when: Condition) -> bool:
    caller = contact.caller
    if when.prefixes and not has_prefix(caller, when.prefixes):
        return False
    if when.kinds and not is_kind(caller, when.kinds):
        return False
    if when.caller_lists and not is_listed(floor, caller, when.caller_lists):
        return False
    if when.languages and contact.language not in when.languages:
        return False
    if when.attribute and not _attribute(contact, when):
        return False
    return not when.hours or within(floor.hours, when.hours, floor.now) is not when.closed


def _attribute(contact: Contact, when: Condition) -> bool:
    value = contact.attributes.get(when.attribute, "")
    return value in when.values if when.values else bool(value)


def _of_the_queue(floor: Floor, when: Condition) -> bool:
    name = when.queue
    queue = floor.queues.get(name)
    if not name:
        return True
    if queue is None:
        return False  # the plan has dropped it
    if when.queue_open is not None and queue_open(floor, queue) is not when.queue_open:
        return False
    if when.nobody_there is not None and nobody_there(floor, queue) is not when.nobody_there:
        return False
    if when.waiting_at_least is not None and floor.lengths[name] < when.waiting_at_least:
        return False
    if when.longest_wait_ms is not None and _longest_wait_ms(floor, name) < when.longest_wait_ms:
        return False
    if when.expected_wait_ms is None:
        return True
    expected = expected_wait_ms(floor, queue)
    return expected is not None and expected >= when.expected_wait_ms


def _longest_wait_ms(floor: Floor, queue: str) -> int:
    """How long the one who has waited longest has; with an offer under way they still wait."""
    return max(
        (
            floor.now - (contact.queued_at or floor.now)
            for contact in floor.state.contacts.values()
            if contact.queue == queue
            and contact.state is ContactState.QUEUED
            and not away(contact.callback)
        ),
        default=-1,
    )
