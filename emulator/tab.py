"""What agents do on the product's tab, as their scripts say: by the console's own routes.

Part of the world: no clock, no I/O. What somebody is about to do leaves through `take`; how the
console answered comes back to `answered`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.callers import WorldError
from emulator.config import Person
from emulator.exchange import Exchange
from emulator.log import TabActed
from emulator.ringing import Directory
from emulator.scripts import TabAct


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Somebody acts on the call that they are in."""

    person: Person
    act: str
    """hold, resume, add, transfer, complete, cancel or end"""
    body: Mapping[str, object]


class Tab:
    """Everybody's tab."""

    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._x = exchange
        self._directory = directory
        self._errands: list[Errand] = []

    def act(self, party: str, act: TabAct) -> None:
        """Raises WorldError when nobody is called that."""
        person = self._directory.person(party)
        if person is None:
            raise WorldError(f"nobody is called {party!r}")
        self._errands.append(Errand(person=person, act=act.act, body=act.body))

    def take(self) -> list[Errand]:
        """What is to be done now."""
        errands, self._errands = self._errands, []
        return errands

    def answered(self, errand: Errand, status: int, said: str) -> None:
        """How the console answered; 0: it did not."""
        x, who = self._x, errand.person.upn
        x.log.add(TabActed(at=x.now, party=who, act=errand.act, status=status, said=said))
