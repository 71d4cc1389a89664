"""Plays the Bot Framework's channel: its signing keys, its connector, and the person who writes."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

APP = "0f6b3a52-5d4c-4a55-9c0c-3a4f3f3c1b11"
ISSUER = "https://api.botframework.com"
PERSON = "8c3f1b1e-0a54-4f8e-9d24-5f3a3f2f7a01"


@cache
def key(kid: str) -> rsa.RSAPrivateKey:
    """The private key of that id; made once for the whole run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(kid: str) -> bytes:
    return (
        key(kid)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def card_in(activity: dict[str, Any]) -> dict[str, Any]:
    """The card that an activity brings; empty: none."""
    for attachment in activity.get("attachments") or ():
        content: dict[str, Any] = attachment["content"]
        return content
    return {}


def words_of(card: dict[str, Any]) -> list[str]:
    """The card's lines."""
    return [
        run["text"]
        for part in card["body"]
        if part["type"] == "RichTextBlock"
        for run in part["inlines"]
    ]


def said_by(activity: dict[str, Any]) -> str:
    """What an activity says, in text or on a card."""
    card = card_in(activity)
    return "\n".join(words_of(card)) if card else str(activity["text"])


def buttons_of(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The card's buttons that ask us for something, by verb; those folded away too."""
    found: dict[str, dict[str, Any]] = {}
    for action in card.get("actions", ()):
        if action["type"] == "Action.ShowCard":
            found |= {v: a for v, a in buttons_of(action["card"]).items() if v not in found}
        else:
            found[action["verb"]] = action
    return found


@dataclass
class Sent:
    """One request that the connector got."""

    method: str
    path: str
    authorization: str
    body: dict[str, Any]


@dataclass
class Channel:
    """Keys at `openid_url`, a connector at `service_url`."""

    kids: list[str] = field(default_factory=lambda: ["one"])
    endorsements: list[str] = field(default_factory=lambda: ["msteams"])
    sent: list[Sent] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    """What the connector answers first, in order, instead of accepting."""
    gate: asyncio.Event | None = None
    """While set to an event that is not set, the key server does not answer."""
    connector_gate: asyncio.Event | None = None
    key_fetches: int = 0
    base: str = ""

    @property
    def openid_url(self) -> str:
        return f"{self.base}/v1/.well-known/openidconfiguration"

    @property
    def service_url(self) -> str:
        return f"{self.base}/teams/"

    def token(self, *, kid: str = "one", signer: str | None = None, **changed: Any) -> str:
        """A good token, but for the claims that are changed (None takes one out)."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": APP,
            "nbf": now - 10,
            "exp": now + 3600,
            "serviceurl": self.service_url,
        } | changed
        payload = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(payload, key(signer or kid), algorithm="RS256", headers={"kid": kid})

    def unsigned(self) -> str:
        """`alg: none`, with everything else right."""
        return jwt.encode(
            jwt.decode(self.token(), options={"verify_signature": False}),
            None,
            algorithm="none",
            headers={"kid": "one"},
        )

    def confused(self) -> str:
        """HS256 with our public key as the secret; PyJWT refuses to make one, so by hand."""

        def part(value: object) -> bytes:
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            return base64.urlsafe_b64encode(raw).rstrip(b"=")

        claims = jwt.decode(self.token(), options={"verify_signature": False})
        signed = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(claims)
        mac = hmac.new(public_pem("one"), signed, hashlib.sha256).digest()
        return (signed + b"." + part(mac)).decode()

    def message(self, text: str = "status", **changed: Any) -> dict[str, Any]:
        """What Teams posts when the person writes `text`."""
        return {
            "type": "message",
            "id": "1700000000001",
            "timestamp": "2026-11-22T04:00:00.1234567Z",
            "localTimestamp": "2026-11-22T13:00:00.1234567+09:00",
            "localTimezone": "Asia/Seoul",
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": "29:1abc", "name": "Ada Park", "aadObjectId": PERSON.upper()},
            "conversation": {
                "conversationType": "personal",
                "tenantId": "5a1e9f0b-0000-4000-8000-000000000001",
                "id": "a:1conv;x=1",
            },
            "recipient": {"id": f"28:{APP}", "name": "Switchboard"},
            "channelData": {"tenant": {"id": "5a1e9f0b-0000-4000-8000-000000000001"}},
            "entities": [{"locale": "en-US", "type": "clientInfo"}],
            "locale": "en-US",
            "textFormat": "plain",
            "text": text,
        } | changed

    def invoke(self, name: str, value: object) -> dict[str, Any]:
        return self.message(type="invoke", name=name, value=value, text=None)

    def texts(self) -> list[str]:
        """What was said, on cards too."""
        return [said_by(sent.body) for sent in self.sent]

    def card(self) -> dict[str, Any]:
        """The newest card."""
        return next(card for sent in reversed(self.sent) if (card := card_in(sent.body)))

    async def metadata(self, _request: web.Request) -> web.Response:
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.base}/v1/keys"})

    async def keys(self, _request: web.Request) -> web.Response:
        self.key_fetches += 1
        if self.gate is not None:
            await self.gate.wait()
        return web.json_response({"keys": [self._published(kid) for kid in self.kids]})

    def _published(self, kid: str) -> dict[str, Any]:
        numbers = key(kid).public_key().public_numbers()

        def encoded(number: int) -> str:
            raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

        return {
            "kty": "RSA",
            "use": "sig",
            "kid": kid,
            "n": encoded(numbers.n),
            "e": encoded(numbers.e),
            "endorsements": self.endorsements,
        }

    async def activities(self, request: web.Request) -> web.Response:
        self.sent.append(
            Sent(
                request.method,
                request.raw_path,
                request.headers.get("Authorization", ""),
                await request.json(),
            )
        )
        if self.connector_gate is not None:
            await self.connector_gate.wait()
        if self.answers:
            return self.answers.pop(0)
        return web.json_response({"id": f"out-{len(self.sent)}"}, status=201)


@asynccontextmanager
async def running_channel() -> AsyncIterator[Channel]:
    channel = Channel()
    app = web.Application()
    app.router.add_get("/v1/.well-known/openidconfiguration", channel.metadata)
    app.router.add_get("/v1/keys", channel.keys)
    app.router.add_route("*", "/{tail:teams/v3/conversations/.*}", channel.activities)
    server = TestServer(app)
    await server.start_server()
    channel.base = str(server.make_url("")).rstrip("/")
    try:
        yield channel
    finally:
        await server.close()
