"""One JSON question to another system over HTTPS, with an end to its patience and to its trust.

Small on purpose: TLS verified, no redirects, no cookies, no proxy, no compression, a body of at
most 64 KiB each way, one limit of time for everything from the name's lookup to the last byte. What
comes back is an object of JSON or a reason. docs/adr/0023 says why.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import aiohttp
from yarl import URL

from bot.outside.addresses import NO_ADDRESS, refusal
from bot.outside.lookup import Lookup, NotAllowed, Resolver, SystemLookup

LARGEST = 64 * 1024
"""Bytes of a body, asked or answered."""
DEEPEST = 32
SUCCESS = range(200, 300)
AT_ONCE, AT_ONCE_PER_HOST = 64, 16
IDLE_S = 15.0
SIGNATURE = "Switchboard-Signature"
AGENT = "Switchboard"
_TIMES = 2
"""A connection kept open may be closed by the other side just as we write: then once more."""


class Why(StrEnum):
    """Why there is no answer. Few and fixed: they are a metric's label and stand in facts."""

    LATE = "late"
    ADDRESS = "address not allowed"
    UNREACHABLE = "not reachable"
    TLS = "certificate not trusted"
    REDIRECT = "redirect"
    STATUS = "status"
    TOO_LARGE = "too large"
    NOT_JSON = "not JSON"
    NO_SECRET = "no secret"  # noqa: S105 - that there is none
    UNWANTED = "unwanted"
    NOT_PERMITTED = "not permitted"


class NotAnswered(Exception):
    """There is no answer of use. `detail` is for the log: it never quotes what was sent or said."""

    def __init__(self, why: Why, detail: str = "", *, status: int = 0) -> None:
        super().__init__(f"{why}: {detail}" if detail else why.value)
        self.why = why
        self.status = status
        """The HTTP status, where it is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of whom."""

    url: str
    method: str = "POST"
    body: object = None
    """JSON; a GET has none."""
    secret: str = ""
    """Signs it; empty: not signed."""
    private: bool = False
    """The address may be a private one."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    is_encoded: bool = False
    """The address is sent as it stands: whoever made it encoded every part."""
    takes_lists: bool = False
    """The answer may be a list as well as an object."""
    is_told: bool = False
    """It is told and not asked: any success will do, and what it says is not read."""


class Web(Protocol):
    """Where questions leave the product; a test puts its own here."""

    async def ask(self, question: Question, within_ms: int) -> Any:
        """The answer's object, or list. Raises NotAnswered."""
        ...


class NoWeb:
    """For a service that asks nobody."""

    async def ask(self, question: Question, within_ms: int) -> Any:
        """Refuse it."""
        del question, within_ms
        raise NotAnswered(Why.UNREACHABLE, "there is no way out")


