"""Becoming the one who decides for a tenant, and staying it.

The order of a takeover is fixed: epoch, load, what waits in the inbox, `OwnerChanged` (phones get
time to ring on, every live leg is asked for), a `Tick`, and only then effects: first those of an
earlier life that were possibly sent. The same road is taken at every start, after another instance
died, and after this one had to throw its memory away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.bodies import CODEC, state_from
from bot.clock import Clock, monotonic_ms
from bot.desk import Desk, Item, Poisoned, Unread, from_inbox
from bot.effects import Effects
from bot.known import Known
from bot.loop import TenantLoop
from bot.meter import Meter
from bot.spelling import Spellings
from bot.tasks import TaskSet
from routing.commands import Command
from routing.engine import Engine
from routing.events import Event, OwnerChanged, Tick
from routing.plan import Plan
from routing.state import State
from store.codec import Unreadable
from store.contract import Loaded, OutboxRow, Ownership, Store
from store.errors import StoreError, Unavailable, Unstorable

log = logging.getLogger(__name__)

TRY_EVERY_S = 0.25
"""How soon a dead owner is noticed: its lock is gone at once, somebody only has to look."""
RENEW_EVERY_S = 1.0
RENEW_WITHIN_S = 2.0
ASK_WITHIN_S = 1.0
"""How long effects wait for the live legs' answers: callers may hear silence meanwhile."""
SPOILED_PAUSE_S = 0.5
REMEMBERED = 100_000
"""Natural identities and inbox rows: an hour of a very busy tenant."""

Rescue = Callable[[Event, State], Awaitable[None]]
"""Sends the call of an event that cannot be handled to where the plan says."""


class Takeover:
    """Keeps one tenant owned by this instance, whenever no other owns it."""

    def __init__(
        self,
        *,
        loop: TenantLoop,
        effects: Effects,
        store: Store,
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
        instance: str,
        make_engine: Callable[[Plan, State], Engine],
        rescue: Rescue,
    ) -> None:
        self._loop = loop
        self._effects = effects
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._instance = instance
        self._make_engine = make_engine
        self._rescue = rescue

    async def run(self) -> None:
        """Own the tenant for as long as possible, again and again, until cancelled."""
        ownership: Ownership | None = None
        try:
            while True:
                ownership = await self._acquire()
                if await self._sit_down(ownership):
                    await self._hold(ownership)
                    self._loop.stand_up()
                await self._release(ownership)
                ownership = None
                if self._loop.is_suspicious:
                    await asyncio.sleep(SPOILED_PAUSE_S)
        finally:
            self._loop.stand_up()
            if ownership is not None:
                await self._release(ownership)

    async def _acquire(self) -> Ownership:
        while True:
            try:
                ownership = await self._store.acquire(self._loop.tenant, self._instance)
            except Unavailable as error:
                log.warning("cannot become owner", extra={"reason": str(error)})
                ownership = None
            if ownership is not None:
                return ownership
            await asyncio.sleep(TRY_EVERY_S)

    async def _release(self, ownership: Ownership) -> None:
        try:
            async with asyncio.timeout(RENEW_WITHIN_S):
                await ownership.release()
        except (StoreError, TimeoutError):
            log.info("the lease is left to run out", extra={"tenant": ownership.tenant})

    async def _hold(self, ownership: Ownership) -> None:
        """Renew until the tenant is lost."""
        while not self._loop.lost.is_set():
            try:
                async with asyncio.timeout(RENEW_WITHIN_S):
                    if not await ownership.renew():
                        return
            except (Unavailable, TimeoutError):
                self._meter.count("unrenewed")
            if not ownership.still_mine(monotonic_ms()):
                log.warning("the lease ran out", extra={"tenant": ownership.tenant})
                return
            try:
                async with asyncio.timeout(RENEW_EVERY_S):
                    await self._loop.lost.wait()
            except TimeoutError:
                continue

    async def _sit_down(self, ownership: Ownership) -> bool:
        """Load, and give the loop its memory."""
        suspicious = self._loop.is_suspicious
        try:
            defused = await self._set_aside()
            loaded = await self._store.load(self._loop.tenant)
        except Unavailable as error:
            log.warning("cannot load", extra={"reason": str(error)})
            await asyncio.sleep(TRY_EVERY_S)
            return False
        state = state_from(loaded.live, ownership.epoch)
        for now in defused:
            defuse(state, now)
        desk = self._desk(ownership, loaded, state)
        now = self._clock.now()
        first = [from_inbox(row) for row in loaded.inbox]
        first.append(Item(OwnerChanged(epoch=ownership.epoch), now))
        if suspicious:
            desk.one_by_one = len(first)
        self._effects.hold()
        self._loop.sit_down(desk, first)
        self._tasks.run("settle", self._settle(desk, recovered(loaded.outbox)))
        log.info("owner", extra={"tenant": self._loop.tenant, "epoch": ownership.epoch})
        return True

    def _desk(self, ownership: Ownership, loaded: Loaded, state: State) -> Desk:
        keys = [identity.key for identity in loaded.identities]
        return Desk(
            ownership=ownership,
            engine=self._make_engine(self._loop.plan, state),
            known=Known(REMEMBERED, keys),
            spellings=Spellings(state),
            taken=Known(REMEMBERED, [row.id for row in loaded.inbox]),
        )

    async def _settle(self, desk: Desk, earlier: list[Command]) -> None:
        """Have the live legs' answers and due timers handled, then let effects go on."""
        await self._loop.submit(Tick())
        await self._effects.answers(ASK_WITHIN_S)
        await self._loop.submit(Tick())
        if self._loop.desk is desk:
            self._effects.release(earlier)

    async def _set_aside(self) -> list[int]:
        """Keep what spoiled the last memory for a person to read; timers to be defused."""
        defused: list[int] = []
        while self._loop.poisoned:
            poisoned = self._loop.poisoned[0]
            item = poisoned.item
            if isinstance(item.event, Tick | OwnerChanged):
                defused.append(poisoned.now)
            else:
                await self._quarantine(poisoned)
            self._loop.poisoned.pop(0)
            self._loop.resolve(item)
        return defused

    async def _quarantine(self, poisoned: Poisoned) -> None:
        item = poisoned.item
        body = b""
        if not isinstance(item.event, Unread):
            try:
                body = CODEC.pack(item.event)
            except Unstorable:
                body = ascii(item.event).encode()
        log.error("event set aside", extra={"reason": str(poisoned)})
        await self._store.quarantine(
            self._loop.tenant,
            at=poisoned.now,
            reason=str(poisoned),
            body=body,
            inbox_id=item.inbox,
        )
