"""`switchboard subscribers` and `switchboard replay`, beside the service's database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from kit.archived import TENANT, open_with_story

from bot.replaying import list_subscribers, replay
from console.inquiry import PLANS
from routing.subscriber import Subscriber
from store.contract import Store
from store.subscribers import Progress, Stretch

AT = 1_795_600_000_000


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'switchboard.db'}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """With a plan that names two systems; `bi` was told up to its place, and missed three facts."""
    store, desk = await open_with_story(tmp_path / "switchboard.db")
    subscribers = tuple(
        Subscriber(name=name, url="https://bi.contoso.example") for name in ("bi", "crm")
    )
    plan = replace(desk.engine.plan, subscribers=subscribers)
    await store.plans.put(
        TENANT, text="", compiled=PLANS.encode(plan), created_at=AT, created_by="test"
    )
    stretch = Stretch(after=(0, -1), upto=(1, 2), facts=3, at=AT, problem="status: 422")
    place = await store.history.newest_place(TENANT)
    failing = Progress(place=place, failing_since=AT, attempts=4, problem="late: 10000 ms")
    await store.subscribers.save(TENANT, "bi", failing, stretch)
    yield store
    await store.close()


async def test_the_list_says_how_far_each_is_and_why(
    store: Store, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await list_subscribers(url, None) == 0
    told = capsys.readouterr().out
    for word in ("bi", "fails, 4 times", "late: 10000 ms", "crm", "not begun", "status: 422"):
        assert word in told
    assert store.subscribers is not None


async def test_what_was_set_aside_is_wanted_again_by_whom(
    store: Store, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await replay("bi", "", "olga", url, TENANT) == 0
    assert capsys.readouterr().out == "3 facts will be told again.\n"
    [letter] = await store.subscribers.wanted(TENANT)
    assert (letter.name, letter.wanted_by) == ("bi", "olga")
    assert await replay("crm", "", "olga", url, TENANT) == 0
    assert capsys.readouterr().out == "Nothing was set aside.\n"


async def test_everything_since_an_instant_is_wanted_again(
    store: Store, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = len(await store.history.facts_since(TENANT, limit=10_000))
    assert facts > 10
    assert await replay("bi", "1970-01-01", "olga", url, TENANT) == 0
    assert capsys.readouterr().out == f"{facts} facts since 1970-01-01 will be told again.\n"
    [letter] = await store.subscribers.wanted(TENANT)
    assert (letter.after, letter.facts) == ((0, -1), facts)
    assert await replay("bi", "2199-01-01T08:00+01:00", "olga", url, TENANT) == 0
    assert capsys.readouterr().out.startswith("0 facts")
    assert len(await store.subscribers.wanted(TENANT)) == 1


@pytest.mark.parametrize(
    ("name", "since", "remedy"),
    [
        ("warehouse", "", "switchboard subscribers"),
        ("bi", "yesterday", "2026-11-25T08:00"),
        ("crm", "2026-11-25", "not been told anything yet"),
    ],
)
async def test_a_wrong_word_is_answered_with_a_right_one(
    store: Store, url: str, name: str, since: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await replay(name, since, "", url, TENANT) == 2
    assert remedy in capsys.readouterr().err
    assert await store.subscribers.wanted(TENANT) == []
