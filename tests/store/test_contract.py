"""What every database keeps: the promises of store/contract.py."""

import asyncio

import pytest
from kit.store import NOW, TENANT, Opener, batch, command, fact, owned, record, saved

from store.contract import Accepted, Identity, Outcome, Store
from store.database import SqlStore
from store.errors import Fenced, Unstorable

QUARTER_MS = 15 * 60_000


async def test_what_was_committed_is_loaded(store: Store) -> None:
    mine = await owned(store)
    await store.commit(
        batch(
            mine,
            saved=[saved("c2", b"two"), saved("c1", b"one")],
            commands=[command("z9"), command("a1", None), command("m5")],
            identities=[Identity("created:1", NOW)],
        )
    )
    loaded = await store.load(TENANT)
    assert loaded.live == [saved("c1", b"one"), saved("c2", b"two")]
    assert loaded.outbox == [command("z9"), command("a1", None), command("m5")]
    assert loaded.identities == [Identity("created:1", NOW)]
    assert loaded.inbox == []


async def test_it_is_still_there_after_a_restart(opener: Opener, url: str) -> None:
    first = await opener(url)
    mine = await owned(first)
    await first.commit(batch(mine, saved=[saved("c1", b"one")], facts=[fact(1)]))
    await mine.release()
    await first.close()
    second = await opener(url)
    again = await owned(second)
    assert again.epoch > mine.epoch
    assert (await second.load(TENANT)).live == [saved("c1", b"one")]


async def test_saving_again_replaces_and_removing_removes(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, saved=[saved("c1", b"old"), saved("c2"), saved("c3")]))
    await store.commit(batch(mine, saved=[saved("c1", b"new")], removed=[("Contact", "c2")]))
    assert (await store.load(TENANT)).live == [saved("c1", b"new"), saved("c3")]


async def test_entities_of_one_id_and_two_kinds_are_two(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, saved=[saved("x", b"1", "Agent"), saved("x", b"2", "Call")]))
    await store.commit(batch(mine, removed=[("Agent", "x")]))
    assert (await store.load(TENANT)).live == [saved("x", b"2", "Call")]


async def test_tenants_do_not_see_each_other(store: Store) -> None:
    mine, other = await owned(store), await owned(store, "fabrikam")
    await store.commit(batch(mine, saved=[saved("c1")], commands=[command("x")], facts=[fact(1)]))
    await store.accept(TENANT, "k", NOW, b"event")
    assert await store.accept("fabrikam", "k", NOW, b"event") is Accepted.STORED
    ((row,), (theirs,)) = await store.unconsumed(TENANT), await store.unconsumed("fabrikam")
    await store.commit(batch(other, consumed=[row.id], removed=[("Contact", "c1")]))
    loaded = await store.load(TENANT)
    assert (len(loaded.live), len(loaded.inbox), len(loaded.outbox)) == (1, 1, 1)
    assert (await store.load("fabrikam")).inbox == [theirs]
    assert await store.history.facts_of("fabrikam", "c1") == []


async def test_a_command_with_an_outcome_is_not_loaded(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, commands=[command("x"), command("y")]))
    await store.commit(batch(mine, outcomes=[Outcome("x", "done", NOW), Outcome("?", "done", NOW)]))
    assert (await store.load(TENANT)).outbox == [command("y")]


async def test_a_command_settled_in_its_own_batch_is_settled(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, commands=[command("x")], outcomes=[Outcome("x", "void", NOW)]))
    assert (await store.load(TENANT)).outbox == []


async def test_a_command_settled_while_its_batch_is_repeated_is_settled(store: Store) -> None:
    mine = await owned(store)
    first = batch(mine, commands=[command("x")])
    await store.commit(first)
    await store.commit_many([first, batch(mine, outcomes=[Outcome("x", "done", NOW)])])
    assert (await store.load(TENANT)).outbox == []


