"""Another number to be called back at: keyed in, checked, read back.

So often only as a menu is asked: the key for another number would otherwise lead round and round.
"""

from __future__ import annotations

from routing.callback_end import rules_of
from routing.callback_numbers import refusal
from routing.callback_questions import missed, turn_to
from routing.callback_state import Callback, CallbackStage
from routing.digits import more_may_follow
from routing.floor import Floor
from routing.numbering import from_keys
from routing.onward import Onward
from routing.state import Contact

BETWEEN_MS = 5_000
"""The longest pause between two digits; then the number is taken as keyed in."""
LONGEST = 18
"""Digits with a prefix for other countries, keyed in at most."""
END = "#"


def digit(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == END:
        return keyed_in(floor, contact, callback)
    if not tone.isdigit():
        return missed(floor, contact, callback)
    callback.keyed += tone
    if len(callback.keyed) >= LONGEST:
        return keyed_in(floor, contact, callback)
    more_may_follow(floor, contact, "arranging", BETWEEN_MS)
    return None


def keyed_in(floor: Floor, contact: Contact, callback: Callback) -> Onward | None:
    """A number was keyed in: read it back, if it is one that we may call."""
    entry = floor.entries.get(contact.entry_point)
    number = from_keys(callback.keyed, entry.numbering if entry else None)
    why = refusal(floor, contact.entry_point, rules_of(floor, contact), number)
    if why:
        callback.keyed = ""
        words = "callback_our_number" if why == "number_is_ours" else "callback_wrong_number"
        return missed(floor, contact, callback, words)
    callback.number = number
    return turn_to(floor, contact, callback, CallbackStage.CONFIRM)
