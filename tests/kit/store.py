"""Opening stores in tests, and batches to commit."""

from collections.abc import Awaitable, Callable
from typing import Any

from store.contract import Batch, FactRow, LiveRow, OutboxRow, Ownership, RecordRow, Store
from store.database import open_store

Opener = Callable[..., Awaitable[Store]]
TENANT = "contoso"
NOW = 1_767_225_600_000


class Ticks:
    """A monotonic clock that a test moves by hand."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


class Opened:
    """The stores of one test."""

    def __init__(self) -> None:
        self._open: list[Store] = []

    async def open(self, url: str, monotonic: Callable[[], int] | None = None) -> Store:
        """`#inline` at the end of a SQLite URL opens it inline."""
        address, _, how = url.partition("#")
        clock = Ticks() if monotonic is None else monotonic
        store = await open_store(address, monotonic=clock, inline=how == "inline")
        self._open.append(store)
        return store

    async def close(self) -> None:
        for store in self._open:
            await store.close()


async def owned(store: Store, tenant: str = TENANT) -> Ownership:
    """The tenant, which nobody else owns."""
    ownership = await store.acquire(tenant, "test")
    assert ownership is not None
    return ownership


def batch(ownership: Ownership, **parts: Any) -> Batch:
    return Batch(tenant=ownership.tenant, epoch=ownership.epoch, **parts)


def saved(entity: str, body: bytes = b"{}", kind: str = "Contact") -> LiveRow:
    return LiveRow(kind, entity, body)


def fact(seq: int, contact: str | None = "c1", body: bytes = b"{}") -> FactRow:
    return FactRow(NOW + seq, contact, None, "sales", "contact.queued", body, seq)


def command(name: str, deadline: int | None = NOW + 12_000, body: bytes = b"{}") -> OutboxRow:
    return OutboxRow(name, "leg1", "control", "Answer", body, NOW, deadline)


def record(contact: str, started_at: int = NOW, outcome: str | None = None) -> RecordRow:
    return RecordRow(contact, "sales", "main", None, started_at, None, outcome, b"{}")
