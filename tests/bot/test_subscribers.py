"""Other systems are told what was written down: over real TLS, from a real store."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from kit.outside_servers import Site, outside, site

from bot.metrics.meter import Silent
from bot.outside.web import OutsideWeb
from bot.owner.bodies import CODEC
from bot.sending.subscribers import (
    KEEP_TRYING_MS,
    LONGEST_PAUSE_MS,
    REFUSED_TRIES,
    ROOM,
    SubscriberSender,
    pause_ms,
    portion,
)
from bot.tasks import TaskSet
from console.findings import Findings
from console.past import PastFact
from routing.facts import Fact, FactKind
from routing.plan import Plan
from routing.subscriber import Subscriber, is_for
from store.contract import Batch, FactRow, Ownership, Store
from store.database import open_store

TENANT = "contoso"
SECRET = "0123456789abcdef-bi"
START = 1_800_000_000_000


@dataclass
class Wall:
    at: int = START

    def now(self) -> int:
        return self.at


@dataclass
class Owner:
    """Of one life of one instance."""

    plan: Plan
    tenant: str = TENANT
    desk: object | None = field(default_factory=object)
    leased: bool = True

    def may_act(self) -> bool:
        return self.leased


@dataclass
class Stage:
    """A store that facts are written to, a system that is told, and whoever tells it."""

    store: Store
    mine: Ownership
    site: Site
    web: OutsideWeb
    clock: Wall = field(default_factory=Wall)
    findings: Findings = field(default_factory=Findings)
    written: int = 0
    statuses: list[int] = field(default_factory=list[int])
    """What the system answers, one after the other; then 204."""

    def sender(self, **about: Any) -> tuple[SubscriberSender, TaskSet, Owner]:
        given: dict[str, Any] = {"url": self.site.url(), "secret": "bi", "private": True} | about
        plan = Plan(
            tenant=TENANT,
            entry_points=(),
            queues=(),
            subscribers=(Subscriber(name="bi", **given),),
        )
        tasks, owner = TaskSet(), Owner(plan)
        sender = SubscriberSender(
            owner=owner,
            store=self.store,
            web=self.web,
            secrets={"bi": SECRET},
            findings=self.findings,
            clock=self.clock,
            tasks=tasks,
            meter=Silent(),
        )
        return sender, tasks, owner

    async def life(self, **about: Any) -> Callable[[], Awaitable[None]]:
        """One life of an instance that has begun to tell; each call is a round of it."""
        sender, tasks, _ = self.sender(**about)

        async def round_() -> None:
            await sender.round()
            while len(tasks):
                await asyncio.sleep(0)

        await round_()
        return round_

    async def happened(self, *kinds: FactKind, queue: str = "sales", note: str = "") -> None:
        facts = [
            Fact(kind=kind, at=self.clock.at, contact="c1", queue=queue, detail={"note": note})
            for kind in kinds
        ]
        rows = [
            FactRow(f.at, "c1", None, queue, f.kind.value, CODEC.encode(f), self.written + n)
            for n, f in enumerate(facts, 1)
        ]
        self.written += len(facts)
        await self.store.commit(Batch(tenant=TENANT, epoch=self.mine.epoch, facts=rows))

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.site.bodies]

    def kinds(self) -> list[list[str]]:
        return [[fact["kind"] for fact in told["facts"]] for told in self.told()]


Story = Callable[[Stage], Awaitable[None]]


def play(folder: Path, story: Story) -> None:
    async def whole() -> None:
        statuses: list[int] = []

        async def answer(_: web.Request) -> web.StreamResponse:
            status = statuses.pop(0) if statuses else 204
            return web.Response(status=status, body=b"whatever" if status != 204 else None)

        store = await open_store("sqlite://", monotonic=lambda: 0)
        mine = await store.acquire(TENANT, "test")
        assert mine is not None
        async with site(folder, answer) as here, outside(here) as asking:
            await story(Stage(store, mine, here, asking, statuses=statuses))
        await store.close()

    asyncio.run(whole())


def test_what_happens_is_told_in_order_signed_and_once(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.happened(FactKind.CONTACT_ARRIVED)  # before anybody asked for it
        tell = await stage.life()
        await stage.happened(FactKind.CONTACT_QUEUED, FactKind.OFFER_CREATED, note="김")
        await tell()
        await tell()
        await stage.happened(FactKind.CONTACT_ENDED)
        await tell()
        assert stage.kinds() == [["contact.queued", "offer.created"], ["contact.ended"]]
        first = stage.told()[0]
        assert first["id"] == f"bi:{stage.mine.epoch}-3"
        assert (first["subscriber"], first["tenant"], first["again"]) == ("bi", TENANT, False)
        assert first["facts"][0] == {
            "id": f"{stage.mine.epoch}-2",
            "at": START,
            "kind": "contact.queued",
            "contact": "c1",
            "queue": "sales",
            "detail": {"note": "김"},
        }
        at, _, proof = stage.site.headers[0]["Switchboard-Signature"].partition(",v1=")
        signed = f"{at.removeprefix('t=')}.".encode() + stage.site.bodies[0]
        assert proof == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()

    play(tmp_path, story)


def test_only_the_wanted_kinds_and_queues_are_told(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life(kinds=("offer.*", "contact.ended"), queues=("sales",))
        await stage.happened(FactKind.CONTACT_QUEUED, FactKind.OFFER_CREATED)
        await stage.happened(FactKind.CONTACT_ENDED, queue="support")
        await stage.happened(FactKind.CONTACT_ENDED)
        await tell()
        assert stage.kinds() == [["offer.created", "contact.ended"]]

    play(tmp_path, story)


def test_a_system_that_fails_is_told_again_after_ever_longer_pauses(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life()
        stage.statuses[:] = [503, 503, 503]
        await stage.happened(FactKind.CONTACT_QUEUED)
        tried = []
        for _ in range(10):
            await tell()
            tried.append(len(stage.site.bodies))
            stage.clock.at += 1_000
        assert tried == [1, 2, 2, 3, 3, 3, 3, 4, 4, 4]  # after 1, 2 and 4 seconds
        assert len(set(stage.site.bodies)) == 1, "the same facts, by the same id"
        assert (await stage.store.subscribers.progress(TENANT))["bi"].failing_since is None

    play(tmp_path, story)


def test_after_a_crash_nothing_is_missed_and_what_is_told_twice_says_so_by_its_id(
    tmp_path: Path,
) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life()
        await stage.happened(FactKind.CONTACT_QUEUED)
        await tell()
        before = (await stage.store.subscribers.progress(TENANT))["bi"]
        await stage.happened(FactKind.CONTACT_ENDED)
        await tell()
        await stage.store.subscribers.save(TENANT, "bi", before)  # died before it was written down
        await (await stage.life())()
        ids = [fact["id"] for told in stage.told() for fact in told["facts"]]
        epoch = stage.mine.epoch
        assert ids == [f"{epoch}-1", f"{epoch}-2", f"{epoch}-2"]

    play(tmp_path, story)


def test_what_is_refused_as_it_stands_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life()
        stage.statuses[:] = [422] * REFUSED_TRIES
        await stage.happened(FactKind.CONTACT_QUEUED)
        for _ in range(4):
            await tell()
            stage.clock.at += 10_000
        await stage.happened(FactKind.CONTACT_ENDED)
        await tell()
        assert stage.kinds() == [["contact.queued"]] * REFUSED_TRIES + [["contact.ended"]]
        (letter,) = await stage.store.subscribers.dead(TENANT)
        assert (letter.name, letter.facts, letter.problem) == ("bi", 1, "status: 422")
        assert [each.problem for each in stage.findings.all()] == ["dead letters"]

    play(tmp_path, story)


def test_what_was_not_taken_for_a_day_is_set_aside_and_told_again_when_wanted(
    tmp_path: Path,
) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life()
        stage.statuses[:] = [500] * 3
        await stage.happened(FactKind.CONTACT_QUEUED, FactKind.CONTACT_CONNECTED)
        await tell()
        stage.clock.at += 2 * 60_000
        await tell()
        assert [each.problem for each in stage.findings.all()] == ["not taken"]
        stage.clock.at += KEEP_TRYING_MS
        await stage.happened(FactKind.CONTACT_ENDED)
        await tell()
        (letter,) = await stage.store.subscribers.dead(TENANT)
        assert letter.facts == 2
        stage.clock.at += LONGEST_PAUSE_MS
        await tell()
        assert stage.kinds()[-1] == ["contact.ended"], "what is younger is not set aside"
        await stage.store.subscribers.want(TENANT, "bi", "Amy")
        stage.clock.at += 2_000
        await tell()
        last = stage.told()[-1]
        assert last["again"] is True
        assert [fact["kind"] for fact in last["facts"]] == ["contact.queued", "contact.connected"]
        assert await stage.store.subscribers.dead(TENANT) == []
        stage.clock.at += 2_000
        await tell()
        assert stage.findings.all() == []
        assert stage.told()[-1] == last, "once"

    play(tmp_path, story)


def test_who_lost_the_tenant_tells_nobody(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        sender, tasks, owner = stage.sender()
        await sender.round()
        while len(tasks):
            await asyncio.sleep(0)
        await stage.happened(FactKind.CONTACT_QUEUED)
        owner.leased = False
        await sender.round()
        while len(tasks):
            await asyncio.sleep(0)
        owner.desk = None
        await sender.round()
        assert len(tasks) == 0
        assert stage.site.bodies == []

    play(tmp_path, story)


def test_without_its_secret_nothing_leaves_unsigned(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        tell = await stage.life(secret="lost")
        await stage.happened(FactKind.CONTACT_QUEUED)
        await tell()
        assert stage.site.bodies == []
        assert (await stage.store.subscribers.progress(TENANT))["bi"].problem == "no secret: lost"

    play(tmp_path, story)


def a_fact(seq: int, size: int = 10, kind: str = "contact.queued", queue: str = "") -> PastFact:
    return PastFact(place=(1, seq), at=seq, kind=kind, queue=queue, detail={"note": "x" * size})


def test_a_post_holds_what_fits_and_at_least_one() -> None:
    bi = Subscriber(name="bi", url="")
    many = portion(bi, [a_fact(n) for n in range(150)], (0, -1))
    assert (len(many.facts), many.upto, many.passed) == (100, (1, 99), 100)
    large = portion(bi, [a_fact(n, ROOM // 2) for n in range(3)], (0, -1))
    assert (len(large.facts), large.upto) == (1, (1, 0))
    huge = portion(bi, [a_fact(0, 2 * ROOM), a_fact(1)], (0, -1))
    assert [fact.place for fact in huge.facts] == [(1, 0)]


def test_facts_that_are_not_for_it_are_passed_over() -> None:
    bi = Subscriber(name="bi", url="", kinds=("offer.*",))
    some = portion(bi, [a_fact(1), a_fact(2, kind="offer.created"), a_fact(3)], (1, 0))
    assert ([fact.place for fact in some.facts], some.upto, some.passed) == ([(1, 2)], (1, 3), 3)
    none = portion(bi, [a_fact(1), a_fact(2)], (1, 0))
    assert (none.facts, none.upto) == ((), (1, 2))


@pytest.mark.parametrize(
    ("kinds", "queues", "kind", "queue", "told"),
    [
        ((), (), "ignored", "", True),
        (("contact.*",), (), "contact.ended", "", True),
        (("contact.*",), (), "offer.ended", "", False),
        (("contact.ended",), (), "contact.queued", "", False),
        ((), ("sales",), "contact.ended", "sales", True),
        ((), ("sales",), "contact.ended", "", False),
    ],
)
def test_which_facts_are_for_whom(
    kinds: tuple[str, ...], queues: tuple[str, ...], kind: str, queue: str, told: bool
) -> None:
    bi = Subscriber(name="bi", url="", kinds=kinds, queues=queues)
    assert is_for(bi, kind, queue) is told


def test_pauses_double_up_to_five_minutes() -> None:
    pauses = [pause_ms(n) for n in (0, 1, 2, 5, 9, 10, 10_000)]
    assert pauses == [0, 1_000, 2_000, 16_000, 256_000, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]
