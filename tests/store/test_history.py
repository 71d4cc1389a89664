"""Reading back: facts, contact records, plan versions, prompts."""

import hashlib

import pytest
from kit.store import NOW, TENANT, batch, fact, owned, record, saved

from store.archive import open_archive
from store.contract import FactRow, Store
from store.errors import Unstorable
from store.history import LONGEST_MS


async def test_facts_of_a_contact_come_in_order(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, facts=[fact(n, "c1" if n % 2 else "c2") for n in range(1, 13)]))
    assert [f.seq for f in await store.history.facts_of(TENANT, "c1")] == [1, 3, 5, 7, 9, 11]


async def test_facts_are_followed_across_epochs(store: Store) -> None:
    first = await owned(store)
    await store.commit(batch(first, facts=[fact(7), fact(8)]))
    second = await owned(store)
    await store.commit(batch(second, facts=[fact(1), fact(2)]))
    places = [(first.epoch, 7), (first.epoch, 8), (second.epoch, 1), (second.epoch, 2)]
    assert [f.place for f in await store.history.facts_since(TENANT)] == places
    assert [f.place for f in await store.history.facts_since(TENANT, places[0])] == places[1:]
    assert [f.place for f in await store.history.facts_since(TENANT, places[1], limit=1)] == [
        places[2]
    ]
    assert await store.history.newest_place(TENANT) == places[3]
    assert await store.history.newest_place("nobody") == (0, -1)


async def test_records_are_replaced_whole(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, records=[record("c1")]))
    ended = record("c1", outcome="answered")._replace(ended_at=NOW + 9, agent="kim", body=b"[1]")
    await store.commit(batch(mine, records=[ended]))
    found = await store.history.record(TENANT, "c1")
    assert found == ended[:-1]  # whose it is stands in the body too
    assert await store.history.record(TENANT, "c2") is None


async def test_recent_contacts_come_newest_first(store: Store) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, records=[record(f"c{n}", NOW + n) for n in range(5)]))
    recent = await store.history.recent(TENANT, limit=2)
    assert [r.contact for r in recent] == ["c4", "c3"]
    earlier = await store.history.recent(TENANT, before=recent[-1].started_at)
    assert [r.contact for r in earlier] == ["c2", "c1", "c0"]


async def test_a_contact_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    mine = await owned(store)
    names = ["contoso-1-9", "contoso-1-10", "contoso-2-1", "contosO-1-1", "contoso-1-1é"]
    records = [record(name) for name in names[:3]]
    facts = [fact(n, name) for n, name in enumerate(names[1:])]
    await store.commit(batch(mine, records=records, facts=facts))
    found = await store.history.find(TENANT, "contoso-1-1")
    assert found == ["contoso-1-10", "contoso-1-1é"]
    assert await store.history.find(TENANT, "contoso-1-10") == ["contoso-1-10"]
    assert await store.history.find(TENANT, "contoso_") == []
    assert len(await store.history.find(TENANT, "", limit=2)) == 2


async def test_the_latest_plan_is_found(store: Store) -> None:
    assert await store.plans.latest(TENANT) is None
    first = await store.plans.put(
        TENANT, text="queues: []\n", compiled=b"1", created_at=NOW, created_by="start"
    )
    same = await store.plans.put(
        TENANT, text="queues: []\n", compiled=b"1", created_at=NOW + 1, created_by="start"
    )
    second = await store.plans.put(
        TENANT, text="queues: [김]\n", compiled=b"2", created_at=NOW + 2, created_by="kim"
    )
    assert same == first
    assert second.id > first.id
    assert await store.plans.latest(TENANT) == second
    assert await store.plans.get(TENANT, first.id) == first
    assert await store.plans.get("fabrikam", first.id) is None
    assert await store.plans.latest("fabrikam") is None


async def test_a_plan_set_back_is_a_new_version(store: Store) -> None:
    versions = [
        await store.plans.put(TENANT, text=text, compiled=b"", created_at=NOW, created_by="kim")
        for text in ("a", "b", "a")
    ]
    assert len({version.id for version in versions}) == 3
    assert await store.plans.latest(TENANT) == versions[2]


async def test_a_plan_with_nul_is_unstorable(store: Store) -> None:
    with pytest.raises(Unstorable):
        await store.plans.put(TENANT, text="a\0", compiled=b"", created_at=NOW, created_by="x")


