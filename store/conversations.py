"""How to reach a person in the chat: one saved conversation each, the newest.

What is saved is text that only the chat's own module reads.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column, insert_into
from store.tables import CONVERSATIONS

PAGE = 1_000


class SavedConversation(NamedTuple):
    person: str
    saved: str


class Conversations:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._save = database.prepare(save(database.dialect))
        self._find = database.prepare(find())
        self._forget = database.prepare(forget())
        self._forget_this = database.prepare(forget_this())
        self._page = database.prepare(page())

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None:
        """Keep this conversation of the person, unless a newer one is known."""
        check_storable([tenant, person, saved], [at])
        args = self._save.args(tenant=tenant, person=person, saved=saved, saved_at=at)
        await self._database.write(Step(self._save, [args]))

    async def find(self, tenant: str, person: str) -> str | None:
        found = await self._database.read(self._find, str, tenant=tenant, person=person)
        return found[0] if found else None

    async def page(
        self, tenant: str, after: str = "", limit: int = PAGE
    ) -> list[SavedConversation]:
        """The conversations of those who come after the person `after`, in order."""
        return await self._database.read(
            self._page, SavedConversation, tenant=tenant, after=after, limit=limit
        )

    async def forget(self, tenant: str, person: str, saved: str | None = None) -> None:
        """Forget the person's conversation; with `saved`, only if it is still this one."""
        if saved is None:
            step = Step(self._forget, [self._forget.args(tenant=tenant, person=person)])
        else:
            args = self._forget_this.args(tenant=tenant, person=person, saved=saved)
            step = Step(self._forget_this, [args])
        await self._database.write(step)


def save(dialect: str) -> sa.Insert:
    names = ("tenant", "person", "saved", "saved_at")
    row = insert_into(CONVERSATIONS, dialect).values(every_column(CONVERSATIONS, *names))
    return row.on_conflict_do_update(
        index_elements=["tenant", "person"],
        set_={"saved": row.excluded.saved, "saved_at": row.excluded.saved_at},
        # Two instances may write at once, and the older message may come last.
        where=CONVERSATIONS.c.saved_at <= row.excluded.saved_at,
    )


def _of_person() -> tuple[sa.ColumnElement[bool], ...]:
    mine = CONVERSATIONS.c
    return mine.tenant == sa.bindparam("tenant"), mine.person == sa.bindparam("person")


def find() -> sa.Select[tuple[str]]:
    return sa.select(CONVERSATIONS.c.saved).where(*_of_person())


def page() -> sa.Select[tuple[str, str]]:
    mine = CONVERSATIONS.c
    return (
        sa.select(mine.person, mine.saved)
        .where(mine.tenant == sa.bindparam("tenant"), mine.person > sa.bindparam("after"))
        .order_by(mine.person)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def forget() -> sa.Delete:
    return sa.delete(CONVERSATIONS).where(*_of_person())


def forget_this() -> sa.Delete:
    return forget().where(CONVERSATIONS.c.saved == sa.bindparam("saved"))
