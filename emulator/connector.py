"""Teams chat as a bot sees it: the connector it posts to, and people who write to it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

import aiohttp
import msgspec
from aiohttp import web

from emulator.config import Application, Person, object_id
from emulator.identity import BOT_FRAMEWORK
from emulator.shapes import Json
from emulator.shell import Shell

ANSWER_WITHIN_S = 15.0
SERVICE_PATH = "/connector/"


@dataclass(slots=True)
class Posted:
    """One activity the bot sent, as it stands after its last update."""

    id: str
    conversation: str
    at: int
    activity: Json
    updates: int = 0


class Connector:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._posted: list[Posted] = []
        self._members: dict[str, Person] = {
            _conversation(person): person for person in shell.world.config.people
        }

    def add_routes(self, app: web.Application, key: str) -> None:
        prefix = f"{SERVICE_PATH}v3/conversations"
        router = app.router
        router.add_post(prefix, self.create)
        router.add_post(prefix + "/{id}/activities", self.post)
        router.add_post(prefix + "/{id}/activities/{activity}", self.post)
        router.add_put(prefix + "/{id}/activities/{activity}", self.update)
        router.add_delete(prefix + "/{id}/activities/{activity}", self.delete)
        router.add_get(prefix + "/{id}/members", self.members)
        router.add_get(prefix + "/{id}/pagedmembers", self.paged_members)
        router.add_get(prefix + "/{id}/members/{member}", self.member)
        self._key = key
        router.add_get("/emulator/chat", self.read)
        router.add_post("/emulator/chat", self.write)

    # --- what the bot calls

    async def create(self, request: web.Request) -> web.Response:
        """A one-to-one conversation with a person, by object id or 29: id."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        body = await _object(request)
        members = body.get("members")
        first = members[0] if isinstance(members, list) and members else None
        name = str(first.get("id", "")) if isinstance(first, dict) else ""
        person = self._shell.world.directory.person(name.removeprefix("29:"))
        if person is None:
            return _json({"error": {"code": "BadSyntax", "message": f"no member {name}"}}, 400)
        answer: Json = {"id": _conversation(person), "serviceUrl": _service(request)}
        activity = body.get("activity")
        if isinstance(activity, dict):
            answer["activityId"] = self._store(_conversation(person), activity).id
        return _json(answer, 201)

    async def post(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if request.match_info["id"] not in self._members:
            return _json({"error": {"code": "ConversationNotFound", "message": ""}}, 404)
        posted = self._store(request.match_info["id"], await _object(request))
        return _json({"id": posted.id}, 201)

    async def update(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        for posted in self._posted:
            if posted.id == request.match_info["activity"]:
                posted.activity = await _object(request)
                posted.updates += 1
                return _json({"id": posted.id})
        return _json({"error": {"code": "ActivityNotFound", "message": ""}}, 404)

    async def delete(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        wanted = request.match_info["activity"]
        self._posted = [posted for posted in self._posted if posted.id != wanted]
        return web.Response(status=200)

    async def members(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        person = self._members.get(request.match_info["id"])
        return _json([] if person is None else [_member(person)])

    async def paged_members(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        person = self._members.get(request.match_info["id"])
        return _json({"members": [] if person is None else [_member(person)]})

    async def member(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        name = request.match_info["member"].removeprefix("29:")
        person = self._shell.world.directory.person(name)
        if person is None:
            return _json({"error": {"code": "MemberNotFoundInConversation", "message": ""}}, 404)
        return _json(_member(person))

    def _store(self, conversation: str, activity: Json) -> Posted:
        posted = Posted(secrets.token_hex(8), conversation, self._shell.now(), activity)
        self._posted.append(posted)
        return posted

    def _refusal(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization")
        if self._shell.identity.bearer(header, BOT_FRAMEWORK, self._shell.now()) is None:
            return _json({"error": {"code": "Unauthorized", "message": "no valid token"}}, 401)
        return None

    # --- what people do

    async def write(self, request: web.Request) -> web.Response:
        """Somebody writes to the bot: {from, text} or {from, type, name, value ...}."""
        if request.headers.get("X-Emulator-Key") != self._key:
            return _json({"error": "X-Emulator-Key is missing or wrong"}, 401)
        body = await _object(request)
        person = self._shell.world.directory.person(str(body.get("from", "")))
        if person is None:
            return _json({"error": f"nobody is called {body.get('from')!r}"}, 404)
        application = self._shell.world.config.applications[0]
        before = len(self._posted)
        status, answer = await self._deliver(request, application, person, body)
        replies = [
            posted.activity
            for posted in self._posted[before:]
            if posted.conversation == _conversation(person)
        ]
        return _json({"status": status, "body": answer, "replies": replies})

    async def read(self, request: web.Request) -> web.Response:
        """What the bot posted: all, or to one `user`, the latest last."""
        if request.headers.get("X-Emulator-Key") != self._key:
            return _json({"error": "X-Emulator-Key is missing or wrong"}, 401)
        rows = []
        wanted = self._shell.world.directory.person(request.query.get("user", ""))
        for posted in self._posted:
            person = self._members.get(posted.conversation)
            if wanted is None or person is wanted:
                rows.append(
                    {
                        "id": posted.id,
                        "user": person.upn if person is not None else "",
                        "at": posted.at,
                        "updates": posted.updates,
                        "activity": posted.activity,
                    }
                )
        return _json({"activities": rows})

    async def _deliver(
        self, request: web.Request, application: Application, person: Person, body: Json
    ) -> tuple[int, object]:
        service = _service(request)
        activity = _activity(application, person, service)
        activity |= {key: value for key, value in body.items() if key != "from"}
        token = self._shell.identity.channel_token(application.id, service, self._shell.now())
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = msgspec.json.encode(activity)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async with self._shell.session.post(
                    application.messages, data=content, headers=headers
                ) as response:
                    raw = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as failed:
            return 0, str(failed)
        try:
            return response.status, msgspec.json.decode(raw) if raw else None
        except msgspec.DecodeError:
            return response.status, raw.decode(errors="replace")


def _activity(application: Application, person: Person, service: str) -> Json:
    """A message as Teams sends it from a one-to-one chat."""
    return {
        "type": "message",
        "id": secrets.token_hex(8),
        "channelId": "msteams",
        "serviceUrl": service,
        "locale": "en-US",
        "text": "",
        "from": {"id": f"29:{person.id}", "name": person.name, "aadObjectId": person.id},
        "recipient": {"id": f"28:{application.id}", "name": application.name},
        "conversation": {
            "id": _conversation(person),
            "conversationType": "personal",
            "tenantId": person.tenant_id,
        },
        "channelData": {"tenant": {"id": person.tenant_id}},
        "entities": [{"type": "clientInfo", "locale": "en-US", "platform": "Web"}],
    }


def _conversation(person: Person) -> str:
    return "a:" + object_id("chat:" + person.upn)


def _member(person: Person) -> Json:
    return {
        "id": f"29:{person.id}",
        "objectId": person.id,
        "aadObjectId": person.id,
        "name": person.name,
        "userPrincipalName": person.upn,
        "email": person.upn,
        "tenantId": person.tenant_id,
        "userRole": "user",
    }


def _service(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}{SERVICE_PATH}"


async def _object(request: web.Request) -> Json:
    try:
        body = msgspec.json.decode(await request.read())
    except msgspec.DecodeError as wrong:
        raise web.HTTPBadRequest(text=f"not JSON: {wrong}") from wrong
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="a JSON object is expected")
    return body


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
