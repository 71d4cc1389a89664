"""What menus and digits have in common: tries, the operator, and what is written down of a choice.

No key is ever in a fact (docs/adr/0011): a choice by the name that the plan gives it, digits by the
name of what they were asked for.
"""

from __future__ import annotations

from routing.contact import listen
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_place import FlowPlace
from routing.flow_sound import hear
from routing.flow_steps import Collect, Goto, Menu, Turn
from routing.state import Contact

OPERATOR = "operator"
CHOICES, THEN = "choice", " > "
"""The attribute that holds what was chosen, one after the other."""
CHOICES_AT_MOST = 10
HANDFUL_MS = 1_000
"""Keys that mean nothing and come this close together are one try: somebody leans on the phone."""


def place_of(contact: Contact) -> FlowPlace:
    """Where the contact is; one that never was in a flow gets a place."""
    if contact.flow is None:
        contact.flow = FlowPlace()
    return contact.flow


def ask_again(
    floor: Floor, contact: Contact, step: Menu | Collect, why: str, before: str
) -> Goto | None:
    """Nothing usable came: the prompt once more, with `before` in front; after the last try, where
    the step leads otherwise."""
    if not take_try(floor, contact, step, why):
        return step.otherwise
    listen(floor, contact)
    hear(floor, contact, *((before,) if before else ()), step.prompt)
    return None


def take_try(floor: Floor, contact: Contact, step: Menu | Collect, why: str) -> bool:
    """Whether there is a further try, which is taken."""
    place = place_of(contact)
    floor.touch(contact)
    if place.tries < step.tries:
        place.tries += 1
        return True
    floor.fact(
        FactKind.FLOW_OTHERWISE,
        contact=contact.id,
        queue=contact.queue,
        flow=place.flow,
        step=place.step,
        why=why,
    )
    return False


def same_handful(floor: Floor, contact: Contact) -> bool:
    """Whether a key that means nothing belongs to the one before, and is no try of its own."""
    place = place_of(contact)
    before, place.refused_at = place.refused_at, floor.now
    floor.touch(contact)
    return before is not None and floor.now - before < HANDFUL_MS


def to_operator(floor: Floor, contact: Contact) -> Goto | None:
    """Where key 0 leads; None: nowhere."""
    if not has_operator(floor, place_of(contact)):
        return None
    goto = Goto(turn=Turn.OPERATOR, choice=OPERATOR)
    chose(floor, contact, goto)
    return goto


def has_operator(floor: Floor, place: FlowPlace) -> bool:
    """Whether the flow, or the one that called it, names an operator."""
    return operator_flow(floor, place) != ""


def operator_flow(floor: Floor, place: FlowPlace) -> str:
    """The innermost flow with an operator; empty: none."""
    outwards = (place.flow, *(each.partition("/")[0] for each in reversed(place.returns)))
    found = (name for name in outwards if name in floor.flows and floor.flows[name].operator)
    return next(found, "")


def chose(floor: Floor, contact: Contact, goto: Goto) -> None:
    """Write the choice down, by its name; where it leads on, it shows on the agent's card."""
    place = place_of(contact)
    before = [each for each in contact.attributes.get(CHOICES, "").split(THEN) if each]
    if goto.turn is Turn.BACK:
        before = before[:-1]
    elif goto.choice and goto.turn in (Turn.STEP, Turn.ACTION, Turn.RETURN):
        before.append(goto.choice)
    if before or CHOICES in contact.attributes:
        contact.attributes[CHOICES] = THEN.join(before[-CHOICES_AT_MOST:])
    floor.touch(contact)
    action = goto.action.ref or goto.action.kind.value if goto.action else ""
    floor.fact(
        FactKind.FLOW_CHOSE,
        contact=contact.id,
        queue=contact.queue,
        flow=place.flow,
        step=place.step,
        choice=goto.choice or goto.step or action or goto.turn.value,
    )
