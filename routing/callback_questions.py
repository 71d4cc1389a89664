"""The questions by which a callback is arranged: put, put again, and given up.

Whoever gives no usable answer three times is not called back: they wait on where they can, or go
where the plan says. Who rang again and says nothing stays on the line, at their callback's place.
"""

from __future__ import annotations

from routing import callback_wait
from routing.action import Action, ActionKind
from routing.callback_end import conclude, rules_of
from routing.callback_numbers import own_allowed
from routing.callback_state import Callback, CallbackStage, may_be_dropped
from routing.callback_words import lasts_ms, question, say_all, system
from routing.contact import PROMPT_GRACE_MS, play_music
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

KEY_WITHIN_MS = 6_000
"""From the end of a question on."""
TRIES = 3
"""How often a question is put before it counts as no."""
BY_STAR = "back to waiting"


def not_possible(floor: Floor, contact: Contact, why: str) -> Onward | None:
    """No callback: on with waiting where that is possible, else where the plan says."""
    rules, callback = rules_of(floor, contact), contact.callback
    may_wait = callback is not None and callback.may_wait
    conclude(floor, contact, FactKind.CALLBACK_CANCELED, why)
    if not may_wait:
        outcome = Outcome.TIMED_OUT if contact.visiting else Outcome.FAILED
        return Onward(action=rules.otherwise, outcome=outcome)
    if contact.state is ContactState.ARRANGING:
        return _back(contact, "" if why == BY_STAR else "system:callback_not_possible")
    say_all(floor, floor.caller_leg(contact), system(contact, "callback_not_possible"))
    play_music(floor, contact)
    return None


def _back(contact: Contact, prompt: str) -> Onward:
    """To the queue whose visit is open: at the same place."""
    action = Action(kind=ActionKind.QUEUE, ref=contact.queue, prompt=prompt)
    return Onward(action=action, outcome=Outcome.CALLBACK)


def ask(floor: Floor, contact: Contact, *before: str) -> None:
    """Put the question of this stage, `before` it what was wrong with the last answer; music
    behind."""
    callback = contact.callback
    if callback is None:
        return
    own = own_allowed(floor, contact)
    words = system(contact, *before)
    words += question(floor, contact, callback, rules_of(floor, contact), own=own)
    if callback.stage is not CallbackStage.CONFIRM:
        callback.keyed = ""
    contact.playing = say_all(floor, floor.caller_leg(contact), words)
    play_music(floor, contact)
    guard = lasts_ms(floor, words) + PROMPT_GRACE_MS + KEY_WITHIN_MS
    floor.arm(contact, "arranging", floor.now + guard)
    floor.touch(contact)


def missed(floor: Floor, contact: Contact, callback: Callback, *before: str) -> Onward | None:
    """No usable answer: once more, or it counts as no."""
    callback.misses += 1
    if callback.misses < TRIES:
        ask(floor, contact, *before)
        return None
    if callback.stage is CallbackStage.KNOWN:
        return take_over(floor, contact, callback)
    return not_possible(floor, contact, "no answer")


def turn_to(
    floor: Floor, contact: Contact, callback: Callback, stage: CallbackStage
) -> Onward | None:
    callback.stage = stage
    callback.misses = 0
    ask(floor, contact)
    return None


def take_over(floor: Floor, contact: Contact, callback: Callback) -> Onward:
    """The callback is dropped, and who is on the line waits on at its place; a customer whom it has
    reached meanwhile keeps theirs."""
    other = floor.state.contacts.get(callback.other)
    contact.callback = None
    floor.touch(contact)
    priority = 0
    if other is not None and may_be_dropped(other.callback):
        contact.seniority_at = _earlier(contact.seniority_at, other.seniority_at)
        contact.attributes = {**other.attributes, **contact.attributes}
        priority = other.priority
        callback_wait.drop(floor, other, "rang again")
    action = Action(kind=ActionKind.QUEUE, ref=callback.queue, priority=priority)
    return Onward(action=action, outcome=Outcome.MOVED)


def _earlier(one: int | None, other: int | None) -> int | None:
    """Who waited elsewhere before this callback was asked for keeps the better place."""
    return min((at for at in (one, other) if at is not None), default=None)
