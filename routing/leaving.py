"""The way out: a contact that its queue could not serve goes where the plan says, never into
silence.

A disconnect is spoken first. Another target is tried in the mode that the contact is pinned to: a
transfer, or an invitation once the leg is in meeting mode (then error 8523 forbids transfers). If
it cannot be reached: a resource account's phone number (the way round error 7505), then the
fallback of the queue or the entry point, then an apology and the end.
"""

from __future__ import annotations

from routing import linking, visit
from routing import offer as offers
from routing.action import Action, ActionKind
from routing.addresses import target_of
from routing.callback_state import promised
from routing.commands import CancelMedia, Invite, Target, TargetKind, Transfer
from routing.contact import ContactInput, end, move, play_music, prompt_guard_ms, speak
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import CallState, Contact, ContactState, Outcome

TARGET_WITHIN_MS = 5_000
"""How long after it was decided a transfer or invitation may still be sent."""
TARGET_ANSWERS_WITHIN_MS = 75_000
SHOWN_WITHIN_MS = 1_000
"""A target who joined and whom no roster has shown by then is looked for."""
GOODBYE: dict[Outcome, str] = {
    Outcome.TIMED_OUT: "system:nobody_available",
    Outcome.OVERFLOWED: "system:queue_full",
    Outcome.CLOSED: "system:closed",
    Outcome.NO_AGENT: "system:nobody_available",
    Outcome.EXIT: "system:goodbye",
    Outcome.WITHDRAWN: "system:goodbye",
    Outcome.FAILED: "system:technical_problem",
}
NUMBER_TRIED, FALLBACK_TRIED, ALL_TRIED = 1, 2, 3
APOLOGY = "system:technical_problem"


def no_action() -> Action:
    """An apology and the end."""
    return Action(prompt=APOLOGY)


def let_go_of_dropped_queues(floor: Floor) -> None:
    """Nobody serves a queue that the plan does not have any more: its callers are told so."""
    for contact in sorted(floor.state.contacts.values(), key=lambda c: c.id):
        if _queue_of_use(contact) not in (None, *floor.queues):
            leave(floor, contact, no_action(), Outcome.FAILED)


def _queue_of_use(contact: Contact) -> str | None:
    """The queue that the contact waits in, or with which a callback is being arranged; None: there
    is no such queue, or what was promised already ends by itself."""
    if contact.state is ContactState.QUEUED:
        return contact.queue
    if contact.state is ContactState.ARRANGING and not promised(contact.callback):
        return contact.callback.queue if contact.callback else contact.queue
    return None


def leave(floor: Floor, contact: Contact, action: Action, outcome: Outcome) -> None:
    """Start the way out. `outcome` is what the record will say."""
    move(floor, contact, ContactInput.LEAVE)
    offers.withdraw_all(floor, contact, "rescinded")
    floor.disarm(contact, "max_wait", "closing", "announce", "music", "greeting", "missing")
    floor.disarm(contact, "callback_offer")
    contact.outcome = outcome
    contact.leaving_to = action
    contact.leaving_tried = 0
    contact.missing_since = None
    _tell(floor, contact, action.kind)
    _speak_or_go(floor, contact)


def _speak_or_go(floor: Floor, contact: Contact) -> None:
    action = contact.leaving_to or Action()
    prompt = action.prompt
    if not prompt and action.kind is ActionKind.DISCONNECT:
        prompt = GOODBYE.get(contact.outcome or Outcome.FAILED, APOLOGY)
    if not prompt:
        _go(floor, contact)
        return
    contact.music = ""
    floor.disarm(contact, "music")
    contact.playing = speak(floor, contact, prompt, fresh=True)
    floor.arm(contact, "leaving", floor.now + prompt_guard_ms(floor, prompt))


def spoken(floor: Floor, contact: Contact) -> None:
    """The last words are over, or could not be played."""
    contact.playing = ""
    floor.disarm(contact, "leaving")
    _go(floor, contact)


