"""What is thrown away, and when: inbox rows and commands that a quarter of an hour has settled.

So long a late second copy of an event is still recognized, and a tombstone still answers.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningDelete

from store.connection import Database, Step
from store.tables import INBOX, OUTBOX

KEPT_MS = 15 * 60_000
AT_ONCE = 1_000
"""Rows per transaction, so that no commit waits long behind it."""


class Retention:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._removals = [database.prepare(old_inbox_rows()), database.prepare(settled_commands())]

    async def tidy(self, now: int) -> int:
        removed = 0
        for removal in self._removals:
            found = AT_ONCE
            while found == AT_ONCE:
                step = Step(removal, [removal.args(before=now - KEPT_MS)], returning=True)
                (rows,) = await self._database.write(step)
                found = len(rows)
                removed += found
        return removed


def old_inbox_rows() -> ReturningDelete[int]:
    old = (
        sa.select(INBOX.c.id)
        .where(INBOX.c.consumed == 1, INBOX.c.received_at < sa.bindparam("before"))
        .order_by(INBOX.c.id)
        .limit(AT_ONCE)
    )
    return sa.delete(INBOX).where(INBOX.c.id.in_(old)).returning(INBOX.c.id)


def settled_commands() -> ReturningDelete[int]:
    old = (
        sa.select(OUTBOX.c.position)
        .where(OUTBOX.c.outcome_at < sa.bindparam("before"))
        .order_by(OUTBOX.c.position)
        .limit(AT_ONCE)
    )
    return sa.delete(OUTBOX).where(OUTBOX.c.position.in_(old)).returning(OUTBOX.c.position)
