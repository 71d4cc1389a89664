"""What has happened, read back: facts and contact records. Nothing here writes."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database
from store.tables import FACTS, LIVE, OWNER, QUARANTINE, RECORDS

LONGEST_MS = 24 * 3_600_000
MISSED = ("abandoned", "timed_out", "no_agent", "overflowed", "failed")
"""Outcomes of contacts that wanted somebody and reached nobody, and left nothing to be done."""


class StoredFact(NamedTuple):
    epoch: int
    seq: int
    at: int
    contact: str | None
    agent: str | None
    queue: str | None
    kind: str
    body: bytes

    @property
    def place(self) -> tuple[int, int]:
        """The fact's place among all facts of the tenant, for `facts_since`."""
        return (self.epoch, self.seq)


class StoredRecord(NamedTuple):
    contact: str
    queue: str | None
    entry_point: str | None
    agent: str | None
    started_at: int
    ended_at: int | None
    outcome: str | None
    body: bytes


class Quarantined(NamedTuple):
    id: int
    at: int
    reason: str
    body: bytes


class History:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._facts_of = database.prepare(facts_of_contact())
        self._facts_since = database.prepare(facts_since())
        self._newest = database.prepare(newest_fact())
        self._record = database.prepare(record_of_contact())
        self._ended = database.prepare(records_ended())
        self._recent = database.prepare(recent_records())
        self._of_caller = database.prepare(records_of_caller())
        self._missed = database.prepare(missed_records())
        self._answered = database.prepare(answered_records())
        self._of_agent = database.prepare(records_of_agent())
        self._quarantined = database.prepare(quarantined())
        self._by_prefix = database.prepare(contacts_by_prefix())
        self._agent_before = database.prepare(agent_before())
        self._agents = database.prepare(agents())
        self._tenants = database.prepare(tenants())

    async def facts_of(self, tenant: str, contact: str) -> list[StoredFact]:
        """All facts of one contact, oldest first."""
        return await self._database.read(self._facts_of, StoredFact, tenant=tenant, contact=contact)

    async def facts_since(
        self, tenant: str, place: tuple[int, int] = (0, -1), *, limit: int = 500
    ) -> list[StoredFact]:
        """The facts after the place (epoch, seq), oldest first."""
        epoch, seq = place
        return await self._database.read(
            self._facts_since, StoredFact, tenant=tenant, epoch=epoch, seq=seq, limit=limit
        )

    async def agent_before(
        self, tenant: str, agent: str, place: tuple[int, int]
    ) -> StoredFact | None:
        """The last change of the agent before the place: their state at that point.

        Reads backwards through the facts of all agents: for people who ask, not for each call.
        """
        epoch, seq = place
        found = await self._database.read(
            self._agent_before, StoredFact, tenant=tenant, agent=agent, epoch=epoch, seq=seq
        )
        return found[0] if found else None

    async def agents(self, tenant: str) -> list[bytes]:
        """The agents as last saved, each as stored."""
        return await self._database.read(self._agents, bytes, tenant=tenant)

    async def tenants(self) -> list[str]:
        """Every tenant that was ever served from this database."""
        return await self._database.read(self._tenants, str)

    async def newest_place(self, tenant: str) -> tuple[int, int]:
        """The place of the newest fact, (0, -1) when there is none."""
        found = await self._database.read(self._newest, lambda *place: place, tenant=tenant)
        return found[0] if found else (0, -1)

    async def record(self, tenant: str, contact: str) -> StoredRecord | None:
        found = await self._database.read(
            self._record, StoredRecord, tenant=tenant, contact=contact
        )
        return found[0] if found else None

    async def ended(self, tenant: str, after: int, until: int) -> list[StoredRecord]:
        """Records of contacts with an agent that ended in (after, until], in that order.

        A contact that lasted for longer than a day is not found: the index is by the beginning.
        """
        return await self._database.read(
            self._ended,
            StoredRecord,
            tenant=tenant,
            earliest=after - LONGEST_MS,
            after=after,
            until=until,
        )

    async def recent(
        self, tenant: str, *, limit: int = 100, before: int | None = None
    ) -> list[StoredRecord]:
        """The contacts that started last (before an instant), the newest first."""
        latest = 2**62 if before is None else before
        return await self._database.read(
            self._recent, StoredRecord, tenant=tenant, before=latest, limit=limit
        )

    async def of_caller(self, tenant: str, caller: str, *, limit: int) -> list[StoredRecord]:
        """The contacts of this number or object id that started last, the newest first."""
        return await self._database.read(
            self._of_caller, StoredRecord, tenant=tenant, caller=caller, limit=limit
        )

    async def missed(
        self, tenant: str, before: tuple[int, str] | None = None, *, limit: int = 100
    ) -> list[StoredRecord]:
        """Contacts that wanted an agent and reached nobody, the newest first; `before`: those that
        began before this (instant, contact)."""
        at, last = before or (2**62, "")
        return await self._database.read(
            self._missed, StoredRecord, tenant=tenant, at=at, last=last, limit=limit
        )

    async def answered_since(
        self, tenant: str, after: int, *, limit: int = 5_000
    ) -> list[StoredRecord]:
        """Contacts that reached an agent and began after an instant, the newest first."""
        return await self._database.read(
            self._answered, StoredRecord, tenant=tenant, after=after, limit=limit
        )

    async def of_agent(
        self, tenant: str, agent: str, before: int | None = None, *, limit: int = 100
    ) -> list[StoredRecord]:
        """The contacts that this agent talked with last, the newest first."""
        latest = 2**62 if before is None else before
        return await self._database.read(
            self._of_agent, StoredRecord, tenant=tenant, agent=agent, before=latest, limit=limit
        )

    async def quarantined(self, tenant: str, *, limit: int = 100) -> list[Quarantined]:
        """Events that were set aside, the newest first."""
        return await self._database.read(self._quarantined, Quarantined, tenant=tenant, limit=limit)

    async def find(self, tenant: str, prefix: str, *, limit: int = 10) -> list[str]:
        """Ids of contacts that begin with the prefix, in order: of records and of facts."""
        return await self._database.read(
            self._by_prefix,
            str,
            tenant=tenant,
            first=prefix,
            # No id holds the last code point there is, so all that begin with prefix lie below.
            last=prefix + "\U0010ffff",
            limit=limit,
        )


