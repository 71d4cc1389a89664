"""The sound of a recording, from where its notification says that it is.

The notification names the place and a token for it, and is believed because its sender is; the
token is for that place alone. Our own tokens are never sent there. Sizes and times are limited, and
redirects are not followed: a place that moves is not the one that we were told of.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from graph.errors import GraphError, NotSent, OutcomeUnknown, Refused, Throttled, Unavailable

WITHIN_S = 20.0
LARGEST = 16 * 1024 * 1024
"""Two minutes of 16-bit sound at 48 kHz are 11 MB; Graph's are a third of that."""
_OK, _TIMED_OUT, _TOO_MANY, _SERVER_ERROR = 200, 408, 429, 500
_TREES = ("json", "xml")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class RecordingReader:
    """Reads recordings over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, *, graph_url: str) -> None:
        """`graph_url`: beside a Graph on this machine recordings may be on it too, over http."""
        self._session = session
        self._loopback = _host(graph_url) in _LOOPBACK

    async def fetch(self, location: str, token: str) -> bytes:
        """The sound. Raises GraphError."""
        if not self._may_ask(location):
            msg = "the recording is at no address that is asked"
            raise Refused(msg)
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                self._session.get(
                    location,
                    headers={"Authorization": f"Bearer {token}"},
                    allow_redirects=False,
                ) as answer,
            ):
                if answer.status != _OK:
                    raise _error(answer.status)
                return _sound(await _body(answer), answer.content_type)
        except aiohttp.InvalidURL as error:
            msg = "the recording is at no address"
            raise Refused(msg) from error
        except aiohttp.ClientConnectorError as error:
            msg = f"no connection: {type(error).__name__}"
            raise NotSent(msg) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            msg = f"no answer: {type(error).__name__}"
            raise OutcomeUnknown(msg) from error

    def _may_ask(self, location: str) -> bool:
        try:
            parts = urlsplit(location)
            host = parts.hostname or ""
        except ValueError:
            return False
        if host in _LOOPBACK:
            return self._loopback
        return parts.scheme == "https" and "." in host and parts.username is None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


async def _body(answer: Any) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        body += part
        if len(body) > LARGEST:
            msg = f"the recording is larger than {LARGEST} bytes"
            raise Refused(msg)
    return bytes(body)


def _sound(body: bytes, kind: str) -> bytes:
    """The body, if it can be a recording at all: a place that is not filled yet, or a page that
    some proxy puts there, is asked again."""
    if not body:
        msg = "the recording is empty"
        raise Unavailable(msg, status=_OK)
    if kind.startswith("text/") or kind.endswith(_TREES):
        msg = f"the recording is {kind}"
        raise Unavailable(msg, status=_OK)
    return body


def _error(status: int) -> GraphError:
    message = f"HTTP {status}"
    if status == _TOO_MANY:
        return Throttled(message, status=status)
    if status >= _SERVER_ERROR or status == _TIMED_OUT:
        return Unavailable(message, status=status)
    return Refused(message, status=status)
