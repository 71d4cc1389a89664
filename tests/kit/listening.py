"""Somebody who reads a feed: what they were told, row by row."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

WITHIN_S = 10.0


class Listener:
    """`rows` is the floor as this one knows it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.rows: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any] | None:
        """The next event, or None when the stream has ended."""
        async with asyncio.timeout(WITHIN_S):
            async for line in self._answer.content:
                if line.startswith(b"data: "):
                    return self._take(json.loads(line.removeprefix(b"data: ")))
        return None

    async def until(self, key: str, **fields: Any) -> dict[str, Any]:
        """Until that row says these things."""
        while True:
            row = self.rows.get(key)
            if row is not None and fields.items() <= row.items():
                found: dict[str, Any] = row
                return found
            assert await self.next() is not None, "the stream ended"

    async def until_gone(self, key: str) -> None:
        while key in self.rows:
            assert await self.next() is not None, "the stream ended"

    def _take(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        if event.get("all"):
            self.rows.clear()
        self.rows |= event.get("rows", {})
        for key in event.get("gone", ()):
            del self.rows[key]
        return event


@asynccontextmanager
async def listening(
    http: aiohttp.ClientSession, url: str, token: str, *, floor: bool = False
) -> AsyncIterator[Listener]:
    address = f"{url}/api/feed" + ("?floor=1" if floor else "")
    async with http.get(address, headers={"Authorization": token}) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        yield Listener(answer)