async def test_many_batches_end_as_if_committed_one_by_one(store: Store) -> None:
    mine = await owned(store)
    await store.commit_many(
        [
            batch(mine, saved=[saved("a", b"1"), saved("b", b"1")], facts=[fact(1)]),
            batch(mine, saved=[saved("a", b"2")], removed=[("Contact", "b")], facts=[fact(2)]),
            batch(mine, saved=[saved("c", b"1")], commands=[command("x")]),
            batch(mine, removed=[("Contact", "c")], outcomes=[Outcome("x", "done", NOW)]),
            batch(mine, saved=[saved("b", b"3")], records=[record("c1")]),
            batch(mine, records=[record("c1", outcome="answered")]),
        ]
    )
    loaded = await store.load(TENANT)
    assert loaded.live == [saved("a", b"2"), saved("b", b"3")]
    assert loaded.outbox == []
    assert [f.seq for f in await store.history.facts_of(TENANT, "c1")] == [1, 2]
    found = await store.history.record(TENANT, "c1")
    assert found is not None
    assert found.outcome == "answered"


async def test_nothing_to_commit_is_no_error(store: Store) -> None:
    mine = await owned(store)
    await store.commit_many([])
    await store.commit(batch(mine))
    assert (await store.load(TENANT)).live == []


async def test_a_batch_repeated_changes_nothing(store: Store) -> None:
    """After Unavailable nobody knows whether the batch was stored."""
    first = await owned(store)
    await store.accept(TENANT, "k", NOW, b"event")
    (row,) = await store.unconsumed(TENANT)
    step = batch(
        first,
        consumed=[row.id],
        identities=[Identity("direct", NOW)],
        saved=[saved("c1")],
        removed=[("Contact", "c9")],
        facts=[fact(1), fact(2)],
        commands=[command("x")],
        outcomes=[Outcome("x", "done", NOW)],
        records=[record("c1")],
    )
    await store.commit(step)
    before = await store.load(TENANT), await store.history.facts_of(TENANT, "c1")
    assert isinstance(store, SqlStore)
    store._journal._newest.clear()  # as if the answer had been lost
    await store.commit_many([step, batch(first, facts=[fact(3)])])
    after = await store.load(TENANT), await store.history.facts_of(TENANT, "c1")
    assert after[0] == before[0]
    assert after[1][:-1] == before[1]
    assert [f.seq for f in after[1]] == [1, 2, 3]


async def test_a_batch_of_an_earlier_epoch_is_fenced(store: Store) -> None:
    late = await owned(store)
    await store.commit(batch(late, saved=[saved("c1", b"old")]))
    new = await store.acquire(TENANT, "successor")
    assert new is not None
    assert new.epoch == late.epoch + 1
    step = batch(
        late,
        identities=[Identity("late", NOW)],
        saved=[saved("c1", b"late"), saved("c2")],
        removed=[("Contact", "c1")],
        facts=[fact(1)],
        commands=[command("x")],
        records=[record("c1")],
    )
    with pytest.raises(Fenced) as caught:
        await store.commit(step)
    assert (caught.value.tenant, caught.value.epoch) == (TENANT, late.epoch)
    loaded = await store.load(TENANT)
    assert loaded.live == [saved("c1", b"old")]
    assert (loaded.outbox, loaded.identities) == ([], [])
    assert await store.history.facts_of(TENANT, "c1") == []
    assert await store.history.recent(TENANT) == []
    assert not await late.renew()
    assert not late.still_mine(1_000_000)
    await store.commit(batch(new, saved=[saved("c1", b"new")]))
    assert (await store.load(TENANT)).live == [saved("c1", b"new")]


async def test_a_tenant_nobody_owns_is_fenced(store: Store) -> None:
    mine = await owned(store)
    step = batch(mine, saved=[saved("c1")])
    step.tenant = "unheard of"
    with pytest.raises(Fenced):
        await store.commit(step)


@pytest.mark.parametrize("bad", ["\ud800", "x\udfffy", "a\0b"])
async def test_one_bad_item_is_named_and_the_rest_can_go(store: Store, bad: str) -> None:
    mine = await owned(store)
    steps = [
        batch(mine, saved=[saved("c1")], facts=[fact(1)]),
        batch(mine, saved=[saved("c2")], facts=[fact(2, contact=bad)]),
        batch(mine, saved=[saved("c3")], facts=[fact(3)]),
    ]
    with pytest.raises(Unstorable) as caught:
        await store.commit_many(steps)
    assert caught.value.position == 1
    assert (await store.load(TENANT)).live == []
    await store.commit_many([steps[0], steps[2]])
    assert [row.id for row in (await store.load(TENANT)).live] == ["c1", "c3"]


