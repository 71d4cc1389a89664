"""`python -m bench.bare`: the least that a webhook in Python could be, to compare with.

An aiohttp handler that looks the token up in a cache of verified ones, parses the body, and answers
202; a call that rings is answered with the same request as the service's. It writes nothing down,
decides nothing and checks nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

KNOWN: dict[bytes, dict[str, str]] = {}
"""Verified tokens by digest. This one believes every token, once."""


class Bare:
    """The handler and its client."""

    def __init__(self, graph: str, port: int) -> None:
        self._graph = graph
        self._callback = f"http://127.0.0.1:{port}/api/calls/"
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession

    async def session(self, _: web.Application) -> Any:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        yield
        await self._session.close()

    async def receive(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        digest = hashlib.sha256(authorization.encode()).digest()
        claims = KNOWN.setdefault(digest, {"aud": "bench"})
        body = msgspec.json.decode(await request.read())
        for item in body["value"]:
            if item["changeType"] == "created" and claims:
                task = asyncio.get_running_loop().create_task(self._answer(item["resourceData"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return web.Response(status=202)

    async def ready(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _answer(self, call: dict[str, Any]) -> None:
        body = {
            "callbackUri": f"{self._callback}{call['id']}",
            "acceptedModalities": ["audio"],
            "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"},
        }
        url = f"{self._graph}/communications/calls/{call['id']}/answer"
        headers = {"Authorization": "Bearer " + "x" * 1_200, "Content-Type": "application/json"}
        data = msgspec.json.encode(body)
        async with self._session.post(url, data=data, headers=headers) as answer:
            await answer.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--graph", required=True)
    given = parser.parse_args()
    bare = Bare(given.graph, given.port)
    app = web.Application(client_max_size=1 << 20)
    app.cleanup_ctx.append(bare.session)
    app.router.add_post("/api/calls", bare.receive)
    app.router.add_post("/api/calls/{command}", bare.receive)
    app.router.add_get("/readyz", bare.ready)
    web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main()