def _of_tenant(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.tenant == sa.bindparam("tenant")


def _limit() -> sa.BindParameter[int]:
    return sa.bindparam("limit", type_=sa.BigInteger)


def _facts() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(FACTS.c[name] for name in StoredFact._fields)).where(_of_tenant(FACTS))


def _records() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(RECORDS.c[name] for name in StoredRecord._fields)).where(_of_tenant(RECORDS))


def facts_of_contact() -> sa.Select[tuple[object, ...]]:
    of_contact = _facts().where(FACTS.c.contact == sa.bindparam("contact"))
    return of_contact.order_by(FACTS.c.epoch, FACTS.c.seq)


def facts_since() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(sa.bindparam("epoch"), sa.bindparam("seq"), types=[sa.BigInteger] * 2)
    later = _facts().where(sa.tuple_(FACTS.c.epoch, FACTS.c.seq) > place)
    return later.order_by(FACTS.c.epoch, FACTS.c.seq).limit(_limit())


def agent_before() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(sa.bindparam("epoch"), sa.bindparam("seq"), types=[sa.BigInteger] * 2)
    earlier = _facts().where(
        FACTS.c.agent == sa.bindparam("agent"),
        FACTS.c.kind == sa.literal_column("'agent.changed'"),
        sa.tuple_(FACTS.c.epoch, FACTS.c.seq) < place,
    )
    return earlier.order_by(FACTS.c.epoch.desc(), FACTS.c.seq.desc()).limit(sa.literal_column("1"))


