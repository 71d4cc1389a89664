"""The inbox: events that an instance accepted which does not decide."""

import asyncio
import sqlite3
from contextlib import closing

import asyncpg
import pytest
from kit.store import NOW, TENANT, Opener, batch, owned

from store.contract import Accepted, Identity, Store
from store.errors import Unstorable


async def test_a_second_copy_of_an_event_is_a_duplicate(store: Store) -> None:
    assert await store.accept(TENANT, "created:1", NOW, b"first") is Accepted.STORED
    assert await store.accept(TENANT, "created:1", NOW + 5, b"second") is Accepted.DUPLICATE
    (row,) = await store.unconsumed(TENANT)
    assert (row.key, row.received_at, row.body) == ("created:1", NOW, b"first")


async def test_events_without_identity_may_repeat(store: Store) -> None:
    for _copy in range(3):
        assert await store.accept(TENANT, None, NOW, b"tick") is Accepted.STORED
    assert len(await store.unconsumed(TENANT)) == 3


async def test_a_consumed_event_is_still_known(store: Store) -> None:
    mine = await owned(store)
    await store.accept(TENANT, "k", NOW, b"event")
    (row,) = await store.unconsumed(TENANT)
    await store.commit(batch(mine, consumed=[row.id]))
    assert await store.unconsumed(TENANT) == []
    assert await store.accept(TENANT, "k", NOW, b"event") is Accepted.DUPLICATE
    assert (await store.load(TENANT)).identities == [Identity("k", NOW)]


async def _bodies(url: str) -> list[bytes]:
    """What the table holds, read by nobody's code but the database's own."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(url)
        try:
            return [bytes(row["body"]) for row in await connection.fetch("SELECT body FROM inbox")]
        finally:
            await connection.close()
    path = url.removeprefix("sqlite:///").partition("#")[0]
    with closing(sqlite3.connect(path)) as file:
        return [bytes(body) for (body,) in file.execute("SELECT body FROM inbox")]


async def test_nothing_of_a_consumed_event_is_kept_but_its_key(url: str, store: Store) -> None:
    """A tone may not be kept (docs/adr/0011)."""
    mine = await owned(store)
    await store.accept(TENANT, "tone:1", NOW, b"pressed 7")
    assert await _bodies(url) == [b"pressed 7"]
    (row,) = await store.unconsumed(TENANT)
    await store.commit(batch(mine, consumed=[row.id]))
    assert await _bodies(url) == [b""]


async def test_an_event_that_came_directly_is_known_to_the_inbox(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, identities=[Identity("k", NOW)]))
    assert await store.accept(TENANT, "k", NOW, b"event") is Accepted.DUPLICATE
    assert await store.unconsumed(TENANT) == []


async def test_an_event_waiting_in_the_inbox_is_not_yet_known_to_the_owner(store: Store) -> None:
    """Else its own row would look like a duplicate of itself."""
    await store.accept(TENANT, "k", NOW, b"event")
    assert (await store.load(TENANT)).identities == []


async def test_rows_come_by_the_instant_of_receipt(store: Store) -> None:
    for key, at in (("late", NOW + 9), ("early", NOW), ("middle", NOW + 5)):
        await store.accept(TENANT, key, at, b"")
    assert [row.key for row in await store.unconsumed(TENANT)] == ["early", "middle", "late"]
    assert [row.key for row in await store.unconsumed(TENANT, 2)] == ["early", "middle"]


async def test_a_row_older_than_consumed_ones_is_seen(store: Store) -> None:
    """No cursor: what comes in late, with an earlier instant, is selected all the same."""
    mine = await owned(store)
    await store.accept(TENANT, "new", NOW + 100, b"")
    (row,) = await store.unconsumed(TENANT)
    await store.commit(batch(mine, consumed=[row.id]))
    await store.accept(TENANT, "old", NOW, b"")
    assert [row.key for row in await store.unconsumed(TENANT)] == ["old"]


async def test_two_instances_accept_one_event_once(opener: Opener, postgres_url: str) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    answers = await asyncio.gather(
        *(s.accept(TENANT, f"k{n}", NOW, b"") for n in range(20) for s in (one, two))
    )
    assert sorted(answers) == [Accepted.DUPLICATE] * 20 + [Accepted.STORED] * 20
    assert len(await one.unconsumed(TENANT)) == 20


@pytest.mark.parametrize("key", ["\ud800", "\0"])
async def test_a_key_no_database_takes_is_unstorable(store: Store, key: str) -> None:
    with pytest.raises(Unstorable):
        await store.accept(TENANT, key, NOW, b"event")
    assert await store.accept(TENANT, "fine", NOW, b"event") is Accepted.STORED


async def test_waiting_ends_when_something_comes_in(store: Store) -> None:
    waiting = asyncio.ensure_future(store.wait_for_inbox(60_000))
    await store.accept(TENANT, None, NOW, b"")
    assert await asyncio.wait_for(waiting, 10)


async def test_waiting_ends_by_itself(store: Store) -> None:
    assert not await store.wait_for_inbox(1)


async def test_the_owner_hears_of_what_another_instance_accepted(
    opener: Opener, postgres_url: str
) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    await owned(one)
    waiting = asyncio.ensure_future(one.wait_for_inbox(60_000))
    await two.accept(TENANT, None, NOW, b"")
    assert await asyncio.wait_for(waiting, 10)


async def test_a_row_set_aside_is_out_of_the_way(store: Store) -> None:
    await store.accept(TENANT, "bad", NOW, b"poison")
    await store.accept(TENANT, "good", NOW + 1, b"fine")
    (bad, _good) = await store.unconsumed(TENANT)
    for _copy in range(2):
        await store.quarantine(TENANT, at=NOW, reason="raised: \ud800\0", inbox_id=bad.id)
    await store.quarantine(TENANT, at=NOW + 1, reason="x" * 10_000, body=b"direct")
    assert [row.key for row in await store.unconsumed(TENANT)] == ["good"]
    assert await store.accept(TENANT, "bad", NOW, b"poison") is Accepted.DUPLICATE
    aside = await store.history.quarantined(TENANT)
    assert [(row.at, row.body) for row in aside] == [(NOW + 1, b"direct"), (NOW, b"poison")]
    assert aside[1].reason == "raised: ??"
