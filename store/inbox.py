"""Events that came to an instance which does not decide, kept until the owner has handled them.

There is no cursor: ids are given out before their transactions end, so a reader who remembers the
last id would miss late ones. Rows are selected while unconsumed, and consumed in the transaction of
the very step that handles them. Consumed rows stay a quarter of an hour: by their keys a second
copy of an event is known. An event that came to the owner directly leaves just its key here.
"""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from store.anchor import INBOX_CHANNEL
from store.connection import Database, Step, check_storable, every_column, insert_into
from store.contract import Accepted, Identity, InboxRow
from store.tables import INBOX, QUARANTINE

LONGEST_REASON = 500


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._accept = database.prepare(put(database.dialect))
        self._unconsumed = database.prepare(unconsumed())
        self._identities = database.prepare(identities())
        self._set_aside = database.prepare(set_aside())
        self._set_row_aside = database.prepare(set_row_aside())
        self._consume = database.prepare(consume_row())
        self._heard = asyncio.Event()

    async def accept(self, tenant: str, key: str | None, received_at: int, body: bytes) -> Accepted:
        check_storable([tenant, key or ""], [received_at])
        args = self._accept.args(tenant=tenant, key=key, received_at=received_at, body=body)
        (rows,) = await self._database.write(Step(self._accept, [args], returning=True))
        if not rows:
            return Accepted.DUPLICATE
        self.hint()
        return Accepted.STORED

    async def unconsumed(self, tenant: str, limit: int) -> list[InboxRow]:
        return await self._database.read(self._unconsumed, InboxRow, tenant=tenant, limit=limit)

    async def identities(self, tenant: str) -> list[Identity]:
        return await self._database.read(self._identities, Identity, tenant=tenant)

    async def quarantine(
        self, tenant: str, *, at: int, reason: str, body: bytes, inbox_id: int | None
    ) -> None:
        # The reason often quotes what could not be stored.
        shown = reason.encode(errors="replace").decode().replace("\0", "?")[:LONGEST_REASON]
        given = self._set_aside.args(tenant=tenant, at=at, reason=shown, body=body)
        if inbox_id is None:
            await self._database.write(Step(self._set_aside, [given]))
            return
        aside = Step(self._set_aside, [given])
        if not body:
            row = self._set_row_aside.args(tenant=tenant, at=at, reason=shown, row=inbox_id)
            aside = Step(self._set_row_aside, [row])
        consumed = self._consume.args(tenant=tenant, row=inbox_id)
        await self._database.write(aside, Step(self._consume, [consumed]))

    def hint(self) -> None:
        """Wake whoever waits: something may have come in."""
        self._heard.set()

    async def wait(self, timeout_ms: int) -> bool:
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await self._heard.wait()
        except TimeoutError:
            return False
        self._heard.clear()
        return True


def put(dialect: str) -> sa.Insert | sa.Select[tuple[object]]:
    """Insert unless the key is known; a row comes back if it was inserted."""
    names = ("tenant", "key", "received_at", "body")
    values: dict[str, object] = {**every_column(INBOX, *names), "consumed": 0}
    row = insert_into(INBOX, dialect).values(values)
    new = row.on_conflict_do_nothing().returning(INBOX.c.id, INBOX.c.tenant)
    if dialect == "sqlite":
        return new
    stored = new.cte("stored")
    return sa.select(sa.func.pg_notify(INBOX_CHANNEL, stored.c.tenant))


def unconsumed() -> sa.Select[tuple[int, str, int, bytes]]:
    return (
        sa.select(INBOX.c.id, INBOX.c.key, INBOX.c.received_at, INBOX.c.body)
        .where(INBOX.c.tenant == sa.bindparam("tenant"), _not_consumed())
        .order_by(INBOX.c.received_at, INBOX.c.id)
        .limit(sa.bindparam("limit", type_=sa.BigInteger))
    )


def identities() -> sa.Select[tuple[str, int]]:
    return (
        sa.select(INBOX.c.key, INBOX.c.received_at)
        .where(
            INBOX.c.tenant == sa.bindparam("tenant"),
            INBOX.c.key.is_not(None),
            INBOX.c.consumed == 1,
        )
        .order_by(INBOX.c.received_at, INBOX.c.id)
    )


def set_aside() -> sa.Insert:
    return sa.insert(QUARANTINE).values(every_column(QUARANTINE, "tenant", "at", "reason", "body"))


def set_row_aside() -> sa.Insert:
    at = sa.bindparam("at", type_=sa.BigInteger)
    reason = sa.bindparam("reason", type_=sa.Text)
    row = sa.select(INBOX.c.tenant, sa.cast(at, sa.BigInteger), reason, INBOX.c.body).where(
        INBOX.c.tenant == sa.bindparam("tenant"),
        INBOX.c.id == sa.bindparam("row"),
        _not_consumed(),
    )
    return sa.insert(QUARANTINE).from_select(["tenant", "at", "reason", "body"], row)


def consume_row() -> sa.Update:
    row = sa.and_(INBOX.c.tenant == sa.bindparam("tenant"), INBOX.c.id == sa.bindparam("row"))
    return sa.update(INBOX).where(row).values(consumed=1, body=b"")


def _not_consumed() -> sa.ColumnElement[bool]:
    # Spelled out, not a parameter: only so does SQLite use the index of unconsumed rows.
    return INBOX.c.consumed == sa.literal_column("0")
