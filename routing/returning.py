"""Who hung up or was cut off while waiting and rings again soon: the old place is theirs again.

The place is kept on the tombstone, for the queue's `return_window`, for a caller whose identity the
platform vouches for and nobody hides. It is given back once; of two calls by the same caller that
ended so, the later one counts.
"""

from __future__ import annotations

from routing.events import CallerKind
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Queue
from routing.state import Contact, Outcome

KNOWN = frozenset({CallerKind.NUMBER, CallerKind.INTERNAL, CallerKind.GUEST, CallerKind.FEDERATED})
LEFT = frozenset({Outcome.ABANDONED, Outcome.FAILED})
"""How a visit ends for want of a call, not by a decision."""


def left(floor: Floor, contact: Contact, outcome: Outcome) -> None:
    """The contact ends with `outcome` while a visit is open: keep its place, if it can be found
    again. Called before the visit is closed."""
    if not contact.visiting or outcome not in LEFT or contact.seniority_at is None:
        return
    if contact.caller.kind not in KNOWN or not contact.caller.id:
        return
    key = floor.identity(contact)
    earlier = floor.state.contacts.get(floor.left_waiting.get(key, ""))
    if earlier is not None:
        earlier.left_waiting = False
        floor.touch(earlier)
    contact.left_waiting = True
    floor.left_waiting[key] = contact.id


def back(floor: Floor, contact: Contact, queue: Queue) -> None:
    """The contact joins the queue: does it go on where an earlier call of its caller ended?"""
    if not floor.left_waiting:
        return
    caller = contact.caller
    key = (queue.name, caller.kind.value, caller.id)
    earlier = floor.state.contacts.get(floor.left_waiting.get(key, ""))
    if earlier is None or earlier.seniority_at is None:
        return
    away_ms = floor.now - (earlier.ended_at or 0)
    if away_ms > queue.return_window_ms:
        return
    del floor.left_waiting[key]
    earlier.left_waiting = False
    floor.touch(earlier)
    if contact.seniority_at is not None and contact.seniority_at <= earlier.seniority_at:
        return
    contact.seniority_at = earlier.seniority_at
    floor.touch(contact)
    floor.fact(
        FactKind.CONTACT_RETURNED,
        contact=contact.id,
        queue=queue.name,
        earlier=earlier.id,
        away_ms=away_ms,
        waited_ms=floor.now - earlier.seniority_at,
    )
