"""Live legs that nobody wants: looked for, and ended.

Either no contact owns the leg (the platform tells of a call that we do not know), or its contact
has no use for it any more (a phone picked up after the caller hung up).
"""

from __future__ import annotations

from routing.commands import EndStray, HangUp
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Call

LOOK_AGAIN_MS = 10_000
"""A call that goes on telling about itself is looked at this often."""
REMEMBERED = 100


def look(floor: Floor, wire: str, what: str) -> None:
    """A live leg that no contact owns: look, and end it if it lives."""
    strays = floor.state.tenant.strays
    seen = strays.get(wire)
    if seen is not None and floor.now - seen < LOOK_AGAIN_MS:
        floor.ignored(what, "stray call")
        return
    strays.pop(wire, None)
    if len(strays) >= REMEMBERED:
        del strays[min(strays, key=lambda other: (strays[other], other))]
    strays[wire] = floor.now
    floor.touch(floor.state.tenant)
    floor.fact(FactKind.STRAY_CALL, event=what)
    floor.step.commands.append(EndStray(id=floor.new_id(), wire=wire))


def end_leg(floor: Floor, leg: Call) -> None:
    """A leg of ours that nobody wants reports that it lives: end it, again if need be."""
    leg.pending.clear()
    leg.hanging_up = True
    floor.send(leg, HangUp(id=floor.new_id(), call=leg.id))
