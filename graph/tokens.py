"""Tokens for what we send to Graph: one per application and tenant, renewed before they end.

azure-identity gets them, from a credential that the settings name: a chain that tries one source
after another would hide a wrong setting behind a slow start. Its own caches are not used: a token
that Graph revoked must not come back, and twenty requests at once must ask for one token, not
twenty.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessTokenInfo
from azure.core.credentials_async import AsyncSupportsTokenInfo
from azure.core.exceptions import AzureError
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)

from graph import wire
from graph.errors import TokenFailed

logger = logging.getLogger(__name__)

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
"""What a managed identity's token must be for when it vouches for an app registration."""
RENEW_BEFORE_MS = 600_000
"""Renewed this long before it ends, or after half its life if that is shorter."""
UNUSABLE_BEFORE_MS = 30_000
"""Not handed out in its last half minute: it must still be good when Graph reads it."""
RENEW_TIMEOUT_S = 10.0
RETRY_AFTER_MS = 30_000
"""Pause after a failed early renewal, while the old token is still good."""
FAIL_FAST_MS = 1_000
"""A failure is repeated to whoever asks within this time, instead of asking Entra again."""
REVOCATIONS = 5
REVOCATION_WINDOW_MS = 60_000
"""Renewals a minute because Graph refused a token: one that refuses all must not flood Entra."""
NO_EXPIRY_TOLD_MS = 3_600_000
_MICROSOFT_AUTHORITIES = frozenset(
    {"login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn"}
)

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class CredentialKind(StrEnum):
    """How the service proves to Entra who it is."""

    MANAGED_IDENTITY = "managed_identity"
    FEDERATED = "federated"
    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One application's way to its tokens."""

    kind: CredentialKind
    app_id: str
    tenant_id: str
    """The home tenant."""
    authority_url: str = "https://login.microsoftonline.com"
    """https only: azure-identity refuses http."""
    secret: str | None = field(default=None, repr=False)
    certificate_path: str | None = None
    certificate_password: str | None = field(default=None, repr=False)
    managed_identity_client_id: str | None = None
    """The user-assigned identity. managed_identity: default is `app_id`; federated: system's."""
    ca_file: str | None = None
    scope: str = GRAPH_SCOPE

    @property
    def is_microsofts(self) -> bool:
        """Whether the authority is one of Entra's own, which its libraries know."""
        return (urlsplit(self.authority_url).hostname or "") in _MICROSOFT_AUTHORITIES


@dataclass(slots=True)
class _Slot:
    """The token of one application in one tenant."""

    token: str | None = None
    expires_at: int = 0
    renew_at: int = 0
    renewing: asyncio.Event | None = None
    failure: str = ""
    failed_at: int | None = None
    revocations: deque[int] = field(default_factory=deque[int])


