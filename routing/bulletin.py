"""What a supervisor says out of turn: a queue is closed, or callers hear a message first.

A bulletin is about one queue, one entry point or everything; of each kind there is one at a time,
the newest. It is saved like a contact, so a restart or another instance goes on from it, and it
ends by its own timer or by word. Another text is another bulletin, with an id of its own: who has
heard the one has not heard the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CLIP = "clip:"
"""Before the content's hash, in what is played: rendered when it was said, not with the plan."""


class Scope(StrEnum):
    """What a bulletin is about."""

    QUEUE = "queue"
    ENTRY_POINT = "entry_point"
    ALL = "all"
    """Every entry point, and every queue."""


@dataclass(slots=True, kw_only=True)
class Bulletin:
    id: str
    closes: bool = False
    """It is closed meanwhile; otherwise callers hear the message and go on."""
    scope: Scope = Scope.QUEUE
    name: str = ""
    """The queue's or entry point's; empty for all."""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """As it was typed, by language."""
    clips: dict[str, str] = field(default_factory=dict[str, str])
    """The content of the recording, by language: SHA-256."""
    lasts_ms: int = 0
    """The longest recording."""
    at: int = 0
    until: int | None = None
    by: str = ""
    """Object id of who said so; empty when it came by the command line."""
    by_name: str = ""
    timers: dict[str, int] = field(default_factory=dict[str, int])

    def prompt(self, language: str) -> str:
        """What is played to a caller of that language; another language is better than nothing.
        Empty: no words."""
        return clip_for(self.clips, language)


def clip_for(clips: Mapping[str, str], language: str) -> str:
    """The recording for a caller of that language, as a prompt; another language is better than
    nothing. Empty: there is none."""
    any_other = clips[min(clips)] if clips else ""
    sha = clips.get(language) or clips.get(language.partition("-")[0]) or any_other
    return f"{CLIP}{sha}" if sha else ""


def find(
    bulletins: Mapping[str, Bulletin], scope: Scope, name: str, *, closes: bool
) -> Bulletin | None:
    """The one bulletin of that kind about that, if it is in force."""
    for each in bulletins.values():
        if (each.closes, each.scope, each.name) == (closes, scope, name):
            return each
    return None
