"""History goes when it is old enough, in small portions, and never a live contact's."""

import asyncio
from collections.abc import Iterator

import pytest
from kit.store import NOW, TENANT, batch, owned, saved

from store.connection import Row, Step
from store.contract import FactRow, Ownership, RecordRow, Store
from store.database import SqlStore
from store.errors import Unavailable
from store.kept import DAY_MS, Kept
from store.retention import AT_ONCE

KEPT = Kept(history_ms=400 * DAY_MS, quarantine_ms=30 * DAY_MS, quarantined=1_000)
CUT = NOW - KEPT.history_ms
"""What is younger stays."""
MANY = 2 * AT_ONCE + 7


def fact(seq: int, at: int, contact: str | None = "c1") -> FactRow:
    return FactRow(at, contact, None, "sales", "contact.queued", b"{}", seq)


def record(contact: str, began: int, ended: int | None) -> RecordRow:
    return RecordRow(contact, "sales", "main", None, began, ended, "answered", b"{}")


async def forget(store: Store, kept: Kept = KEPT) -> int:
    return await store.forget(TENANT, NOW, kept)


async def facts(store: Store, contact: str = "c1", tenant: str = TENANT) -> list[int]:
    return [each.seq for each in await store.history.facts_of(tenant, contact)]


async def records(store: Store) -> list[str]:
    return sorted(each.contact for each in await store.history.recent(TENANT, limit=10_000))


