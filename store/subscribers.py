"""How far each subscriber has been told, and what it was not told.

A place is a fact's (epoch, number), the order in which facts were decided. What was not told is
kept as the stretch between two places: the facts themselves stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column, insert_into
from store.tables import DEAD_LETTERS, FACTS, SUBSCRIBERS

Place = tuple[int, int]
BEGINNING: Place = (0, -1)
LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one subscriber is."""

    place: Place = BEGINNING
    """Of the last fact that it was told, or that was not for it."""
    failing_since: int | None = None
    attempts: int = 0
    """In vain, since then."""
    problem: str = ""


class DeadLetter(NamedTuple):
    """Facts after one place, up to another, that a subscriber was not told."""

    id: int
    name: str
    after_epoch: int
    after_seq: int
    epoch: int
    seq: int
    facts: int
    at: int
    problem: str
    wanted_by: str | None

    @property
    def after(self) -> Place:
        return self.after_epoch, self.after_seq

    @property
    def upto(self) -> Place:
        return self.epoch, self.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What becomes a dead letter."""

    after: Place
    upto: Place
    facts: int
    at: int
    problem: str
    wanted_by: str | None = None


class Subscribers:
    def __init__(self, database: Database) -> None:
        self._database = database
        prepare, dialect = database.prepare, database.dialect
        self._find = prepare(progress())
        self._save = prepare(save(dialect))
        self._bury = prepare(bury(dialect))
        self._dead = prepare(dead_letters())
        self._wanted = prepare(wanted())
        self._want = prepare(want())
        self._shorten = prepare(shorten())
        self._drop = prepare(drop())
        self._old = prepare(drop_old())
        self._before = prepare(place_before())
        self._count = prepare(count_between())

    async def progress(self, tenant: str) -> dict[str, Progress]:
        """By the subscriber's name."""
        rows = await self._database.read(self._find, lambda *row: row, tenant=tenant)
        return {
            name: Progress(
                place=(epoch, seq), failing_since=since, attempts=attempts, problem=problem
            )
            for name, epoch, seq, since, attempts, problem in rows
        }

    async def save(self, tenant: str, name: str, told: Progress, *buried: Stretch) -> None:
        """How far it is; in the same transaction, what it was not told."""
        check_storable([tenant, name, told.problem], told.place)
        epoch, seq = told.place
        row = self._save.args(
            tenant=tenant,
            name=name,
            epoch=epoch,
            seq=seq,
            failing_since=told.failing_since,
            attempts=told.attempts,
            problem=told.problem,
        )
        letters = Step(self._bury, [self._letter(tenant, name, each) for each in buried])
        await self._database.write(Step(self._save, [row]), *([letters] if buried else []))

    async def bury(self, tenant: str, name: str, stretch: Stretch) -> None:
        """Keep a stretch to be told again."""
        await self._database.write(Step(self._bury, [self._letter(tenant, name, stretch)]))

    async def dead(self, tenant: str, limit: int = LISTED) -> list[DeadLetter]:
        """The oldest first."""
        return await self._database.read(self._dead, DeadLetter, tenant=tenant, limit=limit)

    async def wanted(self, tenant: str) -> list[DeadLetter]:
        """Those that somebody asked to be told again, the oldest first."""
        return await self._database.read(self._wanted, DeadLetter, tenant=tenant, limit=LISTED)

    async def want(self, tenant: str, name: str, by: str) -> None:
        """Have everything told again that the subscriber was not told."""
        check_storable([tenant, name, by])
        await self._database.write(Step(self._want, [self._want.args(of=tenant, who=name, by=by)]))

    async def shorten(self, letter: DeadLetter, after: Place, left: int) -> None:
        """The beginning of it was told."""
        args = self._shorten.args(key=letter.id, epoch=after[0], seq=after[1], left=left)
        await self._database.write(Step(self._shorten, [args]))

    async def drop(self, letter: DeadLetter) -> None:
        """All of it was told."""
        await self._database.write(Step(self._drop, [self._drop.args(key=letter.id)]))

    async def forget(self, tenant: str, before: int) -> None:
        """Drop what is older: its facts are gone."""
        await self._database.write(Step(self._old, [self._old.args(of=tenant, before=before)]))

    async def place_before(self, tenant: str, at: int) -> Place:
        """The place after which everything happened at `at` or later. For people who ask."""
        found = await self._database.read(self._before, lambda *place: place, tenant=tenant, at=at)
        return found[0] if found else BEGINNING

    async def between(self, tenant: str, after: Place, upto: Place) -> int:
        """How many facts lie after the one place, up to the other."""
        found = await self._database.read(
            self._count,
            int,
            tenant=tenant,
            after_epoch=after[0],
            after_seq=after[1],
            epoch=upto[0],
            seq=upto[1],
        )
        return found[0]

    def _letter(self, tenant: str, name: str, each: Stretch) -> tuple[object, ...]:
        check_storable(
            [tenant, name, each.problem, each.wanted_by or ""], (*each.after, *each.upto)
        )
        return self._bury.args(
            tenant=tenant,
            name=name,
            after_epoch=each.after[0],
            after_seq=each.after[1],
            epoch=each.upto[0],
            seq=each.upto[1],
            facts=each.facts,
            at=each.at,
            problem=each.problem,
            wanted_by=each.wanted_by,
        )


