"""Keeping one way to reach each person."""

import pytest
from kit.store import NOW, TENANT

from store.contract import Store
from store.errors import Unstorable


async def test_the_newest_conversation_is_kept(store: Store) -> None:
    await store.conversations.save(TENANT, "ada", '{"conversation":"a:1"}', NOW)
    await store.conversations.save(TENANT, "ada", '{"conversation":"가:2"}', NOW + 1)
    await store.conversations.save(TENANT, "ada", '{"conversation":"a:0"}', NOW - 1)
    assert await store.conversations.find(TENANT, "ada") == '{"conversation":"가:2"}'


async def test_people_and_tenants_are_kept_apart(store: Store) -> None:
    await store.conversations.save(TENANT, "ada", "one", NOW)
    await store.conversations.save("fabrikam", "ada", "two", NOW)
    assert await store.conversations.find(TENANT, "ada") == "one"
    assert await store.conversations.find("fabrikam", "ada") == "two"
    assert await store.conversations.find(TENANT, "bob") is None


async def test_a_forgotten_conversation_is_gone(store: Store) -> None:
    await store.conversations.save(TENANT, "ada", "one", NOW)
    await store.conversations.save(TENANT, "bob", "two", NOW)
    await store.conversations.forget(TENANT, "ada")
    await store.conversations.forget(TENANT, "ada")
    assert await store.conversations.find(TENANT, "ada") is None
    assert await store.conversations.find(TENANT, "bob") == "two"


async def test_what_no_database_takes_is_refused(store: Store) -> None:
    with pytest.raises(Unstorable):
        await store.conversations.save(TENANT, "ada", "\0", NOW)


async def test_a_conversation_is_forgotten_only_if_no_newer_one_is_known(store: Store) -> None:
    await store.conversations.save(TENANT, "ada", "one", NOW)
    await store.conversations.save(TENANT, "ada", "two", NOW + 1)
    await store.conversations.forget(TENANT, "ada", "one")
    assert await store.conversations.find(TENANT, "ada") == "two"
    await store.conversations.forget(TENANT, "ada", "two")
    assert await store.conversations.find(TENANT, "ada") is None


async def test_all_conversations_of_a_tenant_are_read_page_by_page(store: Store) -> None:
    for person in ("Bob", "ada", "가람"):
        await store.conversations.save(TENANT, person, f"to {person}", NOW)
    await store.conversations.save("fabrikam", "eve", "elsewhere", NOW)
    first = await store.conversations.page(TENANT, limit=2)
    assert first == [("Bob", "to Bob"), ("ada", "to ada")]
    assert await store.conversations.page(TENANT, first[-1].person, limit=2) == [
        ("가람", "to 가람")
    ]
    assert await store.conversations.page(TENANT, "가람") == []
