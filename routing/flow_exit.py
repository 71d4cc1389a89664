"""A contact leaves its flow: by its own choice, by a hang-up, or because somebody took it out."""

from __future__ import annotations

from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Contact


def left(floor: Floor, contact: Contact, to: str) -> None:
    """Nothing of the flow comes due any more, and what was keyed in is gone. `to`: for the fact."""
    floor.disarm(contact, "flow", "flow_limit")
    place = contact.flow
    if place is None:
        return
    if place.asked:
        floor.void(floor.caller_leg(contact), place.asked)
    if place.flow:
        floor.fact(
            FactKind.FLOW_LEFT,
            contact=contact.id,
            queue=contact.queue,
            flow=place.flow,
            step=place.step,
            to=to,
        )
    place.flow = place.step = place.kind = place.keyed = place.asked = ""
    place.confirming = False
    place.back = place.returns = ()
    place.waits_for = None
    place.says = place.outcome = ""
    floor.touch(contact)
