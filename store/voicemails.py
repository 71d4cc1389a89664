"""Messages that callers left: the lines of the list, their sound, and addresses to play it back.

Everything here can be written twice. A line that says how a message ended is never put back to an
earlier one; what people mark is kept apart from what the service says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database, Prepared, Step, check_storable, every_column, insert_into
from store.tables import MEDIA_LINKS, VOICEMAIL_AUDIO, VOICEMAILS

AT_ONCE = 100
FETCHING = "fetching"
"""The one result that another may follow."""
ORPHANED_MS = 24 * 3_600_000
"""Sound without a line: its message was forgotten before it was here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message as the service lists it."""

    tenant: str
    id: str
    contact: str
    queue: str
    result: str
    left_at: int
    delete_at: int
    caller_kind: str
    caller: str
    caller_name: str
    language: str
    length_ms: int
    problem: str


class Listed(NamedTuple):
    """A message as the list shows it."""

    id: str
    contact: str
    queue: str
    result: str
    left_at: int
    delete_at: int
    caller_kind: str
    caller: str
    caller_name: str
    language: str
    length_ms: int
    problem: str
    heard_at: int | None
    heard_by: str | None
    owner: str | None
    owner_name: str | None
    done_at: int | None
    done_by: str | None


class Expired(NamedTuple):
    id: str
    contact: str
    queue: str


class Voicemails:
    def __init__(self, database: Database) -> None:
        self._database = database
        prepare, dialect = database.prepare, database.dialect
        self._list = prepare(list_message(dialect))
        self._keep = prepare(keep_audio(dialect))
        self._page = prepare(page())
        self._one = prepare(one())
        self._audio = prepare(audio())
        self._expired = prepare(expired())
        self._link = prepare(open_link(dialect))
        self._linked = prepare(linked())
        self._marks = {name: prepare(mark(*columns)) for name, columns in MARKS.items()}
        self._deletes = [prepare(delete()), prepare(delete_audio())]
        self._drop = prepare(delete_audio())
        self._close = prepare(close_links())
        self._orphans = prepare(delete_orphans())
        self._old_links = prepare(delete_old_links())

    # -- what the service writes

    async def list_message(self, line: Line) -> None:
        """Show the message, or bring its line up to date unless it is final."""
        fields = asdict(line)
        check_storable(
            [value for value in fields.values() if isinstance(value, str)],
            [value for value in fields.values() if isinstance(value, int)],
        )
        await self._database.write(Step(self._list, [self._list.args(**fields)]))

    async def keep_audio(self, tenant: str, voicemail: str, at: int, body: bytes) -> None:
        """Keep a recording's sound."""
        args = self._keep.args(tenant=tenant, id=voicemail, stored_at=at, body=body)
        await self._database.write(Step(self._keep, [args]))

    async def drop_audio(self, tenant: str, voicemail: str) -> None:
        """Delete a recording's sound, and the addresses at which it is played."""
        await self._delete(tenant, voicemail, self._drop)

    async def delete(self, tenant: str, voicemail: str) -> None:
        """Delete a message: its sound, its addresses, its line."""
        await self._delete(tenant, voicemail, *self._deletes)

    async def _delete(self, tenant: str, voicemail: str, *queries: Prepared) -> None:
        every = (*queries, self._close)
        steps = [Step(query, [query.args(tenant=tenant, id=voicemail)]) for query in every]
        await self._database.write(*steps)

    # -- what is read

    async def page(
        self, tenant: str, before: tuple[int, str] | None = None, limit: int = AT_ONCE
    ) -> list[Listed]:
        """Messages, the newest first; `before`: those that were left before this (instant, id)."""
        at, last = before or (2**62, "")
        return await self._database.read(
            self._page, Listed, tenant=tenant, at=at, last=last, limit=limit
        )

    async def one(self, tenant: str, voicemail: str) -> Listed | None:
        found = await self._database.read(self._one, Listed, tenant=tenant, id=voicemail)
        return found[0] if found else None

    async def audio(self, tenant: str, voicemail: str) -> bytes | None:
        found = await self._database.read(self._audio, bytes, tenant=tenant, id=voicemail)
        return found[0] if found else None

    # -- what people mark

    async def heard(self, tenant: str, voicemail: str, at: int, by: str) -> None:
        """Who heard it first, and when."""
        await self._mark("heard", tenant, voicemail, heard_at=at, heard_by=by)

    async def own(self, tenant: str, voicemail: str, owner: str | None, name: str | None) -> None:
        """Who takes care of it; None: nobody."""
        await self._mark("own", tenant, voicemail, owner=owner, owner_name=name)

    async def done(self, tenant: str, voicemail: str, at: int | None, by: str | None) -> None:
        """When it was dealt with, and by whom; None: not yet."""
        await self._mark("done", tenant, voicemail, done_at=at, done_by=by)

    async def _mark(self, name: str, tenant: str, voicemail: str, **values: object) -> None:
        check_storable([value for value in values.values() if isinstance(value, str)])
        query = self._marks[name]
        await self._database.write(Step(query, [query.args(of=tenant, line=voicemail, **values)]))

    # -- playing back

    async def open_link(self, token: str, tenant: str, voicemail: str, until: int) -> None:
        """From now on the sound is played at this address, until then."""
        args = self._link.args(token=token, tenant=tenant, voicemail=voicemail, expires_at=until)
        await self._database.write(Step(self._link, [args]))

    async def linked(self, token: str, now: int) -> bytes | None:
        """The sound at an address that is open."""
        found = await self._database.read(self._linked, bytes, token=token, now=now)
        return found[0] if found else None

    async def close_links(self, tenant: str, voicemail: str) -> None:
        """Nobody needs to play it any more."""
        args = self._close.args(tenant=tenant, id=voicemail)
        await self._database.write(Step(self._close, [args]))

    # -- what is too old

    async def expired(self, tenant: str, now: int, limit: int = AT_ONCE) -> list[Expired]:
        """Messages that have been kept long enough."""
        return await self._database.read(
            self._expired, Expired, tenant=tenant, now=now, limit=limit
        )

    async def sweep(self, tenant: str, now: int) -> None:
        """Delete sound that belongs to no message, and addresses that are closed by time."""
        await self._database.write(
            Step(self._orphans, [self._orphans.args(of=tenant, before=now - ORPHANED_MS)]),
            Step(self._old_links, [self._old_links.args(of=tenant, before=now)]),
        )


