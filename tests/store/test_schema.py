"""Migrations: they end at the tables of tables.py, whoever runs them."""

import asyncio
import contextlib
import secrets
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from kit.source_tree import ROOT
from kit.store import TENANT, Opener, batch, owned, saved
from kit.virtual_time import VirtualClock, run_virtual
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from store import schema
from store.database import open_store
from store.tables import metadata


def as_declared(dialect: Dialect) -> list[str]:
    """The statements that create what tables.py says."""
    tables = metadata.sorted_tables
    indexes = [index for table in tables for index in table.indexes]
    return [
        *(str(CreateTable(table).compile(dialect=dialect)) for table in tables),
        *(str(CreateIndex(index).compile(dialect=dialect)) for index in indexes),
    ]


def test_the_newest_migration_is_the_schema() -> None:
    scripts = ScriptDirectory(str(ROOT / "store/migrations"))
    assert scripts.get_current_head() == schema.SCHEMA


async def test_migrations_make_the_declared_tables_on_sqlite(
    opener: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "switchboard.db"
    await (await opener(f"sqlite:///{file}")).close()
    with (
        contextlib.closing(sqlite3.connect(file)) as migrated,
        contextlib.closing(sqlite3.connect(":memory:")) as declared,
    ):
        for statement in as_declared(sqlite.dialect()):
            declared.execute(statement)
        found, wanted = (
            {
                name: " ".join(sql.split())
                for name, sql in connection.execute(
                    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
                )
                if name != schema.VERSION_TABLE
            }
            for connection in (migrated, declared)
        )
    assert found == wanted
    assert len(found) > 12


async def shape(connection: asyncpg.Connection, name: str) -> set[tuple[object, ...]]:
    columns = await connection.fetch(
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, collation_name"
        " FROM information_schema.columns WHERE table_schema = $1 AND table_name <> $2",
        name,
        schema.VERSION_TABLE,
    )
    indexes = await connection.fetch(
        "SELECT replace(indexdef, $1, '') FROM pg_indexes"
        " WHERE schemaname = $1 AND tablename <> $2",
        name,
        schema.VERSION_TABLE,
    )
    options = await connection.fetch(
        "SELECT relname, reloptions::text FROM pg_class WHERE relnamespace = $1::regnamespace"
        " AND reloptions IS NOT NULL",
        name,
    )
    return {tuple(row) for row in [*columns, *indexes, *options]}


async def test_migrations_make_the_declared_tables_on_postgresql(
    opener: Opener, postgres_url: str
) -> None:
    await (await opener(postgres_url)).close()
    connection = await asyncpg.connect(postgres_url)
    migrated = await connection.fetchval("SELECT current_schema()")
    declared = f"test_{secrets.token_hex(6)}"
    await connection.execute(f"CREATE SCHEMA {declared}; SET search_path = {declared}")
    for statement in as_declared(postgresql.dialect()):
        await connection.execute(statement)
    found, wanted = await shape(connection, migrated), await shape(connection, declared)
    await connection.execute(f"DROP SCHEMA {declared} CASCADE")
    await connection.close()
    assert found == wanted
    assert len(found) > 60


async def test_instances_that_start_together_migrate_once(
    opener: Opener, postgres_url: str
) -> None:
    stores = await asyncio.gather(*(opener(postgres_url) for _instance in range(4)))
    assert [await store.database_now_ms() > 0 for store in stores] == [True] * 4


async def test_a_migration_that_fails_leaves_nothing(
    opener: Opener, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = schema.render("sqlite" if url.startswith("sqlite") else "postgresql", None)
    broken = script.replace("CREATE TABLE prompts", "CREATE TABLE owner")
    monkeypatch.setattr(schema, "render", lambda *_versions: broken)
    with pytest.raises(Exception, match="already exists"):
        await opener(url)
    monkeypatch.undo()
    assert (await owned(await opener(url))).epoch == 1


def test_a_start_with_nothing_to_migrate_does_not_import_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from store.database import open_store\n"
        "async def main():\n"
        "    store = await open_store(sys.argv[1], monotonic=lambda: 0)\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", code, f"sqlite:///{tmp_path}/switchboard.db"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _start in range(2)
    ]
    assert answers == ["True", "False"]


@pytest.mark.parametrize("where", ["sqlite://", "sqlite:///{folder}/switchboard.db"])
def test_inline_runs_under_virtual_time(tmp_path: Path, where: str) -> None:
    async def story(clock: VirtualClock) -> list[str]:
        store = await open_store(
            where.format(folder=tmp_path), monotonic=clock.now, inline=True, wall=clock.now
        )
        mine = await owned(store)
        began = clock.now()
        await store.commit(batch(mine, saved=[saved("c1")]))
        commit = store.commit(batch(mine, saved=[saved("c2")]))
        with pytest.raises(StopIteration):
            commit.send(None)
        assert clock.now() == began == await store.database_now_ms()
        await asyncio.sleep(3_600)
        assert not mine.still_mine(clock.now())
        assert not await store.wait_for_inbox(250)
        live = (await store.load(TENANT)).live
        await store.close()
        return [row.id for row in live]

    assert run_virtual(story(VirtualClock())) == ["c1", "c2"]


def test_every_statement_takes_its_columns_in_the_order_of_the_rows() -> None:
    """The journal hands SQLite plain tuples."""
    for table in metadata.tables.values():
        names = [column.name for column in table.columns]
        row = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
        compiled = sqlite.insert(table).values(row).compile(dialect=sqlite.dialect())
        assert compiled.positiontup == names
