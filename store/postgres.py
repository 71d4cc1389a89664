"""PostgreSQL, through asyncpg: few connections, each statement prepared once, short time-outs.

A commit is one statement (see journal.py), hence one round trip. Writers carry the session's name,
so that a successor can end them if this process freezes in the middle of one. Whatever needs a
connection of its own for life is in anchor.py. For a laptop see sqlite.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgres_dialect
from sqlalchemy.engine import Dialect

from store import connection as parts
from store import schema
from store.connection import Compilable, MissingRow, Prepared, Row, Step
from store.errors import Refused, Unavailable, Unstorable

T = TypeVar("T")

WITHIN_S = 4.0
"""For one read or write, waiting for a connection included; then it is Unavailable."""
WRITERS = 4
READERS = 4
MIGRATION_LOCK = 0x53_57_42_44
"""Of all advisory locks ours is the one with this number (`SWBD`)."""

FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # For example when the server's last words have arrived, and its hanging up has not.
    asyncpg.InternalClientError,
)
BROKEN = (asyncio.CancelledError, asyncpg.InternalClientError)
"""After these (the first also when time is up) nobody knows what the connection is busy with."""

SETTINGS = {
    "statement_timeout": "4000",
    "idle_in_transaction_session_timeout": "5000",
    # Compiling the commit to machine code costs more than running it.
    "jit": "off",
}


class PostgresDatabase:
    """One database on a server. `session` names this process's connections."""

    dialect = "postgresql"

    def __init__(self, url: str, *, session: str) -> None:
        self._url = url
        self._session = session
        self._spelling: Dialect = postgres_dialect()  # type: ignore[no-untyped-call]
        self._writers: asyncpg.Pool | None = None
        self._readers: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises Refused, Unavailable."""
        try:
            with translated():
                async with asyncio.timeout(10 * WITHIN_S):
                    await self._upgrade()
                    self._writers = await self._pool(WRITERS, self._session, {})
                    self._readers = await self._pool(
                        READERS,
                        f"{self._session} reads",
                        {"default_transaction_read_only": "on"},
                    )
        except BaseException as error:
            await self.close()
            if isinstance(error, ValueError):
                message = f"SWITCHBOARD_DATABASE_URL: {error}"
                raise Refused(message) from error
            raise

    def prepare(self, statement: Compilable) -> Prepared:
        return parts.prepare(statement, self._spelling)

    async def read(self, query: Prepared, make: Callable[..., T], **params: object) -> list[T]:
        args = query.args(**params)
        async with self._borrow(self._readers) as connection:
            rows = await connection.fetch(query.sql, *args)
        return [make(*row) for row in rows]

    async def write(self, *steps: Step) -> list[list[Row]]:
        async with self._borrow(self._writers) as connection:
            if len(steps) == 1 and steps[0].returning:
                # A statement alone is a transaction by itself, without BEGIN and COMMIT.
                return [await _fetch(connection, steps[0])]
            return await _transact(connection, steps)

    async def close(self) -> None:
        for pool in (self._writers, self._readers):
            if pool is not None:
                try:
                    await asyncio.wait_for(pool.close(), WITHIN_S)
                except FAILURES:
                    pool.terminate()
        self._writers = self._readers = None

    @asynccontextmanager
    async def _borrow(self, pool: asyncpg.Pool | None) -> AsyncIterator[asyncpg.Connection]:
        if pool is None:
            message = "the database is closed"
            raise Unavailable(message)
        with translated():
            async with asyncio.timeout(WITHIN_S):
                connection = await pool.acquire()
                try:
                    yield connection
                except BROKEN:
                    # A server that does not answer would not answer a request to stop either, and
                    # the pool waits for that answer as long as the network lets it.
                    connection.terminate()
                    raise
                finally:
                    await pool.release(connection)

    async def _pool(self, size: int, name: str, settings: dict[str, str]) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=size,
            timeout=WITHIN_S,
            reset=_leave_as_it_is,
            server_settings=SETTINGS | settings | {"application_name": name},
        )

    async def _upgrade(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=WITHIN_S)
        try:
            if not await _is_behind(connection):
                return
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
                # Another instance may have done it while we waited.
                if await _is_behind(connection):
                    found = await _version(connection)
                    await connection.execute(schema.render("postgresql", found))
        finally:
            await connection.close(timeout=WITHIN_S)


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    # We set nothing on a connection; asyncpg's own clean-up would cost a round trip per write.
    return


async def _transact(connection: asyncpg.Connection, steps: tuple[Step, ...]) -> list[list[Row]]:
    # Not connection.transaction(): out of time, it would wait for an answer to its ROLLBACK.
    await connection.execute("BEGIN")
    try:
        results = []
        for step in steps:
            if step.returning:
                results.append(await _fetch(connection, step))
            else:
                await connection.executemany(step.query.sql, step.rows)
        await connection.execute("COMMIT")
    except BROKEN:
        raise
    except Exception:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    return results


async def _fetch(connection: asyncpg.Connection, step: Step) -> list[Row]:
    (args,) = step.rows
    rows: list[Row] = await connection.fetch(step.query.sql, *args)
    if step.required and not rows:
        raise MissingRow(step.query.sql)
    return rows


async def _is_behind(connection: asyncpg.Connection) -> bool:
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    )
    tables = {name for (name,) in rows}
    found = await _version(connection) if schema.VERSION_TABLE in tables else None
    where = await connection.fetchval("SELECT current_database()")
    return schema.is_behind(f"the database {where}", tables, found)


async def _version(connection: asyncpg.Connection) -> str | None:
    known = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", schema.VERSION_TABLE)
    if not known:
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM switchboard_schema")
    return found


@contextmanager
def translated() -> Iterator[None]:
    """Turn asyncpg's and the network's errors into the store's."""
    try:
        yield
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        raise Unstorable(str(error)) from error
    except FAILURES as error:
        message = f"PostgreSQL: {str(error) or type(error).__name__}"
        raise Unavailable(message) from error
