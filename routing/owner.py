"""A new owner: the state was just loaded, and nobody knows what happened meanwhile.

Phones get time to ring on, whatever waits for the platform's word waits a little longer, and every
live leg is asked how it fared. The plan may be another one than the state was saved under.
"""

from __future__ import annotations

from routing import after_call, bulletins, context, journey, offering, trial
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Call, Contact, Offer, OfferState

AGAIN_MS = 3_000
"""A phone rings, and news is waited for, at least this much longer."""
NEWS = ("established", "unanswered", "link", "unlinked", "flow", "customer", "message", "party")
"""A contact's timers that wait for somebody's word; the others measure time itself."""


def changed(floor: Floor, epoch: int) -> None:
    """This engine decides from now on, as the owner of `epoch`."""
    floor.state.epoch = epoch
    floor.fact(FactKind.OWNER_CHANGED, epoch=epoch)
    for offer in sorted(floor.state.offers.values(), key=lambda o: o.id):
        if offer.state is OfferState.CHECKING:
            floor.arm(offer, "check", floor.now + offering.CHECK_WITHIN_MS)
        else:
            _wait_longer(floor, offer, tuple(offer.timers))
    for contact in sorted(floor.state.contacts.values(), key=lambda c: c.id):
        _wait_longer(floor, contact, (*NEWS, "leaving") if contact.leaving_by else NEWS)
        context.resume(floor, contact)
    for leg in sorted(floor.state.calls.values(), key=lambda c: c.id):
        _wait_longer(floor, leg, trial.STAGES)
        floor.ask(leg)
    bulletins.plan_changed(floor)
    journey.plan_changed(floor)
    after_call.plan_changed(floor)
    floor.dirty.update(dict.fromkeys(floor.queues))


def _wait_longer(floor: Floor, waiting: Contact | Call | Offer, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        if kind in waiting.timers:
            floor.arm(waiting, kind, max(waiting.timers[kind], floor.now + AGAIN_MS))
