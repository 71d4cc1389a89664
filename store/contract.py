"""What the service may ask of the store, whichever database is behind it.

SQLite and PostgreSQL keep the same promises; tests/store runs one suite on both. Everything is
addressed by tenant. Entities, events and commands are opaque bytes here (see codec.py). Instants
are UTC milliseconds, durations end in `_ms`.

Every write can be repeated after `Unavailable`, also regrouped with later ones: a batch that had
been stored after all changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from store.conversations import Conversations
from store.follow_ups import FollowUps
from store.history import History
from store.kept import Kept
from store.leg_counts import LegCounts
from store.plans import Plans
from store.prompts import Prompts
from store.reports import Reports
from store.subscribers import Subscribers
from store.voicemails import Voicemails


class LiveRow(NamedTuple):
    kind: str
    id: str
    body: bytes


class FactRow(NamedTuple):
    at: int
    contact: str | None
    agent: str | None
    queue: str | None
    kind: str
    body: bytes
    seq: int
    """Counts up through one epoch of the tenant, never repeated in it: a fact is (epoch, seq)."""


class OutboxRow(NamedTuple):
    id: str
    """Unique in the tenant, for good."""
    call: str
    lane: str
    kind: str
    body: bytes
    created_at: int
    deadline: int | None


class RecordRow(NamedTuple):
    contact: str
    queue: str | None
    entry_point: str | None
    agent: str | None
    started_at: int
    ended_at: int | None
    outcome: str | None
    body: bytes
    caller: str | None = None
    """By which the contact is found again: a number or an object id; None: by nobody's."""


class Identity(NamedTuple):
    """The natural identity of an event: what makes a second copy of it a duplicate."""

    key: str
    received_at: int


class Outcome(NamedTuple):
    command: str
    outcome: str
    at: int


class InboxRow(NamedTuple):
    id: int
    key: str | None
    received_at: int
    body: bytes


class Accepted(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one step of a tenant's owner wants written, all or nothing.

    An entity both saved and removed in one batch is removed. An outcome may concern a command of
    the same batch; the first outcome of a command stands.
    """

    tenant: str
    epoch: int
    consumed: list[int] = field(default_factory=list[int])
    """Ids of inbox rows that this step has handled."""
    identities: list[Identity] = field(default_factory=list[Identity])
    """Of events that came directly, not through the inbox."""
    saved: list[LiveRow] = field(default_factory=list[LiveRow])
    removed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(kind, id)."""
    facts: list[FactRow] = field(default_factory=list[FactRow])
    commands: list[OutboxRow] = field(default_factory=list[OutboxRow])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    records: list[RecordRow] = field(default_factory=list[RecordRow])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All that a new owner needs to go on."""

    live: list[LiveRow]
    inbox: list[InboxRow]
    """Not consumed yet, by `received_at`, then id."""
    outbox: list[OutboxRow]
    """Without an outcome, in the order in which they were written: possibly sent."""
    identities: list[Identity]
    """Of events already handled, of the last quarter of an hour at least."""


class Ownership(Protocol):
    """One tenant, held by one process for one epoch."""

    tenant: str
    epoch: int

    async def renew(self) -> bool:
        """Whether the tenant is still ours; to be asked each second. Raises Unavailable."""
        ...

    async def release(self) -> None:
        """Give the tenant back, so that a successor need not wait for the lease to run out."""
        ...

    def still_mine(self, now_monotonic_ms: int) -> bool:
        """Whether we may act: False 4 s after the start of the last renewal that succeeded."""
        ...


class Store(Protocol):
    history: History
    plans: Plans
    prompts: Prompts
    conversations: Conversations
    leg_counts: LegCounts
    reports: Reports
    voicemails: Voicemails
    subscribers: Subscribers
    follow_ups: FollowUps

    async def commit(self, batch: Batch) -> None:
        """Write one batch in one transaction. Raises Fenced, Unstorable, Unavailable."""
        ...

    async def commit_many(self, batches: Sequence[Batch]) -> None:
        """Write batches of one tenant and epoch, oldest first, in one transaction, all or nothing.

        Unstorable names the batch that must be taken out.
        """
        ...

    async def load(self, tenant: str) -> Loaded: ...

    async def live(self, tenant: str) -> list[LiveRow]:
        """The live state as last committed, for an instance that only looks."""
        ...

    async def accept(self, tenant: str, key: str | None, received_at: int, body: bytes) -> Accepted:
        """Put an event into the tenant's inbox, unless its natural identity is known already."""
        ...

    async def unconsumed(self, tenant: str, limit: int = 1000) -> list[InboxRow]:
        """The oldest rows that no step has consumed. No cursor: late rows show up too."""
        ...

    async def wait_for_inbox(self, timeout_ms: int) -> bool:
        """True as soon as something may have come in, False after the time-out. Only a hint."""
        ...

    async def quarantine(
        self, tenant: str, *, at: int, reason: str, body: bytes = b"", inbox_id: int | None = None
    ) -> None:
        """Set an event aside that cannot be handled: the inbox row's, or `body`."""
        ...

    async def acquire(self, tenant: str, instance: str) -> Ownership | None:
        """Own the tenant in a new epoch; None while another live process owns it."""
        ...

    async def database_now_ms(self) -> int: ...

    async def tidy(self, now: int) -> int:
        """Remove consumed inbox rows and settled commands older than 15 minutes; how many."""
        ...

    async def forget(self, tenant: str, now: int, kept: Kept) -> int:
        """Remove history that is older than it is to be kept, but nothing of a contact that still
        lives; how many rows. In small transactions: an error leaves the rest for the next time."""
        ...

    async def close(self) -> None: ...
