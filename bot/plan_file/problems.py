"""What is wrong with a plan: one sentence for each thing, with the line, the key and the remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

SUGGESTIONS = 200
"""Suggestions cost time that grows with the plan; after so many the rest go without."""
MANY = 50
"""To look through so many words costs as much as a suggestion among few."""
LISTED = 12
"""Known words named in full; more of them do not help the reader."""


class Severity(StrEnum):
    """Whether the plan can be used in spite of it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    severity: Severity
    line: int
    """From 1; 0 when the file could not be read."""
    key: str
    """Where in the plan, such as `queues.sales.members[2]`; empty for the file as a whole."""
    message: str

    def text(self, file: str) -> str:
        """One line, as compilers write it: editors jump to it."""
        where = f"{self.key}: " if self.key else ""
        place = f"{file}:{self.line}" if self.line else file
        return f"{place}: {self.severity}: {where}{self.message}"


class Problems:
    """All that is wrong with one plan, in the order of its lines."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._first: list[Problem] = []
        self._keys: set[str] = set()
        self._suggestions = SUGGESTIONS

    def error(self, line: int, key: str, message: str, *, first: bool = False) -> None:
        """The plan cannot be used. `first`: others may follow from this."""
        self._keys.add(key)
        found = self._first if first else self._found
        found.append(Problem(severity=Severity.ERROR, line=line, key=key, message=message))

    def warn(self, line: int, key: str, message: str) -> None:
        """The plan can be used, and probably does not do what its author wants."""
        self._found.append(Problem(severity=Severity.WARNING, line=line, key=key, message=message))

    def has(self, key: str) -> bool:
        """Whether there is an error about exactly this key already: one is enough."""
        return key in self._keys

    def within(self, key: str) -> bool:
        """Whether there is an error about this key or one inside it: it was given, and wrongly."""
        return any(each == key or each.startswith((f"{key}.", f"{key}[")) for each in self._keys)

    def suggest(self, word: str, known: Iterable[str], *, listed: bool = False) -> str:
        """The remedy for a word that is not among `known`; `listed`: these are few, so the one
        that looks like it (`external`, `internal`) does not hide the others."""
        words = list(known)
        if not words:
            return "there are none"
        near = self.near(word, words)
        names = ", ".join(words[:LISTED])
        all_of_them = f"known are {names}{' ...' if len(words) > LISTED else ''}"
        if near:
            return f"did you mean {near}? {all_of_them}" if listed else f"did you mean {near}?"
        return all_of_them

    def near(self, word: str, known: Iterable[str]) -> str:
        """The word among `known` that was probably meant; empty if none is near."""
        if self._suggestions <= 0:
            return ""
        self._suggestions -= 1
        found = get_close_matches(word[:80].lower(), list(known), n=1, cutoff=0.6)
        return found[0] if found else ""

    def several(
        self, word: str, known: Collection[str], most: int, cutoff: float = 0.6
    ) -> list[str]:
        """The words among `known` that may have been meant, the likeliest first."""
        if self._suggestions <= 0:
            return []
        self._suggestions -= 1 + len(known) // MANY
        return get_close_matches(word[:80], known, n=most, cutoff=cutoff)

    def all(self) -> tuple[Problem, ...]:
        """Sorted by line, errors before warnings of the same line; before all what others may
        follow from."""
        found = sorted(self._found, key=lambda each: (each.line, each.severity, each.key))
        return (*self._first, *found)
