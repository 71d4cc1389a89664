"""Where Teams' channel service stands: between a client and the service, signing and checking.

Microsoft's Agents Playground sends what people do without a token, and takes what a bot sends
without asking for one. Between the two this signs with the emulator's Bot Framework key, which the
service believes, and lets back only what carries a token of the service's application. Activities
pass byte for byte: the client was started with the address of this as its connector's.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import yarl
from aiohttp import web

from emulator.config import Application
from emulator.identity import BOT_FRAMEWORK
from emulator.server import Server

CONNECTOR = "/teams"
MESSAGES = "/api/messages"
WITHIN_S = 15.0
"""Teams waits about that long for a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One request that was carried, or refused."""

    method: str
    path: str
    activity: dict[str, Any]
    status: int
    answer: Any
    """The parsed body; None without one."""

    @property
    def kind(self) -> str:
        """`message`, `installationUpdate`, an invoke's name ..."""
        return str(self.activity.get("name") or self.activity.get("type"))


@dataclass(slots=True)
class SigningChannel:
    """`client` is set when it listens; `signs` off shows what the service does without a token."""

    emulator: Server
    service: str
    """The service's address."""
    client: str = ""
    url: str = ""
    signs: bool = True
    to_service: list[Passed] = field(default_factory=list[Passed])
    to_client: list[Passed] = field(default_factory=list[Passed])

    @property
    def application(self) -> Application:
        return self.emulator.options.config.applications[0]

    @property
    def service_url(self) -> str:
        """The connector's address as activities name it."""
        return f"{self.url}{CONNECTOR}/"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["SigningChannel"]:
        app = web.Application()
        timeout = aiohttp.ClientTimeout(total=WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as http:

            async def inbound(request: web.Request) -> web.Response:
                return await self._to_service(request, http)

            async def outbound(request: web.Request) -> web.Response:
                return await self._to_client(request, http)

            app.router.add_post(MESSAGES, inbound)
            app.router.add_route("*", CONNECTOR + "/{rest:.*}", outbound)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()

    async def _to_service(self, request: web.Request, http: aiohttp.ClientSession) -> web.Response:
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        if self.signs:
            shell = self.emulator.shell
            token = shell.identity.channel_token(self.application.id, self.service_url, shell.now())
            headers["Authorization"] = f"Bearer {token}"
        return await _carried(request, http, self.service + MESSAGES, headers, self.to_service)

    async def _to_client(self, request: web.Request, http: aiohttp.ClientSession) -> web.Response:
        shell = self.emulator.shell
        given = request.headers.get("Authorization")
        bearer = shell.identity.bearer(given, BOT_FRAMEWORK, shell.now())
        if bearer is None or bearer.app_id != self.application.id:
            body = {"error": {"code": "Unauthorized", "message": "no valid token"}}
            self.to_client.append(await _passed(request, 401, body))
            return web.json_response(body, status=401)
        target = f"{self.client}/_connector{request.raw_path.removeprefix(CONNECTOR)}"
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        return await _carried(request, http, target, headers, self.to_client)


async def _carried(
    request: web.Request,
    http: aiohttp.ClientSession,
    target: str,
    headers: dict[str, str],
    log: list[Passed],
) -> web.Response:
    async with http.request(
        request.method,
        yarl.URL(target, encoded=True),
        data=await request.read(),
        headers=headers,
        allow_redirects=False,
    ) as answer:
        content = await answer.read()
        log.append(await _passed(request, answer.status, _parsed(content)))
        return web.Response(
            body=content, status=answer.status, content_type=answer.content_type or None
        )


async def _passed(request: web.Request, status: int, answer: object) -> Passed:
    activity = _parsed(await request.read())
    return Passed(
        method=request.method,
        path=request.path,
        activity=activity if isinstance(activity, dict) else {},
        status=status,
        answer=answer,
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")
