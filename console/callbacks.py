"""The open callbacks: promised, and not over. For the API and the command line."""

from __future__ import annotations

from routing.callback_state import Callback, promised
from routing.state import Contact, State

Row = dict[str, object]


def is_open(contact: Contact) -> bool:
    """Whether this contact was promised a callback and is not on the line."""
    callback = contact.callback
    return callback is not None and promised(callback) and callback.here_at is None


def open_callbacks(state: State) -> list[Row]:
    """All of them, queue by queue, the longest waiting first."""
    found = [contact for contact in state.contacts.values() if is_open(contact)]
    found.sort(
        key=lambda contact: (contact.queue, contact.seniority_at or 0, len(contact.id), contact.id)
    )
    return [_row(contact, contact.callback) for contact in found if contact.callback]


def _row(contact: Contact, callback: Callback) -> Row:
    caller = contact.caller
    named = caller.name or caller.kind.value
    return {
        "contact": contact.id,
        "queue": contact.queue,
        "caller": named if callback.internal else callback.number,
        "stage": "resting" if callback.resting else callback.stage.value,
        "priority": contact.priority,
        "queued_at": contact.queued_at,
        "seniority_at": contact.seniority_at,
        "promised_at": callback.promised_at,
        "not_before": contact.timers.get("callback_due", 0),
        "expires_at": callback.expires_at,
        "dials": callback.dials,
    }
