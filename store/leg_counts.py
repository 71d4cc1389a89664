"""How many legs each application had in a month, counted from the facts that told of them.

One row per tenant holds the counts together with the place of the last fact in them. So a count is
right whoever wrote it last, also when two instances counted the same facts, and no commit of a call
has to write it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from routing.facts import FactKind
from store.codec import Codec, Unreadable
from store.connection import Database, Step, check_storable, every_column, insert_into
from store.history import StoredFact
from store.tables import FACTS, LEG_COUNTS

TELLING = (FactKind.CONTACT_ARRIVED, FactKind.OFFER_RINGING)
"""A caller's leg, and an agent's."""


Months = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCount:
    """Legs by month (UTC, such as 2026-11) and application, up to a fact's place."""

    place: tuple[int, int] = (0, -1)
    months: Months = field(default_factory=Months)


BODIES = Codec({"months": Months})


class LegCounts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._find = database.prepare(find())
        self._save = database.prepare(save(database.dialect))
        self._since = database.prepare(telling_facts())

    async def load(self, tenant: str) -> LegCount:
        """The counts as last saved; if they cannot be read, none: they can be counted anew."""
        found = await self._database.read(self._find, lambda *row: row, tenant=tenant)
        if not found:
            return LegCount()
        epoch, seq, body = found[0]
        try:
            return LegCount(place=(epoch, seq), months=BODIES.decode("months", body))
        except Unreadable:
            return LegCount()

    async def save(self, tenant: str, count: LegCount) -> None:
        check_storable([tenant], count.place)
        epoch, seq = count.place
        body = BODIES.encode(count.months)
        args = self._save.args(tenant=tenant, epoch=epoch, seq=seq, body=body)
        await self._database.write(Step(self._save, [args]))

    async def since(
        self, tenant: str, place: tuple[int, int], *, limit: int = 500
    ) -> list[StoredFact]:
        """The facts after the place that tell of a leg, oldest first."""
        epoch, seq = place
        return await self._database.read(
            self._since, StoredFact, tenant=tenant, epoch=epoch, seq=seq, limit=limit
        )


def find() -> sa.Select[tuple[int, int, bytes]]:
    mine = LEG_COUNTS.c
    return sa.select(mine.epoch, mine.seq, mine.body).where(mine.tenant == sa.bindparam("tenant"))


def save(dialect: str) -> sa.Insert:
    names = ("tenant", "epoch", "seq", "body")
    row = insert_into(LEG_COUNTS, dialect).values(every_column(LEG_COUNTS, *names))
    return row.on_conflict_do_update(
        index_elements=["tenant"], set_={name: row.excluded[name] for name in names[1:]}
    )


def telling_facts() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(sa.bindparam("epoch"), sa.bindparam("seq"), types=[sa.BigInteger] * 2)
    later = sa.select(*(FACTS.c[name] for name in StoredFact._fields)).where(
        FACTS.c.tenant == sa.bindparam("tenant"),
        sa.tuple_(FACTS.c.epoch, FACTS.c.seq) > place,
        FACTS.c.kind.in_([sa.literal_column(f"'{kind.value}'") for kind in TELLING]),
    )
    ordered = later.order_by(FACTS.c.epoch, FACTS.c.seq)
    return ordered.limit(sa.bindparam("limit", type_=sa.BigInteger))
