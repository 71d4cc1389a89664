"""The public keys that sign tokens sent to us: fetched, refreshed, kept through an outage."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from graph import wire

logger = logging.getLogger(__name__)

FETCH_TIMEOUT_S = 5.0
"""For both documents together. Graph waits 15 s for an answer to a call."""
REFRESH_AFTER_MS = 3_600_000
"""Refreshed in the background at this age. Microsoft's own samples use two hours."""
RETRY_AFTER_MS = 60_000
"""Pause after a failed background refresh."""
LOOKUPS = 3
LOOKUP_WINDOW_MS = 60_000
"""At most this many fetches a minute because of unknown keys: anyone can invent a `kid`."""
FIRST_FETCH_EVERY_MS = 1_000
"""Pause between fetches while there are no keys at all."""
REMEMBERED_KIDS = 256
SMALLEST_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key."""

    kid: str
    public_key: RSAPublicKey
    endorsements: tuple[str, ...]


class KeySet:
    """The current keys by their id."""

    def __init__(
        self, openid_url: str, http: aiohttp.ClientSession, clock_ms: Callable[[], int]
    ) -> None:
        """Fetch nothing yet."""
        self._openid_url = openid_url
        self._http = http
        self._clock_ms = clock_ms
        self._keys: dict[str, SigningKey] = {}
        self._fetching = asyncio.Lock()
        self._fetches_ended = 0
        self._refresh_due_at = 0
        self._first_fetch_at = 0
        self._lookups: list[int] = []
        self._not_found: dict[str, int] = {}

    @property
    def has_keys(self) -> bool:
        """Whether any token could be believed now."""
        return bool(self._keys)

    def get(self, kid: str) -> SigningKey | None:
        """The key of that id, or None."""
        return self._keys.get(kid)

    def refresh_is_due(self) -> bool:
        """Whether the keys are old enough to be fetched again."""
        return self._clock_ms() >= self._refresh_due_at

    def note_attempt(self) -> None:
        """Put off the next background refresh: one is being started."""
        self._refresh_due_at = self._clock_ms() + RETRY_AFTER_MS

    def may_look_for(self, kid: str) -> bool:
        """Whether an unknown `kid` is worth a fetch now; counts it if so."""
        now = self._clock_ms()
        if not self._keys:
            # Whoever comes while the first fetch runs waits for it, and no fetch is wasted.
            if self._fetching.locked() or now >= self._first_fetch_at:
                self._first_fetch_at = now + FIRST_FETCH_EVERY_MS
                return True
            return False
        if self._fetching.locked():
            return True
        self._lookups = [at for at in self._lookups if at > now - LOOKUP_WINDOW_MS]
        looked_at = self._not_found.get(kid)
        seen_lately = looked_at is not None and looked_at > now - LOOKUP_WINDOW_MS
        if seen_lately or len(self._lookups) >= LOOKUPS:
            return False
        self._lookups.append(now)
        self._not_found[kid] = now
        while len(self._not_found) > REMEMBERED_KIDS:
            del self._not_found[next(iter(self._not_found))]
        return True

    async def refresh(self) -> bool:
        """Fetch the keys, or wait for the fetch that is under way. False if it failed.

        The old keys stay when it fails. A caller that is cancelled leaves the others waiting
        behind the lock, and the next of them fetches.
        """
        ended = self._fetches_ended
        async with self._fetching:
            if self._fetches_ended != ended:
                return True
            return await self._fetch()

    async def _fetch(self) -> bool:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                found = _read_keys(await self._keys_document())
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            logger.warning("signing keys not fetched", extra={"error": type(error).__name__})
            self._fetches_ended += 1
            self._refresh_due_at = self._clock_ms() + RETRY_AFTER_MS
            return False
        self._fetches_ended += 1
        if not found:
            logger.warning("signing keys document holds no key that can be used")
            self._refresh_due_at = self._clock_ms() + RETRY_AFTER_MS
            return False
        self._keys = found
        self._refresh_due_at = self._clock_ms() + REFRESH_AFTER_MS
        return True

    async def _keys_document(self) -> object:
        metadata = wire.mapping(await self._document(self._openid_url))
        url = wire.text(metadata.get("jwks_uri"), wire.URI_LENGTH)
        if url is None:
            msg = "the metadata names no jwks_uri"
            raise ValueError(msg)
        return await self._document(url)

    async def _document(self, url: str) -> object:
        async with self._http.get(url) as answer:
            answer.raise_for_status()
            return wire.decode(await answer.read())


def _read_keys(document: object) -> dict[str, SigningKey]:
    """The RSA signing keys of a JSON Web Key Set; entries of any other kind are passed over."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, SigningKey] = {}
    for entry in listed if isinstance(listed, list) else []:
        key = _read_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            found[key.kid] = key
    return found


def _read_key(entry: dict[str, Any]) -> SigningKey | None:
    kid = entry.get("kid")
    is_for_signing = entry.get("use", "sig") == "sig" and entry.get("alg", "RS256") == "RS256"
    if not isinstance(kid, str) or entry.get("kty") != "RSA" or not is_for_signing:
        return None
    try:
        # Only the public half is taken over, whatever else the entry may hold.
        public = RSAAlgorithm.from_jwk({"kty": "RSA", "n": entry["n"], "e": entry["e"]})
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        logger.warning("signing key cannot be read", extra={"kid": wire.text(kid, 64)})
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < SMALLEST_KEY_BITS:
        return None
    endorsed = entry.get("endorsements")
    endorsements = (
        tuple(e for e in endorsed if isinstance(e, str)) if isinstance(endorsed, list) else ()
    )
    return SigningKey(kid, public, endorsements)
