"""A cable between a browser and a server that can be pulled and plugged in again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Cable:
    """`url` leads to `target` while the cable is in."""

    target: str
    url: str = ""
    plugged: bool = True
    _ends: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def pull(self) -> None:
        """Every connection breaks, and new ones are cut off at once."""
        self.plugged = False
        for end in self._ends:
            end.transport.abort()

    def plug(self) -> None:
        self.plugged = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.plugged:
            writer.transport.abort()
            return
        address = urlsplit(self.target)
        back, forth = await asyncio.open_connection(address.hostname, address.port)
        self._ends |= {writer, forth}
        try:
            await asyncio.gather(_pour(reader, forth), _pour(back, writer))
        finally:
            self._ends -= {writer, forth}
            forth.close()
            writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(2**16):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


@asynccontextmanager
async def cable(target: str) -> AsyncIterator[Cable]:
    laid = Cable(target)
    server = await asyncio.start_server(laid._carry, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        laid.pull()
        server.close()
        await server.wait_closed()
