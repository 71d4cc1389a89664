"""Puts talk times right that only presence has told, from Teams' own call records.

Which contacts to look for is found in the store, so a restart loses nothing: one that ended within
the last day is asked for a quarter of an hour later, after half an hour, an hour, and then hourly.
Without the permission nothing is asked for a day, and everything stays as presence showed it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.owner.bodies import CODEC
from bot.owner.desk import Desk
from bot.owner.loop import NotWritten, Overloaded, TenantLoop
from graph.call_records import CallRecord
from graph.errors import GraphError, PermissionMissing, Refused
from routing.events import TalkMeasured
from routing.facts import ContactRecord
from routing.talk_time import Spell, talk_end
from store.codec import Unreadable
from store.errors import StoreError
from store.history import History, StoredRecord

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LOOK_AFTER_MS = (15 * MINUTE_MS, 30 * MINUTE_MS, *range(HOUR_MS, DAY_MS + 1, HOUR_MS))
ROUND_EVERY_S = 60.0
BETWEEN_S = 0.5
"""Between two requests: nobody waits for these, and callers share Graph's patience."""
ANSWER_WITHIN_MS = 10_000
SLICE_MS = 30 * MINUTE_MS
"""Records read from the store in one go, by their ends: a few thousand on a very busy day."""
PRESENCE = "presence"


class Reader(Protocol):
    """Reads call records (graph/call_records.py)."""

    async def read(self, record_id: str, *, deadline_ms: int | None = None) -> CallRecord | None:
        """The record, None when there is none (yet)."""
        ...


class Candidate(NamedTuple):
    """A contact whose talk's end only presence told."""

    contact: str
    chain: str
    ended_at: int


class CallRecordWatch:
    """Goes round every minute, while this instance is the owner."""

    def __init__(
        self,
        *,
        loop: TenantLoop,
        reader: Reader,
        history: History,
        ours: Collection[str],
        clock: Clock,
        meter: Meter,
    ) -> None:
        """`ours`: the ids of our applications."""
        self._loop = loop
        self._reader = reader
        self._history = history
        self._ours = ours
        self._clock = clock
        self._meter = meter
        self._of: Desk | None = None
        """The memory that the following belongs to."""
        self._waiting: dict[str, Candidate] = {}
        self._looked: dict[str, int] = {}
        self._found_until = 0
        """Contacts that ended up to here were looked through."""
        self._not_before = 0
        """Set when Graph refused."""

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            await asyncio.sleep(ROUND_EVERY_S)
            await self.look_round()

    async def look_round(self) -> None:
        """Find who is to be asked for, and ask for those whose turn it is."""
        desk, now = self._loop.desk, self._clock.now()
        if desk is None or now < self._not_before:
            return
        if desk is not self._of:
            self._of = desk
            self._forget()
        try:
            await self._find(now)
            for candidate in self._due(now):
                if self._loop.desk is not desk or not await self._look(candidate):
                    return
                await asyncio.sleep(BETWEEN_S)
        except StoreError:
            self._meter.count("call_records", "failed")

    def _forget(self) -> None:
        self._waiting, self._looked, self._found_until = {}, {}, 0

    async def _find(self, now: int) -> None:
        """Take up those who have ended long enough ago since the last round."""
        after = max(self._found_until, now - DAY_MS)
        until = now - LOOK_AFTER_MS[0]
        while after < until:
            end = min(after + SLICE_MS, until)
            for row in await self._history.ended(self._loop.tenant, after, end):
                record = _record(row)
                if record is not None and _is_open(record):
                    candidate = Candidate(record.contact, record.chain, record.ended_at)
                    self._waiting[record.contact] = candidate
            self._found_until = after = end

    def _due(self, now: int) -> Iterator[Candidate]:
        """Those who have not been asked for since their last turn; the others are let go."""
        state = self._loop.state()
        remembered = state.contacts if state else {}
        for candidate in list(self._waiting.values()):
            age = now - candidate.ended_at
            turn = max((each for each in LOOK_AFTER_MS if each <= age), default=0)
            if candidate.contact in remembered:
                continue  # its wrap-up may write the record once more
            if self._looked.get(candidate.contact, 0) < candidate.ended_at + turn:
                yield candidate
            elif age > DAY_MS:
                self._drop(candidate)

    def _drop(self, candidate: Candidate) -> None:
        self._waiting.pop(candidate.contact, None)
        self._looked.pop(candidate.contact, None)

    async def _look(self, candidate: Candidate) -> bool:
        """Ask for one; whether it makes sense to go on with the next."""
        now = self._clock.now()
        try:
            told = await self._reader.read(candidate.chain, deadline_ms=now + ANSWER_WITHIN_MS)
        except PermissionMissing as error:
            self._refused(error, now)
            return False
        except GraphError as error:
            self._meter.count("call_records", "failed")
            log.info("call record not read", extra={"status": error.status, "code": error.code})
            if not isinstance(error, Refused):
                return False  # Graph is unwell: this one and the rest wait for the next round
            self._looked[candidate.contact] = now
            return True
        self._looked[candidate.contact] = now
        if told is None:
            self._meter.count("call_records", "not there yet")
            return True
        return await self._compare(candidate, told)

    def _refused(self, error: PermissionMissing, now: int) -> None:
        self._meter.count("call_records", "refused")
        self._not_before = now + DAY_MS
        self._forget()
        log.warning(
            "call records may not be read: talk times stay as presence showed them, unless an"
            " administrator consents to CallRecords.Read.All",
            extra={"code": error.code},
        )

    async def _compare(self, candidate: Candidate, told: CallRecord) -> bool:
        # Read anew: what was found may be hours old.
        row = await self._history.record(self._loop.tenant, candidate.contact)
        record = _record(row) if row is not None else None
        if record is None or not _is_open(record) or record.connected_at is None:
            self._drop(candidate)
            return True
        ended = talk_end(record.agent, record.connected_at, _spells(told), self._ours)
        if ended is None or ended > self._clock.now():
            self._meter.count("call_records", "without the agent")
            return True  # a later version of the record may know more
        self._meter.count("call_records", "found")
        measured = TalkMeasured(record=record, talk_ended_at=ended)
        try:
            await self._loop.submit(measured, identity=f"talk-measured/{record.contact}")
        except (NotWritten, Overloaded):
            del self._looked[candidate.contact]
            return False
        self._drop(candidate)
        return True


def _is_open(record: ContactRecord) -> bool:
    return record.talk_time_source == PRESENCE and bool(record.chain)


def _record(row: StoredRecord) -> ContactRecord | None:
    try:
        record: ContactRecord = CODEC.decode("record", row.body)
    except Unreadable as error:
        log.warning("record cannot be read", extra={"contact": row.contact, "reason": error.reason})
        return None
    return record


def _spells(told: CallRecord) -> Iterator[Spell]:
    for spell in told.spells:
        if spell.began is not None and spell.ended is not None:
            parties = (spell.caller, spell.callee)
            yield Spell(parties=parties, began=spell.began, ended=spell.ended)
