"""Arranging a callback: where to, and when. The caller keeps the place in line meanwhile.

Out of the line, with the visit to the queue still open, the caller is asked whether to be called
back at this number (1) or another one, keyed in and read back (2); * leads back to waiting, where
they can. Then, if the plan has later times, when. Once that is settled the visit ends as
`callback`, the caller hears a word and is hung up, and the contact waits on in the line without a
call, at the place of its seniority (`callback_wait.py`). Whoever hangs up before has abandoned.

Who rings again while a callback of theirs is open is asked first: 1 keeps it and ends the call; 2,
or staying on the line, drops it, and they wait on at its place.

A number is dialed only if its beginning is allowed and it is an ordinary one (`numbering.py`), from
a resource account, so never for a caller who rang the bot itself; a withheld or encrypted caller
has to key one in.
"""

from __future__ import annotations

from datetime import datetime

from routing import callback_needs, callback_wait, leaving
from routing.action import Action
from routing.callback_end import rules_of
from routing.callback_keying import digit, keyed_in
from routing.callback_numbers import (
    impossible,
    other_allowed,
    own_allowed,
    own_number,
    too_many,
)
from routing.callback_promise import promise, step_out
from routing.callback_questions import (
    BY_STAR,
    KEY_WITHIN_MS,
    TRIES,
    ask,
    missed,
    not_possible,
    take_over,
    turn_to,
)
from routing.callback_rules import CallbackRules
from routing.callback_state import Callback, CallbackStage, promised
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

MOST_TIMES = 3
AHEAD_MS = 30 * 24 * 3_600_000
"""A time given by a flow lies so far ahead at most."""
TIME_ATTRIBUTE = "callback_at"
"""A contact's attribute that says when to call back, as ISO 8601 with its offset."""
OWN, OTHER, SOON, BACK = "1", "2", "1", "*"


def enter(floor: Floor, contact: Contact, action: Action) -> Onward | None:
    """Ask where to call back. What is returned instead: it is not possible here."""
    name = action.ref or contact.queue
    queue = floor.queues.get(name)
    if queue is None or queue.callback is None:
        return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)
    again = contact.callback
    if again is not None and again.stage is CallbackStage.HERE:
        return promise(floor, contact)  # who was called back and waits again has said all that
    callback = Callback(
        stage=CallbackStage.NUMBER,
        queue=name,
        requested_at=floor.now,
        may_wait=_may_wait(floor, contact),
    )
    contact.callback = callback
    floor.touch(contact)
    floor.fact(FactKind.CALLBACK_REQUESTED, contact=contact.id, queue=name)
    why = impossible(floor, contact)
    if why:
        return not_possible(floor, contact, why)
    step_out(floor, contact)
    ask(floor, contact)
    return None


def rings_again(floor: Floor, contact: Contact, queue: str) -> bool:
    """Whether a callback to this caller is open in the queue they are about to join, from another
    one too: then they are asked whether to keep it. Who is called back themselves is not."""
    return bool(_open_callback(floor, contact, queue))


def _open_callback(floor: Floor, contact: Contact, queue: str) -> str:
    """The other contact whose callback to this caller's number is open there; empty: none."""
    if promised(contact.callback):
        return ""
    number, _ = own_number(floor, contact)
    other = floor.callbacks.get((queue, number), "") if number else ""
    return "" if other == contact.id else other


def ask_to_keep(floor: Floor, contact: Contact, queue: str) -> None:
    """They are asked, out of any line."""
    other = _open_callback(floor, contact, queue)
    contact.callback = Callback(stage=CallbackStage.KNOWN, queue=queue, other=other)
    step_out(floor, contact)
    ask(floor, contact)


def _may_wait(floor: Floor, contact: Contact) -> bool:
    """Whether the caller stands in the line and has time left there."""
    if contact.state is not ContactState.QUEUED or not contact.visiting:
        return False
    most = floor.queue_of(contact).max_wait_ms
    return most is None or (contact.queued_at or floor.now) + most > floor.now


# -- the questions ---------------------------------------------------------------------------------


def prompt_over(floor: Floor, contact: Contact) -> Onward | None:
    """The question was heard: the time for a key starts. Or the last words were."""
    callback = contact.callback
    contact.playing = ""
    floor.touch(contact)
    if callback is not None and callback.stage is CallbackStage.GOODBYE:
        callback_wait.begin(floor, contact)
    elif callback is not None and not callback.keyed:
        floor.arm(contact, "arranging", floor.now + KEY_WITHIN_MS)
    return None


