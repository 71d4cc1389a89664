"""How to reach each person: their newest personal conversation with the bot.

Kept in the store, and the agents' in memory too, because a card must not wait for a database.
Whoever installs the bot, writes to it or presses a button brings the newest address; whoever
removes it, or whose conversation takes no more messages, is reached no longer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from bot.teams.conversation import PERSONAL, ConversationRef, ConversationStore
from store.errors import StoreError

log = logging.getLogger(__name__)

KEPT = 10_000
"""People remembered who are no agents, so that a conversation is written only when it changes."""


class Chats:
    """One tenant's personal conversations."""

    def __init__(self, tenant: str, store: ConversationStore, now: Callable[[], int]) -> None:
        self._tenant = tenant
        self._store = store
        self._now = now
        self._saved: dict[str, str] = {}
        self._meanwhile: dict[str, str | None] = {}
        """What changed while everything was being read."""
        self._writing: dict[str, str | None] = {}
        """What is on its way to the store, so that a reading may miss it."""
        self.changes = 0
        """Counts up whenever somebody may be reached anew, or no longer."""

    def reaches(self, person: str) -> bool:
        """Whether the person can be written to, as far as is known here."""
        return person in self._saved

    async def read(self, people: Collection[str]) -> None:
        """Read these people's conversations: other instances may have kept or forgotten some.

        Raises StoreError.
        """
        self._meanwhile = dict(self._writing)
        found: dict[str, str] = {}
        after = ""
        while page := await self._store.page(self._tenant, after):
            found.update((person, saved) for person, saved in page if person in people)
            after = page[-1][0]
        self._saved = found
        for person, saved in list(self._meanwhile.items()):
            self._set(person, saved)

    async def find(self, person: str) -> ConversationRef | None:
        """The person's conversation, None if they have none. Raises StoreError."""
        saved = self._saved.get(person) or await self._store.find(self._tenant, person)
        if saved is None:
            return None
        try:
            return ConversationRef.from_json(saved)
        except ValueError as error:
            log.warning("a saved conversation cannot be read", extra={"why": str(error)})
            return None

    async def keep(self, person: str, ref: ConversationRef) -> bool:
        """Remember the newest way to reach a person; whether it is one that was not known."""
        if not person or ref.kind != PERSONAL:
            return True
        saved, known = ref.to_json(), self._saved.get(person)
        if known == saved:
            return False
        # Before anything is awaited: Teams tells of one installation in two ways at once.
        self._set(person, saved)
        self._writing[person] = saved
        try:
            await self._store.save(self._tenant, person, saved, self._now())
        except StoreError as error:
            # The person's next word brings it again.
            log.warning("a conversation was not kept", extra={"why": str(error)})
            self._set(person, None)
        finally:
            self._written(person, saved)
        return known is None or ConversationRef.from_json(known).conversation != ref.conversation

    async def forget(self, person: str, ref: ConversationRef | None = None) -> None:
        """The conversation takes no more messages; with `ref`, unless a newer one is known."""
        saved = ref.to_json() if ref else None
        if saved is None or self._saved.get(person) == saved:
            self._set(person, None)
            self._writing[person] = None
        try:
            await self._store.forget(self._tenant, person, saved)
        except StoreError as error:
            log.warning("a conversation was not forgotten", extra={"why": str(error)})
        finally:
            self._written(person, None)

    def _written(self, person: str, saved: str | None) -> None:
        if person in self._writing and self._writing[person] == saved:
            del self._writing[person]

    def _set(self, person: str, saved: str | None) -> None:
        self.changes += 1
        self._meanwhile[person] = saved
        self._saved.pop(person, None)
        if saved is not None:
            self._saved[person] = saved
            if len(self._saved) > KEPT:
                del self._saved[next(iter(self._saved))]
