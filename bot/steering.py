"""What a name in a supervisor's order is about, and whether they may.

Chat and command line ask the same; both read the state as it was last written down, and the engine
looks at the name once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from routing.bulletin import Bulletin, Scope
from routing.hours import is_open, next_change
from routing.plan import EntryPoint, Plan

SUGGESTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A queue, an entry point, or everything."""

    scope: Scope
    name: str = ""


def subject_of(plan: Plan, scope: Scope | None, name: str) -> Subject | None:
    """What is meant: the queue of that name before the entry point, unless one is asked for."""
    if scope is Scope.ALL:
        return Subject(scope=Scope.ALL)
    places = {
        Scope.QUEUE: {each.name.casefold(): each.name for each in plan.queues},
        Scope.ENTRY_POINT: {each.name.casefold(): each.name for each in plan.entry_points},
    }
    for where, names in places.items():
        if scope in (None, where) and (found := names.get(name.casefold())):
            return Subject(scope=where, name=found)
    return None


def near_names(plan: Plan, name: str, scope: Scope | None = None) -> list[str]:
    """What may have been meant, of that kind if one is asked for; all there is when nothing is near
    and that is little."""
    queues = plan.queues if scope in (None, Scope.QUEUE) else ()
    entries = plan.entry_points if scope in (None, Scope.ENTRY_POINT) else ()
    names = [queue.name for queue in queues] + [entry.name for entry in entries]
    known = {each.casefold(): each for each in reversed(names)}
    known |= {queue.title.casefold(): queue.name for queue in queues if queue.title}
    found = get_close_matches(name.casefold()[:80], known, n=SUGGESTED, cutoff=0.5)
    return list(dict.fromkeys(known[each] for each in found)) or sorted(set(names))[:SUGGESTED]


def kept_by_name(
    bulletins: Mapping[str, Bulletin], subject: Subject, *, closes: bool
) -> list[Subject]:
    """What `open all` or `silence all` leaves as it is, because it was closed or announced by its
    own name."""
    if subject.scope is not Scope.ALL:
        return []
    found = [
        Subject(scope=each.scope, name=each.name)
        for each in bulletins.values()
        if each.closes == closes and each.scope is not Scope.ALL
    ]
    return sorted(found, key=lambda each: (each.scope, each.name))


def shut_by_hours(plan: Plan, subject: Subject, now: int) -> tuple[bool, int | None]:
    """Whether the plan's own hours, which no order opens, keep it closed; and when they open it,
    None: nobody can say."""
    kept = {(Scope.QUEUE, queue.name): queue.hours for queue in plan.queues}
    kept |= {(Scope.ENTRY_POINT, entry.name): entry.hours for entry in plan.entry_points}
    name = kept.get((subject.scope, subject.name), "")
    hours = next((each for each in plan.hours if each.name == name), None)
    if hours is None or is_open(hours, now):
        return False, None
    return True, next_change(hours, now)


def may_steer(plan: Plan, supervised: Iterable[str], subject: Subject) -> bool:
    """Whether who supervises these queues may close it or speak to its callers."""
    queues = set(supervised)
    if subject.scope is Scope.QUEUE:
        return subject.name in queues
    if subject.scope is Scope.ENTRY_POINT:
        entry = next((e for e in plan.entry_points if e.name == subject.name), None)
        if entry is not None and _only_queue(entry) in queues:
            return True
    return bool(queues) and queues >= {queue.name for queue in plan.queues}


def _only_queue(entry: EntryPoint) -> str:
    """The queue that all callers of the entry point get to."""
    return "" if entry.flow else entry.queue
