"""Databases that fail, and databases that must not be used."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from kit.postgres import running_server
from kit.stalling import stalling
from kit.store import NOW, TENANT, Opener, batch, owned, saved
from kit.waiting import until

from store import anchor, filelock, postgres, sqlite
from store.contract import Accepted
from store.database import SqlStore
from store.errors import NetworkFolder, NewerSchema, OtherProgram, Refused, Unavailable
from store.postgres import PostgresDatabase
from store.sqlite import SqliteDatabase

SqliteOpener = Callable[[], Awaitable[SqlStore]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "switchboard.db"


@pytest.fixture(params=["", "#inline"])
def open_file(request: pytest.FixtureRequest, opener: Opener, file: Path) -> SqliteOpener:
    async def opened() -> SqlStore:
        store = await opener(f"sqlite:///{file}{request.param}")
        assert isinstance(store, SqlStore)
        return store

    return opened


def writing(store: SqlStore) -> sqlite3.Connection:
    """The connection that writes, to break something on it."""
    assert isinstance(store._database, SqliteDatabase)
    assert store._database._connection is not None
    return store._database._connection


async def test_a_full_disk_is_unavailable_until_there_is_room(open_file: SqliteOpener) -> None:
    store = await open_file()
    mine = await owned(store)
    (pages,) = writing(store).execute("PRAGMA page_count").fetchone()
    writing(store).execute(f"PRAGMA max_page_count = {pages}").fetchall()
    step = batch(mine, saved=[saved(f"c{n}", b"x" * 4_000) for n in range(20)])
    with pytest.raises(Unavailable, match="full"):
        await store.commit(step)
    assert (await store.load(TENANT)).live == []
    writing(store).execute("PRAGMA max_page_count = 100000").fetchall()
    await store.commit(step)
    assert len((await store.load(TENANT)).live) == 20


async def test_a_read_only_file_is_unavailable(open_file: SqliteOpener) -> None:
    store = await open_file()
    mine = await owned(store)
    writing(store).execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable, match="readonly"):
        await store.commit(batch(mine, saved=[saved("c1")]))
    with pytest.raises(Unavailable, match="readonly"):
        await store.accept(TENANT, None, NOW, b"")
    writing(store).execute("PRAGMA query_only = OFF")
    await store.commit(batch(mine, saved=[saved("c1")]))


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_is_gone_is_unavailable(
    open_file: SqliteOpener, file: Path, replaced: bool
) -> None:
    store = await open_file()
    mine = await owned(store)
    await store.commit(batch(mine, saved=[saved("c1")]))
    away = file.rename(file.with_name("moved.db"))
    if replaced:
        file.write_bytes(b"")
    with pytest.raises(Unavailable, match="moved or deleted"):
        await store.commit(batch(mine, saved=[saved("c2")]))
    away.rename(file)
    await store.commit(batch(mine, saved=[saved("c3")]))
    assert [row.id for row in (await store.load(TENANT)).live] == ["c1", "c3"]


async def test_a_disk_that_does_not_answer_is_unavailable_in_time(
    opener: Opener, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opener(f"sqlite:///{file}")
    assert isinstance(store, SqlStore)
    assert isinstance(store._database, SqliteDatabase)
    mine = await owned(store)
    answers = threading.Event()
    store._database._writer.post(answers.wait)
    with monkeypatch.context() as soon:
        soon.setattr(sqlite, "WITHIN_S", 0.1)
        with pytest.raises(Unavailable, match="not answered"):
            await store.commit(batch(mine, saved=[saved("c1")]))
    answers.set()
    await store.commit(batch(mine, saved=[saved("c2")]))
    assert [row.id for row in (await store.load(TENANT)).live] == ["c1", "c2"]


async def test_somebody_elses_lock_is_waited_for(open_file: SqliteOpener, file: Path) -> None:
    store = await open_file()
    mine = await owned(store)
    writing(store).execute("PRAGMA busy_timeout = 1").fetchall()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as client:
        client.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await store.commit(batch(mine, saved=[saved("c1")]))
        client.execute("ROLLBACK")
    await store.commit(batch(mine, saved=[saved("c1")]))


async def test_a_closed_store_is_unavailable(opener: Opener, url: str) -> None:
    store = await opener(url)
    mine = await owned(store)
    await store.close()
    with pytest.raises(Unavailable):
        await store.commit(batch(mine))
    with pytest.raises(Unavailable):
        await store.load(TENANT)
    with pytest.raises(Unavailable):
        await store.accept(TENANT, None, NOW, b"")


async def test_the_log_is_copied_back_and_nothing_is_lost(
    open_file: SqliteOpener, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_file()
    monkeypatch.setattr(sqlite, "COMMITS_BETWEEN_CHECKPOINTS", 20)
    mine = await owned(store)
    written = file.stat().st_mtime_ns
    for number in range(150):
        await store.commit(batch(mine, saved=[saved(f"c{number % 50}", b"%d" % number)]))
    rows = {row.id: row.body for row in (await store.load(TENANT)).live}
    assert rows == {f"c{n % 50}": b"%d" % n for n in range(100, 150)}

    async def copied() -> bool:
        return file.stat().st_mtime_ns > written

    await until(copied)


async def test_the_log_does_not_grow_for_as_long_as_somebody_writes(
    open_file: SqliteOpener, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COMMITS_BETWEEN_CHECKPOINTS", 20)
    store = await open_file()
    mine = await owned(store)
    log = Path(f"{file}-wal")
    largest = 0
    for number in range(600):
        await store.commit(batch(mine, saved=[saved("c1", b"%d" % number + b"x" * 8_000)]))
        largest = max(largest, log.stat().st_size)
    assert largest < 600 * 8_000 / 2


async def test_a_quiet_minute_empties_the_log(open_file: SqliteOpener, file: Path) -> None:
    store = await open_file()
    mine = await owned(store)
    log = Path(f"{file}-wal")
    for number in range(40):
        await store.commit(batch(mine, saved=[saved("c1", b"%d" % number + b"x" * 8_000)]))
    before = log.stat().st_size
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as client:
        client.execute("BEGIN")
        client.execute("SELECT count(*) FROM live").fetchall()
        await store.commit(batch(mine, saved=[saved("c1", b"last")]))
        await store.tidy(NOW)  # somebody reads: that is not waited for, and nothing is lost
        client.execute("ROLLBACK")
    await store.tidy(NOW)
    (row,) = (await store.load(TENANT)).live
    assert row.body == b"last"
    inline = store._database._readers is None  # type: ignore[attr-defined]
    assert inline or log.stat().st_size == 0 < before


async def test_nobody_listens_there(opener: Opener) -> None:
    with pytest.raises(Unavailable):
        await opener("postgresql://127.0.0.1:1/nothing?connect_timeout=2")


@pytest.mark.parametrize("folder", ["missing", "file"])
async def test_a_folder_that_is_none_is_unavailable(
    opener: Opener, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot write"):
        await opener(f"sqlite:///{tmp_path / folder / 'switchboard.db'}")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "switchboard.db",
        "",
        "sqlite://x:y/z",
        "sqlite://./switchboard.db",
        "postgresql://h:port/",
    ],
)
async def test_an_address_of_no_database_is_refused(opener: Opener, url: str) -> None:
    with pytest.raises(Refused, match="SWITCHBOARD_DATABASE_URL"):
        await opener(url)


async def test_connections_cut_off_are_made_anew(opener: Opener, postgres_url: str) -> None:
    store = await opener(postgres_url)
    mine = await owned(store)
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND application_name LIKE 'switchboard%'"
    )
    await admin.close()

    async def committed() -> bool:
        try:
            await store.commit(batch(mine, saved=[saved("c1")]))
        except Unavailable:
            return False
        return True

    await until(committed)


async def test_a_row_held_by_others_is_unavailable_in_time(
    opener: Opener, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opener(postgres_url)
    mine = await owned(store)
    monkeypatch.setattr(postgres, "WITHIN_S", 0.2)
    other = await asyncpg.connect(postgres_url)
    held = other.transaction()
    await held.start()
    await other.execute("UPDATE owner SET commits = 0")
    with pytest.raises(Unavailable):
        await store.commit(batch(mine, saved=[saved("c1")]))
    await held.rollback()
    await other.close()
    monkeypatch.undo()
    await store.commit(batch(mine, saved=[saved("c1")]))
    assert [row.id for row in (await store.load(TENANT)).live] == ["c1"]


async def test_a_server_that_does_not_answer_is_unavailable_in_time(
    opener: Opener, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = dict(pair.split("=") for pair in postgres_url.partition("?")[2].split("&"))
    url = postgres_url.replace(query["host"], str(tmp_path))
    loop = asyncio.get_running_loop()
    async with stalling(Path(query["host"]), tmp_path) as stall:
        store = await opener(url)
        mine = await owned(store)
        stall.flowing.clear()
        monkeypatch.setattr(postgres, "WITHIN_S", 0.2)
        monkeypatch.setattr(anchor, "WITHIN_S", 0.2)
        began = loop.time()
        set_aside = store.quarantine(TENANT, at=NOW, reason="x", inbox_id=1)
        for attempt in (store.commit(batch(mine)), set_aside, mine.renew(), store.load(TENANT)):
            with pytest.raises(Unavailable):
                await attempt
        assert loop.time() - began < 2
        stall.flowing.set()
        monkeypatch.undo()
        assert await mine.renew()
        await store.commit(batch(mine, saved=[saved("c1")]))
        assert [row.id for row in (await store.load(TENANT)).live] == ["c1"]
        await store.close()


async def test_a_server_that_became_read_only_is_unavailable(
    opener: Opener, postgres_url: str
) -> None:
    """As after a failover, when the connection still leads to what is a replica now."""
    store = await opener(postgres_url)
    assert isinstance(store, SqlStore)
    mine = await owned(store)
    assert isinstance(store._database, PostgresDatabase)
    assert store._database._writers is not None
    async with store._database._writers.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(Unavailable, match="read-only"):
        await store.commit(batch(mine, saved=[saved("c1")]))


async def test_a_server_that_goes_away_and_comes_back(opener: Opener) -> None:
    with running_server() as server:
        store = await opener(f"postgresql://postgres@/postgres?host={server.folder}")
        mine = await owned(store)
        await asyncio.to_thread(server.stop)
        with pytest.raises(Unavailable):
            await store.commit(batch(mine, saved=[saved("c1")]))
        with pytest.raises(Unavailable):
            await store.accept(TENANT, "k", NOW, b"")
        with pytest.raises(Unavailable):
            await mine.renew()
        await asyncio.to_thread(server.start)

        async def accepted() -> bool:
            try:
                return await store.accept(TENANT, "k", NOW, b"") in Accepted
            except Unavailable:
                return False

        await until(accepted)
        assert await mine.renew()
        await store.commit(batch(mine, saved=[saved("c1")]))
        await store.close()


async def test_another_programs_file_is_refused_and_left_as_it_was(
    opener: Opener, file: Path
) -> None:
    with contextlib.closing(sqlite3.connect(file)) as theirs:
        theirs.execute("CREATE TABLE customers (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(OtherProgram, match=r"another program.*customers"):
        await opener(f"sqlite:///{file}")
    assert file.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(opener: Opener, file: Path) -> None:
    file.write_text("dear diary, " * 200)
    with pytest.raises(OtherProgram, match="not a database"):
        await opener(f"sqlite:///{file}")
    assert file.read_text().startswith("dear diary")


async def test_another_programs_tables_are_refused(opener: Opener, postgres_url: str) -> None:
    theirs = await asyncpg.connect(postgres_url)
    await theirs.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(OtherProgram, match=r"another program.*customers"):
        await opener(postgres_url)
    assert await theirs.fetchval(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    await theirs.close()


async def test_a_newer_file_is_refused(opener: Opener, file: Path) -> None:
    await (await opener(f"sqlite:///{file}")).close()
    with contextlib.closing(sqlite3.connect(file)) as newer:
        newer.execute("UPDATE switchboard_schema SET version_num = '9999'")
        newer.commit()
    with pytest.raises(NewerSchema, match=r"newer Switchboard \(schema 9999"):
        await opener(f"sqlite:///{file}")


async def test_a_newer_server_is_refused(opener: Opener, postgres_url: str) -> None:
    await (await opener(postgres_url)).close()
    newer = await asyncpg.connect(postgres_url)
    await newer.execute("UPDATE switchboard_schema SET version_num = '9999'")
    await newer.close()
    with pytest.raises(NewerSchema, match=r"newer Switchboard \(schema 9999"):
        await opener(postgres_url)


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:27 / /home rw - cifs //server/share rw,vers=3.1.1
31 22 0:28 / /mnt/my\\040data rw - nfs4 server:/data rw
32 30 0:29 / /home/LogFiles rw - ext4 /dev/vdb rw
33 22 0:30 / /buckets rw - fuse.s3fs s3fs rw
34 22 0:31 / /over rw - nfs server:/ rw
35 22 0:32 / /over rw - tmpfs tmpfs rw
36 22 short
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/home/site", "cifs"), ("/mnt/my data/x", "nfs4"), ("/buckets", "fuse.s3fs")],
)
def test_a_network_folder_is_refused(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    with pytest.raises(NetworkFolder, match="PostgreSQL") as caught:
        filelock.refuse_network_folder(Path(folder), mounts)
    assert caught.value.kind == kind


@pytest.mark.parametrize("folder", ["/var/lib", "/home/LogFiles/x", "/homes", "/over"])
def test_a_local_folder_is_fine(tmp_path: Path, folder: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    filelock.refuse_network_folder(Path(folder), mounts)
    filelock.refuse_network_folder(Path(folder), tmp_path / "no such list")
    assert filelock._file_system(Path(folder), MOUNTS.splitlines()) in {"ext4", "tmpfs"}
