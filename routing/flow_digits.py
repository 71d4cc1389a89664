"""Digits that a caller keys in: an account number, say, or the extension of a colleague.

The first digit stops the prompt. The end key, the last possible digit, or a pause ends the number;
of `*` and `#` the one that is not the end key starts it anew. What was keyed in is read back, and
1 says that it is right. A lone 0 is the operator, unless it could be meant.
"""

from __future__ import annotations

from routing.commands import Say
from routing.contact import hush, listen
from routing.digits import more_may_follow
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_sound import hear
from routing.flow_steps import Collect, Goto, Turn
from routing.flow_tries import (
    ask_again,
    chose,
    has_operator,
    place_of,
    same_handful,
    take_try,
    to_operator,
)
from routing.state import Contact

INVALID = "system:invalid_digits"
UNKNOWN_EXTENSION = "system:unknown_extension"
READ_BACK, CONFIRM = "system:digits_read_back", "system:digits_confirm"
RIGHT, WRONG = "1", "2"


def begin(floor: Floor, contact: Contact, step: Collect) -> None:
    """Ask for them."""
    place_of(contact).tries = 1
    _start_anew(contact)
    listen(floor, contact)
    hear(floor, contact, step.prompt)


def key(floor: Floor, contact: Contact, step: Collect, tone: str) -> Goto | None:
    """Where the key leads; None: nowhere yet."""
    place = place_of(contact)
    floor.touch(contact)
    if place.confirming:
        return _confirmed(floor, contact, step, tone)
    if tone.isdigit():
        return _digit(floor, contact, step, tone)
    if tone == step.end_key:
        return _finish(floor, contact, step)
    if tone in "*#":
        _start_anew(contact)
        hear(floor, contact, step.prompt)
    return None


def heard(floor: Floor, contact: Contact, step: Collect) -> None:
    """The prompt, or what was read back, is over."""
    floor.arm(contact, "flow", floor.now + step.wait_ms)


def silent(floor: Floor, contact: Contact, step: Collect) -> Goto | None:
    """No key for so long: nothing at all came, or the number is complete."""
    place = place_of(contact)
    if place.confirming:
        return _read_back_again(floor, contact, step, "silence")
    if place.keyed:
        return _finish(floor, contact, step)
    return ask_again(floor, contact, step, "silence", "")


def resume(floor: Floor, contact: Contact, step: Collect) -> None:
    """Nobody knows what was heard: say it again. Who was in the middle of a number goes on."""
    place = place_of(contact)
    listen(floor, contact)
    if place.confirming:
        _read_back(floor, contact)
    elif place.keyed:
        hush(floor, contact)
        floor.arm(contact, "flow", floor.now + step.between_ms)
    else:
        hear(floor, contact, step.prompt)


def _start_anew(contact: Contact) -> None:
    place = place_of(contact)
    place.keyed, place.confirming = "", False


def _digit(floor: Floor, contact: Contact, step: Collect, tone: str) -> Goto | None:
    place = place_of(contact)
    place.keyed += tone
    if _is_whole(step, place.keyed):
        return _finish(floor, contact, step)
    more_may_follow(floor, contact, "flow", step.between_ms)
    return None


def _is_whole(step: Collect, keyed: str) -> bool:
    """Whether no further digit can belong to it."""
    if not step.extensions:
        return len(keyed) >= step.most
    longer = any(each != keyed and each.startswith(keyed) for each in step.extensions)
    return not longer and len(keyed) >= min(map(len, step.extensions))


def _finish(floor: Floor, contact: Contact, step: Collect) -> Goto | None:
    """The number is complete, or will not become so."""
    place = place_of(contact)
    keyed = place.keyed
    could_be_meant = keyed in step.extensions if step.extensions else len(keyed) >= step.least
    if keyed == "0" and not could_be_meant and has_operator(floor, place):
        return to_operator(floor, contact)
    if not could_be_meant:
        _start_anew(contact)
        before = UNKNOWN_EXTENSION if step.extensions else INVALID
        return ask_again(floor, contact, step, "invalid", before)
    if step.extensions:
        goto = Goto(turn=Turn.ACTION, action=step.extensions[keyed])
        chose(floor, contact, goto)
        return goto
    if not step.confirm:
        return _keep(floor, contact, step)
    place.confirming = True
    _read_back(floor, contact)
    return None


def _read_back(floor: Floor, contact: Contact) -> None:
    digits = Say(
        prompt="digits",
        language=contact.language,
        queue=contact.queue,
        digits=place_of(contact).keyed,
    )
    hear(floor, contact, READ_BACK, digits, CONFIRM)


def _confirmed(floor: Floor, contact: Contact, step: Collect, tone: str) -> Goto | None:
    if tone == RIGHT:
        return _keep(floor, contact, step)
    if tone == WRONG:
        _start_anew(contact)
        return ask_again(floor, contact, step, "corrected", "")
    operator = to_operator(floor, contact) if tone == "0" else None
    if operator is not None or same_handful(floor, contact):
        return operator
    return _read_back_again(floor, contact, step, "invalid")


def _read_back_again(floor: Floor, contact: Contact, step: Collect, why: str) -> Goto | None:
    if not take_try(floor, contact, step, why):
        return step.otherwise
    _read_back(floor, contact)
    return None


def _keep(floor: Floor, contact: Contact, step: Collect) -> Goto:
    place = place_of(contact)
    contact.attributes[step.into] = place.keyed
    floor.fact(
        FactKind.FLOW_COLLECTED,
        contact=contact.id,
        queue=contact.queue,
        flow=place.flow,
        step=place.step,
        attribute=step.into,
    )
    return step.then
