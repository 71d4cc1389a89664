"""Which call, and what of it, a notification is about.

Graph says so in a URL, in three spellings of it, or only in the entity itself (facts 1.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from graph import wire

PLACES_KEPT = 2_000
"""A call is told about again and again, by the same URL."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Graph's tree a notification is about."""

    wire_id: str | None
    part: str = ""
    part_id: str | None = None


_NOWHERE = Place(None)


def find_place(entry: dict[str, Any], entity: dict[str, Any]) -> Place:
    """By `resourceUrl`, else the older `resource`, else what the entity says of itself."""
    for url in (entry.get("resourceUrl"), entry.get("resource"), entity.get("@odata.id")):
        found = _place(url)
        if found.wire_id:
            return found
    if type_of(entity) in ("", "call"):
        return Place(wire.identifier(entity.get("id")))
    return _NOWHERE


def _place(url: object) -> Place:
    """Find `calls/{id}[/part[/id]]` in a URL that may be absolute, old, or lack its slash."""
    if not isinstance(url, str) or len(url) > wire.URI_LENGTH:
        return _NOWHERE
    return _place_in(url)


@lru_cache(maxsize=PLACES_KEPT)
def _place_in(url: str) -> Place:
    segments = [s for s in url.partition("?")[0].strip().split("/") if s]
    for index, segment in enumerate(segments):
        low = segment.lower()
        if low == "calls":
            rest = segments[index + 1 :]
        elif low.startswith("calls('") and low.endswith("')"):
            rest = [segment[7:-2], *segments[index + 1 :]]
        else:
            continue
        if "%" in url:
            rest = [unquote(s) for s in rest]
        wire_id = wire.identifier(rest[0]) if rest else None
        part = rest[1].lower() if len(rest) > 1 else ""
        return Place(wire_id, part, wire.identifier(rest[2]) if len(rest[1:]) > 1 else None)
    return _NOWHERE


def type_of(entity: dict[str, Any]) -> str:
    """The entity's type in small letters without its namespace; empty if it names none."""
    told = entity.get("@odata.type")
    return told.rpartition(".")[2].lstrip("#").lower() if isinstance(told, str) else ""
