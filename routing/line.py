"""Who waits: one line per queue, in the order in which contacts are served.

Lowest priority number first, then the longest waiting, then who rang first. A contact with an offer
under way is out of the line but keeps its seniority, so it comes back to the same place.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from routing.state import Contact

Place = tuple[int, int, int, int, str]
"""priority, seniority (ms), arrival (ms), length of the contact's id, contact id: ids are counted,
so of two that came in the same millisecond `1-9` stands before `1-10`"""


def place_of(contact: Contact) -> Place:
    """Where the contact stands: sorts before everybody it is served before."""
    number = contact.id
    return contact.priority, contact.seniority_at or 0, contact.arrived_at, len(number), number


class Line:
    """The contacts of one queue that wait for an agent and have no offer."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        self.places: list[Place] = []

    def add(self, contact: Contact) -> None:
        insort(self.places, place_of(contact))

    def remove(self, contact: Contact) -> None:
        """Take the contact out; nothing happens if it is not in."""
        place = place_of(contact)
        index = bisect_left(self.places, place)
        if index < len(self.places) and self.places[index] == place:
            del self.places[index]

    def head(self) -> Place | None:
        return self.places[0] if self.places else None
