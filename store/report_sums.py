"""The statements that read figures for reports: sums over a span, or each quarter by itself.

The database adds up, so that a month of a busy service is a few hundred rows when it gets here.
PostgreSQL's sums are decimals, hence the casts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from store.history import StoredFact
from store.tables import (
    AGENT_COUNTS,
    FACTS,
    QUEUE_COUNTS,
    REPORT_AGENTS,
    REPORT_PLACES,
    REPORT_QUEUES,
    REPORT_SPREADS,
    REPORT_STANDINGS,
)

Rows = sa.Select[tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How rows are put together."""

    by_agent: bool = False
    quarters: bool = False
    """Each by itself, rather than summed up over the span."""
    merged: bool = False
    """An agent's over all queues, rather than one by one."""


WAYS = [
    Wanted(by_agent=by_agent, quarters=quarters, merged=merged)
    for by_agent in (False, True)
    for quarters in (False, True)
    for merged in (False, True)
    if by_agent or not merged
]
EVERYTHING = Wanted()


def find_place() -> Rows:
    mine = REPORT_PLACES.c
    return sa.select(mine.epoch, mine.seq, mine.at).where(mine.tenant == sa.bindparam("tenant"))


def standings() -> Rows:
    mine = REPORT_STANDINGS.c
    return (
        sa.select(mine.agent, mine.upn, mine.since, mine.activity)
        .where(mine.tenant == sa.bindparam("tenant"))
        .order_by(mine.agent)
    )


def facts_that_tell(kinds: Iterable[str]) -> Rows:
    place = sa.tuple_(sa.bindparam("epoch"), sa.bindparam("seq"), types=[sa.BigInteger] * 2)
    later = sa.select(*(FACTS.c[name] for name in StoredFact._fields)).where(
        FACTS.c.tenant == sa.bindparam("tenant"),
        sa.tuple_(FACTS.c.epoch, FACTS.c.seq) > place,
        FACTS.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in kinds]),
    )
    ordered = later.order_by(FACTS.c.epoch, FACTS.c.seq)
    return ordered.limit(sa.bindparam("limit", type_=sa.BigInteger))


def _within(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    return [
        table.c.tenant == sa.bindparam("tenant"),
        table.c.at >= sa.bindparam("start", type_=sa.BigInteger),
        table.c.at < sa.bindparam("end", type_=sa.BigInteger),
    ]


def figures(wanted: Wanted) -> Rows:
    """(at, agent, queue, counts ...) of each queue, or of each agent and queue: summed up over the
    span, with 0 for `at`, or quarter by quarter."""
    table = REPORT_AGENTS if wanted.by_agent else REPORT_QUEUES
    counts = AGENT_COUNTS if wanted.by_agent else QUEUE_COUNTS
    return _summed(table, {"at": "0", "agent": "''", "queue": "''"}, counts, wanted)


def spreads(wanted: Wanted) -> Rows:
    """(at, kind, queue, agent, bucket, n), in the same way; of agents only handle times."""
    keys = {"at": "0", "kind": "''", "queue": "''", "agent": "''", "bucket": "0"}
    rows = _summed(REPORT_SPREADS, keys, ("n",), wanted)
    if wanted.by_agent:
        return rows.where(REPORT_SPREADS.c.kind == sa.literal_column("'handle'"))
    return rows


def _summed(table: sa.Table, keys: dict[str, str], counts: tuple[str, ...], wanted: Wanted) -> Rows:
    left_out = {
        name
        for name, shown in (
            ("at", wanted.quarters),
            ("agent", wanted.by_agent),
            ("queue", not wanted.merged),
        )
        if not shown
    }
    by = [table.c[name] for name in keys if name not in left_out]
    shown: list[sa.ColumnElement[object]] = [
        sa.literal_column(none) if name in left_out else table.c[name]
        for name, none in keys.items()
    ]
    sums = [sa.cast(sa.func.sum(table.c[name]), sa.BigInteger) for name in counts]
    columns: tuple[sa.ColumnElement[Any], ...] = (*shown, *sums)
    chosen: Rows = sa.select(*columns)
    only = [_only(table.c.queue, "queue")]
    if wanted.by_agent:
        only.append(_only(table.c.agent, "agent"))
    return chosen.where(*_within(table), *only).group_by(*by)


def _only(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    """This one only; all, where none is named."""
    named = sa.bindparam(name, type_=sa.Text)
    return sa.or_(named == sa.literal_column("''"), column == named)


def oldest_quarters() -> Rows:
    """The oldest quarters that are to be forgotten, of whichever table."""
    tables = (REPORT_QUEUES, REPORT_AGENTS, REPORT_SPREADS)
    found = sa.union(
        *(
            sa.select(table.c.at).where(
                table.c.tenant == sa.bindparam("tenant"),
                table.c.at < sa.bindparam("before", type_=sa.BigInteger),
            )
            for table in tables
        )
    ).subquery()
    limit = sa.bindparam("limit", type_=sa.BigInteger)
    return sa.select(found.c.at).order_by(found.c.at).limit(limit)


def delete_standings() -> sa.Delete:
    """Of agents of whom nothing has been told for so long: their names go with their figures."""
    mine = REPORT_STANDINGS.c
    before = sa.bindparam("before", type_=sa.BigInteger)
    return sa.delete(REPORT_STANDINGS).where(
        mine.tenant == sa.bindparam("tenant"), mine.since < before
    )


def delete_quarter(table: sa.Table) -> sa.Delete:
    mine = table.c.tenant == sa.bindparam("tenant")
    return sa.delete(table).where(mine, table.c.at == sa.bindparam("at"))
