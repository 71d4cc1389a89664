"""Counts the legs of the month, and warns before Graph refuses more of them.

Graph allows an application 10,000 calls a month (learn.microsoft.com/graph/throttling-limits);
users met it as "Application reached the monthly call creation limit". Which calls Microsoft counts
is not said, so all of them are counted here: those that ring, and those that are made to ring
agents. The count is read from committed facts once a minute, so no call waits for it and no crash
loses one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.metrics.telemetry import Gauge
from console.findings import Finding, Findings, Source
from console.past import past_fact
from store.errors import StoreError
from store.leg_counts import LegCount, LegCounts

log = logging.getLogger(__name__)

ROUND_EVERY_S = 60.0
LOOK_EVERY_S = 1.0
"""Until it is the owner."""
AT_ONCE = 500
"""Facts read in one go."""
WARN_AT = (95, 80)
"""Per cent of the limit."""
MONTHS_KEPT = 3


class Owner(Protocol):
    """The tenant's loop, as far as it is needed here."""

    @property
    def desk(self) -> object | None:
        """The owner's memory: another object after every takeover, None on a standby."""
        ...


class MonthLegs:
    """The counts of one tenant's applications, on its owner."""

    def __init__(
        self,
        *,
        tenant: str,
        owner: Owner,
        counts: LegCounts,
        limits: Mapping[str, int],
        findings: Findings,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """`limits`: legs a month that each application may have."""
        self._tenant = tenant
        self._owner = owner
        self._counts = counts
        self._limits = limits
        self._findings = findings
        self._clock = clock
        self._meter = meter
        self._of: object | None = None
        """The memory to which the count belongs."""
        self._count = LegCount()

    async def run(self) -> None:
        """Count once a minute while this instance is the owner, until cancelled."""
        while True:
            try:
                await self.count()
            except StoreError:
                self._meter.count("database_failed", "legs")
            is_owner = self._owner.desk is not None
            await asyncio.sleep(ROUND_EVERY_S if is_owner else LOOK_EVERY_S)

    async def count(self) -> None:
        """Take in what has happened since the last count. Raises StoreError."""
        desk = self._owner.desk
        if desk is None:
            self._of = None
            return
        if desk is not self._of:
            self._count = await self._counts.load(self._tenant)
            self._of = desk
        while await self._take_in():
            pass
        self._report()

    def used(self) -> dict[str, int]:
        """Legs of this month by application; empty where somebody else counts."""
        if self._of is None or self._of is not self._owner.desk:
            return {}
        month = self._count.months.get(month_of(self._clock.now()), {})
        return {app: month.get(app, 0) for app in self._limits}

    def gauges(self) -> Iterator[Gauge]:
        """The month's legs beside their limit, for the metrics."""
        for app, used in self.used().items():
            labels = (("application", app),)
            yield Gauge(name="legs_month", value=used, labels=labels)
            yield Gauge(name="legs_month_limit", value=self._limits[app], labels=labels)

    async def _take_in(self) -> bool:
        """One portion; whether there may be more."""
        rows = await self._counts.since(self._tenant, self._count.place, limit=AT_ONCE)
        if not rows:
            return False
        months = {month: dict(apps) for month, apps in self._count.months.items()}
        for fact in map(past_fact, rows):
            if app := fact.text("app"):
                apps = months.setdefault(month_of(fact.at), {})
                apps[app] = apps.get(app, 0) + 1
        kept = {month: months[month] for month in sorted(months)[-MONTHS_KEPT:]}
        count = LegCount(place=rows[-1].place, months=kept)
        await self._counts.save(self._tenant, count)
        self._count = count  # not before it is written: a failed save is counted again
        return len(rows) == AT_ONCE

    def _report(self) -> None:
        now = self._clock.now()
        found = [
            finding
            for app, used in self.used().items()
            if (finding := _finding(app, used, self._limits[app], month_of(now)))
        ]
        for each in self._findings.replace(Source.LEGS, found, now):
            log.warning("legs: %s", each.text())


def month_of(at: int) -> str:
    """The calendar month of an instant, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")


def _finding(app: str, used: int, limit: int, month: str) -> Finding | None:
    """What to say of it. The words stay the same from one threshold to the next: said once."""
    percent = next((each for each in WARN_AT if used * 100 >= each * limit), 0)
    if not percent:
        return None
    return Finding(
        source=Source.LEGS,
        severity="warning",
        problem=f"legs {percent} %",
        key=f"application {app}",
        sentence=(
            f"{percent} % of the {limit} call legs of {month} (UTC) are used; Graph may refuse "
            "calls when all are: share the entry points among several applications "
            "(SWITCHBOARD_APPLICATIONS), or ask Microsoft, and set LEGS_PER_MONTH to what it says"
        ),
    )
