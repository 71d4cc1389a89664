"""Web services of a customer's, over real TLS: they answer well, badly, slowly, or at length."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.outside.lookup import Lookup
from bot.outside.web import OutsideWeb
from emulator.keys import Certificates, make_certificates

NOW_MS = 1_800_000_000_000
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Site:
    """One server on loopback, and what it was asked."""

    port: int
    certificates: Certificates
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    hosts: list[str] = field(default_factory=list[str])

    def url(self, host: str = "localhost", path: str = "/") -> str:
        return f"https://{host}:{self.port}{path}"


def trusting(certificates: Certificates) -> ssl.SSLContext:
    """Believes the site's own authority."""
    context = ssl.create_default_context()
    context.load_verify_locations(certificates.ca)
    return context


@asynccontextmanager
async def site(folder: Path, answer: Answer) -> AsyncIterator[Site]:
    """A server that answers every request so."""
    certificates = make_certificates(folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificates.server, certificates.server_key)
    here = Site(0, certificates)

    async def handle(request: web.Request) -> web.StreamResponse:
        here.bodies.append(await request.read())
        here.headers.append(dict(request.headers))
        return await answer(request)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await listener.start()
    here.port = runner.addresses[0][1]
    try:
        yield here
    finally:
        await runner.cleanup()


@asynccontextmanager
async def outside(here: Site, lookup: Lookup | None = None) -> AsyncIterator[OutsideWeb]:
    """The client that is tested, believing the site."""
    made = OutsideWeb(trusted=trusting(here.certificates), now_ms=lambda: NOW_MS, lookup=lookup)
    try:
        yield made
    finally:
        await made.close()
        await asyncio.sleep(0)
