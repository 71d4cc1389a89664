"""Messages that callers left, for whoever serves or supervises their queue: list, sound, marks.

Whoever may not see a message is told that there is none. Sound is sent with the token in a header,
never by an address that could be passed on; parts of it may be asked for (RFC 9110, 14). Who heard
a message first, takes care of it and has dealt with it is marked, and is history.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from console.answers import PRIVATE, BadQuery, answered, number
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView, caller_of
from console.inquiry import NotFound
from console.scope import Scope, scope_of
from routing.message import Result
from routing.word_events import Mark, VoicemailMarked
from store.voicemails import Listed

MESSAGES, MOST_MESSAGES = 50, 200
PAGES = 10
LONGEST_ID = 100
LARGEST_BODY = 1_000
NO_SOUND = "There is no sound of this message."
SEERS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
ACTORS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


class Messages(Protocol):
    """The store's messages (store/voicemails.py). Every method may raise StoreError."""

    async def page(
        self, tenant: str, before: tuple[int, str] | None = None, limit: int = ...
    ) -> list[Listed]: ...

    async def one(self, tenant: str, voicemail: str) -> Listed | None: ...

    async def audio(self, tenant: str, voicemail: str) -> bytes | None: ...

    async def heard(self, tenant: str, voicemail: str, at: int, by: str) -> None: ...

    async def own(
        self, tenant: str, voicemail: str, owner: str | None, name: str | None
    ) -> None: ...

    async def done(self, tenant: str, voicemail: str, at: int | None, by: str | None) -> None: ...

    async def delete(self, tenant: str, voicemail: str) -> None: ...


class VoicemailApi:
    """The routes over one tenant's messages."""

    def __init__(
        self,
        live: LiveView,
        messages: Messages,
        tenant: str,
        tell: Callable[[VoicemailMarked], object],
    ) -> None:
        """`tell` writes a mark into history."""
        self._live = live
        self._messages = messages
        self._tenant = tenant
        self._tell = tell

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.get_all,
            self.get_one,
            self.get_audio,
            self.post_owner,
            self.post_done,
            self.delete,
        ]

    @entra("GET", "/api/voicemails", *SEERS)
    async def get_all(self, request: web.Request, person: Person) -> web.Response:
        """The newest first. `queue`; `open=1`: not dealt with; `limit`; `before`: a later page."""
        return await answered(lambda: self._all(request, person))

    @entra("GET", "/api/voicemails/{id}", *SEERS)
    async def get_one(self, request: web.Request, person: Person) -> web.Response:
        """One message."""

        async def ask() -> Json:
            return self._shown(await self._allowed(request, person), person)

        return await answered(ask)

    @entra("GET", "/api/voicemails/{id}/audio", *ACTORS)
    async def get_audio(self, request: web.Request, person: Person) -> web.StreamResponse:
        """The sound, or the part that was asked for. Whoever is first has heard it."""
        found: list[bytes] = []

        async def ask() -> Json:
            line = await self._allowed(request, person)
            sound = await self._messages.audio(self._tenant, line.id)
            if sound is None or line.result != Result.MESSAGE:
                raise NotFound(NO_SOUND)
            found.append(sound)
            if line.heard_at is None:
                now = self._live.now()
                await self._messages.heard(self._tenant, line.id, now, person.name)
                self._note(line, Mark.HEARD, person)
            return {}

        refused = await answered(ask)
        return _part(request, found[0]) if found else refused

    @entra("POST", "/api/voicemails/{id}/owner", *ACTORS)
    async def post_owner(self, request: web.Request, person: Person) -> web.Response:
        """`{"on": true}`: I take care of it; false: nobody does."""

        async def ask() -> Json:
            line, on = await self._allowed(request, person), await _on(request)
            owner = (person.id, person.name) if on else (None, None)
            await self._messages.own(self._tenant, line.id, *owner)
            self._note(line, Mark.OWNED, person, on=on)
            return await self._after(line, person)

        return await answered(ask)

    @entra("POST", "/api/voicemails/{id}/done", *ACTORS)
    async def post_done(self, request: web.Request, person: Person) -> web.Response:
        """`{"on": true}`: it was dealt with; false: it was not."""

        async def ask() -> Json:
            line, on = await self._allowed(request, person), await _on(request)
            done = (self._live.now(), person.name) if on else (None, None)
            await self._messages.done(self._tenant, line.id, *done)
            self._note(line, Mark.DONE, person, on=on)
            return await self._after(line, person)

        return await answered(ask)

    @entra("DELETE", "/api/voicemails/{id}", Role.SUPERVISOR, Role.ADMIN)
    async def delete(self, request: web.Request, person: Person) -> web.Response:
        """Delete it now, sound first: a caller may ask for that."""

        async def ask() -> Json:
            line = await self._allowed(request, person)
            scope = await self._scope(person)
            if not scope.sees_callers(line.queue):
                raise NotFound(_nothing(line.id))
            await self._messages.delete(self._tenant, line.id)
            self._note(line, Mark.DELETED, person)
            return {"deleted": line.id}

        return await answered(ask)

    # -- parts

    async def _all(self, request: web.Request, person: Person) -> Json:
        limit = number(request, "limit", MESSAGES, 1, MOST_MESSAGES)
        queue, still_open = request.query.get("queue", ""), request.query.get("open") == "1"
        before = _cursor(request.query.get("before", ""))
        scope = await self._scope(person)
        found: list[Json] = []
        further = True
        for _ in range(PAGES):
            page = await self._messages.page(self._tenant, before, limit)
            for line in page:
                before = (line.left_at, line.id)
                hidden = (queue and line.queue != queue) or (still_open and line.done_at)
                if scope.sees_queue(line.queue) and not hidden:
                    found.append(self._shown(line, person))
                if len(found) == limit:
                    break
            further = len(page) == limit
            if len(found) == limit or not further:
                break
        more = f"{before[0]}:{before[1]}" if before and further else None
        return {"now": self._live.now(), "voicemails": found, "before": more}

    async def _scope(self, person: Person) -> Scope:
        return scope_of(person, await self._live.state(), self._live.plan())

    async def _allowed(self, request: web.Request, person: Person) -> Listed:
        asked = request.match_info["id"][:LONGEST_ID]
        line = await self._messages.one(self._tenant, asked)
        if line is None or not (await self._scope(person)).sees_queue(line.queue):
            raise NotFound(_nothing(asked))
        return line

    async def _after(self, line: Listed, person: Person) -> Json:
        return self._shown(await self._messages.one(self._tenant, line.id) or line, person)

    def _shown(self, line: Listed, person: Person) -> Json:
        queues = {queue.name: queue.title or queue.name for queue in self._live.plan().queues}
        return {
            "id": line.id,
            "contact": line.contact,
            "queue": line.queue,
            "title": queues.get(line.queue, line.queue),
            "result": line.result,
            "left_at": line.left_at,
            "delete_at": line.delete_at,
            "caller": caller_of(line.caller_kind, line.caller, line.caller_name),
            "caller_kind": line.caller_kind,
            "length_ms": line.length_ms,
            "problem": line.problem,
            "heard": _mark(line.heard_at, line.heard_by),
            "owner": {"name": line.owner_name, "mine": line.owner == person.id}
            if line.owner
            else None,
            "done": _mark(line.done_at, line.done_by),
        }

    def _note(self, line: Listed, mark: Mark, person: Person, *, on: bool = True) -> None:
        self._tell(
            VoicemailMarked(
                voicemail=line.id,
                contact=line.contact,
                queue=line.queue,
                mark=mark,
                by=person.name,
                on=on,
            )
        )


