"""What was heard lately, so that a copy is known for one: a set that forgets its oldest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Known(Generic[T]):
    """A set of at most `most` things."""

    def __init__(self, most: int, things: Iterable[T] = ()) -> None:
        self._most = most
        self._things: dict[T, None] = dict.fromkeys(things)

    def __contains__(self, thing: T) -> bool:
        return thing in self._things

    def __len__(self) -> int:
        return len(self._things)

    def add(self, thing: T) -> None:
        """Remember `thing` as the newest."""
        self._things[thing] = None
        if len(self._things) > self._most:
            del self._things[next(iter(self._things))]
