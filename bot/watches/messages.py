"""Messages that have been kept long enough are deleted, sound first, and history says so."""

from __future__ import annotations

import asyncio
from typing import Protocol

from routing.events import (
    Event,
)
from routing.word_events import (
    Mark,
    VoicemailMarked,
)
from store.voicemails import Voicemails


class Ear(Protocol):
    """The loop, as far as this needs it."""

    tenant: str

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take an event in."""
        ...


async def forget_messages(voicemails: Voicemails, loop: Ear, now: int) -> int:
    """How many messages went. Raises StoreError; what is left goes the next time."""
    gone = 0
    while expired := await voicemails.expired(loop.tenant, now):
        for line in expired:
            await voicemails.delete(loop.tenant, line.id)
            loop.submit(
                VoicemailMarked(
                    voicemail=line.id, contact=line.contact, queue=line.queue, mark=Mark.DELETED
                )
            )
            gone += 1
    await voicemails.sweep(loop.tenant, now)
    return gone
