"""What the rest of the store asks of a database: prepare a statement, read, write a transaction.

Statements are SQLAlchemy Core, compiled once when the store opens; the compiled text then goes
straight to the driver. SQLAlchemy's own execution costs two to three times as much per commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from store.errors import StoreError, Unstorable

T = TypeVar("T")
Row = Sequence[object]
Compilable = sa.Select[tuple[object, ...]] | sa.Insert | sa.Update | sa.Delete

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled statement and the names of its parameters in the driver's order."""

    sql: str
    names: tuple[str, ...]
    fixed: dict[str, object] = field(default_factory=dict[str, object])
    """Values that the statement brings along itself."""

    def args(self, **params: object) -> tuple[object, ...]:
        """The parameters in the driver's order. Raises TypeError if names do not match."""
        if set(params) | set(self.fixed) != set(self.names):
            message = f"parameters {sorted(params)} do not fit {self.names}: {self.sql}"
            raise TypeError(message)
        return tuple(params[name] if name in params else self.fixed[name] for name in self.names)


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a transaction, run once per row of parameters."""

    query: Prepared
    rows: Sequence[Row]
    returning: bool = False
    """Fetch what the statement returns; then there is exactly one row of parameters."""
    required: bool = False
    """Roll the transaction back and raise MissingRow if the statement returns nothing."""


class MissingRow(StoreError):
    """A required statement found nothing to change; the transaction was rolled back."""


class Database(Protocol):
    """One open database. Raises Unavailable and Unstorable, never a driver's own errors."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    def prepare(self, statement: Compilable) -> Prepared: ...

    async def read(self, query: Prepared, make: Callable[..., T], **params: object) -> list[T]:
        """One value made of each row found, on a read-only connection."""
        ...

    async def write(self, *steps: Step) -> list[list[Row]]:
        """Run the steps in one transaction; the rows returned by each step that returns some."""
        ...

    async def close(self) -> None: ...


def prepare(statement: Compilable, dialect: Dialect) -> Prepared:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 (narrows the type; Core always does)
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    names = tuple(compiled.positiontup or ())
    return Prepared(compiled.string, names, {n: v for n, v in fixed.items() if n in names})


def insert_into(table: sa.Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_..`; the two databases spell it alike."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def every_column(table: sa.Table, *names: str) -> dict[str, sa.BindParameter[object]]:
    """A parameter for each of the columns, typed as the column is."""
    return {name: sa.bindparam(name, type_=table.c[name].type) for name in names}


def check_storable(texts: Sequence[str], numbers: Sequence[int] = ()) -> None:
    """Raise Unstorable for what a database would refuse, or PostgreSQL alone."""
    joined = "".join(texts)
    if "\0" in joined:
        message = "a text holds NUL"
        raise Unstorable(message)
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError as error:
            message = "a text holds half a surrogate pair"
            raise Unstorable(message) from error
    if numbers and not -LARGEST_INTEGER <= min(numbers) <= max(numbers) <= LARGEST_INTEGER:
        message = "a number does not fit into 64 bits"
        raise Unstorable(message)
