"""A call rings: answer it, or refuse it at the door; then the first sound.

The platform gives up a call that nobody answered, redirected or rejected within 15 s. Everything
here is counted from the caller's arrival, and each step leaves time for the next: an answer may
take 12 s, half a second more is for a question whether it was given, then the caller is sent to
the fallback, and when that does not work either, the last second is for saying busy.
"""

from __future__ import annotations

from routing import context, door, opening
from routing.action import Action
from routing.addresses import called, entry_for, target_of
from routing.commands import Answer, Redirect, Reject
from routing.contact import PROMPT_GRACE_MS, ContactInput, end, move, play_music, speak_all
from routing.events import CallIncoming
from routing.facts import FactKind
from routing.floor import Floor
from routing.journey import greeted
from routing.plan import EntryPoint, WhenClosed
from routing.room import takes_callers
from routing.state import Call, CallRole, Contact, Outcome

# Graph allows 15 s (learn.microsoft.com/graph/api/call-answer), and its clock began before ours.
ANSWER_WITHIN_MS = 12_000
KNOWN_WITHIN_MS = 12_500
REDIRECT_WITHIN_MS = 13_500
REJECT_WITHIN_MS = 14_500
NOT_ESTABLISHED_AFTER_MS = 25_000
SOUND_WITHIN_MS = 2_000
"""After an accepted answer sound comes in a fraction of this."""
SOUND_AGAIN_MS = 2_000
"""Sound that does not come is asked for this often, until there is some or no hope."""
ASK_AGAIN_MS = 1_000
"""An answer of unknown outcome is asked about this often: the caller's time runs out."""


def arrive(floor: Floor, event: CallIncoming) -> None:
    """A call rings: answer it, or refuse it at the door."""
    entry = entry_for(floor, event.account)
    contact = contact_for(floor, event, entry)
    room = takes_callers(floor, event.app)
    call = Call(
        id=contact.call,
        contact=contact.id,
        role=CallRole.CALLER,
        app=event.app,
        wire=event.call,
        heard_at=floor.now,
    )
    floor.add_call(call)
    floor.touch(contact)
    floor.fact(
        FactKind.CONTACT_ARRIVED,
        contact=contact.id,
        queue=contact.queue,
        entry_point=contact.entry_point,
        caller=event.caller.kind.value,
        app=event.app,
    )
    rule = door.turned_away(floor, contact, entry) if entry is not None else None
    if entry is None:
        refuse(floor, contact, "no entry point")
    elif rule is not None:
        turn_away(floor, contact, rule.to, door.reason_of(rule))
    elif _closed(floor, contact, entry):
        return
    elif not room:
        refuse(floor, contact, "full")
    else:
        _answer(floor, contact, call)
        context.known_caller(floor, contact)
        floor.arm(contact, "unanswered", contact.arrived_at + KNOWN_WITHIN_MS)
        floor.arm(contact, "established", floor.now + NOT_ESTABLISHED_AFTER_MS)


def _answer(floor: Floor, contact: Contact, call: Call) -> None:
    command = floor.new_id()
    call.made_by = command
    floor.by_command[command] = call.id
    deadline = contact.arrived_at + ANSWER_WITHIN_MS
    floor.send(call, Answer(id=command, call=call.id, deadline=deadline))


def contact_for(floor: Floor, event: CallIncoming, entry: EntryPoint | None) -> Contact:
    """A new contact; without an entry point it has neither queue nor flow."""
    contact_id, call_id = floor.new_id(), floor.new_id()
    contact = Contact(
        id=contact_id,
        call=call_id,
        app=event.app,
        entry_point=entry.name if entry else "",
        queue=entry.queue if entry else "",
        language=entry.language if entry else "en",
        caller=event.caller,
        chain=event.chain,
        forwarded_from=event.forwarded_from,
        transferred_by=event.transferred_by,
        on_behalf_of=event.on_behalf_of,
        called=called(floor, event.account),
        arrived_at=floor.now,
    )
    floor.state.contacts[contact_id] = contact
    contact.priority = floor.queue_of(contact).priority
    return contact


def _closed(floor: Floor, contact: Contact, entry: EntryPoint) -> bool:
    """Whether the entry point is closed, and the plan lets such callers not even be answered."""
    if entry.when_closed is WhenClosed.ANSWER:
        return False
    onward = opening.entry_closed(floor, contact, entry)
    if onward is None:
        return False
    action = onward.action if entry.when_closed is WhenClosed.REDIRECT else None
    turn_away(floor, contact, action, "closed", Outcome.CLOSED)
    return True


