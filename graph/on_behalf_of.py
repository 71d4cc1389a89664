"""Tokens for Graph in a person's own name, from the token that their tab sent us.

For what the person may do and the application may not. msal gets them, in a thread: it is written
for threads. Its cache is not used, and each application object serves one request, so nothing of
one person can be found by another. What is kept is kept here, by person and scopes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import msal
import requests

from graph import wire
from graph.errors import TokenFailed
from graph.tokens import Credential, CredentialKind, voucher

logger = logging.getLogger(__name__)

USERS = 1_024
"""People whose tokens are kept, those who asked last."""
RENEW_BEFORE_MS = 300_000
WITHIN_S = 10.0
ONE_TRY_S = 8
CONSENT = frozenset({"consent_required", "interaction_required", "invalid_grant"})
"""Errors that the person, or an administrator, has to do something about."""


class ConsentNeeded(TokenFailed):
    """Entra wants the person to agree, or to sign in once more, before we may act for them."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    expires_at: int


@dataclass(slots=True)
class _Slot:
    """One person's token for one set of scopes; asked for by one request at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: _Held | None = None


class OnBehalfOf:
    """`await on_behalf_of.token(user_id, their_token, scopes)`."""

    def __init__(
        self,
        credential: Credential,
        clock_ms: Callable[[], int],
        *,
        vouch: Callable[[Credential], Awaitable[str]] | None = None,
    ) -> None:
        """Ask nothing yet. `vouch` gets a managed identity's assertion, for `federated`."""
        self._credential = credential
        self._clock_ms = clock_ms
        self._vouch = vouch or voucher
        self._slots: dict[tuple[str, tuple[str, ...]], _Slot] = {}

    async def token(self, user: str, assertion: str, scopes: Sequence[str]) -> str:
        """A token for Graph that acts as `user`, whose verified token for us is `assertion`.

        Raises ConsentNeeded, or TokenFailed with what went wrong.
        """
        slot = self._slot(user, tuple(sorted(scopes)))
        async with slot.lock:
            held = slot.held
            if held is None or self._clock_ms() >= held.expires_at - RENEW_BEFORE_MS:
                slot.held = None
                slot.held = held = await self._fetch(assertion, list(scopes))
            return held.token

    def forget(self, user: str) -> None:
        """Keep nothing of this person."""
        for key in [key for key in self._slots if key[0] == user]:
            del self._slots[key]

    def _slot(self, user: str, scopes: tuple[str, ...]) -> _Slot:
        key = (user, scopes)
        slot = self._slots.pop(key, None) or _Slot()
        self._slots[key] = slot  # the newest stands last
        while len(self._slots) > USERS:
            del self._slots[next(iter(self._slots))]
        return slot

    async def _fetch(self, assertion: str, scopes: list[str]) -> _Held:
        credential = self._credential
        if credential.kind is CredentialKind.MANAGED_IDENTITY:
            msg = (
                "a managed identity cannot act for people: set CREDENTIAL to `federated`, "
                "`certificate` or `secret`"
            )
            raise TokenFailed(msg)
        if credential.kind is CredentialKind.FEDERATED:
            credential = replace(credential, secret=await self._vouch(credential))
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = await asyncio.to_thread(_ask, credential, assertion, scopes)
        except (requests.RequestException, ValueError, OSError) as error:
            raise TokenFailed(_told(type(error).__name__, str(error))) from error
        return self._held(answer)

    def _held(self, answer: dict[str, Any]) -> _Held:
        token, lasts_s = answer.get("access_token"), answer.get("expires_in")
        if isinstance(token, str) and token:
            life_s = int(lasts_s) if isinstance(lasts_s, int | str) else 0
            return _Held(token, self._clock_ms() + life_s * 1000)
        error = str(answer.get("error") or "no answer")
        sentence = _told(error, str(answer.get("error_description") or ""))
        logger.warning("no token on behalf of a person", extra={"error": sentence})
        raise ConsentNeeded(sentence) if error in CONSENT else TokenFailed(sentence)


def _ask(credential: Credential, assertion: str, scopes: list[str]) -> dict[str, Any]:
    """In a thread. The session ends with the request: these are rare, and nothing stays open."""
    with requests.Session() as http:
        http.trust_env = False  # neither a proxy of the machine's nor a .netrc
        http.verify = credential.ca_file or True
        http.request = partial(http.request, timeout=ONE_TRY_S)  # type: ignore[method-assign]
        application = msal.ConfidentialClientApplication(
            credential.app_id,
            client_credential=_proof(credential),
            authority=f"{credential.authority_url}/{credential.tenant_id}",
            http_client=http,
            # Elsewhere it would ask login.microsoftonline.com whether this authority is genuine.
            instance_discovery=None if credential.is_microsofts else False,
        )
        found = application.acquire_token_on_behalf_of(assertion, scopes)
    return cast("dict[str, Any]", found)


def _proof(credential: Credential) -> object:
    match credential.kind:
        case CredentialKind.CERTIFICATE:
            with open(credential.certificate_path or "", encoding="ascii") as file:  # noqa: PTH123
                pem = file.read()
            return {
                "private_key": pem,
                "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE") :],
                "passphrase": credential.certificate_password,
            }
        case CredentialKind.FEDERATED:
            return {"client_assertion": lambda: credential.secret}
        case _:
            return credential.secret or ""


def _told(kind: str, text: str) -> str:
    first_line = (text.splitlines() or [""])[0]
    return f"no token on behalf of a person: {kind} {wire.text(first_line) or ''}".strip()
