"""The database is gone: whoever calls now is sent to the fallback, who waits goes on waiting."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit.live_floor import CONSULT, FALLBACK, WAITING
from kit.live_house import LiveHouse, live_house
from kit.postgres import running_server
from kit.waiting import until

from bot.app import NOTES

RINGS_MS = 15_000


@asynccontextmanager
async def moved(database: Path) -> AsyncIterator[None]:
    """Somebody moves the file away, and puts it back."""
    elsewhere = database.rename(database.with_suffix(".elsewhere"))
    try:
        yield
    finally:
        elsewhere.rename(database)


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Somebody has it open in a client and writes: no write comes through."""
    client = sqlite3.connect(database, isolation_level=None)
    try:
        client.execute("BEGIN IMMEDIATE")
        yield
    finally:
        client.close()


def notes(house: LiveHouse) -> list[dict[str, object]]:
    file = house.folder / NOTES
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


async def outage_hits_new_callers_only(house: LiveHouse) -> None:
    """While nothing can be written: callers go to the fallback, and a line tells of each."""
    first, second = house.call(CONSULT), house.call(WAITING)
    await house.connected(first, second, within_s=RINGS_MS / 1000)

    async def unready() -> bool:
        return await house.service.status("/readyz") == 503

    await until(unready)
    third = house.call(CONSULT)
    await house.connected(third, within_s=RINGS_MS / 1000)
    calls = [first, second, third]
    for leg in calls:
        contact = house.contact(leg)
        assert contact.connected_to == FALLBACK
        [sent_on] = house.requests("redirect", call=leg.call)
        assert sent_on.at - contact.placed_at < 10_000
        assert not house.requests("answer", call=leg.call)
    told = notes(house)
    assert {str(each["call"]) for each in told} == {leg.call for leg in calls}
    assert len(told) == len(calls)
    assert {each["done"] for each in told} == {"redirected"}
    assert {each["reason"] for each in told} == {"outage"}
    assert not [leg for leg in calls if leg.party in (house.folder / NOTES).read_text()]
    assert await house.service.metric('fallback_total{reason="outage"}') == len(notes(house))
    house.hang_up(*calls)
    await house.ended(*calls)


async def all_is_well_again(house: LiveHouse) -> None:
    async def ready() -> bool:
        return await house.service.status("/readyz") == 200

    await until(ready)
    await house.staffed()
    await house.a_normal_call_connects()


@pytest.mark.parametrize("outage", [moved, locked])
async def test_a_sqlite_file_that_takes_nothing(tmp_path: Path, outage: type) -> None:
    database = tmp_path / "switchboard.db"
    async with live_house(tmp_path, [f"sqlite:///{database}"]) as house:
        waiting = [house.call(WAITING) for _ in range(3)]
        await house.queued(*waiting)
        async with outage(database):
            await outage_hits_new_callers_only(house)
        await all_is_well_again(house)
        assert [house.hears(leg) for leg in waiting] == ["prompt"] * 3
        await house.everybody_leaves()
        assert not house.violations()


async def test_postgresql_stops_and_starts(tmp_path: Path) -> None:
    with running_server() as server:
        url = f"postgresql://postgres@/postgres?host={server.folder}"
        async with live_house(tmp_path, [url]) as house:
            waiting = [house.call(WAITING) for _ in range(3)]
            await house.queued(*waiting)
            await asyncio.to_thread(server.stop)
            try:
                await outage_hits_new_callers_only(house)
                house.hang_up(waiting[0])
            finally:
                await asyncio.to_thread(server.start)
            await all_is_well_again(house)
            assert [house.hears(leg) for leg in waiting] == ["", "prompt", "prompt"]
            await house.everybody_leaves()
            assert not house.violations()
