"""Counts what reports show, from committed facts, a few seconds behind them.

No call waits for it: facts are read where nobody writes, a portion at a time, and what they add is
written in a transaction of its own, together with the place of the last of them. Killed in the
middle, or counting beside a predecessor who does not know yet that it is one, a fact is added once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.metrics.meter import Meter
from console.past import past_fact
from console.reports.counting import Added, Standing, count
from store.errors import StoreError
from store.reports import Figures, Place, Portion, Reports, Spread
from store.reports import Standing as StoredStanding
from store.tables import AGENT_COUNTS, QUEUE_COUNTS

log = logging.getLogger(__name__)

ROUND_EVERY_S = 5.0
LOOK_EVERY_S = 1.0
"""Until it is the owner."""
AT_ONCE = 300
"""Facts read, counted and written in one go."""
BREATH_S = 0.02
"""Between two portions: a service that was away has many to do."""


class Owner(Protocol):
    """The tenant's loop, as far as it is needed here."""

    @property
    def desk(self) -> object | None:
        """The owner's memory: another object after every takeover, None on a standby."""
        ...


class ReportCount:
    """The figures of one tenant, on its owner."""

    def __init__(self, *, tenant: str, owner: Owner, reports: Reports, meter: Meter) -> None:
        self._tenant = tenant
        self._owner = owner
        self._reports = reports
        self._meter = meter
        self._of: object | None = None
        """The memory to which place and standings belong."""
        self._place = Place()
        self._standings: dict[str, Standing] = {}

    async def run(self) -> None:
        """Count every few seconds while this instance is the owner, until cancelled."""
        while True:
            try:
                await self.count()
            except StoreError:
                self._of = None  # whether the last portion was written is read from the database
                self._meter.count("database_failed", "reports")
            is_owner = self._owner.desk is not None
            await asyncio.sleep(ROUND_EVERY_S if is_owner else LOOK_EVERY_S)

    async def count(self) -> None:
        """Take in what has happened since the last time. Raises StoreError."""
        while (desk := self._owner.desk) is not None:
            if desk is not self._of:
                await self._begin(desk)
            if not await self._take_in():
                return
            await asyncio.sleep(BREATH_S)
        self._of = None

    async def _begin(self, desk: object) -> None:
        self._place = await self._reports.place(self._tenant)
        stored = await self._reports.standings(self._tenant)
        self._standings = {each.agent: Standing(*each) for each in stored}
        self._of = desk

    async def _take_in(self) -> bool:
        """One portion; whether there may be more."""
        rows = await self._reports.since(self._tenant, self._place, limit=AT_ONCE)
        if not rows:
            return False
        added = count(map(past_fact, rows), self._standings)
        after = Place(*rows[-1].place, rows[-1].at)
        if not await self._reports.add(self._tenant, self._place, after, portion_of(added)):
            self._of = None  # somebody else has counted these
            return True
        self._place = after
        self._standings |= added.standings
        return len(rows) == AT_ONCE


def portion_of(added: Added) -> Portion:
    """What was counted, as the store takes it."""
    return Portion(
        queues=[
            Figures(at, "", queue, tuple(counts.get(name, 0) for name in QUEUE_COUNTS))
            for (at, queue), counts in added.queues.items()
        ],
        agents=[
            Figures(at, agent, queue, tuple(counts.get(name, 0) for name in AGENT_COUNTS))
            for (at, agent, queue), counts in added.agents.items()
        ],
        spreads=[Spread(*key, n) for key, n in added.spreads.items()],
        standings=[StoredStanding(*each) for each in added.standings.values()],
    )
