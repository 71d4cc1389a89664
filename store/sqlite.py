"""SQLite: one thread owns the one connection that writes.

A commit is a single call into that thread, so it costs one hop however many statements it has.
Readers have connections of their own and are short. Checkpoints (copying the log back into the
file) run beside the commits. What was written meanwhile is copied between two of them, a few
milliseconds: only when nothing is left to copy does SQLite begin the log anew, which otherwise
grows for as long as somebody writes. On PostgreSQL see postgres.py.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from store import connection as parts
from store import schema
from store.connection import Compilable, MissingRow, Prepared, Row, Step
from store.errors import OtherProgram, StoreError, Unavailable, Unstorable
from store.filelock import FileLock, refuse_network_folder

T = TypeVar("T")

READERS = 2
COMMITS_BETWEEN_CHECKPOINTS = 500
LARGEST_LOG = 64 << 20
"""Bytes of log after which a checkpoint may hold up a commit after all: readers kept it."""
KEPT_LOG = 4 << 20
"""Bytes of log that stay on the disk when it begins anew."""
BUSY_MS = 3_000
"""How long to wait for someone else's lock, a person's database client for example."""
WITHIN_S = 4.0
"""For one write; then the caller hears Unavailable, and the write may still come to pass."""


class SqliteDatabase:
    """One open file, or a database in memory (`path` None).

    `inline` runs everything within the call, without threads: for tests under a virtual clock.
    """

    dialect = "sqlite"

    def __init__(self, path: Path | None, *, inline: bool) -> None:
        self._path = path
        self._inline = inline or path is None
        self._lock: FileLock | None = None
        self._writer = Writer()
        self._readers = ReaderPool(path) if path is not None and not self._inline else None
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._commits = 0
        self._spelling = sqlite_dialect()
        self._checkpoint: Future[object] | None = None

    async def open(self) -> None:
        """Lock, open and bring the schema up to date. Raises Refused, Unavailable."""
        if self._path is not None:
            refuse_network_folder(self._path.parent)
            self._lock = FileLock(self._path)
        if not self._inline:
            self._writer.start()
        try:
            await self._in_writer(self._connect)
        except BaseException:
            await self.close()
            raise

    def prepare(self, statement: Compilable) -> Prepared:
        return parts.prepare(statement, self._spelling)

    async def read(self, query: Prepared, make: Callable[..., T], **params: object) -> list[T]:
        args = query.args(**params)
        if self._readers is None:
            rows = _fetch(self._own_connection(), query.sql, args)
        else:
            rows = await asyncio.wrap_future(self._readers.submit(query.sql, args))
        return [make(*row) for row in rows]

    async def write(self, *steps: Step) -> list[list[Row]]:
        try:
            async with asyncio.timeout(None if self._inline else WITHIN_S):
                results = await self._in_writer(lambda: self._transact(steps))
        except TimeoutError as error:
            message = f"the disk has not answered within {WITHIN_S} s"
            raise Unavailable(message) from error
        self._commits += 1
        if self._commits >= COMMITS_BETWEEN_CHECKPOINTS:
            self._commits = 0
            self._copy_log_back()
        return results

    async def settle(self) -> None:
        """Copy the whole log back and empty its file: in a quiet minute no commit does it."""
        if self._readers is None:
            self._copy_log_back()
            return
        await asyncio.wrap_future(self._readers.checkpoint())
        await self._in_writer(self._empty_log)

    async def close(self) -> None:
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.close()
        try:
            if self._connection is not None:
                await self._in_writer(self._disconnect)
        finally:
            self._writer.stop()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    async def _in_writer(self, job: Callable[[], T]) -> T:
        return job() if self._inline else await self._writer.run(job)

    def _connect(self) -> None:
        where = ":memory:" if self._path is None else str(self._path)
        with translated():
            connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            self._connection = connection
            connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            try:
                upgrade(connection, where)
            except sqlite3.DatabaseError as error:
                if type(error) is not sqlite3.DatabaseError:
                    raise
                raise OtherProgram(where, str(error)) from error
            # Only now: a database that is not ours stays as it was.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute(f"PRAGMA journal_size_limit={KEPT_LOG}")
        if self._path is not None:
            self._inode = self._path.stat().st_ino

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _own_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            message = "the database is closed"
            raise Unavailable(message)
        return self._connection

    def _transact(self, steps: tuple[Step, ...]) -> list[list[Row]]:
        connection = self._own_connection()
        self._notice_lost_file()
        with translated():
            return transact(connection, steps)

    def _notice_lost_file(self) -> None:
        # SQLite would go on writing into a file that has lost its name, and nobody would find it.
        if self._path is None:
            return
        try:
            same = self._path.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            message = f"the database file {self._path} was moved or deleted"
            raise Unavailable(message)

    def _copy_log_back(self) -> None:
        if self._readers is None or self._path is None:
            self._own_connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            return
        log = self._path.with_name(self._path.name + "-wal")
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            connection = self._own_connection()
            self._writer.post(
                lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            )
        elif self._checkpoint is None or self._checkpoint.done():
            self._checkpoint = self._readers.checkpoint()
            self._checkpoint.add_done_callback(lambda _: self._writer.post(self._copy_rest))

    def _empty_log(self) -> None:
        connection = self._own_connection()
        with translated():
            connection.execute("PRAGMA busy_timeout=0")  # whoever reads just now is not waited for
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    def _copy_rest(self) -> None:
        """In the writer's turn, so nobody adds to it. PASSIVE waits for no reader."""
        with translated():
            self._own_connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