def refuse(floor: Floor, contact: Contact, reason: str) -> None:
    """Send an unanswered caller to the entry point's fallback, or say busy: never leave it ring."""
    entry = floor.entries.get(contact.entry_point)
    turn_away(floor, contact, entry.fallback if entry else None, reason)


def turn_away(
    floor: Floor,
    contact: Contact,
    to: Action | None,
    reason: str,
    outcome: Outcome = Outcome.REFUSED,
) -> None:
    """Send an unanswered caller there, or say busy."""
    call = floor.caller_leg(contact)
    call.pending.clear()  # an answer that was not sent yet never will be
    target = target_of(floor, to) if to is not None else None
    if target is not None:
        deadline = contact.arrived_at + REDIRECT_WITHIN_MS
        command = Redirect(id=floor.new_id(), call=call.id, target=target, deadline=deadline)
        floor.send(call, command)
    else:
        _reject(floor, call)
    end(floor, contact, outcome, reason)


def _reject(floor: Floor, call: Call) -> None:
    deadline = floor.state.contacts[call.contact].arrived_at + REJECT_WITHIN_MS
    floor.send(call, Reject(id=floor.new_id(), call=call.id, deadline=deadline))


def refusal_failed(floor: Floor, call: Call, kind: str, problem: str) -> None:
    """The fallback could not be reached from an unanswered call: busy is better than ringing. When
    not even that can be said, the platform's own time ends the call."""
    reason = f"{kind.lower()}: {problem}"
    contact = floor.state.contacts[call.contact]
    floor.fact(FactKind.REFUSAL_FAILED, contact=contact.id, queue=contact.queue, reason=reason)
    if kind == "Redirect":
        _reject(floor, call)


def in_doubt(floor: Floor, contact: Contact) -> None:
    """Nobody knows whether the answer was given: ask. It may have been, so no refusal yet, unless
    no time is left for anything else. Timer `unanswered`, armed from the ring on."""
    known_by = contact.arrived_at + KNOWN_WITHIN_MS
    if floor.now >= known_by:
        refuse(floor, contact, "answer: unknown")
        return
    floor.ask(floor.caller_leg(contact))
    floor.arm(contact, "unanswered", min(floor.now + ASK_AGAIN_MS, known_by))


def still_rings(floor: Floor, contact: Contact) -> None:
    """Asked, the platform says that the call still rings. In doubt that proves that the answer did
    not run: answer again while there is time."""
    call = floor.caller_leg(contact)
    under_way = "Answer" in call.pending.values() or "unanswered" not in contact.timers
    if under_way:
        return
    if floor.now < contact.arrived_at + ANSWER_WITHIN_MS:
        _answer(floor, contact, call)
        floor.arm(contact, "unanswered", contact.arrived_at + KNOWN_WITHIN_MS)
    else:
        refuse(floor, contact, "answer: unknown")


def accepted(floor: Floor, contact: Contact) -> None:
    """The platform took the answer: sound should follow, and is asked for when it does not."""
    floor.disarm(contact, "unanswered")
    floor.arm(contact, "unheard", floor.now + SOUND_WITHIN_MS)


def unheard(floor: Floor, contact: Contact) -> None:
    """The news of the first sound may be lost: the caller hears silence until we know."""
    floor.ask(floor.caller_leg(contact))
    floor.arm(contact, "unheard", floor.now + SOUND_AGAIN_MS)


def established(floor: Floor, contact: Contact) -> None:
    """The caller hears us: greet, with the music queued behind so that no gap is heard."""
    move(floor, contact, ContactInput.ESTABLISHED)
    floor.disarm(contact, "established", "unanswered", "unheard")
    contact.answered_at = floor.now
    floor.fact(FactKind.CONTACT_ANSWERED, contact=contact.id, queue=contact.queue)
    words = opening.first_words(floor, contact)
    if not words:
        greeted(floor, contact)
        return
    contact.playing = speak_all(floor, contact, [prompt for prompt, _ in words])
    lasts_ms = sum(lasts_ms for _, lasts_ms in words)
    floor.arm(contact, "greeting", floor.now + lasts_ms + PROMPT_GRACE_MS)
    play_music(floor, contact)
