"""Figures for reports, by quarters of an hour, counted from committed facts.

Beside the figures stands the place of the last fact that is in them, and both change in one
transaction that begins by comparing the place: whoever died in the middle, and whoever counts the
same facts at the same time, each fact is in the figures once. No commit of a call writes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from routing.facts import FactKind
from store import report_sums as sums
from store.connection import (
    Database,
    MissingRow,
    Prepared,
    Row,
    Step,
    check_storable,
    every_column,
    insert_into,
)
from store.history import StoredFact
from store.report_sums import EVERYTHING, Wanted
from store.tables import (
    AGENT_COUNTS,
    QUEUE_COUNTS,
    REPORT_AGENTS,
    REPORT_PLACES,
    REPORT_QUEUES,
    REPORT_SPREADS,
    REPORT_STANDINGS,
)

TELLING = (
    FactKind.CONTACT_QUEUED,
    FactKind.CONTACT_LEFT_QUEUE,
    FactKind.QUEUE_OVERFLOWED,
    FactKind.QUEUE_CLOSED,
    FactKind.OFFER_CREATED,
    FactKind.OFFER_ENDED,
    FactKind.CONTACT_CONNECTED,
    FactKind.CONTACT_WRAPPED,
    FactKind.CONTACT_CORRECTED,
    FactKind.WAIT_JUDGED,
    FactKind.AGENT_CHANGED,
)
"""The facts that figures are counted from."""


class Place(NamedTuple):
    """The last fact that was counted, and when it happened."""

    epoch: int = 0
    seq: int = -1
    at: int = 0


class Standing(NamedTuple):
    """What an agent has been doing since when."""

    agent: str
    upn: str
    since: int
    activity: str


class Figures(NamedTuple):
    """Counts in the order of the columns, with what they are of."""

    at: int
    """The beginning of the quarter; 0 in sums over a longer span."""
    agent: str
    queue: str
    counts: tuple[int, ...]


class Spread(NamedTuple):
    """How many times fell into one bucket."""

    at: int
    kind: str
    queue: str
    agent: str
    bucket: int
    n: int


@dataclass(slots=True, kw_only=True)
class Portion:
    """What a portion of facts adds."""

    queues: list[Figures] = field(default_factory=list[Figures])
    agents: list[Figures] = field(default_factory=list[Figures])
    spreads: list[Spread] = field(default_factory=list[Spread])
    standings: list[Standing] = field(default_factory=list[Standing])


class Reports:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = _Writing(database)
        self._place = database.prepare(sums.find_place())
        self._standings = database.prepare(sums.standings())
        self._since = database.prepare(sums.facts_that_tell(kind.value for kind in TELLING))
        self._figures = {way: database.prepare(sums.figures(way)) for way in sums.WAYS}
        self._spreads = {way: database.prepare(sums.spreads(way)) for way in sums.WAYS}

    # -- counting

    async def place(self, tenant: str) -> Place:
        """How far was counted."""
        found = await self._database.read(self._place, Place, tenant=tenant)
        return found[0] if found else Place()

    async def standings(self, tenant: str) -> list[Standing]:
        """What each agent did when the last fact was counted."""
        return await self._database.read(self._standings, Standing, tenant=tenant)

    async def since(self, tenant: str, place: Place, *, limit: int = 500) -> list[StoredFact]:
        """The facts after the place that figures are counted from, oldest first."""
        return await self._database.read(
            self._since, StoredFact, tenant=tenant, epoch=place.epoch, seq=place.seq, limit=limit
        )

    async def add(self, tenant: str, before: Place, after: Place, portion: Portion) -> bool:
        """Add what the facts from `before` to `after` count; False: somebody else did."""
        try:
            await self._database.write(*self._writing.steps(tenant, before, after, portion))
        except MissingRow:
            return False
        return True

    # -- reading: [start, end), both beginnings of quarters

    async def figures(
        self,
        tenant: str,
        start: int,
        end: int,
        wanted: Wanted = EVERYTHING,
        *,
        queue: str = "",
        agent: str = "",
    ) -> list[Figures]:
        """Of each queue, or each agent and queue, or only of those that are named."""
        which = _which(tenant, start, end, wanted, queue, agent)
        return await self._database.read(self._figures[wanted], _figures, **which)

    async def spreads(
        self,
        tenant: str,
        start: int,
        end: int,
        wanted: Wanted = EVERYTHING,
        *,
        queue: str = "",
        agent: str = "",
    ) -> list[Spread]:
        """Waits and handle times of queues, or handle times of agents, in the same way."""
        which = _which(tenant, start, end, wanted, queue, agent)
        return await self._database.read(self._spreads[wanted], Spread, **which)


def _which(
    tenant: str, start: int, end: int, wanted: Wanted, queue: str, agent: str
) -> dict[str, object]:
    which: dict[str, object] = {"tenant": tenant, "start": start, "end": end, "queue": queue}
    return which | {"agent": agent} if wanted.by_agent else which


def _figures(at: int, agent: str, queue: str, *counts: int) -> Figures:
    return Figures(at, agent, queue, counts)


class _Writing:
    """The transaction that adds a portion."""

    def __init__(self, database: Database) -> None:
        dialect = database.dialect
        self._first = database.prepare(_first_place(dialect))
        self._move = database.prepare(_move_place())
        self._queue = database.prepare(_added(REPORT_QUEUES, QUEUE_COUNTS, dialect))
        self._agent = database.prepare(_added(REPORT_AGENTS, AGENT_COUNTS, dialect))
        self._spread = database.prepare(_added(REPORT_SPREADS, ("n",), dialect))
        self._stand = database.prepare(_stand(dialect))

    def steps(self, tenant: str, before: Place, after: Place, portion: Portion) -> list[Step]:
        _check(tenant, after, portion)
        moved = self._move.args(
            of=tenant,
            epoch_before=before.epoch,
            seq_before=before.seq,
            epoch=after.epoch,
            seq=after.seq,
            at=after.at,
        )
        steps = [
            Step(self._first, [self._first.args(tenant=tenant, epoch=0, seq=-1, at=0)]),
            Step(self._move, [moved], returning=True, required=True),
            _step(
                self._queue,
                ("tenant", "at", "queue", *QUEUE_COUNTS),
                [(tenant, each.at, each.queue, *each.counts) for each in portion.queues],
            ),
            _step(
                self._agent,
                ("tenant", "at", "agent", "queue", *AGENT_COUNTS),
                [
                    (tenant, each.at, each.agent, each.queue, *each.counts)
                    for each in portion.agents
                ],
            ),
            _step(
                self._spread,
                ("tenant", *Spread._fields),
                [(tenant, *each) for each in portion.spreads],
            ),
            _step(
                self._stand,
                ("tenant", *Standing._fields),
                [(tenant, *each) for each in portion.standings],
            ),
        ]
        return [step for step in steps if step.rows]


def _step(query: Prepared, names: tuple[str, ...], rows: Sequence[Row]) -> Step:
    order = [names.index(name) for name in query.names]
    return Step(query, [tuple(row[place] for place in order) for row in rows])


def _check(tenant: str, after: Place, portion: Portion) -> None:
    texts = [tenant]
    numbers = list(after)
    for figures in (*portion.queues, *portion.agents):
        texts += (figures.agent, figures.queue)
        numbers += (figures.at, *figures.counts)
    for standing in portion.standings:
        texts += (standing.agent, standing.upn, standing.activity)
        numbers.append(standing.since)
    check_storable(texts, numbers)


def _first_place(dialect: str) -> sa.Insert:
    row = insert_into(REPORT_PLACES, dialect)
    names = ("tenant", "epoch", "seq", "at")
    return row.values(every_column(REPORT_PLACES, *names)).on_conflict_do_nothing()


def _move_place() -> sa.Update:
    mine = REPORT_PLACES.c
    expected = sa.and_(
        mine.tenant == sa.bindparam("of"),
        mine.epoch == sa.bindparam("epoch_before"),
        mine.seq == sa.bindparam("seq_before"),
    )
    values = every_column(REPORT_PLACES, "epoch", "seq", "at")
    return sa.update(REPORT_PLACES).where(expected).values(values).returning(mine.tenant)


def _added(table: sa.Table, counts: tuple[str, ...], dialect: str) -> sa.Insert:
    """A row, or its counts on top of those that stand there."""
    keys = [column.name for column in table.primary_key]
    row = insert_into(table, dialect).values(every_column(table, *keys, *counts))
    summed = {name: table.c[name] + row.excluded[name] for name in counts}
    return row.on_conflict_do_update(index_elements=keys, set_=summed)


def _stand(dialect: str) -> sa.Insert:
    names = ("tenant", *Standing._fields)
    row = insert_into(REPORT_STANDINGS, dialect).values(every_column(REPORT_STANDINGS, *names))
    new = {name: row.excluded[name] for name in ("upn", "since", "activity")}
    return row.on_conflict_do_update(index_elements=["tenant", "agent"], set_=new)
