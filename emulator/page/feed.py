"""The live feed: server-sent events that bring what changed, and everything at the connect.

Nothing is queued for anybody. Each open page is compared with what it was told last, at the moment
in which it can take more: a page that slept, or lost its connection, is told all that is different
by then, and two pages that look at the same second show the same. Nobody looking costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web

from emulator.console_reader import ConsoleReader
from emulator.page.door import SAFE, check_reader
from emulator.page.picture import Picture
from emulator.shapes import Json
from emulator.shell import Shell

LOOK_S = 0.05
"""how soon a change is told"""
BOARD_S = 0.3
"""how often the service is asked for its board while somebody looks"""
BEAT_S = 4.0
"""a page hears from us at least so often, so that both notice a dead connection"""
RETRY_MS = 700

Sections = Callable[[], Mapping[str, object]]


class Feed:
    """`also` brings sections of others: switches, faults, recovery."""

    def __init__(
        self, shell: Shell, picture: Picture, console: ConsoleReader, also: Sections
    ) -> None:
        self._shell = shell
        self._picture = picture
        self._console = console
        self._also = also
        self._encoded: dict[str, bytes] = {}
        self._changed = asyncio.Event()
        self._open = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def readers(self) -> int:
        """How many pages are open."""
        return self._open

    async def close(self) -> None:
        """Every page is let go; the feed stays closed."""
        self._closing = True
        self._changed.set()
        await self._stop()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        check_reader(request)
        response = web.StreamResponse(headers=SAFE | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self._open += 1
        try:
            self._start()
            with contextlib.suppress(ConnectionError):
                await response.write(f"retry: {RETRY_MS}\n\n".encode())
                await self._tell(response)
        finally:
            self._open -= 1
            if self._open == 0:
                await self._stop()
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        told: dict[str, bytes] = {}
        while not self._closing:
            changed = self._changed
            fresh = {name: body for name, body in self._encoded.items() if told.get(name) != body}
            # `write` waits while the other side does not read; what happens then is told after.
            await response.write(_event(self._shell.now(), fresh))
            told |= fresh
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await changed.wait()

    # --- looking

    def _start(self) -> None:
        if self._tasks or self._closing:
            return
        self.look()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._looking()), loop.create_task(self._reading())]

    def look_soon(self) -> None:
        """Somebody acted: tell every page now and not at the next look."""
        if self._tasks:
            self.look()

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Compare what is with what was; wake every page when they differ."""
        sections = {**self._picture.sections(), **self._also()}
        encoded = {name: msgspec.json.encode(value) for name, value in sections.items()}
        if encoded != self._encoded:
            self._encoded = encoded
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def _reading(self) -> None:
        while True:
            board: Json | None = await self._console.get("/api/board")
            self._picture.take_board(board)
            await asyncio.sleep(BOARD_S)


def _event(now: int, sections: Mapping[str, bytes]) -> bytes:
    parts = b",".join(b'"' + name.encode() + b'":' + body for name, body in sections.items())
    return b'event: state\ndata: {"now":%d,"changed":{%s}}\n\n' % (now, parts)
