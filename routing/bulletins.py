"""Supervisors' bulletins come and go: closures and messages, with who and when.

Two supervisors at once: the later word counts, and both leave a fact.
"""

from __future__ import annotations

from routing import opening
from routing.bulletin import Bulletin, Scope, find
from routing.facts import FactKind
from routing.floor import Floor
from routing.word_events import (
    BulletinLifted,
    BulletinSet,
)


def publish(floor: Floor, event: BulletinSet) -> None:
    """In force from now on, in place of an earlier one of its kind."""
    named = _known(floor, event.scope, event.name)
    late = event.until is not None and event.until <= floor.now
    if not named or late or not (event.closes or event.clips):
        reason = "no such place" if not named else "over" if late else "no words"
        floor.ignored("BulletinSet", reason)
        return
    bulletin = Bulletin(
        id=floor.new_id(),
        closes=event.closes,
        scope=event.scope,
        name=event.name,
        texts=dict(event.texts),
        clips=dict(event.clips),
        lasts_ms=event.lasts_ms,
        at=floor.now,
        until=event.until,
        by=event.by,
        by_name=event.by_name,
    )
    before = find(floor.state.bulletins, event.scope, event.name, closes=event.closes)
    if before is not None:
        floor.drop(before)
    floor.state.bulletins[bulletin.id] = bulletin
    floor.touch(bulletin)
    if event.until is not None:
        floor.arm(bulletin, "over", event.until)
    _tell(floor, event, bulletin, replaces=before.id if before else "")
    _look_at_waiting(floor, bulletin)


def _tell(floor: Floor, event: BulletinSet, bulletin: Bulletin, *, replaces: str) -> None:
    floor.fact(
        FactKind.BULLETIN_SET,
        queue=event.name if event.scope is Scope.QUEUE else "",
        agent=event.by,
        bulletin=bulletin.id,
        by=event.by_name,
        until=event.until,
        closes=event.closes,
        scope=event.scope.value,
        about=event.name,
        replaces=replaces,
        text=_text(bulletin),
    )


def lift(floor: Floor, event: BulletinLifted) -> None:
    """Taken back by word."""
    bulletin = find(floor.state.bulletins, event.scope, event.name, closes=event.closes)
    if bulletin is None:
        floor.ignored("BulletinLifted", "not in force")
    else:
        _end(floor, bulletin, why="lifted", by=event.by, by_name=event.by_name)


def over(floor: Floor, bulletin: Bulletin) -> None:
    """Timer `over`: its time has come."""
    _end(floor, bulletin, why="expired")


def plan_changed(floor: Floor) -> None:
    """What is about something that the plan does not have any more ends; hours may be others."""
    for bulletin in sorted(floor.state.bulletins.values(), key=lambda each: each.id):
        if not _known(floor, bulletin.scope, bulletin.name):
            _end(floor, bulletin, why="dropped from the plan")
    opening.watch_all(floor, floor.queues)


def _end(floor: Floor, bulletin: Bulletin, *, why: str, by: str = "", by_name: str = "") -> None:
    floor.drop(bulletin)
    floor.fact(
        FactKind.BULLETIN_ENDED,
        queue=bulletin.name if bulletin.scope is Scope.QUEUE else "",
        agent=by,
        bulletin=bulletin.id,
        closes=bulletin.closes,
        scope=bulletin.scope.value,
        about=bulletin.name,
        by=by_name,
        why=why,
    )
    _look_at_waiting(floor, bulletin)


def _look_at_waiting(floor: Floor, bulletin: Bulletin) -> None:
    if bulletin.closes and bulletin.scope is not Scope.ENTRY_POINT:
        opening.watch_all(floor, [bulletin.name] if bulletin.name else floor.queues)


def _known(floor: Floor, scope: Scope, name: str) -> bool:
    match scope:
        case Scope.QUEUE:
            return name in floor.queues
        case Scope.ENTRY_POINT:
            return name in floor.entries
        case Scope.ALL:
            return not name


def _text(bulletin: Bulletin) -> str:
    return " / ".join(bulletin.texts[language] for language in sorted(bulletin.texts))
