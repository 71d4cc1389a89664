"""A transfer under way: when its leg is asked for, and which answer proves that it failed.

A transfer that fails is told once, by sound with a code. If that news is lost, the caller hears
nothing and nobody comes; so the leg is asked for every few seconds until something is known. That
it is `established` proves a failure once the transfer must have begun: while it is being made the
leg is `transferring`. Too early an answer, or one to a question from before, proves nothing: to
believe it would ring the next agent while the first may still be reached.
"""

from __future__ import annotations

from routing.floor import Floor
from routing.plan import Delivery
from routing.state import Contact, ContactState, Offer

BEGUN_WITHIN_MS = 3_000
"""How long after a transfer was accepted its leg may still be shown as established. Graph answers
202 before it does anything (learn.microsoft.com/graph/api/call-transfer); how long it takes to
begin is written nowhere, so this is generous."""
LOOK_EVERY_MS = 2_000
"""A caller whose link failed unheard of is in silence for so long at most, once it has begun."""
ASK_AFTER_MS = 500
"""A failure that may be an earlier one's, told once more, is asked about so soon."""
DOUBT_FOR_MS = 5_000
"""So long after that question without an answer, what was told is believed."""
NOT_TAKEN_MS = 15_000
"""The outcome of the transfer itself has been told by then; if not, the leg is asked for."""
GIVE_UP_MS = 20_000
"""A link by consult of which nothing at all can be learned is given up after so long."""


def under_way(floor: Floor, contact: Contact) -> Contact | Offer | None:
    """Whose timers watch over the contact's transfer, if one is under way: a target's are the
    contact's own. In meeting mode there are invitations only."""
    if contact.state is ContactState.LEAVING:
        return contact if contact.leaving_by and not contact.meeting else None
    if contact.state is ContactState.CONNECTING:
        return floor.current_offer(contact)
    return None


def wanted(floor: Floor, contact: Contact) -> None:
    """Another transfer is asked for: nothing is known of it yet."""
    contact.linking_heard = False
    contact.failed_from = None
    floor.touch(contact)


def taken(floor: Floor, contact: Contact) -> None:
    """The platform took the transfer under way, or nobody knows whether it did."""
    watch = under_way(floor, contact)
    if watch is not None:
        contact.failed_from = floor.now + BEGUN_WITHIN_MS
        floor.touch(contact)
        floor.arm(watch, "link", contact.failed_from)


def never_taken(floor: Floor, contact: Contact, offer: Offer) -> None:
    """The platform knew no such call. Its end may yet be told; then the leg is asked for."""
    offer.command = ""
    contact.failed_from = floor.now
    floor.touch(contact)
    floor.arm(offer, "link", floor.now + DOUBT_FOR_MS)


def doubted(floor: Floor, contact: Contact) -> None:
    """A failure was told that may be an earlier transfer's, word for word: ask. Told before this
    one was taken it says nothing; if it was about this one after all, the next look will show."""
    watch = under_way(floor, contact)
    if watch is None or contact.failed_from is None:
        return
    contact.failed_from = min(contact.failed_from, floor.now)
    floor.touch(contact)
    soon = floor.now + ASK_AFTER_MS
    _arm_at_latest(floor, watch, "link", soon)
    _arm_at_latest(floor, watch, "unlinked", soon + DOUBT_FOR_MS)


def look(floor: Floor, contact: Contact, watch: Contact | Offer) -> None:
    """Ask for the leg, and again until something is known."""
    floor.arm(watch, "link", floor.now + LOOK_EVERY_MS)
    floor.ask(floor.caller_leg(contact))


def failed(floor: Floor, contact: Contact, asked_at: int) -> bool:
    """Whether the answer `established` to a question asked at `asked_at` proves that the transfer
    under way failed."""
    if under_way(floor, contact) is None:
        return False
    return contact.failed_from is not None and asked_at >= contact.failed_from


def goes_on(floor: Floor, contact: Contact) -> None:
    """Asked, the platform says that the leg lives, and not that the transfer failed: patience."""
    watch = under_way(floor, contact)
    if isinstance(watch, Offer) and watch.delivery is Delivery.CONSULT:
        floor.arm(watch, "unlinked", floor.now + GIVE_UP_MS)
    elif watch is not None:
        # How long a blind ring may last at most is measured by other timers.
        floor.disarm(watch, "unlinked")


def _arm_at_latest(floor: Floor, watch: Contact | Offer, kind: str, due: int) -> None:
    floor.arm(watch, kind, min(due, watch.timers.get(kind, due)))