MARKS: dict[str, tuple[tuple[str, ...], bool]] = {
    "heard": (("heard_at", "heard_by"), True),
    "own": (("owner", "owner_name"), False),
    "done": (("done_at", "done_by"), False),
}
"""Columns that a mark sets, and whether the first one stays."""


def list_message(dialect: str) -> sa.Insert:
    names = tuple(Line.__dataclass_fields__)
    row = insert_into(VOICEMAILS, dialect).values(every_column(VOICEMAILS, *names))
    told = {name: row.excluded[name] for name in ("result", "length_ms", "problem")}
    return row.on_conflict_do_update(
        index_elements=["tenant", "id"],
        set_=told,
        where=VOICEMAILS.c.result == sa.literal_column(f"'{FETCHING}'"),
    )


def keep_audio(dialect: str) -> sa.Insert:
    names = ("tenant", "id", "stored_at", "body")
    row = insert_into(VOICEMAIL_AUDIO, dialect).values(every_column(VOICEMAIL_AUDIO, *names))
    return row.on_conflict_do_update(
        index_elements=["tenant", "id"], set_={"body": row.excluded.body}
    )


def _mine(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.tenant == sa.bindparam("tenant"), table.c.id == sa.bindparam("id")


def _listed() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(VOICEMAILS.c[name] for name in Listed._fields))


def page() -> sa.Select[tuple[object, ...]]:
    place = sa.tuple_(VOICEMAILS.c.left_at, VOICEMAILS.c.id)
    before = sa.tuple_(sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("last", type_=sa.Text))
    return (
        _listed()
        .where(VOICEMAILS.c.tenant == sa.bindparam("tenant"), place < before)
        .order_by(VOICEMAILS.c.left_at.desc(), VOICEMAILS.c.id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def one() -> sa.Select[tuple[object, ...]]:
    return _listed().where(*_mine(VOICEMAILS))


def audio() -> sa.Select[tuple[object, ...]]:
    return sa.select(VOICEMAIL_AUDIO.c.body).where(*_mine(VOICEMAIL_AUDIO))


def mark(columns: tuple[str, ...], first: bool) -> sa.Update:
    mine = VOICEMAILS.c.tenant == sa.bindparam("of"), VOICEMAILS.c.id == sa.bindparam("line")
    open_ = (VOICEMAILS.c[columns[0]].is_(None),) if first else ()
    return sa.update(VOICEMAILS).where(*mine, *open_).values(every_column(VOICEMAILS, *columns))


def delete() -> sa.Delete:
    return sa.delete(VOICEMAILS).where(*_mine(VOICEMAILS))


def delete_audio() -> sa.Delete:
    return sa.delete(VOICEMAIL_AUDIO).where(*_mine(VOICEMAIL_AUDIO))


def open_link(dialect: str) -> sa.Insert:
    names = ("token", "tenant", "voicemail", "expires_at")
    row = insert_into(MEDIA_LINKS, dialect).values(every_column(MEDIA_LINKS, *names))
    return row.on_conflict_do_nothing()


def linked() -> sa.Select[tuple[object, ...]]:
    sound = sa.and_(
        VOICEMAIL_AUDIO.c.tenant == MEDIA_LINKS.c.tenant,
        VOICEMAIL_AUDIO.c.id == MEDIA_LINKS.c.voicemail,
    )
    return (
        sa.select(VOICEMAIL_AUDIO.c.body)
        .join(MEDIA_LINKS, sound)
        .where(
            MEDIA_LINKS.c.token == sa.bindparam("token"),
            MEDIA_LINKS.c.expires_at > sa.bindparam("now", type_=sa.BigInteger),
        )
    )


def close_links() -> sa.Delete:
    return sa.delete(MEDIA_LINKS).where(
        MEDIA_LINKS.c.tenant == sa.bindparam("tenant"),
        MEDIA_LINKS.c.voicemail == sa.bindparam("id"),
    )


def expired() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(*(VOICEMAILS.c[name] for name in Expired._fields))
        .where(
            VOICEMAILS.c.tenant == sa.bindparam("tenant"),
            VOICEMAILS.c.delete_at <= sa.bindparam("now", type_=sa.BigInteger),
        )
        .order_by(VOICEMAILS.c.delete_at)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def delete_orphans() -> sa.Delete:
    line = sa.exists().where(
        VOICEMAILS.c.tenant == VOICEMAIL_AUDIO.c.tenant, VOICEMAILS.c.id == VOICEMAIL_AUDIO.c.id
    )
    return sa.delete(VOICEMAIL_AUDIO).where(
        VOICEMAIL_AUDIO.c.tenant == sa.bindparam("of"),
        VOICEMAIL_AUDIO.c.stored_at < sa.bindparam("before", type_=sa.BigInteger),
        ~line,
    )


def delete_old_links() -> sa.Delete:
    return sa.delete(MEDIA_LINKS).where(
        MEDIA_LINKS.c.tenant == sa.bindparam("of"),
        MEDIA_LINKS.c.expires_at <= sa.bindparam("before", type_=sa.BigInteger),
    )
