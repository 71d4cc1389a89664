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

from routing import callback_needs, callback_wait, leaving, visit
from routing import offer as offers
from routing.action import Action, ActionKind
from routing.callback_end import conclude, remember, rules_of
from routing.callback_numbers import (
    impossible,
    may_call,
    other_allowed,
    own_allowed,
    own_number,
    too_many,
)
from routing.callback_rules import CallbackRules
from routing.callback_state import Callback, CallbackStage, may_be_dropped, promised
from routing.callback_words import lasts_ms, question, say_all, system
from routing.contact import (
    PROMPT_GRACE_MS,
    ContactInput,
    listen,
    move,
    play_music,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.numbering import from_keys
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

KEY_WITHIN_MS = 6_000
"""From the end of a question on."""
BETWEEN_MS = 5_000
"""The longest pause between two digits; then the number is taken as keyed in."""
TRIES = 3
"""How often a question is put before it counts as no."""
LONGEST = 18
"""Digits with a prefix for other countries, keyed in at most."""
MOST_TIMES = 3
AHEAD_MS = 30 * 24 * 3_600_000
"""A time given by a flow lies so far ahead at most."""
TIME_ATTRIBUTE = "callback_at"
"""A contact's attribute that says when to call back, as ISO 8601 with its offset."""
BY_STAR = "back to waiting"
OWN, OTHER, SOON, BACK, END = "1", "2", "1", "*", "#"


def enter(floor: Floor, contact: Contact, action: Action) -> Onward | None:
    """Ask where to call back. What is returned instead: it is not possible here."""
    name = action.ref or contact.queue
    queue = floor.queues.get(name)
    if queue is None or queue.callback is None:
        return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)
    again = contact.callback
    if again is not None and again.stage is CallbackStage.HERE:
        return _promise(floor, contact)  # who was called back and waits again has said all that
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
        return _not_possible(floor, contact, why)
    _step_out(floor, contact)
    _ask(floor, contact)
    return None


def rings_again(floor: Floor, contact: Contact, queue: str) -> bool:
    """Whether a callback to this caller is open in the queue they are about to join: then they are
    asked whether to keep it."""
    number, _ = own_number(floor, contact)
    other = floor.callbacks.get((queue, number)) if number else None
    if other is None or other == contact.id or contact.state is ContactState.QUEUED:
        return False
    contact.callback = Callback(stage=CallbackStage.KNOWN, queue=queue, other=other)
    _step_out(floor, contact)
    _ask(floor, contact)
    return True


def _step_out(floor: Floor, contact: Contact) -> None:
    """Out of the line for as long as it is arranged; a visit that is open stays so."""
    offers.withdraw_all(floor, contact, "rescinded")
    floor.disarm(contact, "max_wait", "closing", "greeting", "missing", "callback_offer")
    move(floor, contact, ContactInput.ARRANGE)
    listen(floor, contact)


def _may_wait(floor: Floor, contact: Contact) -> bool:
    """Whether the caller stands in the line and has time left there."""
    if contact.state is not ContactState.QUEUED or not contact.visiting:
        return False
    most = floor.queue_of(contact).max_wait_ms
    return most is None or (contact.queued_at or floor.now) + most > floor.now


# -- the questions ---------------------------------------------------------------------------------


def _not_possible(floor: Floor, contact: Contact, why: str) -> Onward | None:
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


def _ask(floor: Floor, contact: Contact, *before: str) -> None:
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
        return _keyed_in(floor, contact, callback)
    return _missed(floor, contact, callback)


def _missed(floor: Floor, contact: Contact, callback: Callback, *before: str) -> Onward | None:
    """No usable answer: once more, or it counts as no."""
    callback.misses += 1
    if callback.misses < TRIES:
        _ask(floor, contact, *before)
        return None
    if callback.stage is CallbackStage.KNOWN:
        return _take_over(floor, contact, callback)
    return _not_possible(floor, contact, "no answer")


def key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    """A key while it is arranged."""
    callback = contact.callback
    if callback is None or callback.stage is CallbackStage.GOODBYE:
        floor.ignored("ToneHeard", "callback promised", contact.id)
        return None
    floor.touch(contact)
    if tone == BACK and callback.may_wait and callback.stage is not CallbackStage.KNOWN:
        return _not_possible(floor, contact, BY_STAR)
    match callback.stage:
        case CallbackStage.KNOWN:
            return _known_key(floor, contact, callback, tone)
        case CallbackStage.NUMBER:
            return _number_key(floor, contact, callback, tone)
        case CallbackStage.KEYING:
            return _digit(floor, contact, callback, tone)
        case CallbackStage.CONFIRM:
            return _confirm_key(floor, contact, callback, tone)
        case _:
            return _time_key(floor, contact, callback, tone)


