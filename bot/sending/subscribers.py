"""Other systems are told what happened: each in order, from what was written down.

Told is what answered with success; the place of the last fact told is written down after that, so
after a crash some are told twice, by the same ids, and none is missed. A system that does not
answer is told again after ever longer pauses; what it did not take for a day, or refuses as it
stands, is set aside as a dead letter, and the rest goes on. docs/subscribers.md describes it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.outside.web import LARGEST, NotAnswered, Question, Web, Why
from bot.tasks import TaskSet
from console.findings import Finding, Findings, Source
from console.past import PastFact, past_fact
from routing.plan import Plan
from routing.subscriber import Subscriber, is_for
from store.contract import Store
from store.errors import StoreError
from store.subscribers import DeadLetter, Place, Progress, Stretch

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Facts in one post."""
ROOM = LARGEST - 1_024
"""Bytes of them."""
WITHIN_MS = 10_000
EVERY_S = 1.0
BREATH_S = 0.1
"""Between two rounds, however fast facts come."""
LOOK_EVERY_MS = 1_000
"""Somebody may want something told again, from another instance or by command line."""
KEEP_TRYING_MS = 24 * 3_600_000
LONGEST_PAUSE_MS = 5 * 60_000
REFUSED = (400, 413, 415, 422)
"""The other side's word that it will not take this, however often it is told."""
REFUSED_TRIES = 3
TELL_AFTER_MS = 60_000
"""So long a system may fail before a person is told."""


class Owner(Protocol):
    """The tenant's loop, as far as it is needed here."""

    tenant: str

    @property
    def desk(self) -> object | None:
        """The owner's memory: another object after every takeover, None on a standby."""
        ...

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        ...

    def may_act(self) -> bool:
        """Whether this instance is the owner and its lease holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Facts for one post."""

    facts: tuple[PastFact, ...]
    after: Place
    upto: Place
    """Those between that are not for it count as told."""
    passed: int
    """How many lie between, with these."""
    at: int
    """When the first of them happened."""


def portion(subscriber: Subscriber, facts: Sequence[PastFact], after: Place) -> Portion:
    """The first facts that fit into one post. There is at least one fact."""
    chosen: list[PastFact] = []
    room, passed, upto = ROOM, 0, after
    for fact in facts:
        if is_for(subscriber, fact.kind, fact.queue):
            room -= len(json.dumps(as_told(fact), ensure_ascii=False).encode()) + 1
            if chosen and (room < 0 or len(chosen) == AT_ONCE):
                break
            chosen.append(fact)
        passed, upto = passed + 1, fact.place
    return Portion(facts=tuple(chosen), after=after, upto=upto, passed=passed, at=facts[0].at)


def as_told(fact: PastFact) -> dict[str, object]:
    """One fact as JSON has it."""
    epoch, seq = fact.place
    about = {"contact": fact.contact, "agent": fact.agent, "queue": fact.queue}
    return {
        "id": f"{epoch}-{seq}",
        "at": fact.at,
        "kind": fact.kind,
        **{name: value for name, value in about.items() if value},
        "detail": dict(fact.detail),
    }


def pause_ms(attempts: int) -> int:
    """Before it is tried again: 1 s after the first time in vain, then twice as long each time."""
    return min(1_000 * 2 ** min(attempts - 1, 20), LONGEST_PAUSE_MS) if attempts else 0


