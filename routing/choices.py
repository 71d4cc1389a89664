"""What agents choose from, as the plan words it: why they are not ready, how a contact ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

C = TypeVar("C", bound="Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of them."""

    code: str
    """What is written down."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """What people read, by language."""

    def said(self, language: str) -> str:
        """Its words, in another language when there are none in this one."""
        return self.words.get(language) or next(iter(self.words.values()), self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReadyReason(Choice):
    """Why an agent takes no calls for a while."""

    back_after_ms: int | None = None
    """After this time they are ready again; None: when they say so."""


def chosen(choices: Iterable[C], text: str) -> C | None:
    """The choice that somebody means by this text: its code, or its words in any language."""
    asked = _plain(text)
    for each in choices:
        if asked and asked in (_plain(each.code), *map(_plain, each.words.values())):
            return each
    return None


def said(choices: Iterable[Choice], code: str, language: str) -> str:
    """What people read for a code; one that the plan does not have (any more) stands for itself."""
    by_code: Mapping[str, Choice] = {each.code: each for each in choices}
    return by_code[code].said(language) if code in by_code else code


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
