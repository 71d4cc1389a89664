"""The connections on the listener: how long each may dawdle, and how many there may be.

aiohttp waits an hour for a request line that never ends, writes a traceback for every body that
breaks off, and has no limit of connections. So each connection is wrapped here: whoever does not
finish a request's head in time, or does not take its answer, is cut off. When there are too many,
the one that has been quiet for longest makes room for the new one. Nobody is told apart by address:
behind App Service and other proxies all callers share a few, and Graph must always get in.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)

MOST = 1_000
"""An idle one costs some 30 KB. App Service's front end needs a few dozen."""
BACKLOG = 1024
CLOSE_WITHIN_S = 3.0
"""For requests under way when the service stops; App Service kills after 5 s."""
CROWD = ("crowded", "refused")


def most_connections() -> int:
    """As many as we want, but half of the files that this process may open: Graph and the
    database need some too, and macOS allows 256."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a connection may take. Counted in looks, so that nobody pays for our standing still."""

    look_every_s: float = 1.0
    head_looks: int = 10
    """From the first byte of a request, or from the connection, to the end of its headers."""
    body_s: float = 10.0
    """For a body. The routes that read one see to it, because they can still answer 408."""
    answer_looks: int = 120
    """Until an answer that does not fit into the network's buffers is taken: minutes of music."""
    linger_s: float = 2.0
    """For the rest of a body that was refused, so that the peer hears why."""
    tell_looks: int = 60
    """At most one log line about broken connections in this time."""
    most: int = field(default_factory=most_connections)


class Connections:
    """All open connections of the listener."""

    def __init__(
        self,
        counted: Callable[[str], None] = lambda _reason: None,
        limits: Limits | None = None,
    ) -> None:
        """`counted` is told of each that was cut off or broke off: late_request, aborted ..."""
        self.limits = limits or Limits()
        self._counted = counted
        self._open: dict[_Connection, None] = {}
        self._untold: Counter[str] = Counter()
        self._tell_at = 0
        self.looks = 0
        """How often `watch` has looked round."""

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def __iter__(self) -> Iterator[_Connection]:
        """Each that is open."""
        return iter(self._open)

    @web.middleware
    async def attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A middleware: the request is in somebody's hands until its answer is there."""
        transport = request.transport
        of = transport.get_protocol() if transport else None
        connection = of if isinstance(of, _Connection) else None
        if connection is not None:
            connection.begin()
        try:
            return await handler(request)
        except (ConnectionError, web.RequestPayloadError) as error:
            if isinstance(error, ConnectionError) and request.transport is not None:
                raise  # the peer is still there: it was a connection of our own
            self.broke("aborted")
            return web.json_response({"error": "the body cannot be read"}, status=400)
        finally:
            if connection is not None:
                connection.end()

    @asynccontextmanager
    async def listening(self, app: web.Application, host: str, port: int) -> AsyncIterator[str]:
        """Serve `app`; the address. Raises OSError for a taken port."""
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=CLOSE_WITHIN_S,
            handler_cancellation=False,
            lingering_time=self.limits.linger_s,
            logger=_Complaints(self.broke),
        )
        await runner.setup()
        server: asyncio.Server | None = None
        try:
            make = runner.server
            assert make is not None  # noqa: S101 (narrows the type: it was set up)
            loop = asyncio.get_running_loop()
            server = await loop.create_server(
                lambda: _Connection(self, make), host, port, backlog=BACKLOG
            )
            yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
        finally:
            if server is not None:
                server.close()
            await runner.cleanup()

    async def watch(self) -> None:
        """Cut off who is late, until cancelled."""
        while True:
            await asyncio.sleep(self.limits.look_every_s)
            self.looks += 1
            for each in [one for one in self._open if 0 < one.due <= self.looks]:
                self.broke(f"late_{each.due_for}")
                each.drop()
            self._tell()

    def broke(self, reason: str) -> None:
        """One more connection that did not end as it should."""
        self._counted(reason)
        self._untold[reason] += 1

    def _tell(self) -> None:
        """One line for all that happened since the last: a peer must not fill the log."""
        if not self._untold or self.looks < self._tell_at:
            return
        level = logging.WARNING if self._untold.keys() & set(CROWD) else logging.INFO
        log.log(level, "connections broke off", extra={"reasons": dict(self._untold)})
        self._untold.clear()
        self._tell_at = self.looks + self.limits.tell_looks

    def enter(self, connection: _Connection) -> bool:
        """Whether there is room for one more, or could be made."""
        if len(self._open) >= self.limits.most:
            # Who never asked for anything goes before who did: Graph's connections are kept.
            idle = [each for each in self._open if not each.in_hand]
            if not idle:
                self.broke("refused")
                return False
            self.broke("crowded")
            min(idle, key=lambda each: (each.served, each.since)).drop()
        self._open[connection] = None
        return True

    def leave(self, connection: _Connection) -> None:
        self._open.pop(connection, None)


class _Connection(asyncio.Protocol):
    """One connection: aiohttp's protocol within, and a watch on it."""

    def __init__(self, connections: Connections, make: Callable[[], asyncio.Protocol]) -> None:
        self._all = connections
        self._make = make
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self.in_hand = False
        """A request is being worked on."""
        self.served = False
        self.since = 0
        """The look at which the last request was answered, or the connection made."""
        self.due = 0
        """The look at which it is cut off; 0: none."""
        self.due_for = ""

    def begin(self) -> None:
        self.in_hand = True
        self.due = 0

    def end(self) -> None:
        self.in_hand = False
        self.served = True
        self.since = self._all.looks

    def drop(self) -> None:
        """Cut it off. What was not sent yet is lost: the peer takes nothing anyway."""
        self._all.leave(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = stream = cast(asyncio.Transport, transport)
        self.since = self._all.looks
        if not self._all.enter(self):
            stream.abort()
            return
        self._expect("request", self._all.limits.head_looks)
        self._inner = self._make()
        self._inner.connection_made(stream)

    def data_received(self, data: bytes) -> None:
        if not self.due and not self.in_hand:
            self._expect("request", self._all.limits.head_looks)
        if self._inner is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        self._expect("answer", self._all.limits.answer_looks)
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        self.due = 0
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._inner = self._transport = None

    def _expect(self, what: str, looks: int) -> None:
        self.due = self._all.looks + looks
        self.due_for = what


class _Complaints:
    """Stands in for aiohttp's logger: what peers do wrong is counted, what we do is logged."""

    def __init__(self, broke: Callable[[str], None]) -> None:
        self._broke = broke

    def exception(self, message: str, *args: object, exc_info: object = None) -> None:
        if isinstance(exc_info, HttpProcessingError | web.RequestPayloadError):
            self._broke("malformed")  # the latter: in the rest of a body that nobody wanted
        else:
            log.error(message, *args, exc_info=exc_info)  # type: ignore[arg-type]  # an exception

    def debug(self, message: str, *args: object, exc_info: object = None) -> None:
        """A peer that speaks no HTTP at all, or went away early."""
        if isinstance(exc_info, HttpProcessingError):
            self._broke("malformed")
        else:
            log.debug(message, *args)

    def warning(self, message: str, *args: object) -> None:
        log.warning(message, *args)
