"""A caller's own words, played back to them: at an address that nobody can guess, for a while.

Graph fetches what it plays, from any instance; so the address stands in the store. It is closed
when the caller has heard it, changes their mind or hangs up, and after five minutes by itself
(docs/adr/0024).
"""

from __future__ import annotations

import secrets
from uuid import UUID

from bot.clock import Clock
from graph.calls import Prompt
from graph.errors import NotSent
from store.errors import StoreError
from store.voicemails import Voicemails

OPEN_MS = 5 * 60_000
PATH = "/media/"
OWN_WORDS = "voicemail:"


class OwnWords:
    """Opens an address for one recording."""

    def __init__(
        self, voicemails: Voicemails, *, tenant: str, public_url: str, clock: Clock
    ) -> None:
        self._voicemails = voicemails
        self._tenant = tenant
        self._base = public_url.rstrip("/") + PATH
        self._clock = clock

    async def open(self, voicemail: str) -> Prompt:
        """What Graph is to play. Raises NotSent."""
        token = secrets.token_hex(16)
        until = self._clock.now() + OPEN_MS
        try:
            await self._voicemails.open_link(token, self._tenant, voicemail, until)
        except StoreError as error:
            msg = "the address of a recording could not be written down"
            raise NotSent(msg) from error
        return Prompt(f"{self._base}{token}.wav", str(UUID(token)))
