"""The legs of a month: counted from what is written down, once each, and warned of in time."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from kit.floor_desk import Desk as Floor
from kit.floor_desk import plan

from bot.metrics.meter import Silent
from bot.owner.bodies import CODEC
from bot.watches.month_legs import AT_ONCE, MonthLegs
from console.findings import Findings, Source
from routing.commands import CreateCall, Invite, Transfer
from routing.facts import Fact, FactKind
from routing.plan import Delivery, Queue
from store.connection import Step
from store.contract import Batch, FactRow, Ownership, Store
from store.database import open_store
from store.kept import DAY_MS, Kept

TENANT = "contoso"
SALES, SUPPORT = "app-sales", "app-support"


def instant(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


@dataclass
class Wall:
    at: int = instant(2026, 11, 25, 12)

    def now(self) -> int:
        return self.at


@dataclass
class Owner:
    desk: object | None = field(default_factory=object)


@dataclass
class Ledger:
    """A store with facts, and whoever counts them."""

    store: Store
    mine: Ownership
    clock: Wall = field(default_factory=Wall)
    written: int = 0

    def watch(
        self, *, findings: Findings | None = None, owner: Owner | None = None, limit: int = 100
    ) -> MonthLegs:
        """One life of one instance."""
        return MonthLegs(
            tenant=TENANT,
            owner=owner or Owner(),
            counts=self.store.leg_counts,
            limits={SALES: limit, SUPPORT: limit},
            findings=findings or Findings(),
            clock=self.clock,
            meter=Silent(),
        )

    async def happened(self, *facts: Fact) -> None:
        rows = [
            FactRow(f.at, "c1", None, None, f.kind.value, CODEC.encode(f), self.written + n)
            for n, f in enumerate(facts, 1)
        ]
        self.written += len(facts)
        await self.store.commit(Batch(tenant=TENANT, epoch=self.mine.epoch, facts=rows))

    async def legs(self, count: int, app: str = SALES, at: int = 0) -> None:
        await self.happened(*[self.leg(app, at) for _ in range(count)])

    def leg(self, app: str = SALES, at: int = 0) -> Fact:
        kind = FactKind.CONTACT_ARRIVED
        return Fact(kind=kind, at=at or self.clock.at, contact="c1", detail={"app": app})


@pytest.fixture
async def ledger() -> AsyncIterator[Ledger]:
    store = await open_store("sqlite://", monotonic=lambda: 0)
    mine = await store.acquire(TENANT, "test")
    assert mine is not None
    yield Ledger(store, mine)
    await store.close()


# --- what is counted


def told_apps(delivery: Delivery) -> list[object]:
    """The applications that the engine's facts name, from the ring to the agent's phone."""
    desk = Floor(plan(Queue(name="sales", delivery=delivery)))
    desk.arrives()
    ring = {Delivery.CONSULT: CreateCall, Delivery.GROUP_CALL: Invite, Delivery.TRANSFER: Transfer}
    desk.ok(desk.last(ring[delivery]))
    counted = (FactKind.CONTACT_ARRIVED, FactKind.OFFER_RINGING)
    return [fact.detail["app"] for fact in desk.facts if fact.kind in counted]


def test_a_consult_takes_two_legs_and_the_others_one() -> None:
    assert told_apps(Delivery.CONSULT) == ["app", "app"]
    assert told_apps(Delivery.GROUP_CALL) == ["app", ""]
    assert told_apps(Delivery.TRANSFER) == ["app", ""]


async def test_legs_are_counted_by_application(ledger: Ledger) -> None:
    at = ledger.clock.at
    await ledger.legs(3)
    await ledger.legs(2, SUPPORT)
    await ledger.happened(
        Fact(kind=FactKind.OFFER_RINGING, at=at, contact="c1", agent="a", detail={"app": SALES}),
        Fact(kind=FactKind.OFFER_RINGING, at=at, contact="c1", agent="a", detail={"app": ""}),
        Fact(kind=FactKind.CONTACT_QUEUED, at=at, contact="c1", detail={"app": SALES}),
    )
    watch = ledger.watch()
    await watch.count()
    assert watch.used() == {SALES: 4, SUPPORT: 2}


async def test_a_month_begins_anew_in_utc(ledger: Ledger) -> None:
    ledger.clock.at = instant(2026, 11, 30, 23, 59, 59)
    watch = ledger.watch()
    await ledger.legs(7)
    await watch.count()
    assert watch.used()[SALES] == 7
    ledger.clock.at = instant(2026, 12, 1)
    await ledger.legs(1, at=instant(2026, 11, 30, 23, 59, 59) + 999)
    await ledger.legs(2)
    await watch.count()
    assert watch.used()[SALES] == 2
    ledger.clock.at = instant(2026, 11, 30)
    assert watch.used()[SALES] == 8


async def test_a_restart_goes_on_where_the_count_stood(ledger: Ledger) -> None:
    await ledger.legs(5)
    first = ledger.watch()
    await first.count()
    await ledger.legs(4)
    second = ledger.watch()
    await second.count()
    assert second.used()[SALES] == 9


async def test_facts_that_are_no_longer_kept_stay_counted(ledger: Ledger) -> None:
    await ledger.legs(5)
    await ledger.watch().count()
    ledger.clock.at += 2 * DAY_MS
    assert await ledger.store.forget(TENANT, ledger.clock.at, Kept(history_ms=DAY_MS)) == 5
    await ledger.legs(4)
    watch = ledger.watch()
    await watch.count()
    assert watch.used()[SALES] == 9


async def test_more_than_one_portion_is_counted_at_once(ledger: Ledger) -> None:
    await ledger.legs(2 * AT_ONCE + 1)
    watch = ledger.watch()
    await watch.count()
    assert watch.used()[SALES] == 2 * AT_ONCE + 1


async def test_two_that_count_the_same_facts_count_them_once(ledger: Ledger) -> None:
    """An owner that froze goes on with its old memory, beside its successor."""
    frozen, successor = ledger.watch(), ledger.watch()
    await ledger.legs(5)
    await frozen.count()
    await successor.count()
    await ledger.legs(3)
    await successor.count()
    await ledger.legs(2)
    await frozen.count()
    await successor.count()
    assert frozen.used() == successor.used() == {SALES: 10, SUPPORT: 0}
    again = ledger.watch()
    await again.count()
    assert again.used()[SALES] == 10


async def test_who_is_not_the_owner_says_nothing(ledger: Ledger) -> None:
    owner = Owner(desk=None)
    watch = ledger.watch(owner=owner)
    await ledger.legs(3)
    await watch.count()
    assert watch.used() == {}
    assert list(watch.gauges()) == []
    owner.desk = object()
    await watch.count()
    assert watch.used()[SALES] == 3
    owner.desk = object()  # a takeover since: the memory is another's
    assert watch.used() == {}


async def test_a_count_that_cannot_be_read_is_made_anew(ledger: Ledger) -> None:
    await ledger.legs(3)
    await ledger.watch().count()
    counts = ledger.store.leg_counts
    row = counts._save.args(tenant=TENANT, epoch=9, seq=9, body=b'{"2026-11": 7}')
    await counts._database.write(Step(counts._save, [row]))
    watch = ledger.watch()
    await watch.count()
    assert watch.used()[SALES] == 3


# --- what is said of it


async def test_a_warning_at_80_and_at_95_percent_once_each(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    findings = Findings()
    watch = ledger.watch(findings=findings)
    told = []
    for _ in range(100):
        await ledger.legs(1)
        await watch.count()
        told.append([(each.problem, each.key) for each in findings.all()])
    key = f"application {SALES}"
    assert told == [[]] * 79 + [[("legs 80 %", key)]] * 15 + [[("legs 95 %", key)]] * 6
    lines = [line.getMessage() for line in caplog.records]
    assert len(lines) == 2
    assert "80 % of the 100 call legs of 2026-11" in lines[0]
    assert "95 % of the 100 call legs of 2026-11" in lines[1]


async def test_the_warning_ends_with_the_month(ledger: Ledger) -> None:
    findings = Findings()
    watch = ledger.watch(findings=findings)
    await ledger.legs(99, SUPPORT)
    await watch.count()
    (found,) = findings.all()
    assert (found.source, found.severity, found.since) == (Source.LEGS, "warning", ledger.clock.at)
    ledger.clock.at = instant(2026, 12, 1)
    await watch.count()
    assert findings.all() == []


async def test_the_metrics_show_legs_and_limit(ledger: Ledger) -> None:
    await ledger.legs(3)
    watch = ledger.watch(limit=10_000)
    await watch.count()
    shown = {(each.name, dict(each.labels)["application"]): each.value for each in watch.gauges()}
    assert shown == {
        ("legs_month", SALES): 3,
        ("legs_month_limit", SALES): 10_000,
        ("legs_month", SUPPORT): 0,
        ("legs_month_limit", SUPPORT): 10_000,
    }