class Writer:
    """The thread that writes, and the jobs that wait for it."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[], T]) -> T:
        """The job's result. If the caller is cancelled, the job runs to its end all the same."""
        if self._thread is None:
            message = "the database is closed"
            raise Unavailable(message)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]  # T when there is no error

        def work() -> None:
            result: T | None = None
            failed: BaseException | None = None
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001 (handed on to the caller)
                failed = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, failed)

        self._jobs.put(work)
        return await done

    def post(self, job: Callable[[], object]) -> None:
        """Run a job whose result nobody needs."""

        def work() -> None:
            try:
                job()
            except (sqlite3.Error, StoreError):
                return  # a checkpoint that was not possible now; the next one does its work

        self._jobs.put(work)

    def stop(self) -> None:
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class ReaderPool:
    """Threads that read, each with a read-only connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []

    def submit(self, sql: str, args: tuple[object, ...]) -> Future[list[Row]]:
        return self._threads.submit(lambda: _fetch(self._connection(), sql, args))

    def checkpoint(self) -> Future[object]:
        return self._threads.submit(self._copy_log_back)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            with translated():
                connection = sqlite3.connect(
                    f"{self._path.resolve().as_uri()}?mode=ro",
                    uri=True,
                    isolation_level=None,
                    check_same_thread=False,
                )
                connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            self._mine.connection = connection
            self._all.append(connection)
        return connection

    def _copy_log_back(self) -> None:
        with translated():
            connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                # PASSIVE copies what it can without ever waiting for, or holding up, the writer.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.close()


def transact(connection: sqlite3.Connection, steps: Sequence[Step]) -> list[list[Row]]:
    """All steps in one transaction, or none; the rows that they return. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [rows for step in steps if (rows := _run(connection, step)) is not None]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def upgrade(connection: sqlite3.Connection, where: str) -> None:
    """Bring the schema up to date in one transaction. Raises Refused."""
    if not _is_behind(connection, where):
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for statement in _statements(schema.render("sqlite", _version(connection))):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _is_behind(connection: sqlite3.Connection, where: str) -> bool:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    ).fetchall()
    return schema.is_behind(where, {name for (name,) in rows}, _version(connection))


def _version(connection: sqlite3.Connection) -> str | None:
    try:
        found: tuple[str] | None = connection.execute(
            "SELECT version_num FROM switchboard_schema"
        ).fetchone()
    except sqlite3.OperationalError:
        return None  # no such table: judged by is_behind
    return None if found is None else found[0]


def _statements(script: str) -> Iterator[str]:
    # Not executescript(): it would commit what was begun.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _run(connection: sqlite3.Connection, step: Step) -> list[Row] | None:
    if not step.returning:
        connection.executemany(step.query.sql, step.rows)
        return None
    (args,) = step.rows
    rows = _fetch(connection, step.query.sql, tuple(args))
    if step.required and not rows:
        raise MissingRow(step.query.sql)
    return rows


def _fetch(connection: sqlite3.Connection, sql: str, args: tuple[object, ...]) -> list[Row]:
    with translated():
        return connection.execute(sql, args).fetchall()


@contextmanager
def translated() -> Iterator[None]:
    """Turn sqlite3's errors into the store's."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError) as error:
        raise Unstorable(str(error)) from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise Unstorable(str(error)) from error
    except sqlite3.Error as error:
        message = f"SQLite: {error}"
        raise Unavailable(message) from error
