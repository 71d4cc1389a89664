"""Names become addresses here and nowhere else, so that none is asked that may not be.

aiohttp connects to exactly what `resolve` returns: between the look at an address and the
connection nobody is asked for it again, so a name that answers differently the second time gains
nothing. Names are looked up in threads of our own: a server that does not answer must not hold up
those that read files and databases.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.outside.addresses import refusal

AT_ONCE = 4
Lookup = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, as the machine knows them. Raises OSError."""


class NotAllowed(OSError):
    """A name leads to an address that may not be asked."""

    def __init__(self, host: str, address: str, why: str) -> None:
        super().__init__(f"{host} leads to {address}, which is {why}")
        self.why = why


class Resolver(AbstractResolver):
    """Looks names up, and refuses those of which any address may not be asked."""

    def __init__(self, lookup: Lookup, *, private: bool) -> None:
        self._lookup = lookup
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of the host. Raises OSError, NotAllowed."""
        found = await self._lookup(host, port)
        for address in found:
            if why := refusal(address, private=self._private):
                raise NotAllowed(host, address, why)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in found
            if family in (socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET)
        ]

    async def close(self) -> None:
        """Nothing is open."""


class SystemLookup:
    """The machine's own resolver."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses, in the order in which the machine would try them. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._ask, host, port)
        return list(dict.fromkeys(found))

    @staticmethod
    def _ask(host: str, port: int) -> list[str]:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(row[4][0]) for row in rows]

    def close(self) -> None:
        """Let the threads go; one that waits for a name ends when the machine gives up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
