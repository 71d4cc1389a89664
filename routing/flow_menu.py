"""A menu: one key, pressed at any moment of the prompt or in the time after it."""

from __future__ import annotations

from routing.contact import listen
from routing.floor import Floor
from routing.flow_sound import hear
from routing.flow_steps import Goto, Menu
from routing.flow_tries import ask_again, chose, place_of, same_handful, to_operator
from routing.state import Contact

INVALID = "system:invalid_key"


def begin(floor: Floor, contact: Contact, step: Menu) -> None:
    """Say what there is to choose."""
    place_of(contact).tries = 1
    listen(floor, contact)
    hear(floor, contact, step.prompt)


def key(floor: Floor, contact: Contact, step: Menu, tone: str) -> Goto | None:
    """Where the key leads; None: nowhere yet."""
    goto = step.keys.get(tone)
    if goto is not None:
        chose(floor, contact, goto)
        return goto
    operator = to_operator(floor, contact) if tone == "0" else None
    if operator is not None or same_handful(floor, contact):
        return operator
    return ask_again(floor, contact, step, "invalid", step.on_invalid or INVALID)


def heard(floor: Floor, contact: Contact, step: Menu) -> None:
    """The prompt is over: now there is time to think."""
    floor.arm(contact, "flow", floor.now + step.wait_ms)


def silent(floor: Floor, contact: Contact, step: Menu) -> Goto | None:
    """No key in that time."""
    return ask_again(floor, contact, step, "silence", step.on_silence)


def resume(floor: Floor, contact: Contact, step: Menu) -> None:
    """Nobody knows what was heard: say it again."""
    listen(floor, contact)
    hear(floor, contact, step.prompt)
