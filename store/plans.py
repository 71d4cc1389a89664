"""Every version of the plan that ever ran, word for word, so that any decision can be explained."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column
from store.tables import PLANS


class PlanVersion(NamedTuple):
    id: int
    sha256: str
    text: str
    compiled: bytes
    created_at: int
    created_by: str


class Plans:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = database.prepare(put())
        self._latest = database.prepare(latest())
        self._version = database.prepare(version())
        self._at = database.prepare(at())

    async def put(
        self, tenant: str, *, text: str, compiled: bytes, created_at: int, created_by: str
    ) -> PlanVersion:
        """The version stored; the latest one, if its text and compiled form are the same."""
        check_storable([tenant, text, created_by], [created_at])
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        present = await self.latest(tenant)
        if present is not None and (present.sha256, present.compiled) == (sha256, compiled):
            return present
        args = self._put.args(
            tenant=tenant,
            sha256=sha256,
            text=text,
            compiled=compiled,
            created_at=created_at,
            created_by=created_by,
        )
        (((number,),),) = await self._database.write(Step(self._put, [args], returning=True))
        return PlanVersion(int(str(number)), sha256, text, compiled, created_at, created_by)

    async def latest(self, tenant: str) -> PlanVersion | None:
        found = await self._database.read(self._latest, PlanVersion, tenant=tenant)
        return found[0] if found else None

    async def at(self, tenant: str, instant: int) -> PlanVersion | None:
        """The version that was the latest at the instant."""
        found = await self._database.read(self._at, PlanVersion, tenant=tenant, instant=instant)
        return found[0] if found else None

    async def get(self, tenant: str, number: int) -> PlanVersion | None:
        found = await self._database.read(self._version, PlanVersion, tenant=tenant, id=number)
        return found[0] if found else None


def put() -> sa.Insert:
    names = ("tenant", "sha256", "text", "compiled", "created_at", "created_by")
    return sa.insert(PLANS).values(every_column(PLANS, *names)).returning(PLANS.c.id)


def _versions() -> sa.Select[tuple[object, ...]]:
    columns = (PLANS.c[name] for name in PlanVersion._fields)
    return sa.select(*columns).where(PLANS.c.tenant == sa.bindparam("tenant"))


def latest() -> sa.Select[tuple[object, ...]]:
    return _versions().order_by(PLANS.c.id.desc()).limit(1)


def at() -> sa.Select[tuple[object, ...]]:
    earlier = _versions().where(PLANS.c.created_at <= sa.bindparam("instant"))
    return earlier.order_by(PLANS.c.id.desc()).limit(1)


def version() -> sa.Select[tuple[object, ...]]:
    return _versions().where(PLANS.c.id == sa.bindparam("id"))
