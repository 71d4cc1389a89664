"""Counting for reports, from what is written down: each fact once, whoever dies and when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from kit.postgres import postgres_server, postgres_url

from bot.metrics.meter import Silent
from bot.owner.bodies import CODEC
from bot.watches.reports import AT_ONCE, ReportCount
from console.report_reading import Answer, Ask, ReportReader, Seen, dates, zones_of
from console.reports.days import Interval
from console.reports.metrics import Of
from routing.facts import Fact, FactKind
from routing.hours import Hours
from routing.plan import Plan, Queue
from store.contract import Batch, FactRow, Ownership, Store
from store.database import open_store
from store.errors import Unavailable
from store.reports import Place, Portion, Reports

__all__ = ["postgres_server", "postgres_url"]

TENANT = "contoso"
NOON = 1_795_608_000_000
"""25 November 2026, 12:00 UTC."""
PLAN = Plan(tenant=TENANT, entry_points=(), queues=(Queue(name="sales"), Queue(name="support")))
EVERYTHING = Seen(figures=lambda _q, _a: True, clock=lambda _a: True, everything=True)


@dataclass
class Owner:
    desk: object | None = field(default_factory=object)


@dataclass
class House:
    store: Store
    mine: Ownership
    written: int = 0

    def life(self, reports: Reports | None = None, owner: Owner | None = None) -> ReportCount:
        """One life of one instance."""
        return ReportCount(
            tenant=TENANT,
            owner=owner or Owner(),
            reports=reports or self.store.reports,
            meter=Silent(),
        )

    async def happened(self, *facts: Fact) -> None:
        rows = [
            FactRow(
                f.at,
                f.contact or None,
                f.agent or None,
                f.queue or None,
                f.kind.value,
                CODEC.encode(f),
                self.written + n,
            )
            for n, f in enumerate(facts, 1)
        ]
        self.written += len(facts)
        await self.store.commit(Batch(tenant=TENANT, epoch=self.mine.epoch, facts=rows))

    async def answered(self, count: int, at: int = NOON, waited_ms: int = 10_000) -> None:
        """So many callers came, waited, were answered."""
        for _ in range(count):
            came = Fact(kind=FactKind.CONTACT_QUEUED, at=at, contact="c", queue="sales")
            left = replace(
                came,
                kind=FactKind.CONTACT_LEFT_QUEUE,
                at=at + waited_ms,
                detail={"outcome": "answered", "waited_ms": waited_ms, "within_ms": 20_000},
            )
            await self.happened(came, left)

    async def read(self, now: int = NOON + 60_000, of: Of = Of.QUEUES) -> Answer:
        ask = Ask(of=of, interval=Interval.QUARTER, period="today")
        return await ReportReader(self.store.reports, TENANT).read(ask, PLAN, now, EVERYTHING)

    async def offered(self) -> object:
        return (await self.read()).report.total["offered"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        address: str = request.getfixturevalue("postgres_url")
        return address
    return f"sqlite:///{tmp_path}/switchboard.db"


@pytest.fixture
async def house(url: str) -> AsyncIterator[House]:
    store = await open_store(url, monotonic=lambda: 0)
    mine = await store.acquire(TENANT, "test")
    assert mine is not None
    yield House(store, mine)
    await store.close()


class LostAnswer(Reports):
    """Writes, or not, and then the line is dead."""

    def __init__(self, reports: Reports, *, written: bool) -> None:
        self.__dict__.update(vars(reports))
        self._written = written
        self.fails = 1

    async def add(self, tenant: str, before: Place, after: Place, portion: Portion) -> bool:
        if not self.fails:
            return await super().add(tenant, before, after, portion)
        self.fails -= 1
        if self._written:
            await super().add(tenant, before, after, portion)
        raise Unavailable("the line is dead")


async def test_what_happened_is_in_the_report(house: House) -> None:
    await house.answered(3)
    await house.life().count()
    found = (await house.read()).report
    assert (found.total["offered"], found.total["answered"]) == (3, 3)
    assert found.total["asa"] == 10_000
    assert found.total["sl_met_handled"] == 1


async def test_another_life_goes_on_where_the_last_one_stopped(house: House) -> None:
    await house.answered(2)
    await house.life().count()
    await house.answered(3)
    await house.life().count()
    await house.life().count()
    assert await house.offered() == 5


@pytest.mark.parametrize("written", [True, False])
async def test_killed_while_it_writes_nothing_is_lost_or_counted_twice(
    house: House, *, written: bool
) -> None:
    """Whether the transaction came through or not, the next life finds out."""
    await house.answered(4)
    with pytest.raises(Unavailable):
        await house.life(LostAnswer(house.store.reports, written=written)).count()
    assert await house.offered() == (4 if written else 0)
    await house.life().count()
    assert await house.offered() == 4


@pytest.mark.parametrize("written", [True, False])
async def test_an_answer_that_was_lost_is_asked_for_by_the_same_life(
    house: House, *, written: bool
) -> None:
    await house.answered(4)
    life = house.life(LostAnswer(house.store.reports, written=written))
    with pytest.raises(Unavailable):
        await life.count()
    await house.answered(1)
    await life.count()
    assert await house.offered() == 5


async def test_two_who_count_beside_each_other_count_once(house: House) -> None:
    """A predecessor who does not know yet that it is one."""
    older, newer = house.life(), house.life()
    await house.answered(1)
    await older.count()
    await newer.count()
    await house.answered(2)
    await newer.count()
    await house.answered(3)
    await older.count()
    await newer.count()
    assert await house.offered() == 6


async def test_more_than_one_portion_is_counted_in_one_go(house: House) -> None:
    visits = AT_ONCE // 2 + 20
    for _ in range(visits // 10):
        await house.answered(10)
    await house.life().count()
    assert await house.offered() == visits


async def test_a_standby_counts_nothing(house: House) -> None:
    await house.answered(1)
    owner = Owner(desk=None)
    life = house.life(owner=owner)
    await life.count()
    assert await house.offered() == 0
    owner.desk = object()
    await life.count()
    assert await house.offered() == 1


async def test_a_report_says_until_when_it_knows(house: House) -> None:
    await house.answered(1, at=NOON, waited_ms=10_000)
    assert (await house.read()).as_of == 0
    await house.life().count()
    assert (await house.read(now=NOON + 60_000)).as_of == NOON + 60_000
    await house.answered(1, at=NOON + 20_000)
    assert (await house.read(now=NOON + 60_000)).as_of == NOON + 10_000


async def test_what_agents_do_now_counts_up_to_now(house: House) -> None:
    talks = Fact(
        kind=FactKind.AGENT_CHANGED,
        at=NOON,
        agent="a",
        detail={"state": "on_contact", "upn": "ada@b.example"},
    )
    await house.happened(talks)
    await house.life().count()
    later = await house.read(now=NOON + 20 * 60_000, of=Of.AGENTS)
    assert later.report.total["talking_time"] == 20 * 60_000
    assert [row.span.label[11:16] for row in later.report.rows] == ["12:00", "12:15"]
    assert later.upns == {"a": "ada@b.example"}
    # Over, and counted: not twice.
    await house.happened(replace(talks, at=NOON + 25 * 60_000, detail={"state": "idle"}))
    await house.life().count()
    over = await house.read(now=NOON + 30 * 60_000, of=Of.AGENTS)
    assert over.report.total["talking_time"] == 25 * 60_000


async def test_each_queues_day_is_that_of_its_own_zone(house: House) -> None:
    """At 23:30 UTC it is tomorrow in Berlin and this afternoon in New York."""
    late = NOON + 11 * 3_600_000 + 30 * 60_000
    plan = replace(
        PLAN,
        queues=(Queue(name="sales", hours="ber"), Queue(name="support")),
        hours=(Hours(name="ber", zone="Europe/Berlin"),),
        zone="America/New_York",
    )
    await house.answered(1, at=late)
    came = Fact(kind=FactKind.CONTACT_QUEUED, at=late, contact="d", queue="support")
    await house.happened(came, replace(came, queue="of_an_older_plan"))
    await house.life().count()
    ask = Ask(of=Of.QUEUES, interval=Interval.DAY, period="today")
    reader = ReportReader(house.store.reports, TENANT)
    found = await reader.read(ask, plan, late + 60_000, EVERYTHING)
    assert {row.subject: row.span.label for row in found.report.rows} == {
        "sales": "2026-11-26T00:00+01:00",
        "support": "2026-11-25T00:00-05:00",
        "of_an_older_plan": "2026-11-25T00:00-05:00",
    }
    assert found.report.total["offered"] == 3


def test_the_days_of_a_period_are_counted_in_the_zone() -> None:
    ask = Ask(of=Of.QUEUES, interval=Interval.DAY, period="7d")
    first, last = dates(ask, NOON + 13 * 3_600_000, "Asia/Seoul")
    assert (str(first), str(last)) == ("2026-11-20", "2026-11-26")
    assert zones_of(PLAN, ask) == {"UTC": frozenset({"sales", "support"})}
