"""What is thrown away, and when, in portions so small that no commit waits for one to be felt.

Inbox rows and commands are settled by a quarter of an hour: so long a late second copy of an event
is still recognized, and a tombstone still answers. History goes when the administrator says. Each
portion is found by a reader, and deleted by key in a transaction of its own; between two of them
the writer is free. Whatever dies in the middle, the next round goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import sqlalchemy as sa

from store import report_sums
from store.connection import Database, Prepared, Row, Step
from store.kept import Kept
from store.tables import (
    FACTS,
    INBOX,
    LIVE,
    OUTBOX,
    PLANS,
    QUARANTINE,
    RECORDS,
    REPORT_AGENTS,
    REPORT_QUEUES,
    REPORT_SPREADS,
)

SETTLED_MS = 15 * 60_000
AT_ONCE = 100
"""Rows per transaction: 3 ms in a file of a million facts, 15 at worst, the disk included."""
BREATH_S = 0.02
"""Between two transactions, for those who have more to do."""


class Aged(NamedTuple):
    """A fact's place, age and contact."""

    epoch: int
    seq: int
    at: int
    contact: str | None


class Retention:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._settled = [
            (database.prepare(old_inbox_rows()), database.prepare(delete_inbox_row())),
            (database.prepare(settled_commands()), database.prepare(delete_command())),
        ]
        self._live = database.prepare(live_contacts())
        self._facts = database.prepare(oldest_facts())
        self._delete_fact = database.prepare(delete_fact())
        self._records = database.prepare(old_records())
        self._delete_record = database.prepare(delete_record())
        self._plans = database.prepare(outlived_plans())
        self._delete_plan = database.prepare(delete_plan())
        self._quarantined = database.prepare(old_quarantine())
        self._crowd = database.prepare(beyond_the_newest())
        self._delete_quarantined = database.prepare(delete_quarantined())
        self._delete_standings = database.prepare(report_sums.delete_standings())
        self._quarters = database.prepare(report_sums.oldest_quarters())
        figures = (REPORT_QUEUES, REPORT_AGENTS, REPORT_SPREADS)
        self._delete_quarter = [
            database.prepare(report_sums.delete_quarter(table)) for table in figures
        ]

    async def tidy(self, now: int) -> int:
        removed = 0
        for find, delete in self._settled:
            removed += await self._empty(find, delete, before=now - SETTLED_MS)
        return removed

    async def forget(self, tenant: str, now: int, kept: Kept) -> int:
        before = now - kept.history_ms
        live = set(await self._database.read(self._live, str, tenant=tenant))
        removed = await self._forget_facts(tenant, before, live)
        removed += await self._forget_records(tenant, before, live)
        removed += await self._empty(self._plans, self._delete_plan, tenant=tenant, before=before)
        aside, age = self._delete_quarantined, now - kept.quarantine_ms
        removed += await self._empty(self._quarantined, aside, tenant=tenant, before=age)
        removed += await self._empty(self._crowd, aside, tenant=tenant, newest=kept.quarantined)
        return removed + await self._forget_figures(tenant, before)

    async def _forget_facts(self, tenant: str, before: int, live: set[str]) -> int:
        """Facts stand in the order in which they were decided: from the oldest to the first that is
        young enough, around those of contacts that live."""
        removed, (epoch, seq) = 0, (0, -1)
        while True:
            rows = await self._database.read(
                self._facts, Aged, tenant=tenant, epoch=epoch, seq=seq, limit=AT_ONCE
            )
            old = list(takewhile(lambda row: row.at < before, rows))
            gone = [(tenant, row.epoch, row.seq) for row in old if row.contact not in live]
            names = ("tenant", "epoch", "seq")
            removed += await self._delete(self._delete_fact, names, gone)
            if len(old) < AT_ONCE:
                return removed
            epoch, seq, *_ = old[-1]

    async def _forget_records(self, tenant: str, before: int, live: set[str]) -> int:
        removed, kept = 0, 0
        while True:
            found = await self._database.read(
                self._records, str, tenant=tenant, before=before, limit=AT_ONCE, kept=kept
            )
            gone = [(tenant, contact) for contact in found if contact not in live]
            removed += await self._delete(self._delete_record, ("tenant", "contact"), gone)
            kept += len(found) - len(gone)
            if len(found) < AT_ONCE:
                return removed

    async def _forget_figures(self, tenant: str, before: int) -> int:
        """Quarter by quarter: one holds as many rows as agents were busy in it."""
        names = self._delete_standings
        await self._database.write(Step(names, [names.args(tenant=tenant, before=before)]))
        removed = 0
        while quarters := await self._database.read(
            self._quarters, int, tenant=tenant, before=before, limit=AT_ONCE
        ):
            for at in quarters:
                gone = [
                    Step(each, [each.args(tenant=tenant, at=at)]) for each in self._delete_quarter
                ]
                await self._database.write(*gone)
                await asyncio.sleep(BREATH_S)
            removed += len(quarters)
        return removed

    async def _empty(self, find: Prepared, delete: Prepared, **which: object) -> int:
        """Delete what is found by its number, until no more is found."""
        removed = 0
        while True:
            ids = await self._database.read(find, int, limit=AT_ONCE, **which)
            removed += await self._delete(delete, ("key",), [(each,) for each in ids])
            if len(ids) < AT_ONCE:
                return removed

    async def _delete(self, query: Prepared, names: Sequence[str], keys: Sequence[Row]) -> int:
        if not keys:
            return 0
        rows = [query.args(**dict(zip(names, key, strict=True))) for key in keys]
        await self._database.write(Step(query, rows))
        await asyncio.sleep(BREATH_S)
        return len(keys)


