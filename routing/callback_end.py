"""How a wish to be called back ends: exactly once, by one fact."""

from __future__ import annotations

from routing.callback_rules import CallbackRules
from routing.callback_state import Callback, CallbackStage, away, requested
from routing.facts import FactKind
from routing.floor import Floor
from routing.ledger import Ledger
from routing.state import Contact

DAY_MS = 24 * 3_600_000
REMEMBERED = 5_000
"""Numbers whose promises of the last day are kept at most."""


def rules_of(floor: Floor, contact: Contact) -> CallbackRules:
    """The rules of the contact's callback; those of a queue that dropped them are the default's:
    what was promised is kept."""
    name = contact.callback.queue if contact.callback else contact.queue
    queue = floor.queues.get(name)
    return (queue.callback if queue else None) or CallbackRules()


def conclude(
    floor: Floor, contact: Contact, kind: FactKind, why: str = "", *, by: str = ""
) -> None:
    """The wish is over, by this fact. Nothing happens when there is none, or it ended before."""
    callback = contact.callback
    if callback is None or not requested(callback):
        return
    since = contact.queued_at or callback.requested_at
    callback.over = True
    if not away(callback):  # as what they wait, until they wait no more
        callback.stage = CallbackStage.OVER
    callback.keyed = ""
    callback.resting = False
    floor.close_callback(contact)
    floor.disarm(contact, "callback_due", "callback_expires", "customer", "customer_look")
    floor.touch(contact)
    floor.fact(
        kind,
        contact=contact.id,
        agent=contact.agent,
        queue=callback.queue,
        waited_ms=floor.now - since,
        dials=callback.dials,
        **({"why": why} if why else {}),
        **({"by": by} if by else {}),
    )


def remember(floor: Floor, callback: Callback) -> None:
    """A callback to this number was promised: it counts for 24 hours."""
    kept = floor.state.tenant.callbacks
    after = floor.now - DAY_MS
    for number in [n for n, times in kept.items() if times[-1] <= after]:
        del kept[number]
    if callback.number not in kept and len(kept) >= REMEMBERED:
        del kept[min(kept, key=lambda n: (kept[n][-1], n))]
    lately = tuple(at for at in kept.get(callback.number, ()) if at > after)
    kept[callback.number] = (*lately, floor.now)
    floor.touch(floor.state.tenant)


def lately(floor: Ledger, number: str) -> int:
    """How many callbacks to this number were promised in the last 24 hours."""
    times = floor.state.tenant.callbacks.get(number, ())
    return sum(at > floor.now - DAY_MS for at in times)