class Tokens:
    """Hands out tokens; every token is asked for once, however many wait for it."""

    def __init__(
        self, credentials: Iterable[Credential], clock_ms: Callable[[], int], *, spawn: Spawn
    ) -> None:
        """The first credential serves requests that name no application."""
        listed = list(credentials)
        self._credentials = {credential.app_id.lower(): credential for credential in listed}
        if listed:
            self._credentials.setdefault("", listed[0])
        self._clock_ms = clock_ms
        self._spawn = spawn
        self._slots: dict[tuple[str, str], _Slot] = {}

    def cached(self, app_id: str, tenant_id: str) -> str | None:
        """A token that is good now, without waiting; starts the early renewal when it is time."""
        slot = self._slots.get((app_id, tenant_id))
        if slot is None or slot.token is None:
            return None
        now = self._clock_ms()
        if now >= slot.expires_at - UNUSABLE_BEFORE_MS:
            return None
        if now >= slot.renew_at and slot.renewing is None:
            self._start(slot, app_id, tenant_id)
        return slot.token

    async def token(self, app_id: str, tenant_id: str) -> str:
        """A token that is good now.

        Raises TokenFailed. A caller that gives up does not end the renewal for the others.
        """
        cached = self.cached(app_id, tenant_id)
        if cached is not None:
            return cached
        slot = self._slots.setdefault((app_id, tenant_id), _Slot())
        failed_at = slot.failed_at
        failed_lately = failed_at is not None and self._clock_ms() < failed_at + FAIL_FAST_MS
        if slot.renewing is None and not failed_lately:
            self._start(slot, app_id, tenant_id)
        if slot.renewing is not None:
            await slot.renewing.wait()
        if slot.token is None or self._clock_ms() >= slot.expires_at:
            raise TokenFailed(slot.failure or "the token was not renewed")
        return slot.token

    def invalidate(self, token: str) -> None:
        """Never hand out `token` again: Graph refused it."""
        now = self._clock_ms()
        for slot in self._slots.values():
            if slot.token != token:
                continue
            while slot.revocations and slot.revocations[0] <= now - REVOCATION_WINDOW_MS:
                slot.revocations.popleft()
            if len(slot.revocations) < REVOCATIONS:
                slot.revocations.append(now)
                slot.token = None

    def _start(self, slot: _Slot, app_id: str, tenant_id: str) -> None:
        slot.renewing = asyncio.Event()
        self._spawn(self._renew(slot, slot.renewing, app_id, tenant_id))

    async def _renew(
        self, slot: _Slot, renewing: asyncio.Event, app_id: str, tenant_id: str
    ) -> None:
        try:
            async with asyncio.timeout(RENEW_TIMEOUT_S):
                fresh = await self._fetch(app_id, tenant_id)
        except (AzureError, TokenFailed, ValueError, OSError) as error:
            self._note_failure(slot, error, tenant_id)
        else:
            now = self._clock_ms()
            slot.token = fresh.token
            slot.expires_at = (
                fresh.expires_on * 1000 if fresh.expires_on else now + NO_EXPIRY_TOLD_MS
            )
            life = slot.expires_at - now
            slot.renew_at = slot.expires_at - min(RENEW_BEFORE_MS, life // 2)
            if fresh.refresh_on:
                slot.renew_at = min(slot.renew_at, fresh.refresh_on * 1000)
            slot.failed_at = None
        finally:
            slot.renewing = None
            renewing.set()

    def _note_failure(self, slot: _Slot, error: Exception, tenant_id: str) -> None:
        now = self._clock_ms()
        first_line = (str(error).splitlines() or [""])[0]
        slot.failure = f"no token: {type(error).__name__} {wire.text(first_line) or ''}".strip()
        slot.failed_at = now
        slot.renew_at = now + RETRY_AFTER_MS
        logger.warning("no token for Graph", extra={"tenant": tenant_id, "error": slot.failure})

    async def _fetch(self, app_id: str, tenant_id: str) -> AccessTokenInfo:
        credential = self._credentials.get(app_id.lower())
        if credential is None:
            msg = f"no credential for application {app_id}"
            raise TokenFailed(msg)
        tenant = tenant_id or credential.tenant_id
        if credential.kind is CredentialKind.MANAGED_IDENTITY:
            if tenant.lower() != credential.tenant_id.lower():
                # It would answer with a token of its own tenant, and Graph with 7505.
                msg = "a managed identity has tokens for its home tenant only"
                raise TokenFailed(msg)
            return await _ask(_managed_identity(credential, credential.app_id), credential.scope)
        assertion = ""
        if credential.kind is CredentialKind.FEDERATED:
            assertion = await voucher(credential)
        # Reading and parsing a certificate takes longer than the loop may be held.
        source = await asyncio.to_thread(_confidential, credential, tenant, assertion)
        return await _ask(source, credential.scope)


async def voucher(credential: Credential) -> str:
    """What a managed identity says for the application; it stands in for a secret."""
    return (await _ask(_managed_identity(credential, None), EXCHANGE_SCOPE)).token


async def _ask(source: AsyncSupportsTokenInfo, scope: str) -> AccessTokenInfo:
    async with source:
        return await source.get_token_info(scope)


# Our callers wait 4 s for a token; azure-identity's own retries would take minutes.
_PATIENCE: dict[str, Any] = {"retry_total": 1, "connection_timeout": 3, "read_timeout": 4}


def _managed_identity(credential: Credential, default: str | None) -> AsyncSupportsTokenInfo:
    client_id = credential.managed_identity_client_id or default
    return ManagedIdentityCredential(client_id=client_id, **_PATIENCE)


def _confidential(credential: Credential, tenant: str, assertion: str) -> AsyncSupportsTokenInfo:
    options: dict[str, Any] = {
        "authority": credential.authority_url,
        # Elsewhere it would ask login.microsoftonline.com whether this authority is genuine.
        "disable_instance_discovery": not credential.is_microsofts,
        **_PATIENCE,
    }
    if credential.ca_file:
        options["connection_verify"] = credential.ca_file
    match credential.kind:
        case CredentialKind.SECRET:
            return ClientSecretCredential(
                tenant, credential.app_id, credential.secret or "", **options
            )
        case CredentialKind.CERTIFICATE:
            return CertificateCredential(
                tenant,
                credential.app_id,
                credential.certificate_path,
                password=credential.certificate_password,
                **options,
            )
        case _:
            return ClientAssertionCredential(
                tenant, credential.app_id, lambda: assertion, **options
            )
