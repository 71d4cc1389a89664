"""The Bot Framework's connector, to which the bot posts, and the controls for people who chat."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from emulator.callers import WorldError
from emulator.chat import SERVICE_PATH, conversation_of
from emulator.config import ConfigError, Person
from emulator.identity import BOT_FRAMEWORK
from emulator.scripts import press_of
from emulator.shapes import Json
from emulator.shell import Shell


class Connector:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._chat = shell.world.chat

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
        router.add_post("/emulator/chat/press", self.press)
        router.add_post("/emulator/chat/install", self.install)
        router.add_post("/emulator/chat/remove", self.remove)

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
        answer: Json = {"id": conversation_of(person), "serviceUrl": _service(request)}
        activity = body.get("activity")
        if isinstance(activity, dict):
            self._advance()
            answer["activityId"] = self._chat.post(person, activity).id
        return _json(answer, 201)

    async def post(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        conversation = request.match_info["id"]
        person, channel = self._chat.person_in(conversation), self._chat.channel_in(conversation)
        if person is None and channel is None:
            return _json({"error": {"code": "ConversationNotFound", "message": ""}}, 404)
        if channel is not None and not self._chat.is_in_team(channel):
            message = "The bot is not part of the conversation roster."
            return _json({"error": {"code": "BotNotInConversationRoster", "message": message}}, 403)
        if person is not None and not self._chat.is_installed(person):
            message = "The bot is not installed, or was blocked."
            return _json({"error": {"code": "MessageWritesBlocked", "message": message}}, 403)
        activity = await _object(request)
        await asyncio.sleep(self._shell.world.config.timings.connector_ms / 1000)
        self._advance()
        if channel is not None:
            return _json({"id": self._chat.post_in(channel, activity).id}, 201)
        assert person is not None  # noqa: S101 - narrows the type
        return _json({"id": self._chat.post(person, activity).id}, 201)

    async def update(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        activity = await _object(request)
        self._advance()
        posted = self._chat.update(request.match_info["activity"], activity)
        if posted is None:
            return _json({"error": {"code": "ActivityNotFound", "message": ""}}, 404)
        return _json({"id": posted.id})

    async def delete(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        self._chat.delete(request.match_info["activity"])
        return web.Response(status=200)

    async def members(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        person = self._chat.person_in(request.match_info["id"])
        return _json([] if person is None else [_member(person)])

    async def paged_members(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        person = self._chat.person_in(request.match_info["id"])
        return _json({"members": [] if person is None else [_member(person)]})

    async def member(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        name = request.match_info["member"].removeprefix("29:")
        person = self._shell.world.directory.person(name)
        if person is None:
            return _json({"error": {"code": "MemberNotFoundInConversation", "message": ""}}, 404)
        return _json(_member(person))

    def _refusal(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization")
        if self._shell.identity.bearer(header, BOT_FRAMEWORK, self._shell.now()) is None:
            return _json({"error": {"code": "Unauthorized", "message": "no valid token"}}, 401)
        return None

    def _advance(self) -> None:
        """The log tells when the connector took something: the world must know the time."""
        self._shell.world.advance(self._shell.now())

    # --- what people do

    async def write(self, request: web.Request) -> web.Response:
        """Somebody writes to the bot: {from, text} or {from, type, name, value ...}; with
        `channel` there, where the text is to mention it."""
        body = await self._asked(request)
        fields = {key: value for key, value in body.items() if key not in ("from", "channel")}
        channel = str(body.get("channel", ""))
        try:
            letter = self._chat.letter(str(body.get("from", "")), fields, channel)
        except WorldError as nobody:
            return _json({"error": str(nobody)}, 404)
        before = len(self._chat.posted)
        status, answer = await self._shell.bring(letter)
        place = letter.activity.get("conversation")
        mine = str(place.get("id", "")) if channel and isinstance(place, dict) else ""
        mine = mine.partition(";")[0] or conversation_of(letter.person)
        replies = [
            each.activity for each in self._chat.posted[before:] if each.conversation == mine
        ]
        return _json({"status": status, "body": answer, "replies": replies})

    async def press(self, request: web.Request) -> web.Response:
        """Somebody presses a button of their newest card that has it: {from, verb, inputs}."""
        body = await self._asked(request)
        fields = {key: value for key, value in body.items() if key != "from"}
        try:
            letter = self._chat.press(str(body.get("from", "")), press_of(fields))
        except (WorldError, ConfigError) as wrong:
            return _json({"error": str(wrong)}, 400)
        status, answer = await self._shell.bring(letter)
        return _json({"status": status, "body": answer})

    async def install(self, request: web.Request) -> web.Response:
        """Somebody adds the bot's app, with `channel` to its team: {from}."""
        return await self._app_changes(request, on=True)

    async def remove(self, request: web.Request) -> web.Response:
        """Somebody removes it, with `channel` from its team: {from}."""
        return await self._app_changes(request, on=False)

    async def _app_changes(self, request: web.Request, *, on: bool) -> web.Response:
        body = await self._asked(request)
        name, channel = str(body.get("from", "")), str(body.get("channel", ""))
        try:
            if channel:
                (self._chat.install_in if on else self._chat.remove_from)(channel, name)
            elif on:
                self._chat.install(name)
            else:
                self._chat.remove(name)
        except WorldError as nobody:
            return _json({"error": str(nobody)}, 404)
        self._shell.pump()
        return _json({"ok": True})

    async def _asked(self, request: web.Request) -> Json:
        if request.headers.get("X-Emulator-Key") != self._key:
            raise _refused({"error": "X-Emulator-Key is missing or wrong"})
        self._advance()
        return await _object(request)

    async def read(self, request: web.Request) -> web.Response:
        """What the bot posted: all, or to one `user`, the latest last."""
        if request.headers.get("X-Emulator-Key") != self._key:
            return _json({"error": "X-Emulator-Key is missing or wrong"}, 401)
        rows = []
        wanted = self._shell.world.directory.person(request.query.get("user", ""))
        for posted in self._chat.posted:
            person = self._chat.person_in(posted.conversation)
            channel = self._chat.channel_in(posted.conversation)
            if wanted is None or person is wanted:
                rows.append(
                    {
                        "id": posted.id,
                        "user": person.upn if person is not None else "",
                        "channel": channel.name if channel is not None else "",
                        "at": posted.at,
                        "updates": posted.updates,
                        "activity": posted.activity,
                    }
                )
        return _json({"activities": rows})


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


def _refused(body: Json) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(
        text=msgspec.json.encode(body).decode(), content_type="application/json"
    )


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
