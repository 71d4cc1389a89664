"""Somebody who signs tokens and publishes keys over HTTP, and can misbehave at both."""

import asyncio
import base64
import functools
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "0b6f2f3c-53a1-4e0c-9f55-7f9a3f0f1a01"
TENANT = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
ISSUER = "https://api.botframework.com"


@functools.cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """The key of that name; making one takes a tenth of a second, so each is made once."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True)
class Clock:
    """Wall time that moves when told to."""

    now_ms: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass(slots=True)
class Issuer:
    """Signs with the keys that it names, publishes those in `published`."""

    clock: Clock
    published: list[str] = field(default_factory=lambda: ["first"])
    extra_keys: list[Any] = field(default_factory=list[Any])
    broken: bool = False
    stalled: asyncio.Event | None = None
    fetches: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    server: TestServer | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        self.server = TestServer(app)
        await self.server.start_server()

    async def close(self) -> None:
        assert self.server is not None
        await self.server.close()

    @property
    def openid_url(self) -> str:
        assert self.server is not None
        return str(self.server.make_url("/openid"))

    async def _openid(self, _: web.Request) -> web.Response:
        assert self.server is not None
        self.fetches += 1
        self.arrived.set()
        if self.stalled is not None:
            await self.stalled.wait()
        if self.broken:
            raise web.HTTPServiceUnavailable
        return web.json_response({"jwks_uri": str(self.server.make_url("/keys"))})

    async def _keys(self, _: web.Request) -> web.Response:
        keys = [
            {
                **RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True),
                "kid": name,
                "use": "sig",
                "endorsements": ["msteams"],
            }
            for name in self.published
        ]
        return web.json_response({"keys": [*self.extra_keys, *keys]})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims with changes; a change to None leaves the claim out."""
        now = self.clock() // 1000
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "tid": TENANT,
            "iat": now,
            "nbf": now,
            "exp": now + 3_900,
        }
        return {k: v for k, v in {**good, **changes}.items() if v is not None}

    def header(self, *, key: str = "first", kid: Any = None, **changes: Any) -> str:
        """An Authorization header whose token is signed by `key` and says it is `kid`."""
        headers = {"kid": key if kid is None else kid}
        claims = self.claims(**changes)
        return "Bearer " + jwt.encode(claims, private_key(key), "RS256", headers=headers)

    def unsigned(self) -> str:
        """`alg: none`, which says that no signature is needed."""
        return "Bearer " + jwt.encode(self.claims(), None, "none", headers={"kid": "first"})

    def signed_with_the_public_key(self) -> str:
        """HS256 with our public key as the secret: works where the algorithm is not pinned."""
        pem = (
            private_key("first")
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        parts = [{"alg": "HS256", "kid": "first", "typ": "JWT"}, self.claims()]
        signed = b".".join(_b64(json.dumps(part).encode()) for part in parts)
        mac = hmac.new(pem, signed, hashlib.sha256).digest()
        return "Bearer " + (signed + b"." + _b64(mac)).decode()

    def tampered(self) -> str:
        """A good token whose claims were changed after signing."""
        head, _, signature = self.header().split(".")
        claims = _b64(json.dumps(self.claims(tid="another")).encode()).decode()
        return ".".join((head, claims, signature))


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
