"""The past, opened by a second program beside the service: for the command line, read-only.

The service holds a lock on its SQLite file for life, and nothing else may write there (but for
letterbox.py); reading beside it is safe. Nothing is migrated: an archive of another version is
refused in words.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from store import connection, schema
from store.connection import Compilable, Database, Prepared, Row, Step
from store.conversations import Conversations
from store.errors import Refused, Unavailable
from store.history import History
from store.leg_counts import LegCounts
from store.live import Live
from store.plans import Plans
from store.postgres import PostgresDatabase
from store.prompts import Prompts
from store.reports import Reports
from store.sqlite import ReaderPool, translated
from store.voicemails import Voicemails

T = TypeVar("T")


class Archive:
    """What happened and which plans ran; to be closed."""

    def __init__(self, database: Database) -> None:
        self.history = History(database)
        self.plans = Plans(database)
        self.live = Live(database)
        self.voicemails = Voicemails(database)
        self.reports = Reports(database)
        self.conversations = Conversations(database)
        self.leg_counts = LegCounts(database)
        self.prompts = Prompts(database)
        self._database = database

    async def close(self) -> None:
        await self._database.close()


async def open_archive(url: str) -> Archive:
    """The archive behind the service's database URL. Raises Refused, Unavailable."""
    if url.startswith("sqlite:"):
        return Archive(SqliteReader(path_of(url)))
    if url.startswith(("postgresql:", "postgres:")):
        database = PostgresDatabase(url, session="switchboard archive")
        await database.open()
        return Archive(database)
    message = f"{url.partition(':')[0]!r} is neither sqlite nor postgresql"
    raise Refused(message)


def path_of(url: str) -> Path:
    """The existing file that a SQLite URL names. Raises Refused, Unavailable."""
    try:
        name = make_url(url).database
    except ArgumentError as error:
        raise Refused(str(error)) from error
    if not name or name == ":memory:":
        message = "a database in memory has no archive"
        raise Refused(message)
    path = Path(name)
    if not path.is_file():
        message = f"there is no database {path}: is this the folder that the service runs in?"
        raise Unavailable(message)
    return path


class SqliteReader:
    """A SQLite file that somebody else may be writing."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._check(path)
        self._readers = ReaderPool(path)
        self._spelling = sqlite_dialect()

    def prepare(self, statement: Compilable) -> Prepared:
        return connection.prepare(statement, self._spelling)

    async def read(self, query: Prepared, make: Callable[..., T], **params: object) -> list[T]:
        rows = await asyncio.wrap_future(self._readers.submit(query.sql, query.args(**params)))
        return [make(*row) for row in rows]

    async def write(self, *steps: Step) -> list[list[Row]]:
        message = f"an archive is read-only ({len(steps)} statements)"
        raise Unavailable(message)

    async def close(self) -> None:
        self._readers.close()

    def _check(self, path: Path) -> None:
        with translated():
            database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                rows = database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite%'"
                ).fetchall()
                tables = {name for (name,) in rows}
                version = None
                if schema.VERSION_TABLE in tables:
                    found = database.execute(
                        "SELECT version_num FROM switchboard_schema"
                    ).fetchone()
                    version = found[0] if found else None
            finally:
                database.close()
        if schema.is_behind(str(path), tables, version):
            message = f"{path} is of an older version: start the service once, it brings it up"
            raise Refused(message)
