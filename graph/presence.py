"""What Teams shows for many people at once. An application may not subscribe, so it asks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from graph import requests, wire
from graph.errors import GraphError
from graph.models import Presence
from graph.transport import GraphRequest, GraphTransport

MOST_IDS = 650
"""learn.microsoft.com/graph/api/cloudcommunications-getpresencesbyuserid"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPresences:
    """People whose presence could not be read, and why."""

    user_ids: tuple[str, ...]
    error: GraphError


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRead:
    """One reading. Whoever is in neither list is not known to Graph."""

    presences: tuple[Presence, ...]
    failures: tuple[UnreadPresences, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presences:
    """Reads presence in one tenant."""

    transport: GraphTransport
    tenant_id: str
    app_id: str = ""

    async def read(
        self, user_ids: Sequence[str], *, deadline_ms: int | None = None
    ) -> PresenceRead:
        """Presence of everyone asked for, 650 to a request; one that fails spoils no other."""
        asked = tuple(dict.fromkeys(user_id.lower() for user_id in user_ids))
        chunks = [asked[start : start + MOST_IDS] for start in range(0, len(asked), MOST_IDS)]
        answers = await asyncio.gather(*(self._read_chunk(chunk, deadline_ms) for chunk in chunks))
        presences: list[Presence] = []
        failures: list[UnreadPresences] = []
        for answer in answers:
            if isinstance(answer, UnreadPresences):
                failures.append(answer)
            else:
                presences.extend(answer)
        return PresenceRead(presences=tuple(presences), failures=tuple(failures))

    async def _read_chunk(
        self, user_ids: tuple[str, ...], deadline_ms: int | None
    ) -> list[Presence] | UnreadPresences:
        filled = requests.presences(user_ids)
        request = GraphRequest(
            method=filled.method,
            path=filled.path,
            body=filled.body,
            tenant_id=self.tenant_id,
            app_id=self.app_id,
            deadline_ms=deadline_ms,
        )
        try:
            told = (await self.transport.send(request)).json().get("value")
        except GraphError as error:
            return UnreadPresences(user_ids=user_ids, error=error)
        wanted = frozenset(user_ids)
        listed = (_presence(one) for one in (told if isinstance(told, list) else ()))
        return [one for one in listed if one is not None and one.user_id in wanted]


def _presence(told: object) -> Presence | None:
    """One entry; a value that is missing or no text reads as unknown, which is not routable."""
    if not isinstance(told, dict):
        return None
    user_id = wire.directory_id(told.get("id"))
    if user_id is None:
        return None
    return Presence(
        user_id=user_id,
        availability=wire.text(told.get("availability"), 64) or "PresenceUnknown",
        activity=wire.text(told.get("activity"), 64) or "PresenceUnknown",
        sequence=wire.identifier(told.get("sequenceNumber")),
    )
