"""Whether to believe the bearer token of a request, for Graph, the Bot Framework and Entra alike.

botbuilder's own check answers 500 to a forged token, refuses a new key for 24 h and blocks the
loop while it fetches keys; PyJWKClient blocks too. Here every failure is 401 or 403, keys are
fetched with a time limit by one fetch at a time, and keys that were good stay good while the
metadata server is down.
"""

import hashlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from graph.errors import Forbidden, Unauthorized
from graph.signing_keys import KeySet, SigningKey

logger = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Starts a task that its owner keeps and ends (bot.tasks)."""

LEEWAY_S = 300
"""Clock difference allowed between the signer and us: the default of Microsoft's own libraries."""
CACHED_TOKENS = 4096
"""Verified tokens remembered. Graph uses one for an hour, so a few would do."""
TOKEN_LENGTH = 16_384
"""Longest token looked at: longer ones only cost time."""
LATEST_SECOND = 1e12
"""No token is dated later; a larger number would only overflow."""
ALGORITHMS = ["RS256"]
"""Never widened: HS256 would take our public key for a secret, and `none` needs no key at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorConfig:
    """Who may sign, for whom, and which tenants are served."""

    openid_url: str
    issuers: tuple[str, ...]
    """Exact issuers; `{tenantid}` stands for the token's own `tid`, as in Entra's metadata."""
    audiences: tuple[str, ...]
    """Our application ids, compared without regard to case."""
    tenants: tuple[str, ...] = ()
    """Tenants served; empty lets every tenant pass."""
    require_tenant: bool = True
    scope: str = ""
    """What a person's token must let us do (`scp`). One without `scp` must then be an application's
    own: an ID token has none either, and whoever holds it proved nothing to us."""
    leeway_s: int = LEEWAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a believed token says."""

    issuer: str
    audience: str
    """The one of our audiences that it names, as configured."""
    tenant_id: str | None
    expires_at: int
    """Epoch milliseconds."""
    endorsements: tuple[str, ...] = ()
    """Channels that the signing key may speak for (Bot Framework)."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True)
class _Verified:
    claims: Claims
    kid: str


class TokenValidator:
    """Validates bearer tokens against one set of rotating keys."""

    def __init__(
        self,
        config: ValidatorConfig,
        http: aiohttp.ClientSession,
        clock_ms: Callable[[], int],
        *,
        spawn: Spawn,
    ) -> None:
        """Fetch nothing yet; `clock_ms` is wall time, `spawn` runs the early key refresh."""
        self._config = config
        self._clock_ms = clock_ms
        self._spawn = spawn
        self._audiences = {audience.lower(): audience for audience in config.audiences}
        self._tenants = frozenset(tenant.lower() for tenant in config.tenants)
        self._keys = KeySet(config.openid_url, http, clock_ms)
        self._verified: dict[bytes, _Verified] = {}

    def cached(self, authorization: str | None) -> Claims | None:
        """The claims of a header verified before, or None to have `validate` look at it.

        Costs about 2 us. Answers None too when the keys are due for a refresh, so that `validate`
        gets to start it.
        """
        if authorization is None or self._keys.refresh_is_due():
            return None
        return self._remembered(_digest(authorization))

    async def validate(self, authorization: str | None) -> Claims:
        """The claims of the token in the header.

        Raises Unauthorized (no token, or one not to be believed) or Forbidden (a genuine token
        without a tenant or of a tenant not served), and nothing else.
        """
        if authorization is None:
            msg = "no Authorization header"
            raise Unauthorized(msg)
        if self._keys.refresh_is_due() and self._keys.has_keys:
            self._keys.note_attempt()
            self._spawn(self._refresh())
        digest = _digest(authorization)
        remembered = self._remembered(digest)
        if remembered is not None:
            return remembered
        token = _bearer(authorization)
        key = await self._key_of(token)
        claims = self._checked(_payload(token, key), key)
        self._remember(digest, _Verified(claims, key.kid))
        return claims

    async def warm(self) -> bool:
        """Fetch the keys before the first request needs them; False if that failed."""
        if not self._keys.has_keys:
            await self._refresh()
        return self._keys.has_keys

    async def _refresh(self) -> None:
        if await self._keys.refresh():
            self._forget_departed_keys()

    async def _key_of(self, token: str) -> SigningKey:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            msg = "not a JSON web token"
            raise Unauthorized(msg) from None
        if header.get("alg") not in ALGORITHMS:
            msg = "signed with an algorithm that is not allowed"
            raise Unauthorized(msg)
        kid = header.get("kid")
        if not isinstance(kid, str):
            msg = "names no signing key"
            raise Unauthorized(msg)
        key = self._keys.get(kid)
        if key is None and self._keys.may_look_for(kid):
            await self._refresh()
            key = self._keys.get(kid)
        if key is None:
            msg = "signed by an unknown key" if self._keys.has_keys else "no signing keys yet"
            raise Unauthorized(msg)
        return key

    def _checked(self, payload: dict[str, Any], key: SigningKey) -> Claims:
        expires_at = self._in_time(payload)
        tenant = payload.get("tid")
        tenant = tenant.lower() if isinstance(tenant, str) and tenant else None
        issuer = payload.get("iss")
        if not isinstance(issuer, str) or not self._is_issuer(issuer, tenant):
            msg = "wrong issuer"
            raise Unauthorized(msg)
        audience = self._audience(payload.get("aud"))
        if tenant is None and self._config.require_tenant:
            msg = "names no tenant"
            raise Forbidden(msg)
        if self._tenants and tenant is not None and tenant not in self._tenants:
            msg = "a tenant that is not served here"
            raise Forbidden(msg)
        if self._config.scope and not _has_scope(payload, self._config.scope):
            msg = "meant for something else than this"
            raise Unauthorized(msg)
        return Claims(
            issuer=issuer,
            audience=audience,
            tenant_id=tenant,
            expires_at=expires_at,
            endorsements=key.endorsements,
            raw=payload,
        )

    def _in_time(self, payload: dict[str, Any]) -> int:
        """When the token expires, by our own clock; PyJWT would read another."""
        now_s = self._clock_ms() / 1000
        expires = _seconds(payload, "exp")
        if expires is None:
            msg = "never expires"
            raise Unauthorized(msg)
        if now_s >= expires + self._config.leeway_s:
            msg = "expired"
            raise Unauthorized(msg)
        begins = _seconds(payload, "nbf")
        if begins is not None and now_s < begins - self._config.leeway_s:
            msg = "not valid yet"
            raise Unauthorized(msg)
        return int(expires * 1000)

    def _is_issuer(self, issuer: str, tenant: str | None) -> bool:
        for allowed in self._config.issuers:
            if "{tenantid}" in allowed:
                if tenant and allowed.replace("{tenantid}", tenant) == issuer.lower():
                    return True
            elif allowed == issuer:
                return True
        return False

    def _audience(self, told: object) -> str:
        for candidate in told if isinstance(told, list) else [told]:
            if isinstance(candidate, str) and candidate.lower() in self._audiences:
                return self._audiences[candidate.lower()]
        msg = "meant for another audience"
        raise Unauthorized(msg)

    def _remembered(self, digest: bytes) -> Claims | None:
        found = self._verified.get(digest)
        if found is None:
            return None
        if self._clock_ms() >= found.claims.expires_at:
            del self._verified[digest]
            return None
        return found.claims

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        if self._keys.get(verified.kid) is None:
            return
        while len(self._verified) >= CACHED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = verified

    def _forget_departed_keys(self) -> None:
        """A key that left the set is withdrawn: what it signed is looked at anew."""
        stale = [d for d, v in self._verified.items() if self._keys.get(v.kid) is None]
        for digest in stale:
            del self._verified[digest]


def _digest(authorization: str) -> bytes:
    # aiohttp hands on bytes that are no UTF-8 as lone surrogates.
    return hashlib.sha256(authorization.encode("utf-8", "surrogatepass")).digest()


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        msg = "not a bearer token"
        raise Unauthorized(msg)
    if len(token) > TOKEN_LENGTH or not token.isascii():
        msg = "not a JSON web token"
        raise Unauthorized(msg)
    return token


def _payload(token: str, key: SigningKey) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key.public_key,
            algorithms=ALGORITHMS,
            # Claims are checked one by one afterwards, by our own clock.
            options={
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_iss": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        msg = "the signature is not good"
        raise Unauthorized(msg) from None


def _has_scope(payload: dict[str, Any], scope: str) -> bool:
    """Whether it is a person's token for the scope, or an application's for itself."""
    told = payload.get("scp")
    if told is not None:
        return isinstance(told, str) and scope in told.split()
    # `idtyp` is only there where the registration asks for it. An application is its own subject,
    # a person is known to each application by another one.
    subject = payload.get("sub")
    itself = isinstance(subject, str) and subject != "" and subject == payload.get("oid")
    return payload.get("idtyp") == "app" or itself


def _seconds(payload: dict[str, Any], claim: str) -> float | None:
    """A NumericDate; None if missing. Anything else than a sensible number is refused."""
    told = payload.get(claim)
    if told is None:
        return None
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    if not is_number or not 0 <= told < LATEST_SECOND:
        msg = f"`{claim}` is no time"
        raise Unauthorized(msg)
    return float(told)
