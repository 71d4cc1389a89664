"""Keeps the cards in the agents' chats what the state says they should show.

What a card shows is derived: the engine compares what each should show with what it was last seen
to show (`Engine.stale_cards`), and this watch brings the two together, a few at a time. A failure
is tried again, ever more slowly; several changes in a row become one, for only the last counts.
After a takeover the successor goes on from the same two sides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.owner.loop import NotWritten, Overloaded, TenantLoop
from bot.sending.cards import Chat
from bot.tasks import TaskSet
from bot.teams.conversation import ChatFailed
from routing.card_face import OfferCard
from routing.word_events import (
    CardChanged,
)

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
AT_ONCE = 8
"""Changes under way. Teams takes 50 requests a second from a bot, and they last about 200 ms."""
AGAIN_MS = (1_000, 3_000, 10_000, 30_000, 60_000)
"""Pauses after failures in a row; the last one stays."""


class CardWatch:
    """Looks several times a second; there is seldom anything to do."""

    def __init__(
        self, *, loop: TenantLoop, chat: Chat, clock: Clock, tasks: TaskSet, meter: Meter
    ) -> None:
        self._loop = loop
        self._chat = chat
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._under_way: set[str] = set()
        """Offers whose cards are being changed."""
        self._failed: dict[str, tuple[int, int]] = {}
        """By offer: how often in a row, and when to try again."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Begin to change whatever is due."""
        engine = self._loop.engine
        if engine is None:
            self._failed.clear()
            return
        stale = engine.stale_cards()
        if self._failed:
            known = {card.offer for card in stale}
            self._failed = {offer: how for offer, how in self._failed.items() if offer in known}
        for card in stale:
            if len(self._under_way) >= AT_ONCE:
                return
            if card.offer not in self._under_way and self._is_due(card.offer):
                self._under_way.add(card.offer)
                self._tasks.run("card-change", self._change(card))

    def _is_due(self, offer: str) -> bool:
        _, at = self._failed.get(offer, (0, 0))
        return at <= self._clock.now()

    async def _change(self, card: OfferCard) -> None:
        try:
            if self._loop.may_act():
                await self._bring_up_to_date(card)
        finally:
            self._under_way.discard(card.offer)

    async def _bring_up_to_date(self, card: OfferCard) -> None:
        gone = False
        try:
            await self._chat.change(card)
        except ChatFailed as failure:
            gone = failure.gone
            if not gone:
                log.info("a card was not changed", extra={"why": str(failure)})
                self._again(card.offer)
                return
        except Exception:
            # One card that cannot be made must not be tried five times a second.
            log.exception("a card was not changed")
            self._again(card.offer)
            return
        self._failed.pop(card.offer, None)
        self._meter.count("cards_changed", "gone" if gone else "done")
        # Not written down: the card is changed once more, to the same.
        with contextlib.suppress(NotWritten, Overloaded):
            await self._loop.submit(CardChanged(offer=card.offer, shows=card.shows, gone=gone))

    def _again(self, offer: str) -> None:
        times, _ = self._failed.get(offer, (0, 0))
        pause_ms = AGAIN_MS[min(times, len(AGAIN_MS) - 1)]
        self._failed[offer] = (times + 1, self._clock.now() + pause_ms)
        self._meter.count("cards_changed", "again")
