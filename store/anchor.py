"""One connection per process that lives as long as the process does (PostgreSQL only).

It holds an advisory lock, which the server drops the moment the process dies: so a successor need
not wait for the lease to run out. It also renews leases, so that a renewal never queues behind
commits, and hears of new inbox rows.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from store.postgres import BROKEN, FAILURES, SETTINGS, WITHIN_S, translated

INBOX_CHANNEL = "switchboard_inbox"


class Anchor:
    """The connection, made when first needed and again after it was lost."""

    def __init__(self, url: str, *, session: str, heard: Callable[[], None]) -> None:
        self._url = url
        self._session = session
        self._heard = heard
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self.alive_lock = 0
        """The advisory lock held now; another one after each reconnection."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[asyncpg.Connection]:
        """The connection, ours alone for a while. Raises Unavailable."""
        with translated():
            async with asyncio.timeout(WITHIN_S), self._turn:
                connection = await self._connected()
                try:
                    yield connection
                except BROKEN:
                    # The next turn tries a new connection.
                    connection.terminate()
                    raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=WITHIN_S)
            except FAILURES:
                connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        connection = await asyncpg.connect(
            self._url,
            timeout=WITHIN_S,
            server_settings=SETTINGS | {"application_name": self._session},
        )
        try:
            # A fresh number: the lost connection may hold the old one for a while yet.
            number = secrets.randbits(62) + 1
            await connection.execute("SELECT pg_advisory_lock($1)", number)
            await connection.add_listener(INBOX_CHANNEL, self._on_notification)
        except BaseException:
            connection.terminate()
            raise
        self.alive_lock = number
        self._connection = connection
        return connection

    def _on_notification(self, *_details: object) -> None:
        self._heard()