def _go(floor: Floor, contact: Contact) -> None:
    action = contact.leaving_to or Action()
    outcome = contact.outcome or Outcome.FAILED
    visit.finish(floor, contact, outcome)
    if action.kind is ActionKind.DISCONNECT:
        end(floor, contact, outcome, "disconnected")
        return
    target = target_of(floor, action)
    if target is None:
        failed(floor, contact, "unresolved")
        return
    if contact.meeting and target.kind is TargetKind.ACCOUNT:
        # An invitation reaches people and numbers only.
        if not target.number:
            failed(floor, contact, "not invitable")
            return
        target = Target(kind=TargetKind.NUMBER, id=target.number, name=target.name)
    _hand_over(floor, contact, target)


def _hand_over(floor: Floor, contact: Contact, target: Target) -> None:
    call = floor.caller_leg(contact)
    kind = Invite if contact.meeting else Transfer
    deadline = floor.now + TARGET_WITHIN_MS
    command = kind(id=floor.new_id(), call=call.id, target=target, deadline=deadline)
    contact.leaving_by = floor.send(call, command)
    contact.leaving_target = target.id
    linking.wanted(floor, contact)
    if contact.meeting and not contact.music:
        # The last words stopped it, and the target's phone may ring for a minute.
        play_music(floor, contact)
    floor.arm(contact, "leaving", floor.now + TARGET_ANSWERS_WITHIN_MS)


def failed(floor: Floor, contact: Contact, reason: str) -> None:
    """The target could not be reached: the next way, each once."""
    floor.disarm(contact, "leaving", "link", "unlinked")
    contact.leaving_by = ""
    action = contact.leaving_to or Action()
    if contact.leaving_tried == 0:
        contact.leaving_tried = NUMBER_TRIED
        number = action.number or getattr(target_of(floor, action), "number", "")
        if action.kind is ActionKind.ACCOUNT and number and not contact.meeting:
            _tell(floor, contact, ActionKind.NUMBER, reason)
            _hand_over(floor, contact, Target(kind=TargetKind.NUMBER, id=number))
            return
    if contact.leaving_tried == NUMBER_TRIED:
        contact.leaving_tried = FALLBACK_TRIED
        fallback = _fallback(floor, contact)
        if fallback is not None and fallback != action:
            _turn_to(floor, contact, fallback, reason)
            return
    contact.leaving_tried = ALL_TRIED
    _turn_to(floor, contact, no_action(), reason)


def _turn_to(floor: Floor, contact: Contact, action: Action, reason: str) -> None:
    contact.leaving_to = action
    _tell(floor, contact, action.kind, reason)
    _speak_or_go(floor, contact)


def _tell(floor: Floor, contact: Contact, to: ActionKind, reason: str = "") -> None:
    """Where the contact goes now; `reason`: why not where it should have gone."""
    floor.touch(contact)
    outcome = (contact.outcome or Outcome.FAILED).value
    floor.fact(
        FactKind.CONTACT_LEAVING,
        contact=contact.id,
        queue=contact.queue,
        outcome=outcome,
        to=to.value,
        **({"because": reason} if reason else {}),
    )


def _fallback(floor: Floor, contact: Contact) -> Action | None:
    entry = floor.entries.get(contact.entry_point)
    return floor.queue_of(contact).fallback or (entry.fallback if entry else None)


def timed_out(floor: Floor, contact: Contact) -> None:
    """No word of the prompt's end, or of the target."""
    if contact.playing:
        spoken(floor, contact)
    else:
        failed(floor, contact, "no word of the target")


def reached(floor: Floor, contact: Contact) -> None:
    """The caller's leg left us for the target, or the target joined it."""
    call = floor.caller_leg(contact)
    to = (contact.leaving_to or Action()).kind.value
    if call.state is CallState.ENDED:
        end(floor, contact, contact.outcome or Outcome.FAILED, f"handed over: {to}")
    else:
        # In meeting mode the bot stays, silent, until the platform ends the call.
        floor.disarm(contact, "leaving", "music")
        floor.send(call, CancelMedia(id=floor.new_id(), call=call.id))
        contact.leaving_by = ""
        if not contact.target_here:
            floor.arm(contact, "missing", floor.now + SHOWN_WITHIN_MS)
        floor.touch(contact)