def _limit() -> sa.BindParameter[int]:
    return sa.bindparam("limit", type_=sa.BigInteger)


def _before() -> sa.BindParameter[int]:
    return sa.bindparam("before", type_=sa.BigInteger)


def _of_tenant(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.tenant == sa.bindparam("tenant")


# --- what is settled, of all tenants


def old_inbox_rows() -> sa.Select[tuple[int]]:
    old = sa.select(INBOX.c.id).where(
        INBOX.c.consumed == sa.literal_column("1"), INBOX.c.received_at < _before()
    )
    return old.order_by(INBOX.c.id).limit(_limit())


def delete_inbox_row() -> sa.Delete:
    return sa.delete(INBOX).where(INBOX.c.id == sa.bindparam("key"))


def settled_commands() -> sa.Select[tuple[int]]:
    old = sa.select(OUTBOX.c.position).where(OUTBOX.c.outcome_at < _before())
    return old.order_by(OUTBOX.c.position).limit(_limit())


def delete_command() -> sa.Delete:
    return sa.delete(OUTBOX).where(OUTBOX.c.position == sa.bindparam("key"))


# --- history


def live_contacts() -> sa.Select[tuple[str]]:
    """Of those not forgotten yet: also the ended ones whose late news is still awaited."""
    return sa.select(LIVE.c.id).where(
        _of_tenant(LIVE), LIVE.c.kind == sa.literal_column("'contact'")
    )


def oldest_facts() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(sa.bindparam("epoch"), sa.bindparam("seq"), types=[sa.BigInteger] * 2)
    columns = (FACTS.c[name] for name in Aged._fields)
    later = sa.select(*columns).where(
        _of_tenant(FACTS), sa.tuple_(FACTS.c.epoch, FACTS.c.seq) > place
    )
    return later.order_by(FACTS.c.epoch, FACTS.c.seq).limit(_limit())


def delete_fact() -> sa.Delete:
    key = (FACTS.c.epoch == sa.bindparam("epoch"), FACTS.c.seq == sa.bindparam("seq"))
    return sa.delete(FACTS).where(_of_tenant(FACTS), *key)


def old_records() -> sa.Select[tuple[str]]:
    """`kept`: so many of the oldest are passed over."""
    ended = sa.func.coalesce(RECORDS.c.ended_at, RECORDS.c.started_at)
    old = sa.select(RECORDS.c.contact).where(
        _of_tenant(RECORDS), RECORDS.c.started_at < _before(), ended < _before()
    )
    ordered = old.order_by(RECORDS.c.started_at, RECORDS.c.contact)
    return ordered.limit(_limit()).offset(sa.bindparam("kept", type_=sa.BigInteger))


def delete_record() -> sa.Delete:
    mine = RECORDS.c.contact == sa.bindparam("contact")
    return sa.delete(RECORDS).where(_of_tenant(RECORDS), mine)


def outlived_plans() -> sa.Select[tuple[int]]:
    """Versions that another had followed by then. The newest of all is never among them."""
    later = PLANS.alias("later")
    followed = sa.exists().where(
        later.c.tenant == PLANS.c.tenant, later.c.id > PLANS.c.id, later.c.created_at < _before()
    )
    return sa.select(PLANS.c.id).where(_of_tenant(PLANS), followed).limit(_limit())


def delete_plan() -> sa.Delete:
    return sa.delete(PLANS).where(PLANS.c.id == sa.bindparam("key"))


def old_quarantine() -> sa.Select[tuple[int]]:
    old = sa.select(QUARANTINE.c.id).where(_of_tenant(QUARANTINE), QUARANTINE.c.at < _before())
    return old.order_by(QUARANTINE.c.id).limit(_limit())


def beyond_the_newest() -> sa.Select[tuple[int]]:
    rest = sa.select(QUARANTINE.c.id).where(_of_tenant(QUARANTINE)).order_by(QUARANTINE.c.id.desc())
    return rest.limit(_limit()).offset(sa.bindparam("newest", type_=sa.BigInteger))


def delete_quarantined() -> sa.Delete:
    return sa.delete(QUARANTINE).where(QUARANTINE.c.id == sa.bindparam("key"))
