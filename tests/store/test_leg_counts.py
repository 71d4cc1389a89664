"""Counts of legs, and the facts they are made of, on every database."""

from kit.store import NOW, TENANT, Opener, batch, owned

from store.contract import FactRow, Store
from store.leg_counts import LegCount


def told(seq: int, kind: str = "contact.arrived") -> FactRow:
    return FactRow(NOW + seq, "c1", None, "sales", kind, b"{}", seq)


async def test_a_count_is_saved_with_its_place(opener: Opener, url: str) -> None:
    store = await opener(url)
    counts = store.leg_counts
    assert await counts.load(TENANT) == LegCount()
    first = LegCount(place=(1, 7), months={"2026-11": {"a": 5}})
    second = LegCount(place=(2, 1), months={"2026-11": {"a": 6}, "2026-12": {"b": 1}})
    await counts.save(TENANT, first)
    await counts.save("fabrikam", first)
    await counts.save(TENANT, second)
    assert await counts.load(TENANT) == second
    assert await counts.load("fabrikam") == first
    await store.close()
    assert await (await opener(url)).leg_counts.load(TENANT) == second


async def test_only_facts_that_tell_of_a_leg_are_read_in_order(store: Store) -> None:
    mine = await owned(store)
    kinds = ["contact.arrived", "contact.queued", "offer.ringing", "offer.ended", "contact.arrived"]
    await store.commit(batch(mine, facts=[told(n, kind) for n, kind in enumerate(kinds)]))
    await mine.release()
    again = await owned(store)
    await store.commit(batch(again, facts=[told(0, "offer.ringing")]))
    places = [(mine.epoch, 0), (mine.epoch, 2), (mine.epoch, 4), (again.epoch, 0)]
    since = store.leg_counts.since
    assert [fact.place for fact in await since(TENANT, (0, -1))] == places
    assert [fact.place for fact in await since(TENANT, (0, -1), limit=2)] == places[:2]
    assert [fact.place for fact in await since(TENANT, places[1])] == places[2:]
    assert await since("fabrikam", (0, -1)) == []
