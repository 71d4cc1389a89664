"""Our own past contacts of the same caller, with how they ended and what agents noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.outside.values import text_of
from bot.outside.web import NotAnswered, Why
from bot.owner.bodies import CODEC
from routing.commands import AskContext
from routing.context_state import PastContact, Told
from routing.facts import ContactRecord
from routing.plan import Plan
from store.codec import Unreadable
from store.errors import StoreError
from store.history import StoredRecord

LONGEST_NOTE = 300
"""Characters of an old note that are shown; the whole one stands with its contact."""


class Past(Protocol):
    """The past, as far as it is needed here (store/history.py)."""

    async def of_caller(self, tenant: str, caller: str, *, limit: int) -> list[StoredRecord]:
        """The caller's contacts that began last. Raises StoreError."""
        ...


class FromHistory:
    """Asks our own store."""

    def __init__(self, *, past: Past, tenant: str, plan: Callable[[], Plan]) -> None:
        self._past = past
        self._tenant = tenant
        self._plan = plan

    async def ask(self, question: AskContext, within_ms: int) -> Told:
        """The caller's last contacts, the newest first. Raises NotAnswered."""
        del within_ms
        most = question.provider.most
        try:
            rows = await self._past.of_caller(self._tenant, question.caller.id, limit=most + 1)
        except StoreError as error:
            raise NotAnswered(Why.UNREACHABLE, type(error).__name__) from error
        titles = {queue.name: queue.title or queue.name for queue in self._plan().queues}
        others = [row for row in rows if row.contact != question.contact][:most]
        found = [_past(row, titles) for row in others]
        return Told(past=tuple(each for each in found if each is not None))


def _past(row: StoredRecord, titles: dict[str, str]) -> PastContact | None:
    try:
        record: ContactRecord = CODEC.decode("record", row.body)
    except Unreadable:
        return None
    return PastContact(
        at=record.arrived_at,
        queue=titles.get(record.queue, record.queue),
        outcome=record.outcome,
        agent=record.agent_upn,
        note=text_of(record.note, LONGEST_NOTE),
    )
