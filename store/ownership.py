"""Who decides for a tenant: one process at a time, in epochs that are counted.

The truth is the row in `owner`. Its lease runs on the database's clock, 6 s from each renewal; the
owner itself stops after 4 s by its own monotonic clock, so it always stops first. Whatever a late
owner still sends is fenced off by the epoch (journal.py). SQLite has one process by its file lock:
there, every start is simply a new epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import sqlalchemy as sa

from store.anchor import Anchor
from store.connection import Database, Prepared, Step, insert_into
from store.tables import OWNER

LEASE_MS = 6_000
STOP_AFTER_MS = 4_000

Monotonic = Callable[[], int]
"""Milliseconds that never jump."""


class Lease:
    """One tenant, held for one epoch (the contract's Ownership)."""

    def __init__(self, tenant: str, epoch: int, since_ms: int, leases: Leases) -> None:
        self.tenant = tenant
        self.epoch = epoch
        self._renewed_ms = since_ms
        self._lost = False
        self._leases = leases

    async def renew(self) -> bool:
        if self._lost:
            return False
        # Counted from before the question: the database may have answered at any time after.
        asked_ms = self._leases.monotonic()
        if not await self._leases.renew(self.tenant, self.epoch):
            self._lost = True
            return False
        self._renewed_ms = asked_ms
        return True

    async def release(self) -> None:
        self._lost = True
        await self._leases.release(self.tenant, self.epoch)

    def still_mine(self, now_monotonic_ms: int) -> bool:
        return not self._lost and now_monotonic_ms - self._renewed_ms < STOP_AFTER_MS


class Leases(Protocol):
    """How a database hands out leases."""

    monotonic: Monotonic

    async def acquire(self, tenant: str, instance: str) -> Lease | None: ...

    async def renew(self, tenant: str, epoch: int) -> bool: ...

    async def release(self, tenant: str, epoch: int) -> None: ...


class SqliteLeases:
    """Every acquisition succeeds: the file lock has kept other processes out."""

    def __init__(self, database: Database, monotonic: Monotonic) -> None:
        self.monotonic = monotonic
        self._database = database
        self._next = database.prepare(next_epoch())
        self._epoch = database.prepare(epoch_of_tenant())

    async def acquire(self, tenant: str, instance: str) -> Lease | None:
        since_ms = self.monotonic()
        args = self._next.args(tenant=tenant, instance=instance)
        ((row,),) = await self._database.write(Step(self._next, [args], returning=True))
        return Lease(tenant, int(str(row[0])), since_ms, self)

    async def renew(self, tenant: str, epoch: int) -> bool:
        return await self._database.read(self._epoch, int, tenant=tenant) == [epoch]

    async def release(self, tenant: str, epoch: int) -> None:
        """Nothing to do: the next start needs no word from us."""


class PostgresLeases:
    """Leases that end by the clock, or at once when their holder's connection is gone."""

    def __init__(
        self, database: Database, anchor: Anchor, *, session: str, monotonic: Monotonic
    ) -> None:
        self.monotonic = monotonic
        self._anchor = anchor
        self._session = session
        self._first = database.prepare(first_row())
        self._look = database.prepare(present_owner())
        self._end = database.prepare(end_connections())
        self._take = database.prepare(take_over())
        self._renew = database.prepare(renewal())
        self._release = database.prepare(giving_back())

    async def acquire(self, tenant: str, instance: str) -> Lease | None:
        since_ms = self.monotonic()
        async with self._anchor.turn() as connection:

            async def run(query: Prepared, **params: object) -> list[tuple[object, ...]]:
                return [tuple(r) for r in await connection.fetch(query.sql, *query.args(**params))]

            rows = await run(self._look, tenant=tenant)
            if not rows:
                # Only now: an insert waits for whoever holds the row, frozen or not.
                await run(self._first, tenant=tenant)
                rows = await run(self._look, tenant=tenant)
            ((epoch, session, lease_until, free),) = rows
            if not free:
                return None
            if session not in ("", self._session):
                # A frozen owner may hold the row in an open transaction: end its connections.
                await run(self._end, session=session)
            taken = await run(
                self._take,
                tenant=tenant,
                seen_epoch=epoch,
                seen_lease=lease_until,
                instance=instance,
                session=self._session,
                alive_lock=self._anchor.alive_lock,
            )
        return Lease(tenant, int(str(taken[0][0])), since_ms, self) if taken else None

    async def renew(self, tenant: str, epoch: int) -> bool:
        async with self._anchor.turn() as connection:
            args = self._renew.args(
                tenant=tenant,
                epoch=epoch,
                session=self._session,
                alive_lock=self._anchor.alive_lock,
            )
            return bool(await connection.fetch(self._renew.sql, *args))

    async def release(self, tenant: str, epoch: int) -> None:
        async with self._anchor.turn() as connection:
            args = self._release.args(tenant=tenant, epoch=epoch)
            await connection.fetch(self._release.sql, *args)


def database_now() -> sa.ColumnElement[int]:
    """PostgreSQL's clock in milliseconds, read when the row is, not when the transaction began."""
    seconds = sa.extract("epoch", sa.func.clock_timestamp())
    return sa.cast(seconds * 1000, sa.BigInteger)


def next_epoch() -> sa.Insert:
    first = insert_into(OWNER, "sqlite").values(
        tenant=sa.bindparam("tenant", type_=sa.Text),
        instance=sa.bindparam("instance", type_=sa.Text),
        epoch=1,
        session="",
        alive_lock=0,
        lease_until=0,
        commits=0,
    )
    new = {"epoch": OWNER.c.epoch + 1, "instance": first.excluded.instance, "commits": 0}
    return first.on_conflict_do_update(index_elements=["tenant"], set_=new).returning(OWNER.c.epoch)


def epoch_of_tenant() -> sa.Select[tuple[int]]:
    return sa.select(OWNER.c.epoch).where(OWNER.c.tenant == sa.bindparam("tenant"))


def first_row() -> sa.Insert:
    row = insert_into(OWNER, "postgresql").values(
        tenant=sa.bindparam("tenant", type_=sa.Text),
        epoch=0,
        instance="",
        session="",
        alive_lock=0,
        lease_until=0,
        commits=0,
    )
    return row.on_conflict_do_nothing()


def present_owner() -> sa.Select[tuple[int, str, int, bool]]:
    """The row, and whether the tenant is free: lease over, or the holder's lock gone."""
    # Of two successors that test the lock at once, one finds it taken by the other and desists.
    dead = sa.func.pg_try_advisory_xact_lock(OWNER.c.alive_lock)
    over = OWNER.c.lease_until <= database_now()
    free = sa.case((over, sa.true()), else_=dead)
    return sa.select(OWNER.c.epoch, OWNER.c.session, OWNER.c.lease_until, free).where(
        OWNER.c.tenant == sa.bindparam("tenant")
    )


def end_connections() -> sa.Select[tuple[bool]]:
    activity = sa.table("pg_stat_activity", sa.column("pid"), sa.column("application_name"))
    return sa.select(sa.func.pg_terminate_backend(activity.c.pid)).where(
        activity.c.application_name == sa.bindparam("session", type_=sa.Text)
    )


def take_over() -> sa.Update:
    unchanged = sa.and_(
        OWNER.c.tenant == sa.bindparam("tenant"),
        OWNER.c.epoch == sa.bindparam("seen_epoch"),
        OWNER.c.lease_until == sa.bindparam("seen_lease"),
    )
    return (
        sa.update(OWNER)
        .where(unchanged)
        .values(
            epoch=OWNER.c.epoch + 1,
            instance=sa.bindparam("instance"),
            session=sa.bindparam("session"),
            alive_lock=sa.bindparam("alive_lock"),
            lease_until=database_now() + LEASE_MS,
            commits=0,
        )
        .returning(OWNER.c.epoch)
    )


def renewal() -> sa.Update:
    return (
        sa.update(OWNER)
        .where(OWNER.c.tenant == sa.bindparam("tenant"), OWNER.c.epoch == sa.bindparam("epoch"))
        .values(
            lease_until=database_now() + LEASE_MS,
            session=sa.bindparam("session"),
            alive_lock=sa.bindparam("alive_lock"),
        )
        .returning(OWNER.c.epoch)
    )


def giving_back() -> sa.Update:
    return (
        sa.update(OWNER)
        .where(OWNER.c.tenant == sa.bindparam("tenant"), OWNER.c.epoch == sa.bindparam("epoch"))
        .values(lease_until=0, session="")
        .returning(OWNER.c.epoch)
    )
