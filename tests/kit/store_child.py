"""A second process with a store of its own, which a test kills, freezes or just runs beside.

Run as a program it opens the store at its first argument, does what the second says, and prints a
line for each step. It ends when told to, or not at all.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from kit.store import TENANT, batch, owned, saved

from store.contract import Batch
from store.database import SqlStore, open_store
from store.errors import StoreError, Unavailable
from store.postgres import PostgresDatabase

ROOT = Path(__file__).parents[2]


@contextmanager
def child(url: str, role: str) -> Iterator["subprocess.Popen[str]"]:
    """The running process; `role` is `own` or `freeze`."""
    search = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    with subprocess.Popen(
        [sys.executable, "-m", "kit.store_child", url, role],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": search},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    """The next line it prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def monotonic() -> int:
    return time.monotonic_ns() // 1_000_000


async def main(url: str, role: str) -> None:
    store = await open_store(url, monotonic=monotonic)
    mine = await owned(store)
    await store.commit(batch(mine, saved=[saved("child")]))
    if role == "freeze":
        assert isinstance(store, SqlStore)
        await freeze(store)
        say(await answered(store.commit, batch(mine, saved=[saved("late")])))
    say(f"epoch {mine.epoch}")
    while await mine.renew():
        await asyncio.sleep(0.2)


async def answered(commit: Callable[[Batch], Awaitable[None]], late: Batch) -> str:
    """What the database says in the end; first it may say that the connections are gone."""
    while True:
        try:
            await commit(late)
        except Unavailable:
            continue
        except StoreError as error:
            return type(error).__name__
        return "committed"


async def freeze(store: SqlStore) -> None:
    """Stop in the middle of a transaction that holds the tenant's row, the lease being over."""
    database = store._database
    assert isinstance(database, PostgresDatabase)
    assert database._writers is not None
    connection = await database._writers.acquire()
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        await connection.execute("UPDATE owner SET lease_until = 0")
        frozen = connection.transaction()
        await frozen.start()
        await connection.execute("UPDATE owner SET commits = 99 WHERE tenant = $1", TENANT)
        say("frozen")
        os.kill(os.getpid(), signal.SIGSTOP)
        # Awake again, and cut off meanwhile: the pool notices when it gets the connection back.
        await database._writers.release(connection)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
