"""Who is calling, as far as a plan may ask: anonymous or not, and in which list."""

from __future__ import annotations

from routing.addresses import place_id
from routing.events import Caller, CallerKind
from routing.floor import Floor

ANONYMOUS = "anonymous"
"""What a plan calls callers who withhold the number, or whose identity is encrypted."""
_NAMELESS = (CallerKind.WITHHELD, CallerKind.ENCRYPTED)


def is_anonymous(caller: Caller) -> bool:
    """Whether nobody may know who calls: in no list, by no prefix, and never seen before."""
    return caller.kind in _NAMELESS or not caller.id


def is_kind(caller: Caller, kinds: tuple[str, ...]) -> bool:
    """Whether the caller is of one of these kinds."""
    return caller.kind.value in kinds or (ANONYMOUS in kinds and is_anonymous(caller))


def has_prefix(caller: Caller, prefixes: tuple[str, ...]) -> bool:
    """Whether the caller's number begins so."""
    return caller.kind is CallerKind.NUMBER and caller.id.startswith(prefixes)


def is_listed(floor: Floor, caller: Caller, names: tuple[str, ...]) -> bool:
    """Whether the caller stands in one of these lists."""
    if is_anonymous(caller):
        return False
    return any(
        _matches(floor, caller, entry)
        for name in names
        for entry in floor.caller_lists.get(name, ())
    )


def _matches(floor: Floor, caller: Caller, entry: str) -> bool:
    if entry.endswith("*"):
        return has_prefix(caller, (entry[:-1],))
    if caller.kind is CallerKind.NUMBER:
        return caller.id == entry
    return place_id(floor, entry) == caller.id.lower()
