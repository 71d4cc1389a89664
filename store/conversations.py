"""How to reach a person in the chat: one saved conversation each, the newest.

What is saved is text that only the chat's own module reads.
"""

from __future__ import annotations

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column, insert_into
from store.tables import CONVERSATIONS


class Conversations:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._save = database.prepare(save(database.dialect))
        self._find = database.prepare(find())
        self._forget = database.prepare(forget())

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None:
        """Keep this conversation of the person, unless a newer one is known."""
        check_storable([tenant, person, saved], [at])
        args = self._save.args(tenant=tenant, person=person, saved=saved, saved_at=at)
        await self._database.write(Step(self._save, [args]))

    async def find(self, tenant: str, person: str) -> str | None:
        found = await self._database.read(self._find, str, tenant=tenant, person=person)
        return found[0] if found else None

    async def forget(self, tenant: str, person: str) -> None:
        args = self._forget.args(tenant=tenant, person=person)
        await self._database.write(Step(self._forget, [args]))


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


def forget() -> sa.Delete:
    return sa.delete(CONVERSATIONS).where(*_of_person())
