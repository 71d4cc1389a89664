"""What a group of steps wants written, gathered into one transaction.

An entity that several steps of the group touched is encoded once, as it stands at the end: the
transaction is all or nothing, so the states in between are nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.owner.bodies import CODEC
from bot.sending.lanes import lane_of
from routing.commands import AskCall, AskContext, Command, ReadPresence
from routing.engine import Step
from routing.events import CommandDone, Event, WebhookAnswered
from routing.facts import ContactRecord, Fact
from routing.state import Entity
from store.contract import Batch, FactRow, Identity, LiveRow, OutboxRow, Outcome, RecordRow

READS: tuple[type, ...] = (AskCall, ReadPresence, AskContext)
"""Commands that change nothing out there: a successor asks again by itself."""
DONE = "done"
FOUND_AGAIN = ("number", "internal", "guest", "federated")
"""Kinds of callers whose earlier contacts may be shown."""


def deadline_of(command: Command) -> int | None:
    """The instant after which the command makes no sense, if it names one."""
    return getattr(command, "deadline", 0) or None


@dataclass(slots=True)
class Gathered:
    """The steps of one group, in order."""

    commands: list[Command] = field(default_factory=list[Command])
    identities: list[Identity] = field(default_factory=list[Identity])
    consumed: list[int] = field(default_factory=list[int])
    _touched: dict[tuple[str, str], Entity] = field(default_factory=dict[tuple[str, str], Entity])
    _removed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _facts: list[Fact] = field(default_factory=list[Fact])
    _records: list[ContactRecord] = field(default_factory=list[ContactRecord])
    _outboxed: list[tuple[Command, int]] = field(default_factory=list[tuple[Command, int]])
    _outcomes: list[Outcome] = field(default_factory=list[Outcome])

    def add(self, event: Event, step: Step, now: int) -> None:
        """Take in what one event led to."""
        if step.touched:
            self._touched.update(step.touched)
        if step.removed:
            self._removed += step.removed
        self._facts += step.facts
        self._records += step.records
        for command in step.commands:
            self.commands.append(command)
            if not isinstance(command, READS):
                self._outboxed.append((command, now))
        if isinstance(event, CommandDone | WebhookAnswered):
            self._outcomes.append(Outcome(event.command, event.problem or DONE, now))

    def touch(self, kind: str, entity: Entity) -> None:
        """Save an entity that was changed outside a step."""
        self._touched[kind, entity.id] = entity

    def settle(self, command: str, outcome: str, now: int) -> None:
        """Note an outcome that no event tells."""
        self._outcomes.append(Outcome(command, outcome, now))

    @property
    def removed(self) -> list[tuple[str, str]]:
        """What is remembered no longer: (kind, id)."""
        return self._removed

    @property
    def facts(self) -> list[Fact]:
        """What happened."""
        return self._facts

    @property
    def records(self) -> list[ContactRecord]:
        """Contacts that are over."""
        return self._records

    @property
    def touched(self) -> Iterable[Entity]:
        """What changed, as it stands now."""
        return self._touched.values()

    def is_empty(self) -> bool:
        """Whether nothing needs to be written."""
        return not (
            self._touched
            or self.identities
            or self.consumed
            or self._facts
            or self._outcomes
            or self._outboxed
            or self._removed
            or self._records
        )

    def batch(self, tenant: str, epoch: int, first_fact: int) -> Batch:
        """The transaction. Facts are counted from `first_fact`. Raises Unstorable."""
        encode = CODEC.encode
        removed = set(self._removed)
        return Batch(
            tenant=tenant,
            epoch=epoch,
            consumed=self.consumed,
            identities=self.identities,
            saved=[
                LiveRow(kind, key, encode(entity))
                for (kind, key), entity in self._touched.items()
                if (kind, key) not in removed
            ],
            removed=self._removed,
            facts=[_fact_row(fact, seq) for seq, fact in enumerate(self._facts, first_fact)],
            commands=[_outbox_row(command, at) for command, at in self._outboxed],
            outcomes=self._outcomes,
            records=[_record_row(record) for record in self._records],
        )


def _fact_row(fact: Fact, seq: int) -> FactRow:
    return FactRow(
        fact.at,
        fact.contact or None,
        fact.agent or None,
        fact.queue or None,
        fact.kind.value,
        CODEC.encode(fact),
        seq,
    )


def _outbox_row(command: Command, at: int) -> OutboxRow:
    return OutboxRow(
        command.id,
        command.call,
        lane_of(command),
        type(command).__name__,
        CODEC.encode(command),
        at,
        deadline_of(command),
    )


def _record_row(record: ContactRecord) -> RecordRow:
    return RecordRow(
        record.contact,
        record.queue or None,
        record.entry_point or None,
        record.agent or None,
        record.arrived_at,
        record.ended_at,
        record.outcome or None,
        CODEC.encode(record),
        _found_by(record),
    )


def _found_by(record: ContactRecord) -> str | None:
    """By what the caller's contacts belong together; None: by nothing, who withholds the number
    above all."""
    return (record.caller or None) if record.caller_kind in FOUND_AGAIN else None
