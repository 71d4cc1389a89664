"""The control of a call, replaced as a whole, and the caller's hold in it."""

from __future__ import annotations

from dataclasses import replace

from routing.commands import StopHoldMusic
from routing.control_state import Control, Hold, held
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import CallState, Contact


def use(floor: Floor, contact: Contact, **changes: object) -> Control:
    """The contact's control with these changes."""
    contact.control = replace(contact.control, **changes)  # type: ignore[arg-type]
    floor.touch(contact)
    return contact.control


def use_party(floor: Floor, contact: Contact, **changes: object) -> None:
    """Its party with these changes."""
    party = contact.control.party
    if party is not None:
        use(floor, contact, party=replace(party, **changes))  # type: ignore[arg-type]


def resume(floor: Floor, contact: Contact) -> None:
    """Bring the caller back into the talk, if they are on hold or soon will be."""
    control, call = contact.control, floor.caller_leg(contact)
    if control.hold in (Hold.OFF, Hold.STOPS) or call.state is CallState.ENDED:
        return
    stop = StopHoldMusic(id=floor.new_id(), call=call.id, participant=control.caller)
    use(floor, contact, hold=Hold.STOPS, hold_command=floor.send(call, stop))


def hold_over(floor: Floor, contact: Contact, *, at: int) -> None:
    """The caller is back, and what they waited counts."""
    waited = held(contact.control, at)
    since = contact.control.held_since
    use(floor, contact, hold=Hold.OFF, hold_command="", held_since=None, held_ms=waited)
    if since is None:
        return
    floor.fact(
        FactKind.CONTACT_RESUMED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        held_ms=max(0, at - since),
    )
