"""The promise of a callback: the visit to the queue ends, the caller hears a word, the place stays.

From here on nothing that the caller does takes it back; hanging up during the last words is just
as good.
"""

from __future__ import annotations

from routing import callback_wait, visit
from routing import offer as offers
from routing.callback_end import remember, rules_of
from routing.callback_state import Callback, CallbackStage, promised
from routing.callback_words import lasts_ms, say_all, system
from routing.contact import PROMPT_GRACE_MS, ContactInput, listen, move
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome


def step_out(floor: Floor, contact: Contact) -> None:
    """Out of the line for as long as it is arranged; a visit that is open stays so."""
    offers.withdraw_all(floor, contact, "rescinded")
    floor.disarm(contact, "max_wait", "closing", "greeting", "missing", "callback_offer")
    move(floor, contact, ContactInput.ARRANGE)
    listen(floor, contact)


def promise(floor: Floor, contact: Contact) -> Onward | None:
    """It is settled: the visit ends, the place stays."""
    callback = contact.callback
    if callback is None:
        return None
    if contact.state is not ContactState.ARRANGING:
        step_out(floor, contact)
    visit.finish(floor, contact, Outcome.CALLBACK)
    settle(floor, contact, callback)
    words = system(contact, "callback_promised")
    contact.playing = say_all(floor, floor.caller_leg(contact), words)
    contact.music = ""
    floor.disarm(contact, "music")
    floor.arm(contact, "arranging", floor.now + lasts_ms(floor, words) + PROMPT_GRACE_MS)
    return None


def settle(floor: Floor, contact: Contact, callback: Callback) -> None:
    """Write down the promise: to whom, where in the line, until when."""
    callback.stage = CallbackStage.GOODBYE
    callback.keyed = ""
    callback.here_at = callback.ringing_at = None  # once more, of who was called back already
    callback.dials = 0
    callback.promised_at = floor.now
    first = max(callback.not_before, floor.now)
    callback.expires_at = first + rules_of(floor, contact).expires_after_ms
    if callback.queue != contact.queue:
        contact.queue = callback.queue
        contact.priority = contact.priority_given or floor.queue_of(contact).priority
    contact.queued_at = contact.queued_at or floor.now
    contact.seniority_at = contact.seniority_at or floor.now
    floor.open_callback(contact)
    remember(floor, callback)
    floor.touch(contact)
    floor.fact(
        FactKind.CALLBACK_CONFIRMED,
        contact=contact.id,
        queue=contact.queue,
        waited_ms=floor.now - contact.queued_at,
        not_before=callback.not_before,
        expires_at=callback.expires_at,
    )


def hung_up(floor: Floor, contact: Contact) -> bool:
    """The caller hung up while it was arranged: whether they had been promised a callback."""
    if not promised(contact.callback):
        return False
    callback_wait.begin(floor, contact)
    return True