class Watched:
    """The transactions of a store, as they go by: the steps of each."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(store, SqlStore)
        self.written: list[tuple[Step, ...]] = []
        self.fails_at = 0
        database = store._database
        write = database.write

        async def watched(*steps: Step) -> list[list[Row]]:
            self.written.append(steps)
            if len(self.written) == self.fails_at:
                message = "the disk is full"
                raise Unavailable(message)
            return await write(*steps)

        monkeypatch.setattr(database, "write", watched)

    def sizes(self) -> Iterator[int]:
        for steps in self.written:
            yield sum(len(step.rows) for step in steps)


# --- facts


async def test_old_facts_go_and_the_others_stay(store: Store) -> None:
    mine, other = await owned(store), await owned(store, "fabrikam")
    old = [fact(1, CUT - 2, "c1"), fact(2, CUT - 1, None), fact(3, CUT, "c1"), fact(4, NOW, "c1")]
    await store.commit(batch(mine, facts=old))
    await store.commit(batch(other, facts=old))
    assert await forget(store) == 2
    assert await forget(store) == 0
    assert await facts(store) == [3, 4]
    assert len(await store.history.facts_since(TENANT)) == 2
    assert len(await store.history.facts_since("fabrikam")) == 4


async def test_facts_of_earlier_epochs_go_first(store: Store) -> None:
    first = await owned(store)
    await store.commit(batch(first, facts=[fact(9, CUT - 2)]))
    await first.release()
    second = await owned(store)
    await store.commit(batch(second, facts=[fact(1, CUT - 1), fact(2, NOW)]))
    assert await forget(store) == 2
    assert await facts(store) == [2]


async def test_a_live_contact_keeps_its_facts_however_many_and_old(store: Store) -> None:
    mine = await owned(store)
    live = [fact(number, CUT - 5, "alive") for number in range(MANY)]
    gone = [fact(MANY + number, CUT - 4, "ended") for number in range(MANY)]
    between = [fact(2 * MANY, CUT - 3, "alive"), fact(2 * MANY + 1, CUT - 2, "ended")]
    alive = saved("alive", kind="contact")
    await store.commit(batch(mine, saved=[alive], facts=[*live, *gone, *between]))
    assert await forget(store) == MANY + 1
    assert len(await facts(store, "alive")) == MANY + 1
    assert await facts(store, "ended") == []
    await store.commit(batch(mine, removed=[("contact", "alive")]))
    assert await forget(store) == MANY + 1
    assert await facts(store, "alive") == []


# --- contact records


async def test_records_go_by_the_end_of_the_contact(store: Store) -> None:
    mine = await owned(store)
    await store.commit(
        batch(
            mine,
            records=[
                record("old", CUT - 9, CUT - 1),
                record("ended in time", CUT - 9, CUT),
                record("without an end", CUT - 9, None),
                record("young", CUT, NOW),
            ],
        )
    )
    assert await forget(store) == 2
    assert await records(store) == ["ended in time", "young"]


async def test_a_live_contact_keeps_its_record_and_hides_none_behind_it(store: Store) -> None:
    mine = await owned(store)
    names = [f"alive {number:04}" for number in range(MANY)]
    alive = [saved(name, kind="contact") for name in names]
    old = [record(name, CUT - 9, CUT - 8) for name in names]
    behind = [record(f"ended {number}", CUT - 7, CUT - 6) for number in range(MANY)]
    await store.commit(batch(mine, saved=alive, records=[*old, *behind]))
    assert await forget(store) == MANY
    assert await records(store) == names


# --- plans


async def publish(store: Store, *created: int) -> None:
    for at in created:
        await store.plans.put(
            TENANT, text=f"plan of {at}", compiled=b"{}", created_at=at, created_by="test"
        )


async def test_a_plan_stays_while_it_was_in_force_in_the_time_that_is_kept(store: Store) -> None:
    await publish(store, CUT - 30, CUT - 20, CUT - 10, NOW - 1)
    asked = (CUT, CUT + 1, NOW)
    before = [await store.plans.at(TENANT, at) for at in asked]
    assert await forget(store) == 2
    assert await forget(store) == 0
    assert [await store.plans.at(TENANT, at) for at in asked] == before
    assert await store.plans.at(TENANT, CUT - 11) is None


async def test_the_newest_plan_stays_however_old(store: Store) -> None:
    await publish(store, CUT - 30, CUT - 20)
    await store.plans.put("fabrikam", text="x", compiled=b"{}", created_at=0, created_by="test")
    assert await forget(store) == 1
    newest = await store.plans.latest(TENANT)
    assert newest is not None
    assert newest.created_at == CUT - 20
    assert await store.plans.latest("fabrikam") is not None


# --- quarantine


async def test_quarantined_events_go_by_age_and_by_number(store: Store) -> None:
    too_old = NOW - KEPT.quarantine_ms - 1
    for at in (too_old, too_old, NOW - KEPT.quarantine_ms, *range(NOW - 5, NOW)):
        await store.quarantine(TENANT, at=at, reason="raised", body=b"event")
    await store.quarantine("fabrikam", at=too_old, reason="raised", body=b"event")
    assert await forget(store) == 2
    few = Kept(quarantine_ms=KEPT.quarantine_ms, quarantined=4)
    assert await forget(store, few) == 2
    kept = [each.at for each in await store.history.quarantined(TENANT)]
    assert kept == [NOW - 1, NOW - 2, NOW - 3, NOW - 4]
    assert len(await store.history.quarantined("fabrikam")) == 1


# --- in portions


async def much_history(store: Store, mine: Ownership) -> None:
    await store.commit(
        batch(
            mine,
            facts=[fact(number, CUT - 5) for number in range(MANY)],
            records=[record(f"c{number}", CUT - 9, CUT - 8) for number in range(MANY)],
        )
    )


async def test_no_transaction_is_large_and_commits_go_in_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await owned(store)
    await much_history(store, mine)
    watched = Watched(store, monkeypatch)
    removing = asyncio.ensure_future(forget(store))
    commits = 0
    while not removing.done():
        await store.commit(batch(mine, saved=[saved("c", str(commits).encode())]))
        commits += 1
        await asyncio.wait({removing}, timeout=0.001)
    assert await removing == 2 * MANY
    deleting = [size for size in watched.sizes() if size > 3]
    assert len(deleting) == 6
    assert max(deleting) == AT_ONCE
    assert commits > 6


async def test_a_removal_that_fails_is_gone_on_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await owned(store)
    await much_history(store, mine)
    watched = Watched(store, monkeypatch)
    watched.fails_at = 2
    with pytest.raises(Unavailable):
        await forget(store)
    assert await forget(store) == 2 * MANY - AT_ONCE
    assert await facts(store) == await records(store) == []
