"""Many batches into one: a group of steps costs one transaction, and each entity one write.

Also the place where what no database may see is found, with the step it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from store.connection import check_storable
from store.contract import Batch, FactRow, Identity, Outcome, RecordRow
from store.errors import Unstorable

SECRET = ("FetchRecording",)
"""Kinds of commands whose body is emptied with their outcome: what opens a recording may not be
kept (docs/adr/0024)."""
Settled = tuple[str, str, str, str, bytes, int, int | None, str | None, int | None]
"""An outbox row with its outcome and the instant of it, if it already has one."""


@dataclass(slots=True, kw_only=True)
class Folded:
    """Several batches as one: of each thing only what is left to write."""

    tenant: str
    epoch: int
    consumed: list[int] = field(default_factory=list[int])
    identities: dict[str, Identity] = field(default_factory=dict[str, Identity])
    saved: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    removed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    facts: list[FactRow] = field(default_factory=list[FactRow])
    commands: dict[str, Settled] = field(default_factory=dict[str, Settled])
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    records: dict[str, RecordRow] = field(default_factory=dict[str, RecordRow])


def fold(batches: Sequence[Batch]) -> Folded:
    """One batch out of many, oldest first. Raises Unstorable with the position of the bad one."""
    folded = Folded(tenant=batches[0].tenant, epoch=batches[0].epoch)
    for position, batch in enumerate(batches):
        if (batch.tenant, batch.epoch) != (folded.tenant, folded.epoch):
            message = "batches of several tenants or epochs in one commit"
            raise ValueError(message)
        try:
            check_storable(list(_texts(batch)), list(_numbers(batch)))
        except Unstorable as error:
            raise Unstorable(error.reason, position) from error
        _add(folded, batch)
    return folded


def _add(folded: Folded, batch: Batch) -> None:
    folded.consumed += batch.consumed
    for identity in batch.identities:
        folded.identities.setdefault(identity[0], Identity(*identity))
    for kind, entity, body in batch.saved:
        folded.saved[kind, entity] = body
        folded.removed.discard((kind, entity))
    for key in batch.removed:
        folded.removed.add(key)
        folded.saved.pop(key, None)
    folded.facts += batch.facts
    for command in batch.commands:
        folded.commands.setdefault(command[0], (*command, None, None))
    for outcome in batch.outcomes:
        _settle(folded, Outcome(*outcome))
    for record in batch.records:
        folded.records[record[0]] = record


def _settle(folded: Folded, outcome: Outcome) -> None:
    # Written twice on purpose: PostgreSQL's single statement does not see a command that it
    # inserts itself, and does not insert one that an earlier attempt has stored after all.
    folded.outcomes.setdefault(outcome.command, outcome)
    command = folded.commands.get(outcome.command)
    if command is not None and command[7] is None:
        body = b"" if command[3] in SECRET else command[4]
        folded.commands[outcome.command] = (
            *command[:4],
            body,
            *command[5:7],
            outcome.outcome,
            outcome.at,
        )


def _texts(batch: Batch) -> Iterator[str]:
    yield batch.tenant
    for key, _at in batch.identities:
        yield key
    for kind, entity, _body in batch.saved:
        yield kind
        yield entity
    for kind, entity in batch.removed:
        yield kind
        yield entity
    for fact in batch.facts:
        yield fact[4]
        yield from (text for text in fact[1:4] if text)
    for command in batch.commands:
        yield from command[:4]
    for command_id, outcome, _at in batch.outcomes:
        yield command_id
        yield outcome
    for record in batch.records:
        yield record[0]
        yield from (text for text in (*record[1:4], record[6], record[8]) if text)


def _numbers(batch: Batch) -> Iterator[int]:
    for _key, at in batch.identities:
        yield at
    for fact in batch.facts:
        yield fact[0]
        yield fact[6]
    for command in batch.commands:
        yield command[5]
        yield command[6] or 0
    for _command, _outcome, at in batch.outcomes:
        yield at
    for record in batch.records:
        yield record[4]
        yield record[5] or 0