def _nothing(voicemail: str) -> str:
    return f"There is no message {voicemail!r}."


def _mark(at: int | None, by: str | None) -> Json | None:
    return None if at is None else {"at": at, "by": by or ""}


def _cursor(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    at, _, last = text.partition(":")
    if not (at.isascii() and at.isdigit() and len(at) < 17):  # noqa: PLR2004
        message = "before must be what an earlier answer gave as `before`"
        raise BadQuery(message)
    return int(at), last[:LONGEST_ID]


async def _on(request: web.Request) -> bool:
    """What the body says. Raises BadQuery."""
    raw = await request.content.read(LARGEST_BODY)
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    on = body.get("on") if isinstance(body, dict) else None
    if not isinstance(on, bool):
        message = 'the body must be {"on": true} or {"on": false}'
        raise BadQuery(message)
    return on


def _part(request: web.Request, sound: bytes) -> web.Response:
    headers = PRIVATE | {"Accept-Ranges": "bytes"}
    try:
        asked = request.http_range
    except ValueError:  # several parts or a malformed range: the whole is always a right answer
        asked = slice(None, None, 1)
    if asked.start is None and asked.stop is None:
        return web.Response(body=sound, content_type="audio/wav", headers=headers)
    start, stop, _ = asked.indices(len(sound))
    if start >= stop:
        outside = headers | {"Content-Range": f"bytes */{len(sound)}"}
        return web.Response(status=416, headers=outside)
    part = headers | {"Content-Range": f"bytes {start}-{stop - 1}/{len(sound)}"}
    return web.Response(status=206, body=sound[start:stop], content_type="audio/wav", headers=part)
