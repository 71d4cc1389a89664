"""A way to a real PostgreSQL over TCP that changes what passes: as a pooler does, or an old server.

What is replaced has the same length, so that the protocol's messages stay whole.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"
KEY = b"K\x00\x00\x00\x0c"
"""BackendKeyData: the process that greets, and the key by which it would be interrupted."""


@dataclass
class Wire:
    """What happens to what the server says."""

    folder: Path
    host: str = "127.0.0.1"
    own_key: bool = False
    """Greets with a process of its own, as PgBouncer does."""
    replaced: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    delay_s: float = 0.0

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[str]:
        """The address of the same database through this wire."""
        server = await asyncio.start_server(self._connected, self.host, 0)
        port = server.sockets[0].getsockname()[1]
        path = parse_qs(urlsplit(url).query)["search_path"][0]
        try:
            yield f"postgresql://postgres@{self.host}:{port}/postgres?search_path={path}"
        finally:
            server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(str(self.folder / SOCKET))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(reader, back, change=False))
            group.create_task(self._pass_on(there, writer, change=True))

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, change: bool
    ) -> None:
        with suppress(OSError):
            while piece := await source.read(65_536):
                if change:
                    await asyncio.sleep(self.delay_s)
                target.write(self._changed(piece) if change else piece)
                await target.drain()
            target.close()

    def _changed(self, piece: bytes) -> bytes:
        at = piece.find(KEY)
        if self.own_key and at >= 0:
            piece = piece[: at + 5] + b"\x00\x00\x00\x07" + piece[at + 9 :]
        for old, new in self.replaced.items():
            piece = piece.replace(old, new)
        return piece
