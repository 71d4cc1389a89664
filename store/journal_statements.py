"""A commit's statements in both spellings. What they are for is in journal.py."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.selectable import CTE, TableValuedAlias

from store.connection import Database, Row, Step, every_column, insert_into
from store.folding import SECRET, Folded
from store.tables import FACTS, INBOX, LIVE, OUTBOX, OWNER, RECORDS

OUTBOX_COLUMNS = (
    "id",
    "call",
    "lane",
    "kind",
    "body",
    "created_at",
    "deadline",
    "outcome",
    "outcome_at",
)
FACT_COLUMNS = ("at", "contact", "agent", "queue", "kind", "body", "seq")
RECORD_COLUMNS = (
    "contact",
    "queue",
    "entry_point",
    "agent",
    "started_at",
    "ended_at",
    "outcome",
    "body",
    "caller",
)


class StatementRun:
    """SQLite: one statement after the other, each for all its rows."""

    def __init__(self, database: Database) -> None:
        self._fence = database.prepare(fence())
        self._consume = database.prepare(consume())
        self._remember = database.prepare(remember())
        self._save = database.prepare(save())
        self._remove = database.prepare(remove())
        self._tell = database.prepare(tell())
        self._command = database.prepare(command())
        self._settle = database.prepare(settle())
        self._record = database.prepare(record())

    def steps(self, batch: Folded) -> list[Step]:
        tenant, epoch = batch.tenant, batch.epoch
        fenced = [self._fence.args(tenant=tenant, epoch=epoch)]
        steps = [
            Step(self._fence, fenced, returning=True, required=True),
            Step(self._consume, [(b"", 1, tenant, row) for row in batch.consumed]),
            Step(self._remember, [(tenant, *i, b"", 1) for i in batch.identities.values()]),
            Step(self._save, [(tenant, *key, body) for key, body in batch.saved.items()]),
            Step(self._remove, [(tenant, *key) for key in batch.removed]),
            Step(self._tell, [(tenant, epoch, *fact) for fact in batch.facts]),
            Step(self._command, [(tenant, *command) for command in batch.commands.values()]),
            Step(self._settle, [(o[1], o[2], tenant, o[0]) for o in batch.outcomes.values()]),
            Step(self._record, [(tenant, *record) for record in batch.records.values()]),
        ]
        return [step for step in steps if step.rows]


class OneStatement:
    """PostgreSQL: one statement, whose parts get their rows as arrays.

    Each part joins what the fence returned: nothing, if the epoch is over.
    """

    def __init__(self, database: Database) -> None:
        self._statement = database.prepare(everything())

    def steps(self, batch: Folded) -> list[Step]:
        params: dict[str, object] = {"tenant": batch.tenant, "epoch": batch.epoch}
        params["consumed"] = batch.consumed
        rows: dict[str, tuple[tuple[str, ...], Iterable[Row]]] = {
            "identities": (("key", "received_at"), batch.identities.values()),
            "saved": (("kind", "id", "body"), [(*k, body) for k, body in batch.saved.items()]),
            "removed": (("kind", "id"), batch.removed),
            "facts": (FACT_COLUMNS, batch.facts),
            "commands": (OUTBOX_COLUMNS, batch.commands.values()),
            "outcomes": (("id", "outcome", "outcome_at"), batch.outcomes.values()),
            "records": (RECORD_COLUMNS, batch.records.values()),
        }
        for part, (names, values) in rows.items():
            columns = list(zip(*values, strict=True)) or [()] * len(names)
            params |= {f"{part}_{n}": list(c) for n, c in zip(names, columns, strict=True)}
        args = self._statement.args(**params)
        return [Step(self._statement, [args], returning=True, required=True)]


def fence() -> sa.Update:
    mine = sa.and_(OWNER.c.tenant == sa.bindparam("tenant"), OWNER.c.epoch == sa.bindparam("epoch"))
    counted = sa.update(OWNER).where(mine).values(commits=OWNER.c.commits + 1)
    return counted.returning(OWNER.c.tenant, OWNER.c.epoch)


def consume() -> sa.Update:
    row = sa.and_(INBOX.c.tenant == sa.bindparam("of"), INBOX.c.id == sa.bindparam("row"))
    # Only the key stays, for de-duplication: what was in it (a tone, say) may not be kept.
    emptied: dict[str, sa.BindParameter[object]] = {
        "body": sa.bindparam("emptied"),
        "consumed": sa.bindparam("consumed"),
    }
    return sa.update(INBOX).where(row).values(emptied)


def remember() -> sa.Insert:
    names = ("tenant", "key", "received_at", "body", "consumed")
    return insert_into(INBOX, "sqlite").values(every_column(INBOX, *names)).on_conflict_do_nothing()


def save() -> sa.Insert:
    row = insert_into(LIVE, "sqlite").values(every_column(LIVE, "tenant", "kind", "id", "body"))
    key = ["tenant", "kind", "id"]
    return row.on_conflict_do_update(index_elements=key, set_={"body": row.excluded.body})


def remove() -> sa.Delete:
    return sa.delete(LIVE).where(
        LIVE.c.tenant == sa.bindparam("of"),
        LIVE.c.kind == sa.bindparam("kind"),
        LIVE.c.id == sa.bindparam("id"),
    )


def tell() -> sa.Insert:
    row = every_column(FACTS, "tenant", "epoch", *FACT_COLUMNS)
    return insert_into(FACTS, "sqlite").values(row).on_conflict_do_nothing()


def command() -> sa.Insert:
    row = every_column(OUTBOX, "tenant", *OUTBOX_COLUMNS)
    return insert_into(OUTBOX, "sqlite").values(row).on_conflict_do_nothing()


def settle() -> sa.Update:
    unsettled = sa.and_(
        OUTBOX.c.tenant == sa.bindparam("of"),
        OUTBOX.c.id == sa.bindparam("command"),
        OUTBOX.c.outcome.is_(None),
    )
    values: dict[str, object] = dict(every_column(OUTBOX, "outcome", "outcome_at"))
    return sa.update(OUTBOX).where(unsettled).values({**values, "body": _emptied()})


def _emptied() -> sa.Case[bytes]:
    """The body of a command that is over: nothing, where what it held may not be kept."""
    secret = OUTBOX.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in SECRET])
    nothing = sa.cast(sa.literal_column("''"), sa.LargeBinary)
    return sa.case((secret, nothing), else_=OUTBOX.c.body)


def record() -> sa.Insert:
    row = insert_into(RECORDS, "sqlite").values(every_column(RECORDS, "tenant", *RECORD_COLUMNS))
    new = {name: row.excluded[name] for name in RECORD_COLUMNS[1:]}
    return row.on_conflict_do_update(index_elements=["tenant", "contact"], set_=new)


def everything() -> sa.Select[tuple[str]]:
    mine = fence().cte("fence")
    parts = [
        _consumed(mine),
        _inserted(mine, "identities", INBOX, ("key", "received_at")),
        _inserted(mine, "saved", LIVE, ("kind", "id", "body")),
        _removed(mine),
        _inserted(mine, "facts", FACTS, FACT_COLUMNS),
        _inserted(mine, "commands", OUTBOX, OUTBOX_COLUMNS),
        _settled(mine),
        _inserted(mine, "records", RECORDS, RECORD_COLUMNS),
    ]
    return sa.select(mine.c.tenant).add_cte(*parts)


def _arrays(part: str, table: sa.Table, names: Iterable[str]) -> TableValuedAlias:
    """The rows of one part, handed over as one array per column."""
    types = {name: table.c[name].type for name in names}
    arrays = (
        sa.bindparam(f"{part}_{name}", type_=postgresql.ARRAY(kind)) for name, kind in types.items()
    )
    columns = (sa.column(name, kind) for name, kind in types.items())
    return sa.func.unnest(*arrays).table_valued(*columns, name=f"{part}_rows").render_derived()


def _inserted(mine: CTE, part: str, table: sa.Table, names: tuple[str, ...]) -> CTE:
    rows = _arrays(part, table, names)
    source: dict[str, sa.ColumnElement[object]] = {"tenant": mine.c.tenant}
    if table is FACTS:
        source["epoch"] = mine.c.epoch
    if table is INBOX:
        source |= {"body": sa.cast(sa.literal(b""), sa.LargeBinary), "consumed": sa.literal(1)}
    source |= {name: rows.c[name] for name in names}
    chosen = sa.select(*source.values()).select_from(mine.join(rows, sa.true()))
    row = postgresql.insert(table).from_select(list(source), chosen)
    if table not in (LIVE, RECORDS):
        return row.on_conflict_do_nothing().cte(part)
    key = [column.name for column in table.primary_key]
    new = {name: row.excluded[name] for name in names if name not in key}
    return row.on_conflict_do_update(index_elements=key, set_=new).cte(part)


def _consumed(mine: CTE) -> CTE:
    ids = sa.bindparam("consumed", type_=postgresql.ARRAY(sa.BigInteger))
    rows = sa.and_(INBOX.c.tenant == mine.c.tenant, INBOX.c.id == sa.func.any(ids))
    return sa.update(INBOX).where(rows).values(consumed=1, body=b"").cte("consumed")


def _removed(mine: CTE) -> CTE:
    gone = _arrays("removed", LIVE, ("kind", "id"))
    rows = sa.and_(
        LIVE.c.tenant == mine.c.tenant, LIVE.c.kind == gone.c.kind, LIVE.c.id == gone.c.id
    )
    return sa.delete(LIVE).where(rows).cte("removed")


def _settled(mine: CTE) -> CTE:
    told = _arrays("outcomes", OUTBOX, ("id", "outcome", "outcome_at"))
    unsettled = sa.and_(
        OUTBOX.c.tenant == mine.c.tenant, OUTBOX.c.id == told.c.id, OUTBOX.c.outcome.is_(None)
    )
    values = {
        "outcome": told.c.outcome,
        "outcome_at": told.c.outcome_at,
        "body": _emptied(),
    }
    return sa.update(OUTBOX).where(unsettled).values(values).cte("outcomes")
