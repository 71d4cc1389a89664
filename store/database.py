"""Opening the store: which database the URL means, and everything that is kept in it.

`sqlite:///./switchboard.db` (relative), `sqlite:////var/lib/switchboard.db` (absolute), `sqlite://`
(in memory, gone when closed) or `postgresql://...`, also as `postgresql:///name?host=/socket/folder`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from store.anchor import Anchor
from store.connection import Database
from store.contract import Accepted, Batch, InboxRow, LiveRow, Loaded, Store
from store.conversations import Conversations
from store.errors import Refused
from store.follow_ups import FollowUps
from store.history import History
from store.inbox import Inbox
from store.journal import Journal
from store.kept import Kept
from store.leg_counts import LegCounts
from store.live import Live
from store.ownership import (
    Lease,
    Leases,
    Monotonic,
    PostgresLeases,
    SqliteLeases,
    database_now,
)
from store.plans import Plans
from store.postgres import PostgresDatabase
from store.prompts import Prompts
from store.reports import Reports
from store.retention import Retention
from store.sqlite import SqliteDatabase
from store.subscribers import Subscribers
from store.voicemails import Voicemails

LARGEST_BACKLOG = 100_000
"""Inbox rows loaded at a takeover; more than an hour of intake at full load."""


async def open_store(
    url: str,
    *,
    monotonic: Monotonic,
    inline: bool = False,
    wall: Callable[[], int] | None = None,
) -> Store:
    """The open store. Raises Refused with a sentence for the operator, or Unavailable.

    `monotonic` counts milliseconds for leases. `inline` (SQLite only) does everything within the
    call, without threads and without ever giving way, and `wall` then stands in for the database's
    clock: for tests under a virtual clock.
    """
    if url.startswith("sqlite:"):
        return await _open_sqlite(url, monotonic, inline=inline, wall=wall)
    if url.startswith(("postgresql:", "postgres:")):
        return await _open_postgres(url, monotonic)
    kind = url.partition(":")[0]
    message = f"SWITCHBOARD_DATABASE_URL names neither sqlite: nor postgresql:, but {kind!r}"
    raise Refused(message)


async def _open_sqlite(
    url: str, monotonic: Monotonic, *, inline: bool, wall: Callable[[], int] | None
) -> Store:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        message = f"SWITCHBOARD_DATABASE_URL: {error}"
        raise Refused(message) from error
    if parsed.host:
        message = f"SWITCHBOARD_DATABASE_URL: {url} lacks a slash, write sqlite:///folder/file"
        raise Refused(message)
    name = parsed.database
    path = None if name in (None, "", ":memory:") else Path(str(name))
    database = SqliteDatabase(path, inline=inline)
    await database.open()
    leases = SqliteLeases(database, monotonic)
    return SqlStore(
        database, leases, Inbox(database), sqlite_now(), wall=wall, settle=database.settle
    )


async def _open_postgres(url: str, monotonic: Monotonic) -> Store:
    # Unlike an instance's name this is never used twice: by it a successor ends our connections.
    session = f"switchboard {secrets.token_hex(8)}"
    database = PostgresDatabase(url, session=session)
    await database.open()
    inbox = Inbox(database)
    anchor = Anchor(url, session=session, heard=inbox.hint)
    leases = PostgresLeases(database, anchor, session=session, monotonic=monotonic)
    return SqlStore(database, leases, inbox, database_now(), anchor=anchor)


class SqlStore:
    """The contract's Store on either database: each part in a module of its own."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        inbox: Inbox,
        clock: sa.ColumnElement[int],
        *,
        anchor: Anchor | None = None,
        wall: Callable[[], int] | None = None,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`settle`: what the database puts away in a quiet minute."""
        self.history = History(database)
        self.plans = Plans(database)
        self.prompts = Prompts(database)
        self.conversations = Conversations(database)
        self.leg_counts = LegCounts(database)
        self.reports = Reports(database)
        self.voicemails = Voicemails(database)
        self.subscribers = Subscribers(database)
        self.follow_ups = FollowUps(database)
        self._database = database
        self._leases = leases
        self._anchor = anchor
        self._inbox = inbox
        self._journal = Journal(database)
        self._live = Live(database)
        self._retention = Retention(database)
        self._clock = database.prepare(sa.select(clock))
        self._wall = wall
        self._settle = settle

    async def commit(self, batch: Batch) -> None:
        await self._journal.commit([batch])

    async def commit_many(self, batches: Sequence[Batch]) -> None:
        await self._journal.commit(batches)

    async def load(self, tenant: str) -> Loaded:
        return Loaded(
            live=await self._live.entities(tenant),
            inbox=await self._inbox.unconsumed(tenant, LARGEST_BACKLOG),
            outbox=await self._live.open_commands(tenant),
            identities=await self._inbox.identities(tenant),
        )

    async def live(self, tenant: str) -> list[LiveRow]:
        return await self._live.entities(tenant)

    async def accept(self, tenant: str, key: str | None, received_at: int, body: bytes) -> Accepted:
        return await self._inbox.accept(tenant, key, received_at, body)

    async def unconsumed(self, tenant: str, limit: int = 1000) -> list[InboxRow]:
        return await self._inbox.unconsumed(tenant, limit)

    async def wait_for_inbox(self, timeout_ms: int) -> bool:
        return await self._inbox.wait(timeout_ms)

    async def quarantine(
        self, tenant: str, *, at: int, reason: str, body: bytes = b"", inbox_id: int | None = None
    ) -> None:
        await self._inbox.quarantine(tenant, at=at, reason=reason, body=body, inbox_id=inbox_id)

    async def acquire(self, tenant: str, instance: str) -> Lease | None:
        return await self._leases.acquire(tenant, instance)

    async def database_now_ms(self) -> int:
        if self._wall is not None:
            return self._wall()
        (now,) = await self._database.read(self._clock, int)
        return now

    async def tidy(self, now: int) -> int:
        count = await self._retention.tidy(now)
        if self._settle is not None:
            await self._settle()
        return count

    async def forget(self, tenant: str, now: int, kept: Kept) -> int:
        return await self._retention.forget(tenant, now, kept)

    async def close(self) -> None:
        """Let go of everything. Leases not released run out by themselves."""
        if self._anchor is not None:
            await self._anchor.close()
        await self._database.close()


def sqlite_now() -> sa.ColumnElement[int]:
    """SQLite's clock in milliseconds (its days count from noon of 24 November 4714 BC)."""
    days = sa.func.julianday("now") - sa.literal_column("2440587.5")
    return sa.cast(sa.func.round(days * 86_400_000), sa.Integer)
