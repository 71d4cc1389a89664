"""A caller list as the engine looks into it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A caller list by what can be looked up: a list may be long, and a call rings meanwhile."""

    numbers: frozenset[str]
    prefixes: tuple[str, ...]
    people: tuple[str, ...]
    """As the plan writes them: object id or UPN."""

    @classmethod
    def of(cls, entries: tuple[str, ...]) -> Listed:
        """Numbers in E.164, prefixes that end in `*`, and people."""
        prefixes = tuple(each[:-1] for each in entries if each.endswith("*"))
        numbers = frozenset(each for each in entries if each[:1] == "+" and each[-1] != "*")
        people = tuple(each for each in entries if each[:1] != "+")
        return cls(numbers, prefixes, people)
