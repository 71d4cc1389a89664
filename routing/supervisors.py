"""Which queues somebody supervises: as the plan names them, resolved by the directory.

The plan names people as its author wrote them, tokens and chats name them by object id; the
addresses that `DirectoryRead` brought are what joins the two. Whom the directory has not resolved
supervises nothing yet, unless the plan wrote the object id itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routing.plan import Plan
from routing.state import Place


def supervised(plan: Plan, addresses: Mapping[str, Place], person: str) -> tuple[str, ...]:
    """The names of the queues that the person with this object id supervises, in plan order."""
    if not person:
        return ()
    if _names(plan.supervisors, addresses, person):
        return tuple(queue.name for queue in plan.queues)
    return tuple(
        queue.name for queue in plan.queues if _names(queue.supervisors, addresses, person)
    )


def _names(refs: Iterable[str], addresses: Mapping[str, Place], person: str) -> bool:
    wanted = person.lower()
    return any(wanted in (ref.lower(), _id_of(ref, addresses)) for ref in refs)


def _id_of(ref: str, addresses: Mapping[str, Place]) -> str:
    place = addresses.get(ref.lower())
    return place.id.lower() if place else ""
