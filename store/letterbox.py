"""Handing something to a tenant's owner from a second program: for the command line.

The service alone decides and alone writes its state; a letter is a row in the inbox, beside whose
words stand in the prompts, and the owner finds it within a quarter of a second. On SQLite, where
the service holds the file's lock for life, this is the one other writer: a transaction of one row,
which the service's own transactions wait for as they would for a person's database client.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from store.archive import SqliteReader, path_of
from store.connection import Database, Row, Step
from store.contract import InboxRow, LiveRow
from store.database import sqlite_now
from store.errors import Refused
from store.filelock import refuse_network_folder
from store.history import History
from store.inbox import Inbox
from store.live import Live
from store.ownership import database_now
from store.plans import Plans
from store.postgres import PostgresDatabase
from store.prompts import Prompts
from store.sqlite import BUSY_MS, transact, translated
from store.subscribers import Subscribers

MOST_WAITING = 1_000
"""Rows of the inbox that are looked at: with an owner at work there are next to none."""


class Letterbox:
    """What is handed in, and what the sender has to know; to be closed."""

    def __init__(self, database: Database, clock: sa.ColumnElement[int]) -> None:
        self.history = History(database)
        self.plans = Plans(database)
        self.prompts = Prompts(database)
        self.subscribers = Subscribers(database)
        self._database = database
        self._inbox = Inbox(database)
        self._live = Live(database)
        self._clock = database.prepare(sa.select(clock))

    async def now(self) -> int:
        """UTC ms, by the database's clock."""
        (now,) = await self._database.read(self._clock, int)
        return now

    async def live(self, tenant: str) -> list[LiveRow]:
        """The live state as it was last written down."""
        return await self._live.entities(tenant)

    async def waiting(self, tenant: str) -> list[InboxRow]:
        """What was handed in and the owner has not taken yet, oldest first."""
        return await self._inbox.unconsumed(tenant, MOST_WAITING)

    async def hand_in(self, tenant: str, key: str, body: bytes) -> None:
        """Leave an event for the tenant's owner. Raises Unavailable, Unstorable."""
        await self._inbox.accept(tenant, key, await self.now(), body)

    async def close(self) -> None:
        await self._database.close()


async def open_letterbox(url: str) -> Letterbox:
    """The letterbox behind the service's database URL. Raises Refused, Unavailable."""
    if url.startswith("sqlite:"):
        path = path_of(url)
        refuse_network_folder(path.resolve().parent)
        return Letterbox(_SqliteVisitor(path), sqlite_now())
    if url.startswith(("postgresql:", "postgres:")):
        database = PostgresDatabase(url, session="switchboard letterbox")
        await database.open()
        return Letterbox(database, database_now())
    message = f"{url.partition(':')[0]!r} is neither sqlite nor postgresql"
    raise Refused(message)


class _SqliteVisitor(SqliteReader):
    """A SQLite file that somebody else writes, and this one for the moment of one transaction."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    async def write(self, *steps: Step) -> list[list[Row]]:
        return await asyncio.to_thread(self._write, steps)

    def _write(self, steps: Sequence[Step]) -> list[list[Row]]:
        with translated():
            connection = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None
            )
            try:
                connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
                connection.execute("PRAGMA synchronous=FULL")
                # Copying the log back is the service's: it would hold up its commits here.
                connection.execute("PRAGMA wal_autocheckpoint=0")
                return transact(connection, steps)
            finally:
                connection.close()