def _number_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN and own_allowed(floor, contact):
        callback.number, callback.internal = own_number(floor, contact)
        return _chosen(floor, contact, callback)
    if tone == OTHER and other_allowed(floor, contact):
        return _turn_to(floor, contact, callback, CallbackStage.KEYING)
    return _missed(floor, contact, callback)


def _turn_to(
    floor: Floor, contact: Contact, callback: Callback, stage: CallbackStage
) -> Onward | None:
    callback.stage = stage
    callback.misses = 0
    _ask(floor, contact)
    return None


def _digit(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == END:
        return _keyed_in(floor, contact, callback)
    if not tone.isdigit():
        return _missed(floor, contact, callback)
    callback.keyed += tone
    if len(callback.keyed) >= LONGEST:
        return _keyed_in(floor, contact, callback)
    floor.arm(contact, "arranging", floor.now + BETWEEN_MS)
    return None


def _keyed_in(floor: Floor, contact: Contact, callback: Callback) -> Onward | None:
    """A number was keyed in: read it back, if it is one that we may call."""
    entry = floor.entries.get(contact.entry_point)
    number = from_keys(callback.keyed, entry.numbering if entry else None)
    if not may_call(floor, contact.entry_point, rules_of(floor, contact), number):
        callback.keyed = ""
        return _missed(floor, contact, callback, "callback_wrong_number")
    callback.number = number
    return _turn_to(floor, contact, callback, CallbackStage.CONFIRM)


def _confirm_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN:
        callback.keyed, callback.internal = "", False
        return _chosen(floor, contact, callback)
    if tone == OTHER:
        return _turn_to(floor, contact, callback, CallbackStage.KEYING)
    return _missed(floor, contact, callback)


def _chosen(floor: Floor, contact: Contact, callback: Callback) -> Onward | None:
    """The number stands: when?"""
    rules = rules_of(floor, contact)
    why = too_many(floor, rules, callback, callback.number)
    if why:
        return _not_possible(floor, contact, why)
    given = _given_time(floor, contact)
    callback.times = () if given else _times(floor, callback, rules)
    callback.not_before = given
    if callback.times:
        return _turn_to(floor, contact, callback, CallbackStage.TIME)
    return _promise(floor, contact)


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
        return _promise(floor, contact)
    chosen = int(tone) - 2 if tone.isdigit() else -1
    if 0 <= chosen < len(callback.times):
        callback.not_before = callback.times[chosen]
        return _promise(floor, contact)
    return _missed(floor, contact, callback)


# -- the promise -----------------------------------------------------------------------------------


def _promise(floor: Floor, contact: Contact) -> Onward | None:
    """It is settled: the visit ends, the place stays."""
    callback = contact.callback
    if callback is None:
        return None
    if contact.state is not ContactState.ARRANGING:
        _step_out(floor, contact)
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


# -- ringing again ---------------------------------------------------------------------------------


def _known_key(floor: Floor, contact: Contact, callback: Callback, tone: str) -> Onward | None:
    if tone == OWN:
        callback.stage = CallbackStage.OVER
        goodbye = Action(prompt="system:callback_kept")
        return Onward(action=goodbye, outcome=Outcome.SERVED)
    if tone == OTHER:
        return _take_over(floor, contact, callback)
    return _missed(floor, contact, callback)


def _take_over(floor: Floor, contact: Contact, callback: Callback) -> Onward:
    """The callback is dropped, and who is on the line waits on at its place; a customer whom it has
    reached meanwhile keeps theirs."""
    other = floor.state.contacts.get(callback.other)
    contact.callback = None
    floor.touch(contact)
    priority = 0
    if other is not None and may_be_dropped(other.callback):
        contact.seniority_at = other.seniority_at
        contact.attributes = {**other.attributes, **contact.attributes}
        priority = other.priority
        callback_wait.drop(floor, other, "rang again")
    action = Action(kind=ActionKind.QUEUE, ref=callback.queue, priority=priority)
    return Onward(action=action, outcome=Outcome.MOVED)
