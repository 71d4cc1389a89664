"""Who serves a queue: its agents on duty, and whether nobody is there.

Both are read off the queue's pool, which counts its agents by what closes them to it
(`matching.closed_by`); no agent is looked at.
"""

from __future__ import annotations

from routing.floor import Floor
from routing.matching import MAY_RING, OPTED_OUT
from routing.plan import Queue
from routing.presence import Presence
from routing.state import AgentState
from routing.waiting_rules import Absence, NoAgent

_OFF = frozenset({Presence.OFFLINE, Presence.OUT_OF_OFFICE, Presence.UNKNOWN})
_PRESENCE, _BACK_OFF, _WRAP_UP = "presence: ", "back-off: ", "wrap up: "
_BY_REASON: dict[str, Absence] = {
    "not ready": Absence.NOT_READY,
    MAY_RING: Absence.RINGING,
    AgentState.RESERVED.value: Absence.RINGING,
    AgentState.ON_CONTACT.value.replace("_", " "): Absence.ON_CONTACT,
    AgentState.PRESUMED.value: Absence.ON_CONTACT,
    AgentState.WRAP_UP.value.replace("_", " "): Absence.WRAP_UP,
    AgentState.NOT_RESPONDING.value.replace("_", " "): Absence.NOT_RESPONDING,
    **{f"{_PRESENCE}{each.value}": Absence.OFF for each in _OFF},
}
_AT_WORK = frozenset({Absence.BACK_OFF, Absence.RINGING, Absence.ON_CONTACT, Absence.WRAP_UP})


def absence_of(reason: str) -> Absence | None:
    """A pool's reason in the words of `no_agent`; None: it has none."""
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    if reason.startswith(_PRESENCE):
        return Absence.PRESENCE
    if reason.startswith(_WRAP_UP):
        return Absence.WRAP_UP
    return Absence.BACK_OFF if reason.startswith(_BACK_OFF) else None


def on_duty(floor: Floor, queue: Queue) -> int:
    """The queue's agents who are at work for it, free or busy."""
    pool = floor.pools[queue.name]
    at_work = len(pool.order)
    for reason, count in pool.reasons.items():
        if absence_of(reason) in _AT_WORK:
            at_work += count
    return at_work


def nobody_there(floor: Floor, queue: Queue) -> bool:
    """Whether nobody serves the queue, by its own definition; without one, by the usual one. Before
    directory and presence were read nobody can say so. Who opted out serves it as little as who is
    no member."""
    pool = floor.pools[queue.name]
    if pool.order or pool.unread or not floor.state.tenant.directory_read_at:
        return False
    when = (queue.no_agent or NoAgent()).when
    return all(reason == OPTED_OUT or absence_of(reason) in when for reason in pool.reasons)