BURIED = (
    "tenant",
    "name",
    "after_epoch",
    "after_seq",
    "epoch",
    "seq",
    "facts",
    "at",
    "problem",
    "wanted_by",
)
SAVED = ("tenant", "name", "epoch", "seq", "failing_since", "attempts", "problem")


def progress() -> sa.Select[tuple[object, ...]]:
    columns = (SUBSCRIBERS.c[name] for name in SAVED[1:])
    return sa.select(*columns).where(SUBSCRIBERS.c.tenant == sa.bindparam("tenant"))


def save(dialect: str) -> sa.Insert:
    row = insert_into(SUBSCRIBERS, dialect).values(every_column(SUBSCRIBERS, *SAVED))
    return row.on_conflict_do_update(
        index_elements=["tenant", "name"], set_={name: row.excluded[name] for name in SAVED[2:]}
    )


def bury(dialect: str) -> sa.Insert:
    return insert_into(DEAD_LETTERS, dialect).values(every_column(DEAD_LETTERS, *BURIED))


def dead_letters() -> sa.Select[tuple[object, ...]]:
    columns = (DEAD_LETTERS.c[name] for name in DeadLetter._fields)
    mine = sa.select(*columns).where(DEAD_LETTERS.c.tenant == sa.bindparam("tenant"))
    return mine.order_by(DEAD_LETTERS.c.id).limit(sa.bindparam("limit", type_=sa.BigInteger))


def wanted() -> sa.Select[tuple[object, ...]]:
    return dead_letters().where(DEAD_LETTERS.c.wanted_by.is_not(None))


def want() -> sa.Update:
    mine = DEAD_LETTERS.c
    of = (mine.tenant == sa.bindparam("of"), mine.name == sa.bindparam("who"))
    by = sa.bindparam("by", type_=sa.Text)
    return sa.update(DEAD_LETTERS).where(*of).values(wanted_by=by)


def shorten() -> sa.Update:
    after = {"after_epoch": "epoch", "after_seq": "seq", "facts": "left"}
    values = {name: sa.bindparam(given, type_=sa.BigInteger) for name, given in after.items()}
    return sa.update(DEAD_LETTERS).where(DEAD_LETTERS.c.id == sa.bindparam("key")).values(**values)


def drop() -> sa.Delete:
    return sa.delete(DEAD_LETTERS).where(DEAD_LETTERS.c.id == sa.bindparam("key"))


def drop_old() -> sa.Delete:
    old = DEAD_LETTERS.c.at < sa.bindparam("before", type_=sa.BigInteger)
    return sa.delete(DEAD_LETTERS).where(DEAD_LETTERS.c.tenant == sa.bindparam("of"), old)


def place_before() -> sa.Select[tuple[int, int]]:
    earlier = sa.select(FACTS.c.epoch, FACTS.c.seq).where(
        FACTS.c.tenant == sa.bindparam("tenant"),
        FACTS.c.at < sa.bindparam("at", type_=sa.BigInteger),
    )
    return earlier.order_by(FACTS.c.epoch.desc(), FACTS.c.seq.desc()).limit(sa.literal_column("1"))


def count_between() -> sa.Select[tuple[object, ...]]:
    def place(*names: str) -> sa.Tuple:
        return sa.tuple_(*(sa.bindparam(name) for name in names), types=[sa.BigInteger] * 2)

    here = sa.tuple_(FACTS.c.epoch, FACTS.c.seq)
    count: Any = sa.func.count()
    return sa.select(count).where(
        FACTS.c.tenant == sa.bindparam("tenant"),
        here > place("after_epoch", "after_seq"),
        here <= place("epoch", "seq"),
    )
