"""A look at the database without touching it: for the doctor, which changes nothing.

Opening the store would bring its schema up and, on SQLite, take the file's lock; here nothing is
written, not even a table. What a user of the database may not see is told as hidden.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from store import schema
from store.errors import NewerSchema, OtherProgram, Refused, Unavailable
from store.filelock import refuse_network_folder
from store.postgres import SETTINGS, WITHIN_S, translated

TRIPS = 5
"""Questions asked to measure how long one takes; the quickest counts."""
POOLERS_WORDS = ("unsupported startup parameter", "prepared statement")
"""PgBouncer knows none of our start-up parameters, and keeps no statement between transactions."""


class Tables(StrEnum):
    """Whose tables the database holds, and of which version."""

    CURRENT = "current"
    BEHIND = "behind"
    NEWER = "newer"
    OTHER = "other"
    """Another program's."""


class Replica(StrEnum):
    """Whether a second server has each commit."""

    SYNCHRONOUS = "synchronous"
    NONE = "none"
    GONE = "gone"
    """Commits wait for one, and none is connected."""
    HIDDEN = "hidden"
    """This user may not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was seen of the database."""

    name: str
    """Product and version."""
    number: int = 0
    """PostgreSQL's, such as 160004; 0 for SQLite."""
    tables: Tables
    told: str = ""
    """About the tables, in words."""
    unwritable: str = ""
    """Why nothing can be written; empty: it can."""
    is_pooled: bool = False
    replica: Replica = Replica.NONE
    keeps_commits: bool = True
    is_plain: bool = False
    """The way to another machine is not encrypted."""
    trip_ms: float = 0.0
    now_ms: int = 0
    """The database's clock, UTC; 0: it is this machine's."""
    lease_until: int | None = None
    """Of the tenant's owner; None: never served, or no leases here."""


class Pooled(Exception):
    """A pooler before the server refused us; the message is its words."""


async def examine(url: str, tenant: str, stopwatch_ms: Callable[[], float]) -> Examined:
    """Look at the database that the URL names. Raises Pooled, Refused, Unavailable."""
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(_examine_file, url)
    with translated():
        try:
            connection = await asyncpg.connect(
                url,
                timeout=WITHIN_S,
                server_settings=SETTINGS | {"application_name": "switchboard doctor"},
            )
        except asyncpg.PostgresError as error:
            if any(words in str(error) for words in POOLERS_WORDS):
                raise Pooled(str(error)) from error
            raise
        except ValueError as error:
            message = f"DATABASE_URL: {error}"
            raise Refused(message) from error
        try:
            async with asyncio.timeout(2 * WITHIN_S):
                return await _examine(connection, url, tenant, stopwatch_ms)
        finally:
            connection.terminate()  # a pooler may not let go in order


async def _examine(
    connection: asyncpg.Connection, url: str, tenant: str, stopwatch_ms: Callable[[], float]
) -> Examined:
    number = int(await connection.fetchval("SHOW server_version_num"))
    tables, told = await _tables(connection)
    lease = None
    if tables is Tables.CURRENT:
        lease = await connection.fetchval(
            "SELECT lease_until FROM owner WHERE tenant = $1", tenant.lower()
        )
    now = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    return Examined(
        name=f"PostgreSQL {await connection.fetchval('SHOW server_version')}",
        number=number,
        tables=tables,
        told=told,
        unwritable=await _unwritable(connection, tables),
        # The number in the server's greeting; a pooler greets with one of its own.
        is_pooled=connection.get_server_pid()
        != await connection.fetchval("SELECT pg_backend_pid()"),
        replica=await _replica(connection),
        keeps_commits=await connection.fetchval("SHOW synchronous_commit") != "off",
        is_plain=await _is_plain(connection, url),
        trip_ms=await _trip_ms(connection, stopwatch_ms),
        now_ms=await connection.fetchval(now),
        lease_until=lease,
    )


