"""Who waits: one line per queue, in the order in which contacts are served.

A contact's place is fixed as it joins: the instant since when it waits, moved by `aging` for each
level of priority. One level is worth so much waiting, to the better above normal (3) and to the
worse below: so who waits long enough is served before anybody who comes later, whatever their
priority, nobody starves, and nothing is ever sorted anew. Then who rang first, then who was counted
first. With an aging of 0 priority changes nothing: first come, first served.

A contact with an offer under way is out of the line but keeps its seniority, so it comes back to
the same place.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from routing.state import Contact

NORMAL = 3
"""The priority that neither gains nor loses by aging."""
Place = tuple[int, int, int, str]
"""seniority with aging (ms), arrival (ms), length of the contact's id, contact id: ids are counted,
so of two that came in the same millisecond `1-9` stands before `1-10`"""


def place_of(contact: Contact, aging_ms: int) -> Place:
    """Where the contact stands: sorts before everybody it is served before."""
    number = contact.id
    aged = (contact.seniority_at or 0) + (contact.priority - NORMAL) * aging_ms
    return aged, contact.arrived_at, len(number), number


def urgency(place: Place, weight: int, now: int) -> int:
    """How much a queue's first contact asks for an agent of several queues: its wait, with aging,
    times the queue's weight. What is still to come (below 0) shrinks with weight."""
    waited = now - place[0]
    return waited * weight if waited >= 0 else waited // weight


class Line:
    """The contacts of one queue that wait for an agent and have no offer."""

    __slots__ = ("aging_ms", "places")

    def __init__(self, aging_ms: int = 0) -> None:
        self.aging_ms = aging_ms
        self.places: list[Place] = []

    def add(self, contact: Contact) -> None:
        insort(self.places, place_of(contact, self.aging_ms))

    def remove(self, contact: Contact) -> None:
        """Take the contact out; nothing happens if it is not in."""
        if self.has(contact):
            del self.places[bisect_left(self.places, place_of(contact, self.aging_ms))]

    def has(self, contact: Contact) -> bool:
        """Whether the contact stands in the line."""
        place = place_of(contact, self.aging_ms)
        index = bisect_left(self.places, place)
        return index < len(self.places) and self.places[index] == place

    def head(self) -> Place | None:
        return self.places[0] if self.places else None

    def ahead_of(self, contact: Contact) -> int:
        """How many stand before this contact, or would if it stood in the line."""
        return bisect_left(self.places, place_of(contact, self.aging_ms))
