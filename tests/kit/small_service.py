"""A service in a few lines, none of them the product's: it answers, plays and transfers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from emulator.shell import RATE, write_prompt

Json = dict[str, Any]


class SmallService:
    """Point `environment` at an emulator, then callers reach `agent`."""

    def __init__(self, agent_id: str) -> None:
        self.agent_id = agent_id
        self.environment: dict[str, str] = {}
        self.url = ""
        self.notifications: list[Json] = []
        self.claims: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.activities: list[Json] = []
        self.status = 202

    @property
    def webhook(self) -> str:
        return f"{self.url}/api/calls"

    async def calls(self, request: web.Request) -> web.Response:
        if self.status != 202:
            return web.Response(status=self.status)
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.headers.append(dict(request.headers))
        async with aiohttp.ClientSession() as session:
            metadata = await self._get(session, self.environment["SWITCHBOARD_CALLING_OPENID_URL"])
            keys = jwt.PyJWKSet.from_dict(await self._get(session, metadata["jwks_uri"]))
            key = keys[jwt.get_unverified_header(token)["kid"]]
            app_id = self.environment["SWITCHBOARD_APP_ID"]
            claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=app_id)
            self.claims.append(claims)
            for item in (await request.json())["value"]:
                self.notifications.append(item)
                await self._on(session, item)
        return web.Response(status=202)

    async def _on(self, session: aiohttp.ClientSession, item: Json) -> None:
        data, path = item["resourceData"], item["resourceUrl"]
        media = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
        if not isinstance(data, dict):
            return
        if item["changeType"] == "created":
            body: Json = {"callbackUri": self.webhook, "acceptedModalities": ["audio"]}
            await self.post(session, f"{path}/answer", body | {"mediaConfig": media})
        elif data.get("state") == "established":
            info = {"uri": f"{self.url}/hello.wav"}
            prompt = {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": info}
            await self.post(session, f"{path}/playPrompt", {"prompts": [prompt]})
        elif data["@odata.type"].endswith("playPromptOperation"):
            call = path.partition("/operations")[0]
            target = {"transferTarget": {"identity": {"user": {"id": self.agent_id}}}}
            await self.post(session, f"{call}/transfer", target)

    async def post(self, session: aiohttp.ClientSession, path: str, body: Json) -> int:
        headers = {"Authorization": f"Bearer {await self.token(session)}"}
        url = self.environment["SWITCHBOARD_GRAPH_URL"] + path
        async with session.post(url, json=body, headers=headers) as response:
            return response.status

    async def token(self, session: aiohttp.ClientSession) -> str:
        query = {"resource": "https://graph.microsoft.com", "api-version": "2019-08-01"}
        headers = {"X-IDENTITY-HEADER": self.environment["IDENTITY_HEADER"]}
        url = self.environment["IDENTITY_ENDPOINT"]
        async with session.get(url, params=query, headers=headers) as response:
            return str((await response.json())["access_token"])

    async def _get(self, session: aiohttp.ClientSession, url: str) -> Json:
        async with session.get(url) as response:
            body: Json = await response.json()
            return body

    async def messages(self, request: web.Request) -> web.Response:
        activity = await request.json()
        self.activities.append(activity)
        return web.json_response({"id": "1"}, status=201)

    async def hello(self, _: web.Request) -> web.Response:
        half_a_second = write_prompt(b"\0" * RATE)
        return web.Response(body=half_a_second, content_type="audio/wav")

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["SmallService"]:
        app = web.Application()
        app.router.add_post("/api/calls", self.calls)
        app.router.add_post("/api/messages", self.messages)
        app.router.add_get("/hello.wav", self.hello)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()
