"""The tenant's loop: the one task that touches the engine.

It takes everything that has come in, throws out copies, has the engine handle each event, writes
what came of all of them in one transaction, and only then answers those who submitted and hands the
commands on. Nothing awaits between handling and committing. While another instance decides, what
comes in is written to that one's inbox instead.

When a group cannot be handled or stored, the memory is thrown away, what came in goes to the inbox,
and the tenant is taken over anew from what was last committed (bot/owner/takeover.py), one event at
a time until the culprit is found.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from bot.clock import Clock, monotonic_ms, stopwatch_ms
from bot.metrics.meter import Meter
from bot.owner.bodies import CODEC
from bot.owner.desk import Desk, Item, Poisoned, Unread, from_inbox
from bot.owner.outward import Nowhere, Outward, is_wanted
from bot.owner.step_batch import Gathered
from routing.card_face import OfferCard
from routing.commands import Command
from routing.engine import Engine
from routing.events import Event, OwnerChanged, PresenceRead, Tick
from routing.plan import Plan
from routing.state import State
from store.contract import Batch, InboxRow, Ownership, Store
from store.errors import Fenced, Unavailable, Unstorable

log = logging.getLogger(__name__)

MOST_PENDING = 20_000
"""Events in memory that are not written down. More means that the database is long gone."""
WRITTEN_WITHIN_MS = 5_000
"""So long somebody waits to hear that an event is written down."""
TRY_AGAIN_S = 0.1


class Overloaded(Exception):
    """Too much waits to be written down."""


class NotWritten(Exception):
    """An event could not be written down in time. It still may be, later."""


class TenantLoop:
    """Events in, one transaction a group, commands out."""

    def __init__(
        self,
        *,
        tenant: str,
        plan: Plan,
        store: Store,
        clock: Clock,
        meter: Meter,
        monotonic: Callable[[], int] = monotonic_ms,
    ) -> None:
        """`outward` is to be set before `run`: effects and loop know each other."""
        self.tenant = tenant
        self.outward: Outward = Nowhere()
        self.lost = asyncio.Event()
        """Set when the loop had to give up being owner."""
        self.on_facts: Callable[[Gathered], None] | None = None
        """Called with what was committed, for a live view."""
        self.on_written: Callable[[list[Item], Gathered], None] | None = None  # for traces
        self.poisoned: list[Poisoned] = []
        """What could not be handled or stored; the next takeover sets it aside."""
        self.is_suspicious = False
        """Whether something among what came in last spoils its group, and nobody knows what."""
        self._failing: dict[str, int] = {}
        """Since when what fails: writing down, holding the lease."""
        self._plan = plan
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._meter = meter
        self._pending: list[Item] = []
        self._coming: dict[str, asyncio.Future[None]] = {}
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._desk: Desk | None = None
        self._in_hand: list[Item] = []
        """What is being written down."""
        self._idle = asyncio.Event()
        """Set after a turn that left nothing pending."""

    # What others ask.

    @property
    def desk(self) -> Desk | None:
        """The owner's memory; None while another instance decides."""
        return self._desk

    @property
    def engine(self) -> Engine | None:
        """The engine, while this instance is the owner."""
        return self._desk.engine if self._desk else None

    @property
    def plan(self) -> Plan:
        """The plan in force, or to be in force once this instance is the owner."""
        return self._desk.engine.plan if self._desk else self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan = plan

    def state(self) -> State | None:
        """The live state, while this instance is the owner. To be read, never changed."""
        return self._desk.engine.state if self._desk else None

    def may_act(self) -> bool:
        """Whether the lease still holds, by this machine's own clock."""
        return self._desk is not None and self.holds(self._desk.ownership)

    def holds(self, ownership: Ownership) -> bool:
        """Whether a lease still holds, by this machine's own clock."""
        return ownership.still_mine(self._monotonic())

    def wants(self, command: Command) -> bool:
        """Whether a command that was not sent yet should still be."""
        return self._desk is not None and is_wanted(self._desk.engine, command)

    def card(self, offer: str) -> OfferCard | None:
        """The offer's card as it stands now; None: nobody knows of it any more."""
        return self._desk.engine.card(offer) if self._desk else None

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        return self._desk.engine.wire_of(call) if self._desk else ""

    def app_of(self, call: str) -> str:
        """The application that our leg belongs to; empty when the leg is not known."""
        leg = self._desk.engine.state.calls.get(call) if self._desk else None
        return leg.app if leg else ""

    def spelled(self, wire: str) -> str:
        """The spelling by which the engine knows a call's id."""
        return self._desk.spellings.of(wire) if self._desk else wire

    def outage_ms(self) -> int:
        """For how long nothing could be written down, or the lease not held; 0: all is well."""
        return self._clock.now() - min(self._failing.values()) if self._failing else 0

    def note(self, what: str, error: Unavailable | TimeoutError | None = None) -> None:
        """Note that writing (`commit`) or owning (`lease`) failed with `error`, or works."""
        if error is None:
            self._failing.pop(what, None)
            return
        if what not in self._failing:
            self._failing[what] = self._clock.now()
            log.warning("the database fails", extra={"doing": what, "reason": str(error)})
        self._meter.count("database_failed", what)

    def submit(
        self, event: Event, *, identity: str | None = None, received_at: int | None = None
    ) -> asyncio.Future[None]:
        """Resolves when the event is written down, or a copy of it was before.

        Raises Overloaded; the future raises NotWritten after WRITTEN_WITHIN_MS. `identity` is the
        natural one: a second event with it is a copy, and shares its future.
        """
        if identity is not None and (coming := self._coming.get(identity)) is not None:
            self._meter.count("duplicates", type(event).__name__)
            return coming
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if identity is not None and self._desk is not None and identity in self._desk.known:
            self._meter.count("duplicates", type(event).__name__)
            done.set_result(None)
            return done
        if len(self._pending) >= MOST_PENDING:
            raise Overloaded
        if identity is not None:
            self._coming[identity] = done
        at = self._clock.now() if received_at is None else received_at
        self._pending.append(Item(event, at, identity, done))
        self._wake.set()
        return done

    def found(self, rows: Iterable[InboxRow]) -> None:
        """Take in rows of the inbox that nobody has consumed."""
        desk = self._desk
        if desk is None:
            return
        for row in rows:
            if row.id not in desk.taken:
                desk.taken.add(row.id)
                self._pending.append(from_inbox(row))
                self._wake.set()

    def withdraw(self, identity: str) -> bool:
        """Take back what was submitted and is still only in memory; whether that was possible."""
        for item in self._pending:
            if item.identity == identity and item.inbox is None:
                self._pending.remove(item)
                self.resolve(item)
                return True
        return False

    def sit_down(self, desk: Desk, first: list[Item]) -> None:
        """Become owner with this memory, and handle `first` before anything else."""
        self.lost.clear()
        self.is_suspicious = False
        self._desk = desk
        self._pending[:0] = first
        self._wake.set()

    def stand_up(self) -> None:
        """Stop deciding; what is not committed goes to the inbox."""
        self._give_up([])

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._desk is None:
                await self._shelve()
            else:
                await self._work(self._desk)
            if not self._pending:
                self._idle.set()

    def give_up_waiting(self) -> None:
        """Tell those who have waited for too long; what they brought is still kept.

        To be called every now and then: a timer for each event would cost more than the event.
        """
        latest = self._clock.now() - WRITTEN_WITHIN_MS
        for items in (self._in_hand, self._pending):
            for item in items:
                if item.received_at > latest:
                    break
                if item.done is not None and not item.done.done():
                    item.done.set_exception(NotWritten())
                    item.done.exception()  # looked at: nobody has to wait for it
                    self._meter.count("unwritten")

    async def drain(self, within_s: float = 2.0) -> None:
        """Wait until everything that came in is written down, or the time is over."""
        try:
            async with asyncio.timeout(within_s):
                self._idle.clear()
                self._wake.set()
                await self._idle.wait()
        except TimeoutError:
            log.warning("not everything was written down", extra={"events": len(self._pending)})

    def resolve(self, item: Item) -> None:
        """Tell whoever waits that the item is written down."""
        if item.identity is not None:
            self._coming.pop(item.identity, None)
        if item.done is not None and not item.done.done():
            item.done.set_result(None)

    # The owner's work.

    async def _work(self, desk: Desk) -> None:
        taken, self._pending = self._pending, []
        now = self._clock.now()
        items = desk.in_turn(taken, now)
        began = stopwatch_ms()
        gathered = Gathered()
        handled: list[Item] = []
        try:
            handled = desk.handle(items, now, gathered)
            batch = gathered.batch(self.tenant, desk.ownership.epoch, desk.facts)
        except Poisoned as poisoned:
            log.exception("cannot be handled", extra={"event": type(poisoned.item.event).__name__})
            self._spoiled(poisoned, desk, items)
            return
        except Unstorable as unstorable:
            self._refused(unstorable, desk, handled, items)
            return
        self._meter.observe("loop_step", stopwatch_ms() - began)
        if len(handled) < len(items):
            self._pending[:0] = items[len(handled) :]
        if self._pending:
            self._wake.set()
        self._in_hand = handled
        if gathered.is_empty() or await self._commit(desk, batch, handled):
            self._written(desk, handled, gathered)
        self._in_hand = []

    async def _commit(self, desk: Desk, batch: Batch, handled: list[Item]) -> bool:
        """Whether the batch was written; otherwise this instance is owner no longer."""
        while True:
            began = stopwatch_ms()
            try:
                await self._store.commit(batch)
            except Unavailable as error:
                self.note("commit", error)
                # A batch may be written twice; on a lease that ran out nobody may decide.
                if self._desk is not desk or not self.may_act():
                    self._give_up(handled)
                    return False
                await asyncio.sleep(TRY_AGAIN_S)
            except Fenced:
                log.warning("another instance decides now", extra={"tenant": self.tenant})
                self._give_up(handled)
                return False
            except Unstorable as unstorable:
                self._refused(unstorable, desk, handled, handled)
                return False
            else:
                self.note("commit")
                self._meter.observe("commit", stopwatch_ms() - began)
                return True

    def _written(self, desk: Desk, handled: list[Item], gathered: Gathered) -> None:
        for item in handled:
            self.resolve(item)
        desk.facts += len(gathered.facts)
        if self.on_written is not None:
            self.on_written(handled, gathered)
        if self.on_facts is not None and gathered.facts:
            self.on_facts(gathered)
        if desk is not self._desk:
            return  # whoever decides now finds the commands in the outbox
        if gathered.commands:
            self.outward.take(gathered.commands)
        self._set_alarm(desk.next_due())

    def _set_alarm(self, due: int | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            delay_ms = max(0, due - self._clock.now())
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(delay_ms / 1000, self._wake.set)

    # When it goes wrong.

    def _refused(
        self, reason: Unstorable, desk: Desk, handled: list[Item], items: list[Item]
    ) -> None:
        """The database will never store this group."""
        log.error("cannot be stored", extra={"reason": reason.reason, "events": len(handled)})
        culprit = handled[0] if len(handled) == 1 else Item(Tick(), desk.last)
        self._spoiled(Poisoned(culprit, desk.last, reason.reason), desk, items)

    def _spoiled(self, poisoned: Poisoned, desk: Desk, items: list[Item]) -> None:
        """One of the group is a culprit; while in doubt which, look closer next time."""
        self.is_suspicious = True
        if desk.is_alone or isinstance(poisoned.item.event, Unread):
            self._meter.count("poisoned", type(poisoned.item.event).__name__)
            self.poisoned.append(poisoned)
            items = [item for item in items if item is not poisoned.item]
        self._give_up(items)

    def _give_up(self, items: list[Item]) -> None:
        """Be owner no longer; `items` and what is held back wait for the inbox."""
        desk, self._desk = self._desk, None
        held: list[Item] = []
        if desk is not None:
            self._plan = desk.engine.plan
            held = desk.tones.everything()
            self.outward.drop()
        self._pending[:0] = items + held
        self._set_alarm(None)
        self.lost.set()
        self._wake.set()

    # While another instance decides.

    async def _shelve(self) -> None:
        """Write what came in to the owner's inbox."""
        items, self._pending = self._pending, []
        for place, item in enumerate(items):
            try:
                if self._desk is None:
                    await self._shelve_one(item)
                else:  # this instance has just become the owner
                    self._pending[:0] = items[place:]
                    self._wake.set()
                    return
            except Unavailable as error:
                self.note("commit", error)
                self._pending[:0] = items[place:]
                asyncio.get_running_loop().call_later(TRY_AGAIN_S, self._wake.set)
                return
            self.resolve(item)

    async def _shelve_one(self, item: Item) -> None:
        event = item.event
        if item.inbox is not None or isinstance(event, Tick | OwnerChanged | PresenceRead | Unread):
            return  # stands there already, or is worth nothing to another owner
        try:
            body = CODEC.pack(event)
            await self._store.accept(self.tenant, item.identity, item.received_at, body)
        except Unstorable as unstorable:
            self.poisoned.append(Poisoned(item, item.received_at, unstorable.reason))
        self.note("commit")
