"""Acts on the product's tab over HTTP, with the token that the tab would have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
import msgspec

from emulator.identity import Identity
from emulator.shapes import Json
from emulator.tab import Errand
from emulator.world import World

WITHIN_S = 10.0
ROLES = ("Agent",)


class TabClient:
    """One for the world; it asks as whoever acts."""

    def __init__(
        self,
        world: World,
        identity: Identity,
        session: Callable[[], aiohttp.ClientSession],
        now: Callable[[], int],
    ) -> None:
        self._world = world
        self._identity = identity
        self._session = session
        self._now = now

    async def act(self, errand: Errand) -> tuple[int, str]:
        """The console's status and what it said; 0 and why when it did not answer."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._act(errand)
        except (aiohttp.ClientError, TimeoutError, OSError) as failed:
            return 0, str(failed) or type(failed).__name__

    async def _act(self, errand: Errand) -> tuple[int, str]:
        application = self._world.config.applications[0]
        parts = urlsplit(application.webhook)
        base = f"{parts.scheme}://{parts.netloc}"
        token = self._identity.user_token(errand.person, application, ROLES, self._now())
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session().get(f"{base}/api/board", headers=headers) as answer:
            contact = _own_contact(await answer.read(), errand.person.upn)
        path = f"{base}/api/contacts/{contact or 'none'}/{errand.act}"
        content = msgspec.json.encode(dict(errand.body))
        headers["Content-Type"] = "application/json"
        async with self._session().post(path, data=content, headers=headers) as answer:
            return answer.status, _said(await answer.read())


def _own_contact(content: bytes, upn: str) -> str:
    """Whom the board shows this agent talking with; empty: nobody."""
    for row in _rows(content):
        if row.get("upn") == upn:
            return str(row.get("contact") or "")
    return ""


def _rows(content: bytes) -> list[Json]:
    try:
        board: object = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return []
    rows = board.get("agents") if isinstance(board, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _said(content: bytes) -> str:
    try:
        answer: object = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content[:200].decode(errors="replace")
    if not isinstance(answer, dict):
        return ""
    return str(answer.get("code") or answer.get("error") or "done")
