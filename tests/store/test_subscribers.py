"""How far other systems were told, and what was set aside, on every database."""

from kit.store import NOW, TENANT, Opener, batch, owned

from store.contract import FactRow, Store
from store.subscribers import Progress, Stretch


def happened(seq: int, at: int) -> FactRow:
    return FactRow(at, "c1", None, "sales", "contact.queued", b"{}", seq)


def stretch(upto: tuple[int, int], *, at: int = NOW, wanted_by: str | None = None) -> Stretch:
    return Stretch(
        after=(1, -1), upto=upto, facts=3, at=at, problem="status: 400", wanted_by=wanted_by
    )


async def test_progress_is_kept_by_tenant_and_name(opener: Opener, url: str) -> None:
    store = await opener(url)
    failing = Progress(place=(1, 7), failing_since=NOW, attempts=3, problem="late: 10000 ms")
    await store.subscribers.save(TENANT, "crm", Progress(place=(1, 2)))
    await store.subscribers.save(TENANT, "crm", failing)
    await store.subscribers.save(TENANT, "bi", Progress(place=(1, 9)))
    await store.subscribers.save("fabrikam", "crm", Progress(place=(5, 0)))
    await store.close()
    again = (await opener(url)).subscribers
    assert await again.progress(TENANT) == {"crm": failing, "bi": Progress(place=(1, 9))}
    assert await again.progress("fabrikam") == {"crm": Progress(place=(5, 0))}


async def test_what_was_not_told_is_kept_until_all_of_it_was_told_again(store: Store) -> None:
    kept = store.subscribers
    await kept.save(TENANT, "crm", Progress(place=(1, 2)), stretch((1, 2)))
    await kept.save(TENANT, "crm", Progress(place=(1, 8)), stretch((1, 8)))
    await kept.save(TENANT, "bi", Progress(place=(1, 8)), stretch((1, 8)))
    assert await kept.wanted(TENANT) == []
    await kept.want(TENANT, "crm", "Amy")
    first, second = await kept.wanted(TENANT)
    assert (first.name, first.upto, first.wanted_by, first.facts) == ("crm", (1, 2), "Amy", 3)
    await kept.shorten(first, (1, 1), 1)
    assert [(each.after, each.facts) for each in await kept.wanted(TENANT)] == [
        ((1, 1), 1),
        ((1, -1), 3),
    ]
    await kept.drop(second)
    assert [each.name for each in await kept.dead(TENANT)] == ["crm", "bi"]
    assert await kept.dead("fabrikam") == []


async def test_what_is_too_old_to_be_told_is_forgotten(store: Store) -> None:
    kept = store.subscribers
    await kept.bury(TENANT, "crm", stretch((1, 2), at=NOW - 10))
    await kept.bury(TENANT, "crm", stretch((1, 3), at=NOW))
    await kept.bury("fabrikam", "crm", stretch((1, 3), at=NOW - 10))
    await kept.forget(TENANT, NOW)
    assert [each.upto for each in await kept.dead(TENANT)] == [(1, 3)]
    assert len(await kept.dead("fabrikam")) == 1


async def test_places_are_found_by_instant_and_counted(store: Store) -> None:
    mine = await owned(store)
    facts = [happened(seq, NOW + 1_000 * seq) for seq in range(5)]
    await store.commit(batch(mine, facts=facts))
    kept = store.subscribers
    assert await kept.place_before(TENANT, NOW) == (0, -1)
    after = await kept.place_before(TENANT, NOW + 2_000)
    assert after == (mine.epoch, 1)
    assert await kept.between(TENANT, after, (mine.epoch, 4)) == 3
    assert await kept.between(TENANT, (0, -1), (mine.epoch, 4)) == 5
    assert await kept.between("fabrikam", (0, -1), (mine.epoch, 4)) == 0
