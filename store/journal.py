"""The one transaction of an owner: fence, inbox, live state, facts, outbox, contact records.

The fence comes first: an UPDATE of the tenant's row in `owner`, by epoch. Its row lock keeps a
successor waiting until we are through, and a successor's new epoch leaves us nothing to update,
whereupon nothing else is written. A SELECT would prove nothing about the instant of the commit.

On SQLite the batch is a run of statements in one call; on PostgreSQL it is a single statement of
many parts, because there each statement would cost a round trip.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.connection import Database, MissingRow
from store.contract import Batch
from store.errors import Fenced, Unstorable
from store.folding import Folded, fold
from store.journal_statements import OneStatement, StatementRun


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database
        sqlite = database.dialect == "sqlite"
        self._spelling = StatementRun(database) if sqlite else OneStatement(database)
        self._newest: dict[str, tuple[int, int]] = {}
        """Per tenant the newest fact (epoch, seq) known to be written."""

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Write the batches, all or nothing. Raises Fenced, Unstorable, Unavailable."""
        if not batches:
            return
        folded = fold(batches)
        self._check_order(folded)
        try:
            await self._database.write(*self._spelling.steps(folded))
        except MissingRow as error:
            raise Fenced(folded.tenant, folded.epoch) from error
        except Unstorable as error:
            position = 0 if len(batches) == 1 else None
            raise Unstorable(error.reason, position) from error
        if folded.facts:
            newest = max(fact.seq for fact in folded.facts)
            self._newest[folded.tenant] = (folded.epoch, newest)

    def _check_order(self, folded: Folded) -> None:
        # A fact is known by (epoch, seq), and known ones are skipped so that a commit can be
        # repeated: a number used twice would lose a fact without a word.
        numbers = [fact.seq for fact in folded.facts]
        epoch, newest = self._newest.get(folded.tenant, (folded.epoch, -1))
        repeated = numbers and epoch == folded.epoch and min(numbers) <= newest
        if repeated or len(set(numbers)) < len(numbers):
            message = f"fact numbers {numbers} repeat; {newest} is written in this epoch"
            raise ValueError(message)
