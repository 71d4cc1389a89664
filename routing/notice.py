"""The notice that callers hear once before their first queue, and their right to object to it.

In the same way, and without any key, callers hear a supervisor's words why it is closed before they
go on: the place where they go has first words of its own, which must not be lost for these.

Who objects goes on all the same: that they did is an attribute, for the agent and for whatever
records, and a fact.
"""

from __future__ import annotations

from routing.action import Action
from routing.contact import PROMPT_GRACE_MS, ContactInput, listen, move
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_sound import hear
from routing.flow_tries import place_of
from routing.onward import Onward
from routing.plan import Notice
from routing.state import Contact, Outcome

NOTED = "system:objection_noted"
OBJECTED = "yes"
PLAYED_AT_MOST = 2
"""A notice that cannot be played is tried once more; then the caller is not kept any longer."""


def enter(floor: Floor, contact: Contact, action: Action) -> bool:
    """Say the notice before the queue of `action`; False: there is none to be said."""
    notice = _notice(floor, contact)
    place = place_of(contact)
    if notice is None or place.noticed or not move(floor, contact, ContactInput.FLOW):
        return False
    place.noticed, place.waits_for, place.tries = True, action, 1
    floor.disarm(contact, "greeting")
    if notice.object_key:
        listen(floor, contact)
    hear(floor, contact, notice.prompt)
    return True


def say_closed(floor: Floor, contact: Contact, onward: Onward, prompt: str, lasts_ms: int) -> None:
    """Say why it is closed, before the contact goes on."""
    place = place_of(contact)
    move(floor, contact, ContactInput.FLOW)
    place.waits_for, place.says, place.outcome = onward.action, prompt, onward.outcome.value
    floor.disarm(contact, "greeting")
    hear(floor, contact, prompt)
    floor.arm(contact, "flow", floor.now + lasts_ms + PROMPT_GRACE_MS)


def key(floor: Floor, contact: Contact, tone: str) -> None:
    """A key during the notice or just after it."""
    notice = _notice(floor, contact)
    closed = bool(place_of(contact).says)
    if (
        closed
        or notice is None
        or tone != notice.object_key
        or notice.attribute in contact.attributes
    ):
        floor.ignored("ToneHeard", "no menu", contact.id)
        return
    contact.attributes[notice.attribute] = OBJECTED
    floor.fact(FactKind.CONTACT_OBJECTED, contact=contact.id, queue=contact.queue)
    hear(floor, contact, NOTED)


def prompt_over(floor: Floor, contact: Contact, *, ok: bool) -> Onward | None:
    """It was said, or could not be."""
    notice, place = _notice(floor, contact), place_of(contact)
    contact.playing = ""
    floor.disarm(contact, "flow")
    floor.touch(contact)
    if place.says or notice is None or notice.attribute in contact.attributes:
        return _on(contact)
    if not ok and place.tries < PLAYED_AT_MOST:
        place.tries += 1
        hear(floor, contact, notice.prompt)
        return None
    floor.fact(FactKind.CONTACT_NOTICED, contact=contact.id, queue=contact.queue, heard=ok)
    if not (ok and notice.object_key and notice.wait_ms):
        return _on(contact)
    floor.arm(contact, "flow", floor.now + notice.wait_ms)
    return None


def timed(floor: Floor, contact: Contact) -> Onward | None:
    """Timer `flow`: no word of the prompt's end, or the time to object is over."""
    return prompt_over(floor, contact, ok=True) if contact.playing else _on(contact)


def resume(floor: Floor, contact: Contact) -> None:
    """A new owner: nobody knows what was heard."""
    if says := place_of(contact).says:
        hear(floor, contact, says)
        return
    notice = _notice(floor, contact)
    objected = notice is not None and notice.attribute in contact.attributes
    hear(floor, contact, NOTED if notice is None or objected else notice.prompt)


def _notice(floor: Floor, contact: Contact) -> Notice | None:
    entry = floor.entries.get(contact.entry_point)
    return entry.notice if entry is not None else None


def _on(contact: Contact) -> Onward:
    place = place_of(contact)
    action, outcome = place.waits_for or Action(), Outcome(place.outcome or Outcome.FAILED)
    # Into a flow nobody else says that this is over.
    place.waits_for, place.says, place.outcome = None, "", ""
    return Onward(action=action, outcome=outcome)
