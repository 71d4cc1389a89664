"""Becoming the one who decides for a tenant, and staying it.

The order of a takeover is fixed: epoch, load, what waits in the inbox, `OwnerChanged` (phones get
time to ring on, every live leg is asked for), a `Tick`, and only then effects: first those of an
earlier life that were possibly sent. The same road is taken at every start, after another instance
died, and after this one had to throw its memory away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.owner.bodies import CODEC, commands_from, state_from
from bot.owner.desk import Desk, Item, Poisoned, Unread, from_inbox
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from bot.owner.step_batch import Gathered
from bot.sending.effects import Effects
from bot.tasks import TaskSet
from routing.bulletin import Bulletin
from routing.commands import Command
from routing.engine import Engine
from routing.events import (
    CommandDone,
    Event,
    OwnerChanged,
    RecordingEnded,
    Tick,
    ToneHeard,
    WebhookAnswered,
)
from routing.plan import Plan
from routing.state import Contact, State
from routing.timers import Timed
from store.contract import Loaded, Ownership, Store
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

Rescue = Callable[[str, State], Coroutine[Any, Any, None]]
"""Sends a call (Graph's id) that we cannot serve to where the plan says."""


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
        instance: str,
        make_engine: Callable[[Plan, State], Engine],
        rescue: Rescue,
    ) -> None:
        self._loop = loop
        self._effects = effects
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._instance = instance
        self._make_engine = make_engine
        self._rescue = rescue
        self.knows_owner = False
        """Whether somebody decides for the tenant: this instance, or another that was seen to."""

    async def run(self) -> None:
        """Own the tenant for as long as possible, again and again, until cancelled."""
        ownership: Ownership | None = None
        try:
            while True:
                ownership = await self._acquire()
                if await self._sit_down(ownership):
                    self.knows_owner = True
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
                self._loop.note("lease", error)
                ownership = None
            else:
                self._loop.note("lease")
                self.knows_owner |= ownership is None
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
                self._loop.note("lease")
            except (Unavailable, TimeoutError) as error:
                self._loop.note("lease", error)
            if not self._loop.holds(ownership):
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
            spoiled = await self._set_aside()
            loaded = await self._store.load(self._loop.tenant)
        except Unavailable as error:
            self._loop.note("lease", error)
            await asyncio.sleep(TRY_EVERY_S)
            return False
        state = state_from(loaded.live, ownership.epoch)
        try:
            await self._send_away(ownership, state, spoiled)
        except StoreError as error:
            log.warning("cannot mend", extra={"reason": str(error)})
            return False
        desk = self._desk(ownership, loaded, state)
        now = self._clock.now()
        first = [from_inbox(row) for row in loaded.inbox]
        first.append(Item(OwnerChanged(epoch=ownership.epoch), now))
        if suspicious:
            desk.one_by_one = len(first)
        self._effects.hold()
        self._loop.sit_down(desk, first)
        self._tasks.run("settle", self._settle(desk, commands_from(loaded.outbox)))
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

    async def _set_aside(self) -> list[Poisoned]:
        """Keep what spoiled the last memory, for a person to read."""
        spoiled: list[Poisoned] = []
        while self._loop.poisoned:
            poisoned = self._loop.poisoned[0]
            if not isinstance(poisoned.item.event, Tick | OwnerChanged):
                await self._quarantine(poisoned)
            spoiled.append(self._loop.poisoned.pop(0))
            self._loop.resolve(poisoned.item)
        return spoiled

    async def _quarantine(self, poisoned: Poisoned) -> None:
        event = poisoned.item.event
        body = b"" if isinstance(event, Unread) else body_set_aside(event)
        log.error("event set aside", extra={"reason": str(poisoned)})
        await self._store.quarantine(
            self._loop.tenant,
            at=poisoned.now,
            reason=str(poisoned),
            body=body,
            inbox_id=poisoned.item.inbox,
        )

    async def _send_away(self, ownership: Ownership, state: State, spoiled: list[Poisoned]) -> None:
        """Give the calls of what was set aside to the plan's `on_error` target."""
        mended = Gathered()
        for poisoned in spoiled:
            event = poisoned.item.event
            if isinstance(event, Tick | OwnerChanged):
                leg = defuse(state, poisoned.now, mended)
            else:
                leg = call_of(event, state)
            if leg:
                self._tasks.run("rescue", self._rescue(leg, state))
        if not mended.is_empty():
            # At once: with the next group it would be lost if that one is spoiled too.
            await self._store.commit(mended.batch(ownership.tenant, ownership.epoch, 0))


def body_set_aside(event: Event) -> bytes:
    """What is kept of an event that nobody could handle; as text when it cannot be packed either.

    Not even here is it kept which key a caller pressed, nor what opens a recording.
    """
    told = _without_secrets(event)
    try:
        return CODEC.pack(told)
    except Unstorable:
        return ascii(told).encode()


def _without_secrets(event: Event) -> Event:
    if isinstance(event, ToneHeard):
        return replace(event, tone="")
    if isinstance(event, RecordingEnded):
        return replace(event, location="", token="")
    return event


def call_of(event: Event | Unread, state: State) -> str:
    """Graph's id of the call that an event is about, if it is about one."""
    if isinstance(event, CommandDone | WebhookAnswered):
        leg = state.calls.get(event.call)
        return leg.wire if leg else ""
    return str(getattr(event, "call", ""))


def defuse(state: State, now: int, mended: Gathered) -> str:
    """Take out the timer that was the first to fall due by `now`; Graph's id of its call.

    The engine fires timers in this order, and the first one could not be handled.
    """
    armed: list[tuple[int, str, str, str]] = []
    shelves: dict[str, Mapping[str, Timed]] = {
        "contact": state.contacts,
        "offer": state.offers,
        "call": state.calls,
        "agent": state.agents,
        "bulletin": state.bulletins,
    }
    for kind, shelf in shelves.items():
        for entity in shelf.values():
            armed += [(due, kind, entity.id, name) for name, due in entity.timers.items()]
    if not armed or min(armed)[0] > now:
        return ""
    _, kind, entity_id, name = min(armed)
    entity = shelves[kind][entity_id]
    del entity.timers[name]
    mended.touch(kind, entity)
    log.error("timer set aside", extra={"kind": kind, "id": entity_id, "timer": name})
    return _caller_wire(entity, state)


def _caller_wire(entity: Timed, state: State) -> str:
    if isinstance(entity, Bulletin):
        return ""
    contact = entity if isinstance(entity, Contact) else state.contacts.get(entity.contact)
    leg = state.calls.get(contact.call) if contact is not None else None
    return leg.wire if leg is not None and leg.ended_at is None else ""
