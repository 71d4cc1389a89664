"""Who decides: leases, the fence, and how a successor takes over from the dead and the frozen."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import asyncpg
import pytest
from kit.store import NOW, TENANT, Opener, Ticks, batch, owned, saved
from kit.store_child import answered, child, line
from kit.waiting import until

from store.contract import Store
from store.errors import Fenced, InUse, Unavailable
from store.ownership import STOP_AFTER_MS, Lease

FENCED_WITHIN_S = 3.0
"""Half of a lease: who waits for the lease has not noticed the death itself."""


@pytest.fixture
async def raw(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is not the store's."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def waits_for_a_lock(raw: asyncpg.Connection) -> bool:
    return bool(
        await raw.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND application_name LIKE 'switchboard%'"
        )
    )


async def test_each_start_is_a_new_epoch(opener: Opener, url: str) -> None:
    epochs = []
    for _start in range(3):
        store = await opener(url)
        epochs.append((await owned(store)).epoch)
        await store.close()
    assert epochs == [1, 2, 3]


async def test_the_owner_stops_itself_before_its_lease_is_over(opener: Opener, url: str) -> None:
    ticks = Ticks()
    mine = await owned(await opener(url, ticks))
    began = ticks.ms
    assert mine.still_mine(began + STOP_AFTER_MS - 1)
    assert not mine.still_mine(began + STOP_AFTER_MS)
    ticks.ms += 3_000
    assert await mine.renew()
    assert mine.still_mine(began + 3_000 + STOP_AFTER_MS - 1)
    assert not mine.still_mine(began + 3_000 + STOP_AFTER_MS)


class SlowLeases:
    """Renewals take 3.9 s."""

    def __init__(self, ticks: Ticks) -> None:
        self.monotonic = ticks
        self._ticks = ticks

    async def acquire(self, _tenant: str, _instance: str) -> Lease | None:
        return None

    async def renew(self, _tenant: str, _epoch: int) -> bool:
        self._ticks.ms += 3_900
        return True

    async def release(self, _tenant: str, _epoch: int) -> None:
        return


async def test_a_renewal_counts_from_before_it_was_asked_for() -> None:
    ticks = Ticks()
    began = ticks.ms

    lease = Lease(TENANT, 1, began, SlowLeases(ticks))
    assert await lease.renew()
    assert not lease.still_mine(began + STOP_AFTER_MS)


async def test_a_released_tenant_is_not_ours(store: Store) -> None:
    mine = await owned(store)
    await mine.release()
    assert not mine.still_mine(0)
    assert not await mine.renew()


async def test_a_living_owner_is_left_alone(opener: Opener, postgres_url: str) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    mine = await owned(one)
    assert await two.acquire(TENANT, "two") is None
    assert await mine.renew()
    await one.commit(batch(mine, saved=[saved("c1")]))
    await mine.release()
    theirs = await owned(two)
    assert theirs.epoch == mine.epoch + 1


async def test_of_many_that_want_a_tenant_one_gets_it(opener: Opener, postgres_url: str) -> None:
    stores = [await opener(postgres_url) for _instance in range(4)]
    got = await asyncio.gather(*(store.acquire(TENANT, "any") for store in stores))
    assert sum(ownership is not None for ownership in got) == 1


async def test_a_lease_that_ran_out_is_taken_over(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    late = await owned(one)
    await raw.execute("UPDATE owner SET lease_until = 0")
    new = await owned(two)
    assert new.epoch == late.epoch + 1
    # The successor has ended our connections, of which the first attempt may hear.
    assert await answered(one.commit, batch(late, saved=[saved("late")])) == "Fenced"
    assert (await two.load(TENANT)).live == []


async def test_an_owner_that_renews_in_the_last_moment_keeps_the_tenant(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    await owned(one)
    await raw.execute("UPDATE owner SET lease_until = 0")
    renewal = raw.transaction()
    await renewal.start()
    await raw.execute("UPDATE owner SET lease_until = 4000000000000")
    successor = asyncio.ensure_future(two.acquire(TENANT, "two"))
    admin = await asyncpg.connect(postgres_url)
    await until(lambda: waits_for_a_lock(admin))
    await admin.close()
    await renewal.commit()
    assert await successor is None


async def test_an_owner_that_lost_its_connection_renews_over_a_new_one(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    one, two = await opener(postgres_url), await opener(postgres_url)
    mine = await owned(one)
    (session,) = await raw.fetchrow("SELECT session FROM owner")
    await raw.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        session,
    )

    async def renewed() -> bool:
        try:
            return await mine.renew()
        except Unavailable:
            return False

    await until(renewed)
    assert await two.acquire(TENANT, "two") is None
    assert await mine.renew()


async def test_a_commit_waits_for_a_takeover_under_way_and_is_fenced(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    """A fence that only looks would still see the old epoch here, and write."""
    store = await opener(postgres_url)
    late = await owned(store)
    successor = await asyncpg.connect(postgres_url)
    takeover = successor.transaction()
    await takeover.start()
    await successor.execute("UPDATE owner SET epoch = epoch + 1")
    commit = asyncio.ensure_future(store.commit(batch(late, saved=[saved("late")])))
    await until(lambda: waits_for_a_lock(raw))
    assert not commit.done()
    await takeover.commit()
    with pytest.raises(Fenced):
        await commit
    assert (await store.load(TENANT)).live == []
    await successor.close()


async def test_a_takeover_waits_for_a_commit_under_way_and_loads_it(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    """A fence that only looks would let the successor load first, and the commit land after."""
    one, two = await opener(postgres_url), await opener(postgres_url)
    mine = await owned(one)
    obstacle = await asyncpg.connect(postgres_url)
    held = obstacle.transaction()
    await held.start()
    await obstacle.execute(
        "INSERT INTO live (tenant, kind, id, body) VALUES ($1, 'Contact', 'c1', '')", TENANT
    )
    commit = asyncio.ensure_future(one.commit(batch(mine, saved=[saved("c1", b"mine")])))
    await until(lambda: waits_for_a_lock(raw))
    bump = asyncio.ensure_future(raw.execute("UPDATE owner SET epoch = epoch + 1, lease_until = 0"))

    async def blocked() -> bool:
        return await obstacle.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") == 2

    await until(blocked)
    assert not bump.done()
    await held.rollback()
    await asyncio.gather(commit, bump)
    await owned(two)
    assert (await two.load(TENANT)).live == [saved("c1", b"mine")]
    await obstacle.close()


async def test_a_killed_owner_is_succeeded_before_its_lease_is_over(
    opener: Opener, postgres_url: str
) -> None:
    store = await opener(postgres_url)
    with child(postgres_url, "own") as process:
        assert await asyncio.to_thread(line, process) == "epoch 1"
        assert await store.acquire(TENANT, "successor") is None
        await store.accept(TENANT, "meanwhile", NOW, b"event")
        process.kill()
        got = []

        async def acquired() -> bool:
            got.append(await store.acquire(TENANT, "successor"))
            return got[-1] is not None

        await until(acquired, within_s=FENCED_WITHIN_S)
    assert got[-1] is not None
    assert got[-1].epoch == 2
    loaded = await store.load(TENANT)
    assert loaded.live == [saved("child")]
    assert [row.key for row in loaded.inbox] == ["meanwhile"]
    await store.commit(batch(got[-1], consumed=[loaded.inbox[0].id]))


async def test_an_owner_frozen_within_a_commit_is_succeeded_and_fenced(
    opener: Opener, postgres_url: str
) -> None:
    store = await opener(postgres_url)
    with child(postgres_url, "freeze") as process:
        assert await asyncio.to_thread(line, process) == "frozen"
        new = await owned(store)
        await store.commit(batch(new, saved=[saved("successor")]))
        os.kill(process.pid, signal.SIGCONT)
        assert await asyncio.to_thread(line, process) == "Fenced"
    assert (await store.load(TENANT)).live == [saved("child"), saved("successor")]


async def test_a_second_process_on_the_same_file_is_refused(
    opener: Opener, tmp_path: object
) -> None:
    url = f"sqlite:///{tmp_path}/switchboard.db"
    with child(url, "own") as process:
        assert await asyncio.to_thread(line, process) == "epoch 1"
        with pytest.raises(
            InUse, match=f"another Switchboard runs on this database: pid {process.pid}"
        ):
            await opener(url)
        process.kill()
        process.wait()
        assert (await owned(await opener(url))).epoch == 2


async def test_rows_whose_transactions_end_out_of_order_are_all_seen(
    opener: Opener, postgres_url: str, raw: asyncpg.Connection
) -> None:
    """Ids are given out before commit: a reader with a cursor would never see the first."""
    store = await opener(postgres_url)
    mine = await owned(store)
    slow = raw.transaction()
    await slow.start()
    await raw.execute(
        "INSERT INTO inbox (tenant, key, received_at, body, consumed)"
        " VALUES ($1, 'slow', $2, '', 0)",
        TENANT,
        NOW,
    )
    await store.accept(TENANT, "quick", NOW + 1, b"")
    (quick,) = await store.unconsumed(TENANT)
    await store.commit(batch(mine, consumed=[quick.id]))
    await slow.commit()
    (row,) = await store.unconsumed(TENANT)
    assert row.key == "slow"
    assert row.id < quick.id
