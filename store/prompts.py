"""Rendered prompts by their content's hash, so that any instance can serve any of them.

A key remembers which content came of which words, voice and language: nothing is rendered twice.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import sqlalchemy as sa

from store.connection import Database, Step, check_storable, every_column, insert_into
from store.tables import PROMPT_KEYS, PROMPTS


class Prompt(NamedTuple):
    sha256: str
    content_type: str
    duration_ms: int
    body: bytes


class Named(NamedTuple):
    key: str
    sha256: str
    duration_ms: int


class Prompts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = database.prepare(put(database.dialect))
        self._name = database.prepare(name(database.dialect))
        self._get = database.prepare(by_content())
        self._by_key = database.prepare(by_key())
        self._named = database.prepare(named())

    async def put(
        self,
        sha256: str,
        body: bytes,
        content_type: str,
        duration_ms: int,
        key: str | None = None,
    ) -> None:
        """Keep a prompt; known content is left as it is. Raises ValueError for a wrong hash."""
        check_storable([sha256, content_type, key or ""], [duration_ms])
        if hashlib.sha256(body).hexdigest() != sha256:
            message = f"the content's hash is not {sha256}"
            raise ValueError(message)
        args = self._put.args(
            sha256=sha256, content_type=content_type, duration_ms=duration_ms, body=body
        )
        steps = [Step(self._put, [args])]
        if key is not None:
            steps.append(Step(self._name, [self._name.args(key=key, sha256=sha256)]))
        await self._database.write(*steps)

    async def get(self, sha256: str) -> Prompt | None:
        found = await self._database.read(self._get, Prompt, sha256=sha256)
        return found[0] if found else None

    async def by_key(self, key: str) -> Prompt | None:
        found = await self._database.read(self._by_key, Prompt, key=key)
        return found[0] if found else None

    async def named(self) -> list[Named]:
        """Every key with what it names, without the sound: a start asks for hundreds at once."""
        return await self._database.read(self._named, Named)


def put(dialect: str) -> sa.Insert:
    row = every_column(PROMPTS, *Prompt._fields)
    return insert_into(PROMPTS, dialect).values(row).on_conflict_do_nothing()


def name(dialect: str) -> sa.Insert:
    row = insert_into(PROMPT_KEYS, dialect).values(every_column(PROMPT_KEYS, "key", "sha256"))
    return row.on_conflict_do_update(index_elements=["key"], set_={"sha256": row.excluded.sha256})


def _prompts() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(PROMPTS.c[column] for column in Prompt._fields))


def by_content() -> sa.Select[tuple[object, ...]]:
    return _prompts().where(PROMPTS.c.sha256 == sa.bindparam("sha256"))


def by_key() -> sa.Select[tuple[object, ...]]:
    found = _prompts().join(PROMPT_KEYS, PROMPT_KEYS.c.sha256 == PROMPTS.c.sha256)
    return found.where(PROMPT_KEYS.c.key == sa.bindparam("key"))


def named() -> sa.Select[tuple[object, ...]]:
    keys = sa.select(PROMPT_KEYS.c.key, PROMPTS.c.sha256, PROMPTS.c.duration_ms)
    return keys.join(PROMPTS, PROMPT_KEYS.c.sha256 == PROMPTS.c.sha256)