class SubscriberSender:
    """Tells every subscriber of one tenant, on its owner."""

    def __init__(
        self,
        *,
        owner: Owner,
        store: Store,
        web: Web,
        secrets: Mapping[str, str],
        findings: Findings,
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        """`secrets` by the names under which a plan knows them."""
        self._owner = owner
        self._store = store.subscribers
        self._history = store.history
        self._web = web
        self._secrets = secrets
        self._findings = findings
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._of: object | None = None
        """The memory to which the progress belongs."""
        self._progress: dict[str, Progress] = {}
        self._again_at: dict[str, int] = {}
        """By subscriber: not before."""
        self._busy: set[str] = set()
        self._dead: list[DeadLetter] = []
        self._look_at = 0
        """When they are looked for next."""
        self._wake = asyncio.Event()

    def changed(self) -> None:
        """Something was written down."""
        self._wake.set()

    async def run(self) -> None:
        """Tell them while this instance is the owner, until cancelled."""
        while True:
            try:
                await self.round()
            except StoreError:
                self._meter.count("database_failed", "subscribers")
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await asyncio.sleep(BREATH_S)

    async def round(self) -> None:
        """Begin to tell whom there is something to tell. Raises StoreError."""
        desk, subscribers = self._owner.desk, self._owner.plan.subscribers
        if desk is None or not subscribers:
            self._of = None
            return
        if desk is not self._of:
            self._progress = await self._store.progress(self._owner.tenant)
            self._again_at.clear()
            self._of = desk
        now = self._clock.now()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_MS
            self._dead = await self._store.dead(self._owner.tenant)
        for each in subscribers:
            if each.name not in self._busy and self._again_at.get(each.name, 0) <= now:
                self._busy.add(each.name)
                self._tasks.run("subscriber", self._tell(each))
        self._report(now)

    async def _tell(self, subscriber: Subscriber) -> None:
        try:
            while self._owner.may_act() and await self._tell_some(subscriber):
                pass
            await self._tell_again(subscriber)
        except StoreError:
            self._meter.count("database_failed", "subscribers")
        finally:
            self._busy.discard(subscriber.name)

    async def _tell_some(self, subscriber: Subscriber) -> bool:
        """One post; whether to go on. Raises StoreError."""
        told = await self._begun(subscriber)
        some = await self._portion(subscriber, told.place)
        if some is None:
            return False
        if not some.facts:  # not written down: whoever comes after passes over them as well
            self._progress[subscriber.name] = replace(told, place=some.upto)
            return True
        try:
            await self._post(subscriber, some.facts, again=False)
        except NotAnswered as failure:
            return await self._failed(subscriber, told, some, failure)
        await self._save(subscriber, Progress(place=some.upto))
        self._meter.count("subscribers", "told")
        return True

    async def _begun(self, subscriber: Subscriber) -> Progress:
        """How far it is; a new one begins with what happens from now on."""
        if subscriber.name not in self._progress:
            newest = await self._history.newest_place(self._owner.tenant)
            await self._save(subscriber, Progress(place=newest))
        return self._progress[subscriber.name]

    async def _portion(
        self, subscriber: Subscriber, after: Place, upto: Place | None = None
    ) -> Portion | None:
        rows = await self._history.facts_since(self._owner.tenant, after, limit=2 * AT_ONCE)
        facts = [past_fact(row) for row in rows if upto is None or row.place <= upto]
        return portion(subscriber, facts, after) if facts else None

    async def _post(
        self, subscriber: Subscriber, facts: Sequence[PastFact], *, again: bool
    ) -> None:
        """Raises NotAnswered."""
        secret = self._secrets.get(subscriber.secret, "")
        if not secret:
            raise NotAnswered(Why.NO_SECRET, subscriber.secret)
        epoch, seq = facts[-1].place
        body: dict[str, Any] = {
            "id": f"{subscriber.name}:{epoch}-{seq}",
            "subscriber": subscriber.name,
            "tenant": self._owner.tenant,
            "again": again,
            "facts": [as_told(fact) for fact in facts],
        }
        question = Question(
            url=subscriber.url, body=body, secret=secret, private=subscriber.private, is_told=True
        )
        await self._web.ask(question, WITHIN_MS)

    async def _failed(
        self, subscriber: Subscriber, told: Progress, some: Portion, failure: NotAnswered
    ) -> bool:
        """Wait, or set aside what was not taken; whether to go on. Raises StoreError."""
        now, attempts = self._clock.now(), told.attempts + 1
        since = told.failing_since if told.failing_since is not None else now
        self._meter.count("subscribers", "failed")
        refused = failure.status in REFUSED or failure.why is Why.TOO_LARGE
        if refused and attempts >= REFUSED_TRIES:
            await self._bury(subscriber, Progress(place=some.upto), some, str(failure))
            return True
        failing = replace(told, failing_since=since, attempts=attempts, problem=str(failure))
        if some.at < now - KEEP_TRYING_MS:
            oldest = await self._store.place_before(self._owner.tenant, now - KEEP_TRYING_MS)
            passed = await self._store.between(self._owner.tenant, some.after, oldest)
            old = replace(some, upto=oldest, passed=passed)
            await self._bury(subscriber, replace(failing, place=oldest), old, str(failure))
        else:
            await self._save(subscriber, failing)
        self._again_at[subscriber.name] = now + pause_ms(attempts)
        if attempts == 1:
            log.warning(
                "a subscriber was not told",
                extra={"subscriber": subscriber.name, "why": str(failure)},
            )
        return False

    async def _bury(
        self, subscriber: Subscriber, after: Progress, some: Portion, problem: str
    ) -> None:
        letter = Stretch(
            after=some.after,
            upto=some.upto,
            facts=some.passed,
            at=self._clock.now(),
            problem=problem,
        )
        await self._save(subscriber, after, letter)
        self._meter.count("subscribers", "set aside")
        log.error(
            "facts for a subscriber were set aside",
            extra={"subscriber": subscriber.name, "facts": some.passed, "why": problem},
        )

    async def _save(self, subscriber: Subscriber, told: Progress, *buried: Stretch) -> None:
        await self._store.save(self._owner.tenant, subscriber.name, told, *buried)
        self._progress[subscriber.name] = told  # not before it is written down

    # -- what somebody wants told again

    async def _tell_again(self, subscriber: Subscriber) -> None:
        """The dead letters that are wanted, while it takes them. Raises StoreError."""
        told = self._progress.get(subscriber.name)
        if told is None or told.failing_since is not None:
            return
        for letter in [each for each in self._dead if each.name == subscriber.name]:
            if letter.wanted_by is None:
                continue
            if not await self._one_again(subscriber, letter):
                return

    async def _one_again(self, subscriber: Subscriber, letter: DeadLetter) -> bool:
        after, left = letter.after, letter.facts
        while some := await self._portion(subscriber, after, letter.upto):
            if not self._owner.may_act():
                return False
            try:
                if some.facts:
                    await self._post(subscriber, some.facts, again=True)
            except NotAnswered as failure:
                self._meter.count("subscribers", "failed")
                self._again_at[subscriber.name] = self._clock.now() + LONGEST_PAUSE_MS
                log.warning(
                    "a subscriber was not told again",
                    extra={"subscriber": subscriber.name, "why": str(failure)},
                )
                return False
            after, left = some.upto, max(0, left - some.passed)
            await self._store.shorten(letter, after, left)
        await self._store.drop(letter)
        self._dead = [each for each in self._dead if each.id != letter.id]
        self._meter.count("subscribers", "told again")
        return True

    # -- what a person should know

    def _report(self, now: int) -> None:
        found = [
            Finding(
                source=Source.SUBSCRIBERS,
                severity="warning",
                problem="not taken",
                key=f"subscribers.{each.name}",
                sentence="does not take what it is told: see that it answers with success; what "
                "it has not taken for a day is set aside (`switchboard subscribers` says why)",
            )
            for each in self._owner.plan.subscribers
            if (since := self._failing_since(each)) is not None and now - since >= TELL_AFTER_MS
        ]
        found += [
            Finding(
                source=Source.SUBSCRIBERS,
                severity="warning",
                problem="dead letters",
                key=f"subscribers.{name}",
                sentence="was not told all that happened: when it takes things again, "
                f"`switchboard replay {name}` tells it what was set aside",
            )
            for name in sorted({each.name for each in self._dead if each.wanted_by is None})
        ]
        for each in self._findings.replace(Source.SUBSCRIBERS, found, now):
            log.warning("subscribers: %s", each.text())

    def _failing_since(self, subscriber: Subscriber) -> int | None:
        told = self._progress.get(subscriber.name)
        return told.failing_since if told else None
