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
    lists = [floor.caller_lists[name] for name in names if name in floor.caller_lists]
    if caller.kind is CallerKind.NUMBER:
        return any(caller.id in each.numbers or has_prefix(caller, each.prefixes) for each in lists)
    known = caller.id.lower()
    return any(place_id(floor, person) == known for each in lists for person in each.people)
