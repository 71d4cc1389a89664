"""Databases that are wrong in a way that shows on the wire, or on a server of their own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from kit.ailments_place import folder_of, sql
from kit.doctor_ward import Ward, produces
from kit.postgres import Server, running_server
from kit.postgres_wire import Wire
from kit.waiting import until

ADDRESS = "postgresql://postgres@/postgres?host={folder}"


async def _through(ward: Ward, **change: object) -> None:
    url = await ward.postgres()
    wire = Wire(folder_of(url), **change)  # type: ignore[arg-type]
    ward.environment["SWITCHBOARD_DATABASE_URL"] = await ward.stack.enter_async_context(
        wire.open(url)
    )


@produces("database.pooler")
async def _(ward: Ward) -> None:
    await _through(ward, own_key=True)


@produces("database.slow")
async def _(ward: Ward) -> None:
    await _through(ward, delay_s=0.025)


@produces("database.plain")
async def _(ward: Ward) -> None:
    await _through(ward, host="0.0.0.0")  # noqa: S104 - a name that is not loopback's


@produces("database.old")
async def _(ward: Ward) -> None:
    url = await ward.postgres()
    connection = await asyncpg.connect(url)
    number = str(await connection.fetchval("SHOW server_version_num")).encode()
    await connection.close()
    wire = Wire(folder_of(url), replaced={number: b"130022"})
    ward.environment["SWITCHBOARD_DATABASE_URL"] = await ward.stack.enter_async_context(
        wire.open(url)
    )


@asynccontextmanager
async def replica(server: Server, target: Path) -> AsyncIterator[None]:
    """Somebody who takes in every commit, as a replica does."""
    target.mkdir()
    process = await asyncio.create_subprocess_exec(
        str(server.programs / "pg_receivewal"),
        *("-h", server.folder, "-U", "postgres", "-D", str(target)),
        *("--synchronous", "--no-loop", "--status-interval", "1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _own_server(ward: Ward, waits_for: str) -> Server:
    server = ward.stack.enter_context(running_server())
    url = ADDRESS.format(folder=server.folder)
    ward.environment["SWITCHBOARD_DATABASE_URL"] = url
    connection = await asyncpg.connect(url)
    await connection.execute("SET synchronous_commit = local")
    await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{waits_for}'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()

    async def applied() -> bool:
        fresh = await asyncpg.connect(url)
        try:
            return bool(await fresh.fetchval("SHOW synchronous_standby_names") == waits_for)
        finally:
            await fresh.close()

    await until(applied)
    return server


@produces("database.replica_gone")
async def _(ward: Ward) -> None:
    await _own_server(ward, "*")


async def with_replica(ward: Ward) -> str:
    """A server of whose commits somebody keeps a copy, synchronously."""
    server = await _own_server(ward, "*")
    await ward.stack.enter_async_context(replica(server, ward.folder / "wal"))
    url = ADDRESS.format(folder=server.folder)

    async def connected() -> bool:
        watching = await asyncpg.connect(url)
        try:
            state = await watching.fetchval("SELECT sync_state FROM pg_stat_replication")
            return state == "sync"
        finally:
            await watching.close()

    await until(connected)
    return server.folder


@produces("database.replica_not_visible")
async def _(ward: Ward) -> None:
    folder = await with_replica(ward)
    url = ADDRESS.format(folder=folder)
    await sql(url, "CREATE ROLE clerk LOGIN")
    ward.environment["SWITCHBOARD_DATABASE_URL"] = f"postgresql://clerk@/postgres?host={folder}"
