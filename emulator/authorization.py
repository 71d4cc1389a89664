"""Sign-in of people: authorization codes with proof (PKCE), and tokens that renew themselves.

As Entra does for a single-page application: the redirect address must be registered exactly, a code
is good once and for ten minutes, it is redeemed by the page that has the verifier, from an origin
of its own, and no secret is asked for. What Entra would refuse is refused with its number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulator.config import Application, Person
from emulator.identity import VALID_S, Identity, TokenRefused
from emulator.shapes import Json

CODE_VALID_S = 600
REFRESH_VALID_S = 24 * 3_600
"""as long as Entra's last that a page in a browser gets"""
GRANTS = ("authorization_code", "refresh_token")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
SCOPE = "access_as_user"
KEPT = 1_000
"""codes and refresh tokens remembered, the newest"""


class SignInRefused(Exception):
    """Shown to the person: whoever sent them here must not have them back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One visit to the authorize endpoint, found to be in order."""

    application: Application
    redirect: str
    state: str
    scope: str
    challenge: str
    mode: str
    """fragment or query: where the answer is put"""


@dataclass(slots=True, kw_only=True)
class _Grant:
    """What a code or a refresh token is good for."""

    application: Application
    person: Person
    scope: str
    until: int
    redirect: str = ""
    challenge: str = ""
    used: bool = False


class Authorization:
    """The authorize endpoint and the two grants behind it."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._grants: dict[str, _Grant] = {}

    # --- the person's visit

    def request(self, tenant: str, query: Mapping[str, str]) -> Request:
        """The visit, checked. Raises SignInRefused, with Entra's number."""
        application = self._identity.application(query.get("client_id", ""))
        if application is None:
            client = query.get("client_id", "")
            raise SignInRefused(f"AADSTS700016: Application '{client}' was not found.")
        if not self._identity.is_tenant(tenant, application):
            raise SignInRefused(f"AADSTS90002: Tenant '{tenant}' not found.")
        redirect = query.get("redirect_uri", "")
        if redirect not in application.redirect_uris:
            raise SignInRefused(
                f"AADSTS50011: The redirect URI '{redirect}' specified in the request does not "
                f"match the redirect URIs configured for the application '{application.id}'."
            )
        if query.get("response_type") != "code":
            raise SignInRefused("AADSTS700054: response_type must be 'code' here.")
        mode = query.get("response_mode", "query")
        if mode not in ("query", "fragment"):
            raise SignInRefused("AADSTS70007: response_mode must be 'query' or 'fragment' here.")
        scope = query.get("scope", "")
        if not _is_for(application, scope):
            raise SignInRefused(f"AADSTS65005: '{scope}' asks for nothing that is known here.")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise SignInRefused("AADSTS501491: code_challenge_method must be 'S256'.")
        return Request(
            application=application,
            redirect=redirect,
            state=query.get("state", ""),
            scope=scope,
            challenge=challenge,
            mode=mode,
        )

    def candidates(self) -> list[Person]:
        """Whom one can be: the tenant's own people and its guests, also who may not sign in."""
        return [p for p in self._identity.config.people if p.kind in ("member", "guest")]

    def code(self, request: Request, upn: str, now: int) -> str:
        """The code for this person. Raises SignInRefused."""
        person = next((p for p in self.candidates() if p.upn.lower() == upn.lower()), None)
        if person is None:
            raise SignInRefused(f"AADSTS50034: The user account {upn} does not exist here.")
        if not person.enabled:
            raise SignInRefused("AADSTS50057: The user account is disabled.")
        return self._keep(
            _Grant(
                application=request.application,
                person=person,
                scope=request.scope,
                until=now // 1000 + CODE_VALID_S,
                redirect=request.redirect,
                challenge=request.challenge,
            )
        )

    # --- the page's requests

    def token(self, tenant: str, form: Mapping[str, str], origin: str, now: int) -> Json:
        """The answer to one of GRANTS. Raises TokenRefused."""
        application = self._identity.application(form.get("client_id", ""))
        if application is None or not self._identity.is_tenant(tenant, application):
            raise TokenRefused(400, "unauthorized_client", "AADSTS700016: Application not found.")
        if not self.allows(application, origin):
            raise TokenRefused(
                400,
                "invalid_request",
                "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may "
                "only be redeemed via cross-origin requests.",
            )
        redeems = form["grant_type"] == "authorization_code"
        grant = (self._redeemed if redeems else self._renewed)(application, form, now)
        return self._tokens(grant, now)

    def allows(self, application: Application, origin: str) -> bool:
        """Whether a page of this origin may read the answer."""
        return bool(origin) and origin in {_origin(uri) for uri in application.redirect_uris}

    def _redeemed(self, application: Application, form: Mapping[str, str], now: int) -> _Grant:
        grant = self._held(form.get("code", ""), now)
        if grant is None or grant.application != application or not grant.redirect:
            raise TokenRefused(400, "invalid_grant", "AADSTS70008: The code is unknown or expired.")
        if grant.used:
            raise TokenRefused(
                400, "invalid_grant", "AADSTS54005: The code was already redeemed; sign in again."
            )
        # Also a try that fails uses the code up: nobody may guess at a verifier.
        grant.used = True
        if form.get("redirect_uri") != grant.redirect:
            raise TokenRefused(400, "invalid_grant", "AADSTS500112: The redirect URI is another.")
        if not grant.challenge:
            raise TokenRefused(
                400,
                "invalid_request",
                "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin "
                "authorization code redemption.",
            )
        if not _proves(form.get("code_verifier", ""), grant.challenge):
            raise TokenRefused(
                400, "invalid_grant", "AADSTS501481: The code_verifier does not match."
            )
        return grant

    def _renewed(self, application: Application, form: Mapping[str, str], now: int) -> _Grant:
        grant = self._held(form.get("refresh_token", ""), now)
        if grant is None or grant.application != application or grant.redirect:
            raise TokenRefused(400, "invalid_grant", "AADSTS700084: The refresh token is over.")
        return grant

    def _tokens(self, grant: _Grant, now: int) -> Json:
        person, application = grant.person, grant.application
        access = self._identity.user_token(person, application, person.roles, now)
        answer: Json = {
            "token_type": "Bearer",
            "scope": grant.scope,
            "expires_in": VALID_S,
            "ext_expires_in": VALID_S,
            "access_token": access,
        }
        if "offline_access" in grant.scope.split():
            answer["refresh_token"] = self._keep(
                _Grant(
                    application=application,
                    person=person,
                    scope=grant.scope,
                    until=now // 1000 + REFRESH_VALID_S,
                )
            )
        return answer

    def _keep(self, grant: _Grant) -> str:
        name = secrets.token_urlsafe(32)
        self._grants[name] = grant
        while len(self._grants) > KEPT:
            del self._grants[next(iter(self._grants))]
        return name

    def _held(self, name: str, now: int) -> _Grant | None:
        grant = self._grants.get(name)
        return grant if grant is not None and now // 1000 < grant.until else None


def _is_for(application: Application, scope: str) -> bool:
    """Whether it asks for the application's own API."""
    wanted = [each for each in scope.split() if each.endswith("/" + SCOPE)]
    return any(each.startswith("api://") and application.id in each for each in wanted)


def _proves(verifier: str, challenge: str) -> bool:
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(digest.rstrip(b"="), challenge.encode())


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