def silent(floor: Floor, contact: Contact) -> Onward | None:
    """Timer `arranging`: nothing more was keyed in, or nobody said that the last words are over."""
    callback = contact.callback
    if callback is None or contact.state is not ContactState.ARRANGING:
        return None
    contact.playing = ""
    if callback.stage is CallbackStage.GOODBYE:
        callback_wait.begin(floor, contact)
        return None
    if callback.stage is CallbackStage.KEYING and callback.keyed:
        return keyed_in(floor, contact, callback)
    return missed(floor, contact, callback)


def key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    """A key while it is arranged."""
    callback = contact.callback
    if callback is None or callback.stage is CallbackStage.GOODBYE:
        floor.ignored("ToneHeard", "callback promised", contact.id)
        return None
    floor.touch(contact)
    if tone == BACK and callback.may_wait and callback.stage is not CallbackStage.KNOWN:
        return not_possible(floor, contact, BY_STAR)
    match callback.stage:
        case CallbackStage.KNOWN:
            return _known_key(floor, contact, callback, tone)
        case CallbackStage.NUMBER:
            return _number_key(floor, contact, callback, tone)
        case CallbackStage.KEYING:
            return digit(floor, contact, callback, tone)
        case CallbackStage.CONFIRM:
            return _confirm_key(floor, contact, callback, tone)
        case _:
            return _time_key(floor, contact, callback, tone)


def _number_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN and own_allowed(floor, contact):
        callback.number, callback.internal = own_number(floor, contact)
        return _chosen(floor, contact, callback)
    if tone == OTHER and other_allowed(floor, contact):
        return turn_to(floor, contact, callback, CallbackStage.KEYING)
    return missed(floor, contact, callback)


def _confirm_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN:
        callback.keyed, callback.internal = "", False
        return _chosen(floor, contact, callback)
    if tone == OTHER:
        return _other_number_again(floor, contact, callback)
    return missed(floor, contact, callback)


def _other_number_again(floor: Floor, contact: Contact, callback: Callback) -> Onward | None:
    """What was read back is not it: once more, as often as a question is put."""
    callback.taken_back += 1
    if callback.taken_back >= TRIES:
        return not_possible(floor, contact, "no number confirmed")
    return turn_to(floor, contact, callback, CallbackStage.KEYING)


def _chosen(floor: Floor, contact: Contact, callback: Callback) -> Onward | None:
    """The number stands: when?"""
    rules = rules_of(floor, contact)
    why = too_many(floor, rules, callback, callback.number)
    if why:
        return not_possible(floor, contact, why)
    given = _given_time(floor, contact)
    callback.times = () if given else _times(floor, callback, rules)
    callback.not_before = given
    if callback.times:
        return turn_to(floor, contact, callback, CallbackStage.TIME)
    return promise(floor, contact)


def _times(floor: Floor, callback: Callback, rules: CallbackRules) -> tuple[int, ...]:
    """The later times that can be chosen: those at which the queue is open."""
    queue = floor.queues.get(callback.queue)
    if queue is None:
        return ()
    at = (floor.now + delay for delay in rules.in_ms)
    return tuple(t for t in at if callback_needs.open_at(floor, queue, t))[:MOST_TIMES]


def _given_time(floor: Floor, contact: Contact) -> int:
    """When a flow said to call back; 0: nothing usable."""
    try:
        at = datetime.fromisoformat(contact.attributes.get(TIME_ATTRIBUTE, ""))
    except ValueError:
        return 0
    if at.utcoffset() is None:
        return 0
    instant = int(at.timestamp() * 1000)
    return instant if floor.now < instant <= floor.now + AHEAD_MS else 0


def _time_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == SOON:
        return promise(floor, contact)
    chosen = int(tone) - 2 if tone.isdigit() else -1
    if 0 <= chosen < len(callback.times):
        callback.not_before = callback.times[chosen]
        return promise(floor, contact)
    return missed(floor, contact, callback)


# -- ringing again ---------------------------------------------------------------------------------


def _known_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN:
        callback.stage = CallbackStage.OVER
        goodbye = Action(prompt="system:callback_kept")
        return Onward(action=goodbye, outcome=Outcome.SERVED)
    if tone == OTHER:
        return take_over(floor, contact, callback)
    return missed(floor, contact, callback)
