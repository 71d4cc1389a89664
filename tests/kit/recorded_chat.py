"""The agents' chats as a list of what was done to them, under the test's clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from kit.virtual_time import VirtualClock

from bot.teams.conversation import ChatFailed
from routing.card_face import MissedCard, OfferCard, StateCard


@dataclass
class RecordedChat:
    """Takes every card, after a while or not at all."""

    latency_ms: int = 0
    failures: list[Exception] = field(default_factory=list)
    """What happens first, in order, instead of taking it."""
    posted: list[tuple[int, OfferCard]] = field(default_factory=list)
    changed: list[tuple[int, OfferCard]] = field(default_factory=list)
    missed: list[MissedCard] = field(default_factory=list)
    told: list[StateCard] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    tried: int = 0
    _clock: VirtualClock = field(default_factory=VirtualClock)

    async def show(self, card: OfferCard) -> str:
        await self._take()
        self.posted.append((self._clock.now(), card))
        return f"message-{len(self.posted)}"

    async def change(self, card: OfferCard) -> None:
        await self._take()
        self.changed.append((self._clock.now(), card))

    async def say_missed(self, card: MissedCard) -> None:
        await self._take()
        self.missed.append(card)

    async def say_state(self, card: StateCard) -> None:
        await self._take()
        self.told.append(card)

    def faces(self) -> list[str]:
        """What the cards were changed to, in order."""
        return [card.shows for _, card in self.changed]

    async def _take(self) -> None:
        self.tried += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.latency_ms / 1000)
        finally:
            self.under_way -= 1
        if self.failures:
            raise self.failures.pop(0)


def broken(status: int | None = 500) -> ChatFailed:
    return ChatFailed("on purpose", status=status)
