"""The database, looked at without changing it."""

from __future__ import annotations

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.settings import PREFIX
from store.errors import NetworkFolder, StoreError
from store.examination import Examined, Pooled, Replica, Tables

WHERE = f"{PREFIX}DATABASE_URL"
OLDEST = 140_000
SLOW_MS = 20.0
LATE_MS = 3_000
"""A lease that ran out a moment ago may be changing hands."""
BY_TABLES = {
    Tables.BEHIND: "database.behind",
    Tables.NEWER: "database.newer",
    Tables.OTHER: "database.other_program",
}
BY_REPLICA = {
    Replica.NONE: "database.no_replica",
    Replica.GONE: "database.replica_gone",
    Replica.HIDDEN: "database.replica_not_visible",
}


async def check_database(patient: Patient) -> list[Line]:
    """All that can be seen of it in one visit."""
    try:
        seen = await patient.database.get()
    except Pooled as error:
        return [_found("database.pooler", str(error))]
    except NetworkFolder as error:
        return [_found("database.network_folder", str(error))]
    except (StoreError, OSError) as error:
        return [_found("database.unreachable", str(error))]
    lines: list[Line] = [Well("database", f"{seen.name}, {seen.told}")]
    if seen.tables in BY_TABLES:
        lines.append(_found(BY_TABLES[seen.tables], seen.told))
    if seen.unwritable:
        lines.append(_found("database.read_only", seen.unwritable))
    if not seen.number:
        return [*lines, Finding(code="database.sqlite")]
    return [*lines, *_server(seen)]


def _server(seen: Examined) -> list[Line]:
    lines: list[Line] = []
    if seen.is_pooled:
        lines.append(_found("database.pooler", "another process answers than the one that greeted"))
    if seen.number < OLDEST:
        lines.append(_found("database.old", seen.name))
    if not seen.keeps_commits:
        lines.append(_found("database.loses_commits", "synchronous_commit is off"))
    if seen.is_plain:
        lines.append(_found("database.plain"))
    if seen.replica in BY_REPLICA:
        lines.append(_found(BY_REPLICA[seen.replica]))
    else:
        lines.append(Well("database", "a synchronous replica has every commit"))
    trip = f"{seen.trip_ms:.1f} ms there and back"
    is_slow = seen.trip_ms > SLOW_MS
    lines.append(_found("database.slow", trip) if is_slow else Well("database", trip))
    if seen.lease_until is not None:
        if seen.lease_until + LATE_MS < seen.now_ms:
            lines.append(_found("database.nobody_decides"))
        else:
            lines.append(Well("database", "an instance decides for this tenant"))
    return lines


def _found(code: str, seen: str = "") -> Finding:
    return Finding(code=code, seen=seen, where=WHERE)