@pytest.mark.parametrize(
    "part",
    [
        {"saved": [saved("\ud800")]},
        {"saved": [saved("x", kind="\0")]},
        {"removed": [("Contact", "\0")]},
        {"identities": [Identity("\udc00", NOW)]},
        {"identities": [Identity("k", 2**63)]},
        {"commands": [command("\0")]},
        {"commands": [command("x", deadline=2**64)]},
        {"outcomes": [Outcome("\ud800", "done", NOW)]},
        {"outcomes": [Outcome("x", "\0", NOW)]},
        {"records": [record("\ud800")]},
        {"records": [record("c", started_at=-(2**70))]},
        {"facts": [fact(2**63)]},
    ],
)
async def test_what_no_database_takes_is_unstorable(store: Store, part: dict[str, object]) -> None:
    mine = await owned(store)
    with pytest.raises(Unstorable) as caught:
        await store.commit(batch(mine, **part))
    assert caught.value.position == 0
    await store.commit(batch(mine, saved=[saved("c1")]))


async def test_text_of_any_script_comes_back(store: Store) -> None:
    mine = await owned(store)
    name = "김민수 \U0001f600 'quoted\" \\ %s ? :x $1 \x01\x1f\u2028\ufeff\uffff"
    body = bytes(range(256))
    await store.commit(batch(mine, saved=[saved(name, body)], facts=[fact(1, name, body)]))
    assert (await store.load(TENANT)).live == [saved(name, body)]
    (found,) = await store.history.facts_of(TENANT, name)
    assert found.body == body


async def test_a_fact_number_used_twice_in_an_epoch_is_refused(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, facts=[fact(1), fact(2)]))
    with pytest.raises(ValueError, match="repeat"):
        await store.commit(batch(mine, facts=[fact(2)]))
    with pytest.raises(ValueError, match="repeat"):
        await store.commit(batch(mine, facts=[fact(3), fact(3)]))
    again = await owned(store)
    await store.commit(batch(again, facts=[fact(1)]))
    assert [f.place for f in await store.history.facts_of(TENANT, "c1")] == [
        (mine.epoch, 1),
        (mine.epoch, 2),
        (again.epoch, 1),
    ]


async def test_commits_at_once_all_arrive(store: Store) -> None:
    mine = await owned(store)
    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(store.commit(batch(mine, saved=[saved(f"c{number}")])))
    assert len((await store.load(TENANT)).live) == 40


async def test_the_databases_clock_ticks_in_milliseconds(store: Store) -> None:
    first = await store.database_now_ms()
    second = await store.database_now_ms()
    assert 1_700_000_000_000 < first <= second < 4_000_000_000_000


async def test_tidying_removes_only_what_is_settled_and_old(store: Store) -> None:
    mine = await owned(store)
    for number, at in enumerate([NOW, NOW, NOW + QUARTER_MS]):
        await store.accept(TENANT, f"k{number}", at, b"event")
    first, _second, young = await store.unconsumed(TENANT)
    await store.commit(
        batch(
            mine,
            consumed=[first.id, young.id],
            commands=[command("open"), command("old"), command("young")],
        )
    )
    await store.commit(
        batch(
            mine,
            outcomes=[Outcome("old", "done", NOW), Outcome("young", "done", NOW + QUARTER_MS)],
        )
    )
    now = NOW + QUARTER_MS + 1
    assert await store.tidy(now) == 2
    assert await store.tidy(now) == 0
    loaded = await store.load(TENANT)
    assert [row.key for row in loaded.inbox] == ["k1"]
    assert [row.id for row in loaded.outbox] == ["open"]
    assert [identity.key for identity in loaded.identities] == ["k2"]
    assert await store.accept(TENANT, "k0", now, b"event") is Accepted.STORED
    assert await store.accept(TENANT, "k2", now, b"event") is Accepted.DUPLICATE


async def test_tidying_goes_on_beyond_one_portion(store: Store) -> None:
    mine = await owned(store)
    many = [Identity(f"k{number}", NOW) for number in range(2_500)]
    await store.commit(batch(mine, identities=many))
    assert await store.tidy(NOW + QUARTER_MS + 1) == 2_500
    assert (await store.load(TENANT)).identities == []
