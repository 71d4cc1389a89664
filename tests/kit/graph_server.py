"""A Graph that answers as a test scripts it, over real HTTP, and remembers what it was asked."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    token: str
    client_request_id: str
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer. `then` runs before it; `cut` drops the connection instead."""

    status: int = 202
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    then: Callable[[], Any] | None = None


@dataclass(slots=True)
class ScriptedGraph:
    """Answers from `script` in order, then 202 for ever; or by `answer_by` when that is set."""

    script: deque[Answer] = field(default_factory=deque[Answer])
    answer_by: Callable[[Asked], Answer] | None = None
    asked: list[Asked] = field(default_factory=list[Asked])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: asyncio.Event | None = None
    server: TestServer | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self.server = TestServer(app)
        await self.server.start_server()

    async def close(self) -> None:
        if self.stalled is not None:
            self.stalled.set()
        assert self.server is not None
        await self.server.close()

    @property
    def base_url(self) -> str:
        assert self.server is not None
        return str(self.server.make_url("/v1.0"))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        asked = Asked(
            request.method,
            request.raw_path,
            request.headers.get("Authorization", "").removeprefix("Bearer "),
            request.headers.get("client-request-id", ""),
            json.loads(raw) if raw else None,
        )
        self.asked.append(asked)
        self.arrived.set()
        if self.stalled is not None:
            await self.stalled.wait()
        if self.answer_by is not None:
            answer = self.answer_by(asked)
        else:
            answer = self.script.popleft() if self.script else Answer()
        if answer.then is not None:
            answer.then()
        if answer.cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = dict(answer.headers)
        if isinstance(answer.body, bytes):
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        written = b"" if answer.body is None else json.dumps(answer.body).encode()
        headers.setdefault("Content-Type", "application/json")
        return web.Response(status=answer.status, body=written, headers=headers)


@dataclass(slots=True)
class HandedTokens:
    """Tokens `token-1`, `token-2` ...: a new one after each that was refused."""

    number: int = 1
    invalidated: list[str] = field(default_factory=list[str])
    asked_for: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    at_hand: bool = True
    failure: Exception | None = None
    stalled: asyncio.Event | None = None

    def cached(self, app_id: str, tenant_id: str) -> str | None:
        self.asked_for.append((app_id, tenant_id))
        return f"token-{self.number}" if self.at_hand else None

    async def token(self, app_id: str, tenant_id: str) -> str:
        assert (app_id, tenant_id) == self.asked_for[-1]
        if self.stalled is not None:
            await self.stalled.wait()
        if self.failure is not None:
            raise self.failure
        return f"token-{self.number}"

    def invalidate(self, token: str) -> None:
        self.invalidated.append(token)
        self.number += 1
