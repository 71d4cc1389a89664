"""Who a person of the tenant is, for those who are about to talk with them, and their photo."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from graph import requests, wire
from graph.errors import GraphError, Refused
from graph.transport import GraphRequest, GraphResponse, GraphTransport

LONGEST = 120
"""Characters of a job title and its like that are kept."""
LARGEST_PHOTO = 256 * 1024
"""Bytes. Graph's are a tenth of that."""
_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
"""What a photo begins with, whatever it is said to be: nothing else is passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the directory says; empty: it does not say."""

    name: str = ""
    job_title: str = ""
    department: str = ""
    office: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture, as it may be shown."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Reads profiles of one tenant."""

    transport: GraphTransport
    tenant_id: str
    app_id: str = ""

    async def read(self, user: str, *, manager: bool, deadline_ms: int | None = None) -> Profile:
        """The profile. Raises GraphError; a manager who cannot be read is left out."""
        theirs = self._ask("profile", user, deadline_ms)
        if not manager:
            return _profile((await theirs).json(), "")
        told, above = await asyncio.gather(theirs, self._manager(user, deadline_ms))
        return _profile(told.json(), above)

    async def photo(self, user: str, *, deadline_ms: int | None = None) -> Photo | None:
        """The photo; None: they have none, or none that may be shown. Raises GraphError."""
        try:
            body = (await self._ask("photo", user, deadline_ms)).body
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        kind = next((kind for begins, kind in _KINDS if body.startswith(begins)), "")
        return Photo(kind=kind, body=body) if kind and len(body) <= LARGEST_PHOTO else None

    async def _manager(self, user: str, deadline_ms: int | None) -> str:
        """The manager's name; empty: there is none, or it may not be known."""
        try:
            told = (await self._ask("manager", user, deadline_ms)).json()
        except GraphError:
            return ""
        return _text(told, "displayName")

    async def _ask(self, name: str, user: str, deadline_ms: int | None) -> GraphResponse:
        filled = requests.fill(name, (), {"user": user})
        request = GraphRequest(
            method=filled.method,
            path=filled.path,
            tenant_id=self.tenant_id,
            app_id=self.app_id,
            deadline_ms=deadline_ms,
        )
        return await self.transport.send(request)


def _profile(told: dict[str, Any], manager: str) -> Profile:
    return Profile(
        name=_text(told, "displayName"),
        job_title=_text(told, "jobTitle"),
        department=_text(told, "department"),
        office=_text(told, "officeLocation"),
        manager=manager,
    )


def _text(told: dict[str, Any], name: str) -> str:
    return wire.text(told.get(name), LONGEST) or ""
