"""HTTP/1.1 in as few lines as a load generator needs: a server, and connections that post.

A general client or server costs as much for a request as the service under test does, and would be
what is measured. This one knows requests and answers with a Content-Length, and nothing else.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import cast

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"
CLOSES = b"connection: close"

Answer = Callable[[str, str, bytes], bytes]
"""Method, path and body to a whole response."""
Done = Callable[[int], None]
"""Called with the status of what was posted; 0 when the connection broke."""


def response(status: int, body: bytes = b"") -> bytes:
    """A whole response with a JSON body."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + END + body


def post_head(path: str, host: str, token: str) -> bytes:
    """The head of a POST without its Content-Length, which comes last."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "User-Agent: Microsoft-Skype/3.0,(Calling/1.0)",
        "Content-Type: application/json; charset=utf-8",
        "Content-Length: ",
    ]
    return "\r\n".join(lines).encode()


def _length(head: bytes) -> int:
    found = LENGTH.search(head)
    return int(found.group(1)) if found else 0


class Listener(asyncio.Protocol):
    """One connection of the server."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        while (end := self._buffer.find(END)) >= 0 and self._transport is not None:
            head = self._buffer[:end]
            last = end + len(END) + _length(head)
            if len(self._buffer) < last:
                return
            body, self._buffer = self._buffer[end + len(END) : last], self._buffer[last:]
            method, path, _ = head[: head.find(b"\r\n")].decode("latin-1").split(" ", 2)
            self._transport.write(self._answer(method, path, body))


class _Posting(asyncio.Protocol):
    """One connection that posts, one request at a time."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._buffer = b""
        self._done: Done | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._poster.idle_again(self)

    def send(self, request: bytes, done: Done) -> None:
        self._done = done
        if self.transport is not None:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(END)
        if end < 0:
            return
        head = self._buffer[:end]
        if len(self._buffer) < end + len(END) + _length(head):
            return
        self._buffer = b""
        done, self._done = self._done, None
        if CLOSES in head.lower() and self.transport is not None:
            self.transport.close()
        else:
            self._poster.idle_again(self)
        if done is not None:
            done(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.transport = None
        self._poster.lost(self)
        if self._done is not None:
            done, self._done = self._done, None
            done(0)


class Poster:
    """Posts to one address over at most `connections` kept connections, first come first served."""

    def __init__(self, host: str, port: int, connections: int = 64) -> None:
        self._address = (host, port)
        self._most = connections
        self._open = 0
        self._idle: list[_Posting] = []
        self._waiting: deque[tuple[bytes, Done]] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._all: set[_Posting] = set()
        self._closed = False

    async def open(self) -> None:
        """Open all connections, so that no request has to wait for one."""
        while self._open < self._most:
            self._open += 1
            await self._connect()

    def post(self, request: bytes, done: Done) -> None:
        """Send a whole request as soon as a connection is free."""
        if self._idle:
            self._idle.pop().send(request, done)
            return
        self._waiting.append((request, done))
        if self._open < self._most:
            self._open += 1
            task = asyncio.get_running_loop().create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def idle_again(self, connection: _Posting) -> None:
        """A connection has nothing to do."""
        self._all.add(connection)
        if self._waiting:
            request, done = self._waiting.popleft()
            connection.send(request, done)
        else:
            self._idle.append(connection)

    def lost(self, connection: _Posting) -> None:
        """A connection is closed."""
        self._open -= 1
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._waiting and not self._closed:
            self.post(*self._waiting.popleft())

    def close(self) -> None:
        """Drop everything."""
        self._closed = True
        self._waiting.clear()
        for connection in list(self._all):
            if connection.transport is not None:
                connection.transport.abort()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Posting(self), *self._address)
        except OSError:
            self._open -= 1
            while self._waiting and self._open == 0:
                _, done = self._waiting.popleft()
                done(0)
