"""A server's socket that can stop answering: neither refused nor closed, just silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class Stall:
    """Bytes pass while `flowing` is set."""

    def __init__(self, server: Path) -> None:
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._server = server

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.flowing.wait()
        there = await asyncio.open_unix_connection(str(self._server / SOCKET))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(reader, there[1]))
            group.create_task(self._pass_on(there[0], writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                await self.flowing.wait()
                writer.write(piece)
        writer.close()


@asynccontextmanager
async def stalling(server: Path, folder: Path) -> AsyncIterator[Stall]:
    """A socket in `folder` that leads to the one in `server`."""
    stall = Stall(server)
    listener = await asyncio.start_unix_server(stall.connect, str(folder / SOCKET))
    try:
        yield stall
    finally:
        stall.flowing.set()
        listener.close()
        await listener.wait_closed()
