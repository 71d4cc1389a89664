"""One request to Graph over aiohttp, and an exact word on whether it may have run.

msgraph-sdk's own adapter costs 12 ms of CPU a response and repeats POSTs that may have run: a
second `invite` rings an agent twice. Here a request is written at most once, except after a 401,
which Graph gives before it does anything. What to do about a failure is the caller's to decide.
"""

import asyncio
import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from graph import wire
from graph.errors import (
    GraphError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unavailable,
)

logger = logging.getLogger(__name__)

ATTEMPT_TIMEOUT_MS = 4_000
"""One attempt, from connecting to the last byte: three fit into the 12 s that an answer has."""
LONGEST_WAIT_MS = 600_000
"""A Retry-After beyond ten minutes is taken for ten minutes."""
IDLE_CONNECTION_S = 20.0
"""Closed by us before a server or proxy does: a POST on a connection being closed is in doubt."""
CONNECTIONS = 200
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None)
_UNAUTHORIZED = 401
_TIMED_OUT = 408
_TOO_MANY = 429
_WORD = re.compile(r"[A-Za-z.$]+|v1\.0")
"""A part of a path that Microsoft named; ids have digits, and people's names an @ or a %."""
_SUCCESS = range(200, 300)
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRequest:
    """One request, before it has a token."""

    method: str
    path: str
    """Below the base URL, percent-encoded, with its query; or a whole URL under the base URL."""
    body: bytes | None = None
    tenant_id: str = ""
    app_id: str = ""
    deadline_ms: int | None = None
    """The instant after which the answer is of no use: nothing is begun then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphResponse:
    """A success (2xx) of Graph."""

    status: int
    headers: CIMultiDictProxy[str] = field(
        default_factory=lambda: CIMultiDictProxy(CIMultiDict[str]())
    )
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as an object; empty if there is none.

        Raises OutcomeUnknown when it cannot be read: the request did run.
        """
        if not self.body:
            return {}
        try:
            tree = wire.decode(self.body)
        except ValueError:
            tree = None
        if not isinstance(tree, dict):
            msg = "Graph's answer is not a JSON object"
            raise OutcomeUnknown(msg, status=self.status, request_id=_request_id(self.headers))
        return tree


class GraphTransport(Protocol):
    """Where requests leave the product; a test or a simulation puts its own here."""

    async def send(self, request: GraphRequest) -> GraphResponse:
        """The success, or a GraphError that says whether the request may have run."""
        ...


class TokenSource(Protocol):
    """Where bearer tokens for Graph come from (graph/tokens.py)."""

    def cached(self, app_id: str, tenant_id: str) -> str | None:
        """A token that is at hand, without waiting."""
        ...

    async def token(self, app_id: str, tenant_id: str) -> str:
        """A token; raises TokenFailed."""
        ...

    def invalidate(self, token: str) -> None:
        """Never hand out this token again: Graph refused it."""
        ...


class _LeaseLost(Exception):
    """The lease was lost between connecting and writing."""


class _GuardedBody(BytesPayload):
    """A body that asks for the lease at the very moment it is written.

    aiohttp sends the headers together with the first bytes of the body, in a task of its own,
    after any waiting for a connection. So this is the one place with no await before the write,
    and `begun` tells surely whether a single byte may have left.
    """

    def __init__(self, body: bytes, may_write: Callable[[], bool]) -> None:
        super().__init__(body, content_type="application/json")
        self._may_write = may_write
        self.begun = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Write everything, or nothing when the lease is lost."""
        if not self._may_write():
            raise _LeaseLost
        self.begun = True
        await super().write_with_length(writer, content_length)


def open_session(
    *, ssl_context: Any = True, connections: int = CONNECTIONS
) -> aiohttp.ClientSession:
    """A session for HttpTransport: no cookies, no proxy from the environment, short idle times."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections, keepalive_timeout=IDLE_CONNECTION_S, ssl=ssl_context
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMEOUT,
        trust_env=False,
    )


