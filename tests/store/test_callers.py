"""Past contacts by their caller: newest first, nobody else's, and those from before the column."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from kit.store import TENANT, Opener, batch, owned
from kit.stored_records import contact_record, put

from bot.context.from_history import LONGEST_NOTE, FromHistory
from bot.outside.web import NotAnswered
from routing.commands import AskContext
from routing.context_rules import Provider, Source
from routing.context_state import PastContact
from routing.events import Caller, CallerKind
from routing.facts import ContactRecord
from routing.plan import EntryPoint, Plan, Queue
from store import schema
from store.codec import Codec
from store.contract import Store
from store.errors import Unavailable
from store.history import StoredRecord

KIM, LEE = "+4930111", "+4930222"
PLAN = Plan(
    tenant="contoso",
    entry_points=(EntryPoint(name="main", queue="support"),),
    queues=(Queue(name="support", title="Support desk"),),
)


async def story(store: Store) -> None:
    mine = await owned(store)
    rows = [
        contact_record(f"c{n}", caller=KIM if n % 2 else LEE, arrived_at=n, tenant=TENANT)
        for n in range(1, 9)
    ]
    rows += [
        contact_record("w1", caller_kind="withheld", caller="", arrived_at=20),
        contact_record("w2", caller_kind="withheld", caller=KIM, arrived_at=21),
        contact_record("b1", caller_kind="bot", caller=KIM, arrived_at=22),
    ]
    await put(store, mine, *rows)


async def test_a_callers_contacts_come_newest_first_and_nobody_elses(store: Store) -> None:
    await story(store)
    found = await store.history.of_caller(TENANT, KIM, limit=3)
    assert [each.contact for each in found] == ["c7", "c5", "c3"]
    assert await store.history.of_caller("nobody", KIM, limit=3) == []
    assert await store.history.of_caller(TENANT, "", limit=3) == []


async def test_a_record_that_is_written_again_stays_its_callers(store: Store) -> None:
    await story(store)
    mine = await owned(store)
    again = contact_record("c7", caller=KIM, arrived_at=7, note="urgent", tenant=TENANT)
    await put(store, mine, again)
    found = await store.history.of_caller(TENANT, KIM, limit=1)
    assert json.loads(found[0].body)["note"] == "urgent"


def question(caller: str, contact: str = "now", most: int = 3) -> AskContext:
    provider = Provider(name="before", source=Source.HISTORY, most=most)
    who = Caller(kind=CallerKind.NUMBER, id=caller)
    return AskContext(id="1", contact=contact, provider=provider, caller=who)


async def test_what_agents_are_told_of_the_past(store: Store) -> None:
    mine = await owned(store)
    note = "calls back\nMonday " + "x" * 999
    rows = [
        contact_record("c1", caller=KIM, arrived_at=1, note=note),
        contact_record("c2", caller=KIM, arrived_at=2, outcome="abandoned", agent_upn=""),
        contact_record("now", caller=KIM, arrived_at=3),
    ]
    await put(store, mine, *rows)
    place = FromHistory(past=store.history, tenant=TENANT, plan=lambda: PLAN)
    told = await place.ask(question(KIM), 1_000)
    second, first = told.past
    assert second == PastContact(at=2, queue="Support desk", outcome="abandoned")
    assert (first.agent, first.outcome) == ("ada@contoso.example", "answered")
    assert first.note == note.replace("\n", " ")[:LONGEST_NOTE]
    assert len((await place.ask(question(KIM, most=1), 1_000)).past) == 1


class NoStore:
    async def of_caller(self, tenant: str, caller: str, *, limit: int) -> list[StoredRecord]:
        raise Unavailable(f"{tenant} {caller} {limit}")


async def test_a_database_that_cannot_be_read_is_a_reason() -> None:
    place = FromHistory(past=NoStore(), tenant=TENANT, plan=lambda: PLAN)
    with pytest.raises(NotAnswered):
        await place.ask(question(KIM), 1_000)


# -- from before the column ------------------------------------------------------------------------


def bodies() -> list[tuple[str, int, bytes]]:
    codec = Codec({"record": ContactRecord})
    rows = [
        contact_record("c1", caller=KIM, arrived_at=1),
        contact_record("c2", caller=KIM, arrived_at=2, caller_kind="internal"),
        contact_record("c3", caller="", arrived_at=3, caller_kind="withheld"),
        contact_record("c4", caller=KIM, arrived_at=4, caller_kind="withheld"),
    ]
    return [(each.contact, each.arrived_at, codec.encode(each)) for each in rows]


async def older(opener: Opener, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as the program before the column made it."""
    monkeypatch.setattr(schema, "SCHEMA", "0005")
    store = await opener(url)
    await store.close()
    monkeypatch.undo()


async def test_records_from_before_are_found_on_sqlite(
    opener: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/switchboard.db"
    await older(opener, url, monkeypatch)
    with closing(sqlite3.connect(tmp_path / "switchboard.db")) as plain, plain:
        plain.executemany(
            "INSERT INTO contact_records (tenant, contact, started_at, body) VALUES (?, ?, ?, ?)",
            [(TENANT, *row) for row in [*bodies(), ("c5", 5, b"\xff damaged")]],
        )
    await found_after(await opener(url))


async def test_records_from_before_are_found_on_postgresql(
    opener: Opener, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older(opener, postgres_url, monkeypatch)
    connection = await asyncpg.connect(postgres_url)
    await connection.executemany(
        "INSERT INTO contact_records (tenant, contact, started_at, body) VALUES ($1, $2, $3, $4)",
        [(TENANT, *row) for row in bodies()],
    )
    await connection.close()
    await found_after(await opener(postgres_url))


async def found_after(store: Store) -> None:
    found = await store.history.of_caller(TENANT, KIM, limit=9)
    assert [each.contact for each in found] == ["c2", "c1"]
    assert len(await store.history.recent(TENANT)) >= 4
    await store.commit(batch(await owned(store)))
