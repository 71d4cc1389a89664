"""The owner's memory of a tenant, and how it handles a group of events.

Thrown away as a whole when a group cannot be handled or stored, and loaded anew: half a step in
memory is worse than none.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from bot.clock import stopwatch_ms
from bot.owner import caller_numbers
from bot.owner.bodies import CODEC
from bot.owner.known import Known
from bot.owner.spelling import Spellings
from bot.owner.step_batch import Gathered
from bot.owner.tone_order import ToneOrder
from routing.engine import Engine
from routing.events import CallEnded, Event, Tick, ToneHeard
from store.codec import Unreadable
from store.contract import Identity, InboxRow, Ownership

log = logging.getLogger(__name__)

LONGEST_GROUP_MS = 4.0
"""Then the group is committed: writing it costs as much again, and 20 ms is the most in one go."""
LOOK_EVERY = 8
"""Events handled between two looks at the stopwatch."""


class Unread:
    """What an inbox row held that this program cannot read."""


@dataclass(slots=True, eq=False)
class Item:
    """Something that came in."""

    event: Event | Unread
    received_at: int
    identity: str | None = None
    done: asyncio.Future[None] | None = None
    inbox: int | None = None
    """Its row in the inbox, when it came through there."""


class Poisoned(Exception):
    """The engine could not handle an item, or the database could not store what came of it."""

    def __init__(self, item: Item, now: int, reason: str) -> None:
        super().__init__(f"{type(item.event).__name__}: {reason}")
        self.item = item
        self.now = now
        self.reason = reason


@dataclass(slots=True)
class Desk:
    """What an owner has in memory."""

    ownership: Ownership
    engine: Engine
    known: Known[str]
    """Natural identities of what was handled."""
    spellings: Spellings
    taken: Known[int]
    """Inbox rows that were handed to the loop."""
    tones: ToneOrder[Item] = field(default_factory=ToneOrder[Item])
    last: int = 0
    """The `now` of the last event handled."""
    facts: int = 0
    """Facts written in this epoch."""
    one_by_one: int = 0
    """So many more are committed alone: one of them spoiled its group, nobody knows which."""

    is_alone: bool = False
    """Whether the group under way was one event, or one instant's timers, by itself."""

    def in_turn(self, items: list[Item], now: int) -> list[Item]:
        """The items with tones in their order; what is ahead of its turn is held back."""
        ready: list[Item] = self.tones.overdue(now)
        for item in items:
            event = item.event
            if isinstance(event, ToneHeard) and event.sequence:
                call = self.spellings.of(event.call)
                ready += self.tones.take(call, event.sequence, item, now)
            else:
                if isinstance(event, CallEnded):
                    ready += self.tones.forget(self.spellings.of(event.call))
                ready.append(item)
        return ready

    def handle(self, items: list[Item], now: int, gathered: Gathered) -> list[Item]:
        """Handle as many items as one group may hold; those that were, from the first on.

        Timers due by `now` fire at the end. Raises Poisoned.
        """
        self.is_alone = bool(self.one_by_one)
        if self.is_alone:
            return self._handle_alone(items, now, gathered)
        began = stopwatch_ms()
        for place, item in enumerate(items, 1):
            self._handle_one(item, gathered)
            if place % LOOK_EVERY == 0 and stopwatch_ms() - began > LONGEST_GROUP_MS:
                return items[:place]
        deadline = self.engine.next_deadline()
        if deadline is not None and deadline <= now:
            self._handle_one(Item(Tick(), now), gathered)
        return items

    def next_due(self) -> int | None:
        """When the loop must come back at the latest."""
        deadline, tone = self.engine.next_deadline(), self.tones.next_due()
        if deadline is None or tone is None:
            return deadline if tone is None else tone
        return min(deadline, tone)

    def _handle_alone(self, items: list[Item], now: int, gathered: Gathered) -> list[Item]:
        """Handle one event, or one instant's timers, so that the culprit is found."""
        deadline = self.engine.next_deadline()
        if deadline is not None and deadline <= (items[0].received_at if items else now):
            self._handle_one(Item(Tick(), deadline), gathered)
            return []
        if not items:
            return []
        self.one_by_one -= 1
        self._handle_one(items[0], gathered)
        return items[:1]

    def _handle_one(self, item: Item, gathered: Gathered) -> None:
        self.last = max(self.last, item.received_at)
        if isinstance(item.event, Unread):
            raise Poisoned(item, self.last, "unreadable")
        is_copy = item.identity is not None and item.identity in self.known
        if item.inbox is not None:
            gathered.consumed.append(item.inbox)
        elif item.identity is not None and not is_copy:
            gathered.identities.append(Identity(item.identity, item.received_at))
        if is_copy:
            return
        event = caller_numbers.settle(self.spellings.settle(item.event), self.engine.country_of)
        try:
            step = self.engine.handle(event, self.last)
        except Exception as crash:
            raise Poisoned(item, self.last, type(crash).__name__) from crash
        if item.identity is not None:
            self.known.add(item.identity)
        gathered.add(event, step, self.last)


def from_inbox(row: InboxRow) -> Item:
    """The event that an inbox row holds."""
    try:
        event = CODEC.unpack(row.body)
    except Unreadable as error:
        log.warning("inbox row cannot be read", extra={"row": row.id, "reason": error.reason})
        event = Unread()
    return Item(event, row.received_at, row.key, None, row.id)