async def _tables(connection: asyncpg.Connection) -> tuple[Tables, str]:
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    )
    names = {name for (name,) in rows}
    found = None
    if schema.VERSION_TABLE in names:
        found = await connection.fetchval(f"SELECT version_num FROM {schema.VERSION_TABLE}")  # noqa: S608 - our own name
    return _judged(str(await connection.fetchval("SELECT current_database()")), names, found)


def _judged(where: str, names: set[str], found: str | None) -> tuple[Tables, str]:
    try:
        behind = schema.is_behind(where, names, found)
    except NewerSchema as error:
        return Tables.NEWER, str(error)
    except OtherProgram as error:
        return Tables.OTHER, str(error)
    has = f"schema {found}" if found else "no tables yet"
    return (Tables.BEHIND if behind else Tables.CURRENT), f"{has}, this version has {schema.SCHEMA}"


async def _unwritable(connection: asyncpg.Connection, tables: Tables) -> str:
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        return "it is a standby, which only reads"
    if await connection.fetchval("SHOW default_transaction_read_only") == "on":
        return "default_transaction_read_only is on"
    if tables is Tables.CURRENT:
        rights = "SELECT has_table_privilege('owner', 'UPDATE, INSERT')"
        missing = "this user may not write the table owner"
    else:
        rights = (
            "SELECT current_schema() IS NOT NULL"
            " AND has_schema_privilege(current_schema(), 'CREATE')"
        )
        missing = "this user may not make tables here"
    return "" if await connection.fetchval(rights) else missing


async def _replica(connection: asyncpg.Connection) -> Replica:
    waits_for = await connection.fetchval("SHOW synchronous_standby_names")
    rows = await connection.fetch("SELECT sync_state FROM pg_stat_replication")
    states = [state for (state,) in rows]
    if any(state in ("sync", "quorum") for state in states):
        return Replica.SYNCHRONOUS
    sees_all = await connection.fetchval(
        "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
    )
    if not sees_all and states:
        return Replica.HIDDEN
    return Replica.GONE if waits_for else Replica.NONE


async def _is_plain(connection: asyncpg.Connection, url: str) -> bool:
    encrypted = await connection.fetchval(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )
    # Empty on a socket in a folder of this machine; another machine's is not loopback's.
    near = "SELECT inet_server_addr() IS NULL OR inet_server_addr() << '127.0.0.0/8'"
    host = urlsplit(url).hostname or ""
    is_near = await connection.fetchval(near) and host in ("", "localhost", "127.0.0.1", "::1")
    return not encrypted and not is_near


async def _trip_ms(connection: asyncpg.Connection, stopwatch_ms: Callable[[], float]) -> float:
    took = []
    for _ in range(TRIPS):
        before = stopwatch_ms()
        await connection.fetchval("SELECT 1")
        took.append(stopwatch_ms() - before)
    return min(took)


def _examine_file(url: str) -> Examined:
    try:
        name = make_url(url).database
    except ArgumentError as error:
        raise Refused(str(error)) from error
    path = Path(str(name))
    folder = path.resolve().parent
    refuse_network_folder(folder)
    product = f"SQLite {sqlite3.sqlite_version}"
    if not path.exists():
        unwritable = "" if os.access(folder, os.W_OK) else f"{folder} is not writable"
        return Examined(
            name=product, tables=Tables.BEHIND, told="no file yet", unwritable=unwritable
        )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            names, found = _names(file)
    except sqlite3.Error as error:
        message = f"{path}: {error}"
        raise Unavailable(message) from error
    tables, told = _judged(str(path), names, found)
    unwritable = "" if os.access(path, os.W_OK) else f"{path} is not writable"
    return Examined(name=product, tables=tables, told=told, unwritable=unwritable)


def _names(file: sqlite3.Connection) -> tuple[set[str], str | None]:
    rows = file.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    names = {name for (name,) in rows}
    if schema.VERSION_TABLE not in names:
        return names, None
    found = file.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()  # noqa: S608 - our own name
    return names, found[0] if found else None
