"""A peer on a raw socket, who need not speak as HTTP wants it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

CLOSED_WITHIN_S = 20.0


@dataclass
class Peer:
    """One connection, spoken to by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, *pieces: str | bytes) -> None:
        for piece in pieces:
            self.writer.write(piece if isinstance(piece, bytes) else piece.encode())

    async def hear_status(self) -> int:
        """The status of the next answer."""
        async with asyncio.timeout(CLOSED_WITHIN_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            if length:
                await self.reader.readexactly(int(length[0].partition(b":")[2]))
        return int(head.split()[1])

    async def hear_all(self) -> bytes:
        """Whatever comes until the other side closes."""
        heard = b""
        async with asyncio.timeout(CLOSED_WITHIN_S):
            with suppress(ConnectionError):
                while piece := await self.reader.read(1 << 16):
                    heard += piece
        return heard

    async def drip(self, start: str, again: str = "x") -> bytes:
        """Say something that never ends, a little at a time; what was heard before the close."""
        ended = asyncio.ensure_future(self.hear_all())
        for piece in itertools.chain(start, itertools.repeat(again)):
            self.say(piece)
            done, _ = await asyncio.wait({ended}, timeout=0.005)
            if done:
                break
        return await ended


@asynccontextmanager
async def peer(port: int) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()
