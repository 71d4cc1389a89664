"""Posts notifications: HTTP/1.1 over kept connections, small because it does nothing else.

A burst of two hundred contacts a second is two thousand posts a second, and a general client would
cost more than the whole world behind it. Addresses on https go through aiohttp.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import aiohttp

HEAD_AT_MOST = 64 * 1024
IDLE_AT_MOST = 256
"""connections kept per address"""


class BadAnswer(OSError):
    """What came back is no HTTP response."""


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Poster:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._idle: dict[tuple[str, int], list[Connection]] = defaultdict(list)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """The status of the response. Raises OSError, or aiohttp.ClientError on https."""
        parts = urlsplit(url)
        if parts.scheme == "https":
            async with self._session.post(
                url, data=content, headers=headers, allow_redirects=False
            ) as response:
                return response.status
        address = (parts.hostname or "", parts.port or 80)
        reader, writer = await self._connection(address)
        try:
            writer.write(_head(parts, len(content), headers) + content)
            status, keep = await _response(reader)
        except BaseException:  # a cancelled post leaves a half-read connection behind
            writer.close()
            raise
        if keep and len(self._idle[address]) < IDLE_AT_MOST:
            self._idle[address].append((reader, writer))
        else:
            writer.close()
        return status

    async def close(self) -> None:
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        self._idle.clear()

    async def _connection(self, address: tuple[str, int]) -> Connection:
        idle = self._idle[address]
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*address, limit=HEAD_AT_MOST)


def _head(parts: SplitResult, length: int, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _response(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status, and whether the connection may be used again. The body is read and dropped."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as cut:
        raise BadAnswer("the response was cut off") from cut
    lines = head.decode("latin-1").split("\r\n")
    version, _, rest = lines[0].partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise BadAnswer(f"not an HTTP response: {lines[0][:80]!r}")
    status = int(rest[:3])
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    keep = version == "HTTP/1.1" and fields.get("connection", "").lower() != "close"
    if status in (204, 304):
        return status, keep
    length = fields.get("content-length", "")
    if not length.isdigit():
        return status, False
    try:
        await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        keep = False
    return status, keep
