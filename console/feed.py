"""The live feed: what changed, as server-sent events that are read with fetch.

The token comes in a header, so no EventSource and no token in an address. Nothing is queued for
anybody: each open page is compared with what it was told last, in the moment in which it can take
more. One that slept, or lost its connection, is told everything and then what changes.

What is shown is built once for all, after each commit of facts and not more often than every 50 ms;
without news it is built each second, because a standby is told of no commits. Nobody listening
costs nothing. A stream ends with its token: the page comes back with a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter

import msgspec
from aiohttp import web

from console.answers import PRIVATE, answer
from console.auth import Handler, Person, Role, entra
from console.board import LiveView
from console.floor_rows import Rows, agent_rows, contact_rows, queues_of
from console.me import me
from console.my_work import works_of
from console.scope import Scope, scope_of
from routing.plan import Plan
from routing.state import State
from store.errors import StoreError

log = logging.getLogger(__name__)

NOT_OFTENER_S = 0.05
LOOK_S = 1.0
BEAT_MS = 15_000
"""App Service drops a connection that is silent for 230 s, and a page wants to know sooner."""
MOST = 400
"""Streams at once: the listener has 1,000 connections, and Graph must always get in."""
MOST_EACH = 8
Encoded = dict[str, bytes]


class _Picture:
    """The floor at one instant; what a scope shows of it is made once, when somebody asks."""

    def __init__(self, state: State, plan: Plan) -> None:
        self.state = state
        self.plan = plan
        self.queues = queues_of(state, plan)
        self.works = works_of(state)
        self._floors: dict[Scope, Encoded] = {}

    def rows(self, person: Person, *, floor: bool) -> Encoded:
        """Everything that this person is shown, each row encoded, by its key."""
        scope = scope_of(person, self.state, self.plan)
        told = me(person, self.state, self.plan, self.queues, self.works, scope=scope)
        mine = {"me": msgspec.json.encode(told)}
        return mine | self._floor(scope) if floor else mine

    def _floor(self, scope: Scope) -> Encoded:
        found = self._floors.get(scope)
        if found is None:
            queues = {name: row for name, row in self.queues.rows.items() if scope.sees_queue(name)}
            found = self._floors[scope] = {
                **_encoded("queue", queues),
                **_encoded("agent", agent_rows(self.state, self.plan, scope)),
                **_encoded("contact", contact_rows(self.state, scope)),
            }
        return found


class Feed:
    """The route, and the work behind it: `run` must be running."""

    def __init__(self, live: LiveView) -> None:
        self._live = live
        self._picture: _Picture | None = None
        self._news = asyncio.Event()
        self._told = asyncio.Event()
        self._open: Counter[str] = Counter()
        self._closing = False

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return self._open.total()

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [self.get_feed]

    def changed(self) -> None:
        """Facts were committed. Costs nothing worth counting."""
        self._news.set()

    async def close(self, _app: object = None) -> None:
        """Let every stream go; none is opened any more."""
        self._closing = True
        self._tell()

    async def run(self) -> None:
        """Look whenever there is news, and at least each second, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
            self._news.clear()
            if self._open:
                await self._look()
                self._tell()
            await asyncio.sleep(NOT_OFTENER_S)

    @entra("GET", "/api/feed", *Role)
    async def get_feed(self, request: web.Request, person: Person) -> web.StreamResponse:
        """My queues as they change; with `floor=1` also queues, agents and contacts."""
        full = self.listeners >= MOST or self._open[person.id] >= MOST_EACH
        if full or self._closing:
            words = "Too many pages are open." if full else "The service is stopping."
            return answer({"error": words}, status=503)
        self._open[person.id] += 1
        try:
            if self._picture is None or self.listeners == 1:
                await self._look()
            return await self._stream(request, person)
        finally:
            self._open[person.id] -= 1
            self._open += Counter()  # forget who has none
            if not self._open:
                self._picture = None

    async def _look(self) -> None:
        try:
            self._picture = _Picture(await self._live.state(), self._live.plan())
        except StoreError as error:  # a standby whose database is away: the last picture stands
            log.info("the feed could not look", extra={"error": str(error)})

    def _tell(self) -> None:
        told, self._told = self._told, asyncio.Event()
        told.set()

    async def _stream(self, request: web.Request, person: Person) -> web.StreamResponse:
        headers = PRIVATE | {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._write(request, response, person)
        return response

    async def _write(
        self, request: web.Request, response: web.StreamResponse, person: Person
    ) -> None:
        floor = request.query.get("floor") == "1"
        known: Encoded | None = None
        said_at = self._live.now()
        # Nobody is told when a browser goes away: only its connection is not there any more.
        while not self._closing and request.transport is not None:
            now = self._live.now()
            if now >= person.until:
                return
            news = self._told
            rows = self._picture.rows(person, floor=floor) if self._picture else known
            if rows is not None and rows != known:
                # Waits while the other side does not read; what happens then is told after.
                await response.write(_event(now, rows, known))
                known, said_at = rows, now
            elif now - said_at >= BEAT_MS:
                await response.write(b'data: {"now":%d}\n\n' % now)
                said_at = now
            await news.wait()


def _encoded(kind: str, rows: Rows) -> Encoded:
    return {f"{kind}/{key}": msgspec.json.encode(row) for key, row in rows.items()}


def _event(now: int, rows: Encoded, known: Encoded | None) -> bytes:
    """What is new or different, and what is gone; `all` when nothing was known."""
    before = known or {}
    fresh = [(key, body) for key, body in rows.items() if before.get(key) != body]
    changed = b",".join(msgspec.json.encode(key) + b":" + body for key, body in fresh)
    gone = msgspec.json.encode(sorted(before.keys() - rows.keys()))
    whole = b"true" if known is None else b"false"
    parts = (b'"now":%d' % now, b'"all":' + whole, b'"rows":{' + changed + b"}", b'"gone":' + gone)
    return b"data: {" + b",".join(parts) + b"}\n\n"