class OutsideWeb:
    """Asks over HTTPS."""

    def __init__(
        self,
        *,
        trusted: ssl.SSLContext,
        now_ms: Callable[[], int],
        lookup: Lookup | None = None,
    ) -> None:
        """`now_ms` is the clock by which requests are signed. `lookup` instead of the machine's."""
        self._own = SystemLookup() if lookup is None else None
        self._now_ms = now_ms
        find = lookup or self._own
        assert find is not None  # noqa: S101 - one of the two
        self._sessions = {
            private: _session(trusted, Resolver(find, private=private)) for private in (False, True)
        }

    async def close(self) -> None:
        """End every connection."""
        for session in self._sessions.values():
            await session.close()
        if self._own is not None:
            self._own.close()

    async def ask(self, question: Question, within_ms: int) -> Any:
        """The answer's object, or list. Raises NotAnswered, at the latest after `within_ms`."""
        body = b"" if question.method == "GET" else _json(question.body)
        if len(body) > LARGEST:
            raise NotAnswered(Why.TOO_LARGE, "the question")
        url = _checked(question)
        try:
            async with asyncio.timeout(within_ms / 1000):
                return await self._ask(question, url, body)
        except TimeoutError as error:
            raise NotAnswered(Why.LATE, f"{within_ms} ms") from error

    async def _ask(self, question: Question, url: URL, body: bytes) -> Any:
        for left in reversed(range(_TIMES)):
            try:
                return await self._once(question, url, body)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError) as error:
                if not left:
                    raise NotAnswered(Why.UNREACHABLE, "hung up") from error
            except NotAllowed as error:
                raise NotAnswered(Why.ADDRESS, error.why) from error
            except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
                raise NotAnswered(Why.TLS, type(error).__name__) from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _unreachable(error) from error
        raise AssertionError  # the last time raises

    async def _once(self, question: Question, url: URL, body: bytes) -> Any:
        headers = {
            **question.headers,
            **({"Content-Type": "application/json"} if body else {}),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": AGENT,
        }
        if question.secret:
            headers[SIGNATURE] = signature(question.secret, body, self._now_ms() // 1000)
        async with self._sessions[question.private].request(
            question.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as response:
            if question.is_told and response.status in SUCCESS:
                return {}
            _acceptable(response)
            return _tree(await _body(response), takes_lists=question.takes_lists)


def signature(secret: str, body: bytes, at_s: int) -> str:
    """What proves to the other side that the body is ours, and from when. `at_s`: Unix seconds."""
    signed = b"%d." % at_s + body
    return f"t={at_s},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _session(trusted: ssl.SSLContext, resolver: Resolver) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            ssl=trusted,
            limit=AT_ONCE,
            limit_per_host=AT_ONCE_PER_HOST,
            keepalive_timeout=IDLE_S,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
    )


def _checked(question: Question) -> URL:
    """An address written as a number is connected to without any lookup: look at it here, as the
    client will read it, and not as it is written. `１６９.254.169.254` is a number too. Raises
    NotAnswered."""
    try:
        url = URL(question.url, encoded=question.is_encoded)
    except ValueError as error:
        raise NotAnswered(Why.UNREACHABLE, "not an address") from error
    host = url.raw_host or ""
    if url.scheme != "https" or not host:
        raise NotAnswered(Why.ADDRESS, "not https")
    why = refusal(host, private=question.private)
    if why == NO_ADDRESS and not _is_number(host):
        return url
    if why:
        raise NotAnswered(Why.ADDRESS, why)
    return url


def _is_number(host: str) -> bool:
    """Whether the client takes the host for an address that needs no lookup, whatever it means."""
    return ":" in host or host.replace(".", "").isdigit()


def _unreachable(error: BaseException) -> NotAnswered:
    """Also where the resolver's refusal comes wrapped in the connector's own error."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, NotAllowed):
            return NotAnswered(Why.ADDRESS, inner.why)
        inner = getattr(inner, "os_error", None) or inner.__cause__
    return NotAnswered(Why.UNREACHABLE, type(error).__name__)


def _acceptable(response: aiohttp.ClientResponse) -> None:
    """Whether the head of the answer lets anything of use be expected. Raises NotAnswered."""
    if 300 <= response.status < 400:  # noqa: PLR2004 - redirects
        raise NotAnswered(Why.REDIRECT, str(response.status))
    if response.status != 200:  # noqa: PLR2004 - OK
        raise NotAnswered(Why.STATUS, str(response.status), status=response.status)
    kind = response.content_type
    if kind != "application/json" and not kind.endswith("+json"):
        raise NotAnswered(Why.NOT_JSON, "by its content type")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotAnswered(Why.NOT_JSON, "compressed, which was not asked for")
    if (response.content_length or 0) > LARGEST:
        raise NotAnswered(Why.TOO_LARGE, "by its own word")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > LARGEST:
            response.close()
            raise NotAnswered(Why.TOO_LARGE, "cut off")
    return bytes(found)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _tree(body: bytes, *, takes_lists: bool) -> Any:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnswered(Why.NOT_JSON, type(error).__name__) from error
    if not isinstance(tree, (dict, list) if takes_lists else dict):
        raise NotAnswered(Why.NOT_JSON, "not an object")
    return tree
