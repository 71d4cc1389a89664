"""A look at the database that leaves it as it was."""

from pathlib import Path

import asyncpg
import pytest

from bot.clock import stopwatch_ms
from store.database import open_store
from store.errors import Refused, Unavailable
from store.examination import Examined, Replica, Tables, examine


async def look(url: str, tenant: str = "t") -> Examined:
    return await examine(url, tenant, stopwatch_ms)


async def test_an_empty_database_stays_empty(postgres_url: str) -> None:
    seen = await look(postgres_url)
    assert (seen.tables, seen.unwritable, seen.is_pooled, seen.replica) == (
        Tables.BEHIND,
        "",
        False,
        Replica.NONE,
    )
    assert seen.keeps_commits
    assert not seen.is_plain
    connection = await asyncpg.connect(postgres_url)
    tables = await connection.fetch(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    await connection.close()
    assert tables == []


async def test_a_database_in_use_tells_who_decides(postgres_url: str) -> None:
    store = await open_store(postgres_url, monotonic=lambda: 0)
    try:
        await store.acquire("t", "test")
        seen = await look(postgres_url)
        assert seen.tables is Tables.CURRENT
        assert seen.lease_until is not None
        assert 0 < seen.lease_until - seen.now_ms <= 6_000
        assert (await look(postgres_url, "nobody")).lease_until is None
    finally:
        await store.close()


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    seen = await look(f"sqlite:///{tmp_path}/switchboard.db")
    assert (seen.tables, seen.told) == (Tables.BEHIND, "no file yet")
    assert list(tmp_path.iterdir()) == []


async def test_a_file_beside_the_running_service(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/switchboard.db"
    store = await open_store(url, monotonic=lambda: 0)
    try:
        assert (await look(url)).tables is Tables.CURRENT
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("sqlite:///{folder}/text.db", Unavailable),
        ("postgresql://user@127.0.0.1:notaport/x", Refused),
        ("postgresql://127.0.0.1:1/x", Unavailable),
    ],
)
async def test_what_cannot_be_looked_at_is_said(
    tmp_path: Path, url: str, error: type[Exception]
) -> None:
    (tmp_path / "text.db").write_text("this is a letter, and long enough to be no database" * 50)
    with pytest.raises(error):
        await look(url.format(folder=tmp_path))
