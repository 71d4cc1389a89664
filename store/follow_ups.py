"""Missed calls: who takes care of one, and who has dealt with it. The contact is a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column, insert_into
from store.tables import FOLLOW_UPS


class FollowUp(NamedTuple):
    contact: str
    owner: str | None
    owner_name: str | None
    done_at: int | None
    done_by: str | None


class FollowUps:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._between = database.prepare(between())
        self._own = database.prepare(mark(database.dialect, "owner", "owner_name"))
        self._done = database.prepare(mark(database.dialect, "done_at", "done_by"))
        self._old = database.prepare(drop_old())

    async def of(self, tenant: str, contacts: Sequence[str]) -> dict[str, FollowUp]:
        """What was said about these, by contact."""
        if not contacts:
            return {}
        found = await self._database.read(
            self._between, FollowUp, tenant=tenant, first=min(contacts), last=max(contacts)
        )
        wanted = set(contacts)
        return {each.contact: each for each in found if each.contact in wanted}

    async def own(
        self, tenant: str, contact: str, now: int, owner: str | None, name: str | None
    ) -> None:
        """Who takes care of it; None: nobody."""
        check_storable([tenant, contact, owner or "", name or ""])
        args = self._own.args(
            tenant=tenant, contact=contact, marked_at=now, owner=owner, owner_name=name
        )
        await self._database.write(Step(self._own, [args]))

    async def done(
        self, tenant: str, contact: str, now: int, at: int | None, by: str | None
    ) -> None:
        """When it was dealt with, and by whom; None: not yet."""
        check_storable([tenant, contact, by or ""])
        args = self._done.args(
            tenant=tenant, contact=contact, marked_at=now, done_at=at, done_by=by
        )
        await self._database.write(Step(self._done, [args]))

    async def forget(self, tenant: str, before: int) -> None:
        """Drop what was said last before an instant: its contacts are gone."""
        await self._database.write(Step(self._old, [self._old.args(of=tenant, before=before)]))


def between() -> sa.Select[tuple[object, ...]]:
    columns = (FOLLOW_UPS.c[name] for name in FollowUp._fields)
    contact = FOLLOW_UPS.c.contact
    return sa.select(*columns).where(
        FOLLOW_UPS.c.tenant == sa.bindparam("tenant"),
        contact >= sa.bindparam("first", type_=sa.Text),
        contact <= sa.bindparam("last", type_=sa.Text),
    )


def mark(dialect: str, *columns: str) -> sa.Insert:
    names = ("tenant", "contact", "marked_at", *columns)
    row = insert_into(FOLLOW_UPS, dialect).values(every_column(FOLLOW_UPS, *names))
    return row.on_conflict_do_update(
        index_elements=["tenant", "contact"],
        set_={name: row.excluded[name] for name in ("marked_at", *columns)},
    )


def drop_old() -> sa.Delete:
    old = FOLLOW_UPS.c.marked_at < sa.bindparam("before", type_=sa.BigInteger)
    return sa.delete(FOLLOW_UPS).where(FOLLOW_UPS.c.tenant == sa.bindparam("of"), old)
