"""What supervisors said out of turn, as it concerns a queue: closed, or with a message first.

Shown beside the queue to everybody who sees it: whoever serves it wants to know why no call comes.
"""

from __future__ import annotations

from collections.abc import Iterable

from routing.bulletin import Bulletin, Scope
from routing.plan import EntryPoint, Plan
from routing.state import State

Row = dict[str, object]


def in_force(state: State, plan: Plan) -> dict[str, list[Row]]:
    """By queue, the oldest word first: of the queue, of everything, and of the entry points whose
    callers all get to it."""
    found: dict[str, list[Row]] = {queue.name: [] for queue in plan.queues}
    if not state.bulletins:
        return found
    leads_to = dict(_straight(plan.entry_points))
    for bulletin in sorted(state.bulletins.values(), key=lambda each: (each.at, each.id)):
        match bulletin.scope:
            case Scope.ALL:
                queues = list(found)
            case Scope.QUEUE:
                queues = [bulletin.name]
            case Scope.ENTRY_POINT:
                queues = [leads_to.get(bulletin.name, "")]
        for queue in queues:
            if queue in found:
                found[queue].append(_row(bulletin))
    return found


def _straight(entry_points: Iterable[EntryPoint]) -> Iterable[tuple[str, str]]:
    return ((each.name, each.queue) for each in entry_points if not each.flow)


def _row(bulletin: Bulletin) -> Row:
    return {
        "closes": bulletin.closes,
        "about": bulletin.scope.value,
        "name": bulletin.name,
        "since": bulletin.at,
        "until": bulletin.until,
        "by": bulletin.by_name,
        "text": " / ".join(bulletin.texts[language] for language in sorted(bulletin.texts)),
    }