class HttpTransport:
    """Sends requests over HTTP."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: TokenSource,
        base_url: str,
        *,
        lease_check: Callable[[], bool],
        clock_ms: Callable[[], int],
        attempt_timeout_ms: int = ATTEMPT_TIMEOUT_MS,
    ) -> None:
        """`base_url` includes the version; `lease_check` says whether this instance may act."""
        self._session = session
        self._tokens = tokens
        self._base_url = base_url.rstrip("/")
        self._lease_check = lease_check
        self._clock_ms = clock_ms
        self._attempt_timeout_ms = attempt_timeout_ms

    async def send(self, request: GraphRequest) -> GraphResponse:
        """The success, or a GraphError that says whether the request may have run."""
        url = self._url(request.path)
        client_request_id = str(uuid.uuid4())
        token = await self._token(request)
        response = await self._attempt(request, url, token, client_request_id)
        if response.status == _UNAUTHORIZED:
            # Revoked or rolled over: Graph refuses before it does anything, so ask once more.
            self._tokens.invalidate(token)
            token = await self._token(request)
            response = await self._attempt(request, url, token, client_request_id)
        if response.status in _SUCCESS:
            return response
        error = _error(response, self._clock_ms())
        logger.log(
            logging.INFO if isinstance(error, Refused) else logging.WARNING,
            "Graph refused a request",
            extra={
                "method": request.method,
                "route": _route(request.path),
                "status": error.status,
                "code": error.code,
                "request_id": error.request_id,
                "client_request_id": client_request_id,
            },
        )
        raise error

    def _url(self, path: str) -> URL:
        if path.startswith("/"):
            return URL(self._base_url + path, encoded=True)
        if path.startswith(self._base_url + "/"):
            return URL(path, encoded=True)
        # A nextLink elsewhere would carry our token there.
        msg = "the address is not under Graph's base URL"
        raise NotSent(msg)

    async def _token(self, request: GraphRequest) -> str:
        cached = self._tokens.cached(request.app_id, request.tenant_id)
        if cached is not None:
            return cached
        try:
            async with asyncio.timeout(self._time_left_ms(request) / 1000):
                return await self._tokens.token(request.app_id, request.tenant_id)
        except TimeoutError:
            msg = "no token in time"
            raise NotSent(msg) from None

    def _time_left_ms(self, request: GraphRequest) -> int:
        if request.deadline_ms is None:
            return self._attempt_timeout_ms
        left = request.deadline_ms - self._clock_ms()
        if left <= 0:
            msg = "the deadline has passed"
            raise NotSent(msg)
        return min(left, self._attempt_timeout_ms)

    async def _attempt(
        self, request: GraphRequest, url: URL, token: str, client_request_id: str
    ) -> GraphResponse:
        if not self._lease_check():
            msg = "the lease is lost"
            raise NotSent(msg)
        timeout_s = self._time_left_ms(request) / 1000
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "client-request-id": client_request_id,
        }
        is_read = request.method == "GET"
        body = None if is_read else _GuardedBody(request.body or b"", self._lease_check)
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.request(
                    request.method,
                    url,
                    data=body,
                    headers=headers,
                    timeout=_NO_TIMEOUT,
                    allow_redirects=False,
                ) as answer,
            ):
                return GraphResponse(
                    status=answer.status, headers=answer.headers, body=await answer.read()
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _broken(error, body, client_request_id) from error


def _broken(
    error: Exception, body: _GuardedBody | None, client_request_id: str
) -> NotSent | OutcomeUnknown:
    """Whether a request whose connection failed may have run."""
    reason = type(error).__name__
    logger.warning(
        "connection to Graph failed",
        extra={"error": reason, "client_request_id": client_request_id},
    )
    if isinstance(error.__cause__, _LeaseLost):
        return NotSent("the lease is lost")
    never_left = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    if never_left or (body is not None and not body.begun):
        return NotSent(f"no connection: {reason}")
    return OutcomeUnknown(f"no answer: {reason}")


def _route(path: str) -> str:
    """A path for the log: whom and what it is about is left out, which request it was is told."""
    parts = urlsplit(path).path.strip("/").split("/")
    return "/" + "/".join(part if _WORD.fullmatch(part) else "{id}" for part in parts)


def _error(response: GraphResponse, now: int) -> GraphError:
    """The error that an answer other than 2xx means."""
    told = _told(response.body)
    inner = wire.mapping(told.get("innerError") or told.get("innererror"))
    status = response.status
    if status == _TOO_MANY:
        kind: type[GraphError] = Throttled
    elif status in _SERVER_ERRORS:
        kind = Unavailable
    elif status == _TIMED_OUT:
        kind = OutcomeUnknown
    else:
        kind = Refused
    return kind(
        wire.text(told.get("message")) or f"HTTP {status}",
        status=status,
        code=wire.identifier(told.get("code")),
        subcode=wire.identifier(inner.get("code")),
        request_id=wire.identifier(inner.get("request-id")) or _request_id(response.headers),
        retry_after_ms=_retry_after_ms(response.headers.get("Retry-After"), now),
    )


def _told(body: bytes) -> wire.Json:
    """The `error` object of a body; empty for a proxy's HTML."""
    try:
        return wire.mapping(wire.mapping(wire.decode(body)).get("error")) if body else {}
    except ValueError:
        return {}


def _request_id(headers: CIMultiDictProxy[str]) -> str | None:
    return wire.identifier(headers.get("request-id"))


def _retry_after_ms(told: str | None, now: int) -> int | None:
    """Retry-After in seconds or as an HTTP date; None if missing or unreadable."""
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - now / 1000
        except (ValueError, OverflowError):
            return None
    if not seconds < LONGEST_WAIT_MS / 1000:
        return LONGEST_WAIT_MS
    return max(0, int(seconds * 1000))