async def test_prompts_are_found_by_content_and_by_key(store: Store) -> None:
    body = bytes(range(256)) * 4_000
    sha256 = hashlib.sha256(body).hexdigest()
    assert await store.prompts.get(sha256) is None
    for key in ("hello/en/kate", "hello/en/kate", "hi/en/kate"):
        await store.prompts.put(sha256, body, "audio/wav", 32_000, key)
    found = await store.prompts.get(sha256)
    assert found is not None
    assert (found.body, found.content_type, found.duration_ms) == (body, "audio/wav", 32_000)
    assert await store.prompts.by_key("hi/en/kate") == found
    assert await store.prompts.by_key("hello/en/kate") == found
    assert await store.prompts.by_key("bye/en/kate") is None
    assert sorted(await store.prompts.named()) == [
        ("hello/en/kate", sha256, 32_000),
        ("hi/en/kate", sha256, 32_000),
    ]


async def test_a_key_moves_to_newly_rendered_content(store: Store) -> None:
    for body in (b"old", b"new"):
        sha256 = hashlib.sha256(body).hexdigest()
        await store.prompts.put(sha256, body, "audio/wav", 1, "key")
    found = await store.prompts.by_key("key")
    assert found is not None
    assert found.body == b"new"


async def test_a_prompt_under_a_wrong_hash_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="hash"):
        await store.prompts.put("0" * 64, b"body", "audio/wav", 1)


async def test_an_agents_last_change_before_a_place(store: Store) -> None:
    mine = await owned(store)
    changes = [
        FactRow(NOW + n, None, agent, None, kind, b"{}", n)
        for n, (agent, kind) in enumerate(
            [
                ("kim", "agent.changed"),
                ("lee", "agent.changed"),
                ("kim", "offer.created"),
                ("kim", "agent.changed"),
            ]
        )
    ]
    await store.commit(batch(mine, facts=changes))

    async def before(agent: str, epoch: int, seq: int) -> int | None:
        found = await store.history.agent_before(TENANT, agent, (epoch, seq))
        return found.seq if found else None

    assert await before("kim", mine.epoch, 3) == 0
    assert await before("kim", mine.epoch, 4) == 3
    assert await before("kim", mine.epoch + 1, 0) == 3
    assert await before("lee", mine.epoch, 3) == 1
    assert await before("kim", mine.epoch, 0) is None
    assert await store.history.agent_before("fabrikam", "kim", (mine.epoch, 9)) is None


async def test_agents_and_tenants_are_listed(store: Store) -> None:
    assert await store.history.tenants() == []
    mine = await owned(store)
    rows = [saved("lee", b'{"id":"lee"}', "agent"), saved("c1", kind="contact")]
    await store.commit(batch(mine, saved=rows))
    assert await store.history.agents(TENANT) == [b'{"id":"lee"}']
    assert await store.history.agents("fabrikam") == []
    assert await store.history.tenants() == [TENANT]


async def test_the_plan_of_an_instant_is_found(store: Store) -> None:
    versions = [
        await store.plans.put(
            TENANT, text=f"{n}", compiled=b"", created_at=NOW + n, created_by="kim"
        )
        for n in (10, 20)
    ]
    assert await store.plans.at(TENANT, NOW + 9) is None
    assert await store.plans.at(TENANT, NOW + 10) == versions[0]
    assert await store.plans.at(TENANT, NOW + 19) == versions[0]
    assert await store.plans.at(TENANT, NOW + 99) == versions[1]


async def test_an_archive_is_read_beside_the_service(store: Store, url: str) -> None:
    mine = await owned(store)
    await store.commit(batch(mine, facts=[fact(1)], records=[record("c1")]))
    archive = await open_archive(url.partition("#")[0])
    try:
        assert [f.seq for f in await archive.history.facts_of(TENANT, "c1")] == [1]
        assert await archive.history.find(TENANT, "c") == ["c1"]
        await store.commit(batch(mine, facts=[fact(2)]))
        assert [f.seq for f in await archive.history.facts_of(TENANT, "c1")] == [1, 2]
    finally:
        await archive.close()


async def test_contacts_with_an_agent_are_found_by_their_end(store: Store) -> None:
    mine = await owned(store)
    ends = {"early": 0, "first": 1, "second": 2, "last": 5, "late": 6, "nobody": 3}
    records = [
        record(name)._replace(ended_at=NOW + end, agent=None if name == "nobody" else "kim")
        for name, end in ends.items()
    ]
    long_ago = NOW - LONGEST_MS - 1
    records.append(record("long", long_ago)._replace(ended_at=NOW + 3, agent="kim"))
    await store.commit(batch(mine, records=[*records, record("live")]))
    found = await store.history.ended(TENANT, NOW, NOW + 5)
    assert [row.contact for row in found] == ["first", "second", "last"]
    assert await store.history.ended("nobody", NOW, NOW + 5) == []
