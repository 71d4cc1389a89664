"""Live state as it stands: what a new owner loads instead of replaying the past."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database
from store.contract import LiveRow, OutboxRow
from store.tables import LIVE, OUTBOX


class StoredCommand(NamedTuple):
    id: str
    call: str
    kind: str
    body: bytes
    created_at: int
    outcome: str | None
    outcome_at: int | None


class Live:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._entities = database.prepare(entities())
        self._open_commands = database.prepare(open_commands())
        self._commands = database.prepare(commands())

    async def entities(self, tenant: str) -> list[LiveRow]:
        return await self._database.read(self._entities, LiveRow, tenant=tenant)

    async def open_commands(self, tenant: str) -> list[OutboxRow]:
        return await self._database.read(self._open_commands, OutboxRow, tenant=tenant)

    async def commands_of(self, tenant: str) -> list[StoredCommand]:
        """All commands that are still kept, oldest first: those without an outcome, and those that
        had theirs in the last quarter of an hour."""
        return await self._database.read(self._commands, StoredCommand, tenant=tenant)


def commands() -> sa.Select[tuple[object, ...]]:
    row = OUTBOX.c
    return (
        sa.select(*(row[name] for name in StoredCommand._fields))
        .where(row.tenant == sa.bindparam("tenant"))
        .order_by(row.position)
    )


def entities() -> sa.Select[tuple[str, str, bytes]]:
    return (
        sa.select(LIVE.c.kind, LIVE.c.id, LIVE.c.body)
        .where(LIVE.c.tenant == sa.bindparam("tenant"))
        .order_by(LIVE.c.kind, LIVE.c.id)
    )


def open_commands() -> sa.Select[tuple[str, str, str, str, bytes, int, int]]:
    """Commands without an outcome: each has possibly been sent."""
    row = OUTBOX.c
    return (
        sa.select(row.id, row.call, row.lane, row.kind, row.body, row.created_at, row.deadline)
        .where(row.tenant == sa.bindparam("tenant"), row.outcome.is_(None))
        .order_by(row.position)
    )
