"""Recounts from the log the calls that a bot itself placed to numbers, and how each ended."""

from __future__ import annotations

from collections import defaultdict

from emulator.log import Bridged, LegEnded, Record, Ringing

TALK = "talk"
"""the customer talked with somebody"""


class DialAudit:
    """Every number that was called back."""

    def __init__(self) -> None:
        self._dials: dict[str, Ringing] = {}
        self._ended: dict[str, LegEnded] = {}
        self._talked: set[str] = set()

    def read(self, record: Record) -> None:
        match record:
            case Ringing() if record.via == "create" and record.party.startswith("+"):
                self._dials[record.leg] = record
            case LegEnded() if record.leg in self._dials:
                self._ended[record.leg] = record
            case Bridged() if record.leg in self._dials:
                self._talked.add(record.leg)
            case _:
                pass

    def of(self, number: str, after: int, until: int | None) -> list[Ringing]:
        """The calls to this number within that time."""
        return [
            dial
            for dial in self._dials.values()
            if dial.party == number and dial.at > after and (until is None or dial.at < until)
        ]

    def ending(self, dial: Ringing) -> str:
        """How it ended: talk, busy, no_answer, declined, deleted, hung_up ..., or open."""
        if dial.leg in self._talked:
            return TALK
        ended = self._ended.get(dial.leg)
        return ended.why if ended is not None else "open"

    def endings(self) -> dict[str, list[str]]:
        """The same for all, by number."""
        found: dict[str, list[str]] = defaultdict(list)
        for dial in self._dials.values():
            found[dial.party].append(self.ending(dial))
        return dict(found)

    def twice(self) -> list[Ringing]:
        """Calls to a number that the bot had on another call of its own at that time."""
        return [
            dial
            for dial in self._dials.values()
            for other in self._dials.values()
            if other.seq < dial.seq and other.party == dial.party and self._lasts(other, dial.at)
        ]

    def _lasts(self, dial: Ringing, at: int) -> bool:
        ended = self._ended.get(dial.leg)
        return ended is None or ended.at > at