def agents() -> sa.Select[tuple[bytes]]:
    kind = LIVE.c.kind == sa.literal_column("'agent'")
    return sa.select(LIVE.c.body).where(_of_tenant(LIVE), kind).order_by(LIVE.c.id)


def tenants() -> sa.Select[tuple[str]]:
    return sa.select(OWNER.c.tenant).order_by(OWNER.c.tenant)


def newest_fact() -> sa.Select[tuple[int, int]]:
    places = sa.select(FACTS.c.epoch, FACTS.c.seq).where(_of_tenant(FACTS))
    return places.order_by(FACTS.c.epoch.desc(), FACTS.c.seq.desc()).limit(1)


def record_of_contact() -> sa.Select[tuple[object, ...]]:
    return _records().where(RECORDS.c.contact == sa.bindparam("contact"))


def records_ended() -> sa.Select[tuple[object, ...]]:
    ended = _records().where(
        RECORDS.c.started_at > sa.bindparam("earliest"),
        RECORDS.c.ended_at > sa.bindparam("after"),
        RECORDS.c.ended_at <= sa.bindparam("until"),
        RECORDS.c.agent.is_not(None),
    )
    return ended.order_by(RECORDS.c.ended_at, RECORDS.c.contact)


def recent_records() -> sa.Select[tuple[object, ...]]:
    earlier = _records().where(RECORDS.c.started_at < sa.bindparam("before"))
    newest_first = earlier.order_by(RECORDS.c.started_at.desc(), RECORDS.c.contact.desc())
    return newest_first.limit(_limit())


def records_of_caller() -> sa.Select[tuple[object, ...]]:
    theirs = _records().where(RECORDS.c.caller == sa.bindparam("caller"))
    newest_first = theirs.order_by(RECORDS.c.started_at.desc(), RECORDS.c.contact.desc())
    return newest_first.limit(_limit())


def missed_records() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(RECORDS.c.started_at, RECORDS.c.contact)
    before = sa.tuple_(sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("last", type_=sa.Text))
    outcomes: list[sa.ColumnElement[object]] = [sa.literal_column(f"'{each}'") for each in MISSED]
    earlier = _records().where(place < before, RECORDS.c.outcome.in_(outcomes))
    newest_first = earlier.order_by(RECORDS.c.started_at.desc(), RECORDS.c.contact.desc())
    return newest_first.limit(_limit())


def answered_records() -> sa.Select[tuple[object, ...]]:
    answered = RECORDS.c.outcome == sa.literal_column("'answered'")
    later = _records().where(RECORDS.c.started_at > sa.bindparam("after"), answered)
    return later.order_by(RECORDS.c.started_at.desc(), RECORDS.c.contact.desc()).limit(_limit())


def records_of_agent() -> sa.Select[tuple[object, ...]]:
    theirs = _records().where(
        RECORDS.c.agent == sa.bindparam("agent"), RECORDS.c.started_at < sa.bindparam("before")
    )
    return theirs.order_by(RECORDS.c.started_at.desc(), RECORDS.c.contact.desc()).limit(_limit())


def quarantined() -> sa.Select[tuple[object, ...]]:
    columns = (QUARANTINE.c[name] for name in Quarantined._fields)
    newest_first = (
        sa.select(*columns).where(_of_tenant(QUARANTINE)).order_by(QUARANTINE.c.id.desc())
    )
    return newest_first.limit(_limit())


def contacts_by_prefix() -> sa.Select[tuple[str]]:
    def within(table: sa.Table) -> sa.Select[str]:
        contact: sa.Column[str] = table.c.contact
        first, last = (sa.bindparam(name, type_=sa.Text) for name in ("first", "last"))
        return sa.select(contact).where(_of_tenant(table), contact >= first, contact < last)

    found = sa.union(within(RECORDS), within(FACTS)).subquery()
    return sa.select(found.c.contact).order_by(found.c.contact).limit(_limit())
