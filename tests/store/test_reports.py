"""Figures for reports on every database: added once, summed up as asked, forgotten in time."""

import asyncio
import random

import pytest
from kit.store import NOW, TENANT, Opener, batch, owned

from console.reports.counting import KINDS, OUTCOMES
from console.reports.metrics import METRICS
from store.contract import FactRow, Store
from store.kept import DAY_MS, Kept
from store.report_sums import Wanted
from store.reports import TELLING, Figures, Place, Portion, Spread, Standing
from store.tables import AGENT_COUNTS, QUEUE_COUNTS

QUARTER = 900_000
AT = NOW - NOW % QUARTER


def of_queue(at: int, queue: str, **counts: int) -> Figures:
    return Figures(at, "", queue, tuple(counts.get(name, 0) for name in QUEUE_COUNTS))


def of_agent(at: int, agent: str, queue: str, **counts: int) -> Figures:
    return Figures(at, agent, queue, tuple(counts.get(name, 0) for name in AGENT_COUNTS))


def told(figures: Figures) -> dict[str, int]:
    """What is not nothing."""
    names = QUEUE_COUNTS if len(figures.counts) == len(QUEUE_COUNTS) else AGENT_COUNTS
    return {name: n for name, n in zip(names, figures.counts, strict=True) if n}


PORTION = Portion(
    queues=[
        of_queue(AT, "sales", offered=3, answered=2, wait_ms=9_000),
        of_queue(AT + QUARTER, "sales", offered=1),
        of_queue(AT, "support", offered=5),
    ],
    agents=[
        of_agent(AT, "a", "sales", handled=2, talk_ms=60_000),
        of_agent(AT, "a", "support", handled=1, talk_ms=10_000),
        of_agent(AT, "a", "", available_ms=500_000),
        of_agent(AT, "b", "sales", handled=1),
    ],
    spreads=[
        Spread(AT, "wait", "sales", "", 40, 2),
        Spread(AT, "handle", "sales", "a", 60, 2),
        Spread(AT, "handle", "support", "a", 60, 1),
        Spread(AT + QUARTER, "handle", "sales", "b", 61, 1),
    ],
    standings=[Standing("a", "a@b.example", AT, "available_ms")],
)
ALL = (AT, AT + 2 * QUARTER)


async def test_what_is_added_adds_up(store: Store) -> None:
    reports = store.reports
    assert await reports.place(TENANT) == Place()
    first, second = Place(1, 7, AT), Place(2, 0, AT + 5)
    assert await reports.add(TENANT, Place(), first, PORTION)
    assert await reports.add(TENANT, first, second, PORTION)
    assert await reports.place(TENANT) == second
    found = {each.queue: told(each) for each in await reports.figures(TENANT, *ALL)}
    assert found == {
        "sales": {"offered": 8, "answered": 4, "wait_ms": 18_000},
        "support": {"offered": 10},
    }
    assert await reports.figures("fabrikam", *ALL) == []
    assert await reports.standings(TENANT) == [Standing("a", "a@b.example", AT, "available_ms")]


async def test_the_same_facts_are_added_once_whoever_counted_them(store: Store) -> None:
    """As after an answer that was lost, or beside a predecessor who counts on."""
    reports, after = store.reports, Place(1, 7, AT)
    assert await reports.add(TENANT, Place(), after, PORTION)
    before = await reports.figures(TENANT, *ALL)
    assert not await reports.add(TENANT, Place(), after, PORTION)
    assert not await reports.add(TENANT, Place(1, 6, AT), Place(1, 9, AT), PORTION)
    assert await reports.figures(TENANT, *ALL) == before
    assert await reports.place(TENANT) == after


async def test_of_many_who_count_at_once_one_is_right(store: Store) -> None:
    tries = (store.reports.add(TENANT, Place(), Place(1, 7, AT), PORTION) for _ in range(8))
    assert sorted(await asyncio.gather(*tries)) == [False] * 7 + [True]
    sums = await store.reports.figures(TENANT, *ALL)
    assert told(sums[0] if sums[0].queue == "sales" else sums[1])["offered"] == 4


async def test_figures_and_place_outlive_the_process(opener: Opener, url: str) -> None:
    store = await opener(url)
    await store.reports.add(TENANT, Place(), Place(1, 7, AT), PORTION)
    await store.close()
    again = await opener(url)
    assert await again.reports.place(TENANT) == Place(1, 7, AT)
    assert len(await again.reports.figures(TENANT, *ALL)) == 2


async def test_only_the_span_is_read(store: Store) -> None:
    reports = store.reports
    await reports.add(TENANT, Place(), Place(1, 7, AT), PORTION)
    first = {each.queue: told(each) for each in await reports.figures(TENANT, AT, AT + QUARTER)}
    assert first["sales"]["offered"] == 3
    second = await reports.figures(TENANT, AT + QUARTER, AT + 2 * QUARTER)
    assert [(each.queue, told(each)["offered"]) for each in second] == [("sales", 1)]


