"""A page of one origin that signs somebody in at the emulator, over HTTP, as the tab does."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from emulator.server import Server

Form = dict[str, str]


@dataclass(slots=True, kw_only=True)
class VisitingPage:
    """`await page.signed_in("ada.agent@contoso.example")` is the whole way; each step can be had
    for itself, with what it sends changed (None: left out)."""

    http: aiohttp.ClientSession
    emulator: Server
    origin: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def client_id(self) -> str:
        return self.emulator.options.config.applications[0].id

    @property
    def scope(self) -> str:
        host = urlsplit(self.origin).netloc
        return f"api://{host}/botid-{self.client_id}/access_as_user offline_access"

    @property
    def endpoint(self) -> str:
        tenant = self.emulator.options.config.tenant_id
        return f"{self.emulator.url}/{tenant}/oauth2/v2.0"

    def visit(self, **changes: str | None) -> Form:
        """What the page asks the authorize endpoint."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return _changed(
            {
                "client_id": self.client_id,
                "response_type": "code",
                "response_mode": "fragment",
                "redirect_uri": f"{self.origin}/tab/",
                "scope": self.scope,
                "state": self.state,
                "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            },
            changes,
        )

    async def pick(self, upn: str, **changes: str | None) -> tuple[int, str]:
        """Somebody picks a person: the status, and where they are sent or what they read."""
        form = self.visit(**changes) | {"user": upn}
        async with self.http.post(
            f"{self.endpoint}/authorize", data=form, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def code(self, upn: str, **changes: str | None) -> str:
        status, place = await self.pick(upn, **changes)
        assert status == 302, place
        said = parse_qs(urlsplit(place).fragment)
        assert said["state"] == [self.state]
        return said["code"][0]

    async def redeem(self, code: str, **changes: str | None) -> tuple[int, dict[str, Any]]:
        return await self.ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": f"{self.origin}/tab/",
                "code_verifier": self.verifier,
            },
            **changes,
        )

    async def renew(self, refresh: str, **changes: str | None) -> tuple[int, dict[str, Any]]:
        return await self.ask({"grant_type": "refresh_token", "refresh_token": refresh}, **changes)

    async def ask(self, form: Form, **changes: str | None) -> tuple[int, dict[str, Any]]:
        origin = changes.pop("origin", self.origin)
        headers = {"Origin": origin} if origin else {}
        whole = _changed({"client_id": self.client_id, "scope": self.scope} | form, changes)
        async with self.http.post(f"{self.endpoint}/token", data=whole, headers=headers) as answer:
            body = await answer.json()
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            return answer.status, body | {"readable_by": allowed}

    async def signed_in(self, upn: str) -> str:
        """An access token of that person."""
        status, told = await self.redeem(await self.code(upn))
        assert status == 200, told
        return str(told["access_token"])


def _changed(form: Form, changes: dict[str, str | None]) -> Form:
    return {key: value for key, value in (form | changes).items() if value is not None}
