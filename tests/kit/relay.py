"""A front door: passes each request on to one of several servers in turn, and keeps a list of them.

In front of two instances it is the platform's load balancer, which goes on to the next one when one
is gone or does not answer. In front of Graph it is a witness of what one instance asked for.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

PATIENCE_S = 1.0
"""After that the next server is asked; the first one may still act on what it read."""
HOP_BY_HOP = ("connection", "host", "transfer-encoding", "content-length", "keep-alive")


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that was passed on."""

    at: float
    """time.monotonic()"""
    method: str
    path: str
    target: str
    status: int
    """0: nobody answered"""


@dataclass(slots=True)
class Relay:
    """`targets` may be changed at any time."""

    targets: list[str]
    patience_s: float = PATIENCE_S
    passed: list[Passed] = field(default_factory=list[Passed])
    url: str = ""
    choose: Callable[[str], int] | None = None
    """Says by the path whom to ask first; without it everybody in turn."""
    _turn: int = 0

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["Relay"]:
        app = web.Application(client_max_size=8 << 20)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=self.patience_s)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:

            async def handle(request: web.Request) -> web.StreamResponse:
                return await self._pass_on(request, session)

            app.router.add_route("*", "/{rest:.*}", handle)
            await runner.setup()
            try:
                site = web.TCPSite(runner, "127.0.0.1", port)
                await site.start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()

    async def _pass_on(
        self, request: web.Request, session: aiohttp.ClientSession
    ) -> web.StreamResponse:
        body = await request.read()
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        self._turn += 1
        first = self._turn if self.choose is None else self.choose(request.path)
        for step in range(len(self.targets)):
            target = self.targets[(first + step) % len(self.targets)]
            try:
                async with session.request(
                    request.method,
                    target + request.raw_path,
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                ) as answer:
                    content = await answer.read()
                    self._note(request, target, answer.status)
                    kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
                    return web.Response(body=content, status=answer.status, headers=kept)
            except (TimeoutError, aiohttp.ClientError, OSError):
                self._note(request, target, 0)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=502)

    def _note(self, request: web.Request, target: str, status: int) -> None:
        self.passed.append(Passed(time.monotonic(), request.method, request.path, target, status))