async def test_quarters_one_queue_one_agent_and_queues_together(store: Store) -> None:
    reports = store.reports
    await reports.add(TENANT, Place(), Place(1, 7, AT), PORTION)

    async def read(wanted: Wanted, **only: str) -> set[tuple[int, str, str, int]]:
        rows = await reports.figures(TENANT, *ALL, wanted, **only)
        first = "handled" if wanted.by_agent else "offered"
        return {(r.at, r.agent, r.queue, told(r).get(first, 0)) for r in rows}

    quarters = Wanted(quarters=True)
    assert await read(quarters, queue="sales") == {
        (AT, "", "sales", 3),
        (AT + QUARTER, "", "sales", 1),
    }
    agents = Wanted(by_agent=True)
    assert await read(agents) == {
        (0, "a", "sales", 2),
        (0, "a", "support", 1),
        (0, "a", "", 0),
        (0, "b", "sales", 1),
    }
    assert await read(agents, agent="b") == {(0, "b", "sales", 1)}
    merged = Wanted(by_agent=True, merged=True)
    assert await read(merged) == {(0, "a", "", 3), (0, "b", "", 1)}
    assert await read(merged, queue="support") == {(0, "a", "", 1)}


async def test_spreads_by_queue_hold_every_agent_and_by_agent_no_wait(store: Store) -> None:
    reports = store.reports
    await reports.add(TENANT, Place(), Place(1, 7, AT), PORTION)
    found = await reports.spreads(TENANT, *ALL)
    assert {(s.kind, s.queue, s.bucket, s.n) for s in found} == {
        ("wait", "sales", 40, 2),
        ("handle", "sales", 60, 2),
        ("handle", "support", 60, 1),
        ("handle", "sales", 61, 1),
    }
    merged = Wanted(by_agent=True, merged=True)
    by_agent = await reports.spreads(TENANT, *ALL, merged)
    assert {(s.kind, s.agent, s.bucket, s.n) for s in by_agent} == {
        ("handle", "a", 60, 3),
        ("handle", "b", 61, 1),
    }
    quarters = await reports.spreads(TENANT, *ALL, Wanted(by_agent=True, quarters=True), agent="b")
    assert quarters == [Spread(AT + QUARTER, "handle", "sales", "b", 61, 1)]


async def test_only_facts_that_count_are_read_in_order(store: Store) -> None:
    mine = await owned(store)
    kinds = ["contact.queued", "contact.arrived", "agent.changed", "ignored", "contact.wrapped"]
    rows = [FactRow(NOW + n, "c", None, "sales", kind, b"{}", n) for n, kind in enumerate(kinds)]
    await store.commit(batch(mine, facts=rows))
    since = store.reports.since
    assert [fact.seq for fact in await since(TENANT, Place())] == [0, 2, 4]
    assert [fact.seq for fact in await since(TENANT, Place(mine.epoch, 2, NOW), limit=1)] == [4]
    assert await since("fabrikam", Place()) == []


async def test_figures_go_with_the_history_that_they_are_of(store: Store) -> None:
    reports, kept = store.reports, Kept(history_ms=30 * DAY_MS)
    old = AT - 31 * DAY_MS
    aged = Portion(
        queues=[of_queue(old, "sales", offered=1), of_queue(AT, "sales", offered=1)],
        agents=[of_agent(old + QUARTER, "a", "sales", handled=1)],
        spreads=[Spread(old, "wait", "sales", "", 40, 1), Spread(AT, "wait", "sales", "", 40, 1)],
        standings=[Standing("gone", "g@b.example", old, ""), Standing("a", "a@b.example", AT, "")],
    )
    for tenant in (TENANT, "fabrikam"):
        await reports.add(tenant, Place(), Place(1, 7, AT), aged)
    await store.forget(TENANT, NOW, kept)
    span = (old, AT + QUARTER)
    assert [each.counts[0] for each in await reports.figures(TENANT, *span)] == [1]
    assert await reports.figures(TENANT, *span, Wanted(by_agent=True)) == []
    assert [each.n for each in await reports.spreads(TENANT, *span)] == [1]
    assert [each.agent for each in await reports.standings(TENANT)] == ["a"]
    assert [each.counts[0] for each in await reports.figures("fabrikam", *span)] == [2]
    assert len(await reports.standings("fabrikam")) == 2


def test_the_tables_have_a_column_for_whatever_is_counted() -> None:
    assert set(OUTCOMES) <= set(QUEUE_COUNTS)
    asked = {name.removeprefix("-") for metric in METRICS for name in (*metric.over, *metric.under)}
    assert asked <= {*QUEUE_COUNTS, *AGENT_COUNTS}
    assert {kind.value for kind in TELLING} == {str(kind) for kind in KINDS}


@pytest.mark.parametrize("seed", range(3))
async def test_sums_over_parts_are_the_sum_over_all(store: Store, seed: int) -> None:
    chance, place = random.Random(seed), Place()
    reports = store.reports
    for number in range(5):
        queues = {
            (AT + chance.randrange(8) * QUARTER, chance.choice(["sales", "support"])): number + 1
            for _ in range(4)
        }
        portion = Portion(queues=[of_queue(*key, offered=n) for key, n in queues.items()])
        after = Place(1, number, AT)
        assert await reports.add(TENANT, place, after, portion)
        place = after
    whole = (AT, AT + 8 * QUARTER)
    total = sum(told(each)["offered"] for each in await reports.figures(TENANT, *whole))
    quarters = await reports.figures(TENANT, *whole, Wanted(quarters=True))
    cut = AT + 3 * QUARTER
    halves = [
        each
        for span in ((AT, cut), (cut, whole[1]))
        for each in await reports.figures(TENANT, *span)
    ]
    assert total == sum(told(each)["offered"] for each in quarters)
    assert total == sum(told(each)["offered"] for each in halves)
