"""Entra as far as a service needs it: tokens for applications and people, keys, managed identity.

Graph takes exactly the tokens this object minted: a restart or a revocation makes them unknown, as
a revoked token is to the real Graph.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import jwt
from cryptography import x509

from emulator.config import HOME_DOMAIN, Application, Config, Person, object_id
from emulator.keys import KeyRing
from emulator.shapes import Json

GRAPH = "https://graph.microsoft.com"
BOT_FRAMEWORK = "https://api.botframework.com"
EXCHANGE = "api://AzureADTokenExchange"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ON_BEHALF_OF = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VALID_S = 3_600
CALLBACK_VALID_S = 3_900
"""65 minutes, as the documented claims have it"""
REUSE_S = 600
"""a callback token is signed once in so many seconds"""


class TokenRefused(Exception):
    """What Entra answers instead of a token."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> Json:
        return {"error": self.error, "error_description": self.description, "error_codes": []}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who an access token speaks for."""

    app_id: str
    tenant_id: str
    roles: tuple[str, ...]
    audience: str
    expires: int


class Identity:
    def __init__(self, config: Config, authority: str) -> None:
        """`authority`: the https address under which issuers are named."""
        self.config = config
        self.authority = authority.rstrip("/")
        self.entra = KeyRing("entra")
        self.calling = KeyRing("calling")
        self.bot = KeyRing("bot", ("msteams",))
        self.identity_header = secrets.token_hex(16)
        self._applications = {app.id.lower(): app for app in config.applications}
        self._certificates: dict[str, x509.Certificate] = {}
        self._tokens: dict[str, Bearer] = {}
        self._callbacks: dict[tuple[str, str, str, str], tuple[int, str]] = {}

    def trust_certificate(self, app_id: str, pem: bytes) -> None:
        """Assertions signed with this certificate's key speak for the application."""
        self._certificates[app_id.lower()] = x509.load_pem_x509_certificate(pem)

    def application(self, client_id: str) -> Application | None:
        """The registration with this id."""
        return self._applications.get(client_id.lower())

    def is_tenant(self, name: str, application: Application) -> bool:
        """Whether this is how the application's tenant is addressed."""
        return name.lower() in (application.tenant_id.lower(), HOME_DOMAIN)

    # --- tokens out

    def token(self, tenant: str, form: Mapping[str, str], endpoint: str, now: int) -> Json:
        """The answer of /{tenant}/oauth2/v2.0/token. Raises TokenRefused. `now` in ms."""
        application = self._client(form, endpoint)
        if not self.is_tenant(tenant, application):
            raise TokenRefused(400, "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        grant = form.get("grant_type", "")
        scope = form.get("scope", "")
        if grant == ON_BEHALF_OF:
            return self._on_behalf_of(application, form, scope, now)
        if grant != "client_credentials":
            raise TokenRefused(400, "unsupported_grant_type", f"AADSTS70003: grant {grant!r}.")
        audience = scope.split(" ")[0].removesuffix("/.default")
        return self._answer(self.application_token(application, audience, now))

    def managed_identity(self, query: Mapping[str, str], header: str | None, now: int) -> Json:
        """App Service's protocol of 2019-08-01. Raises TokenRefused."""
        if header != self.identity_header:
            raise TokenRefused(401, "invalid_request", "X-IDENTITY-HEADER is missing or wrong.")
        if query.get("api-version") != "2019-08-01":
            raise TokenRefused(400, "invalid_request", "api-version must be 2019-08-01.")
        resource = query.get("resource", "").removesuffix("/.default").rstrip("/")
        if not resource:
            raise TokenRefused(400, "invalid_resource", "resource is missing.")
        client = query.get("client_id", "")
        application = self.config.applications[0]
        if client:
            found = self._applications.get(client.lower())
            if found is None:
                raise TokenRefused(400, "invalid_client", f"No identity has client id {client}.")
            application = found
        token = self.application_token(application, resource, now)
        return {
            "access_token": token,
            "client_id": application.id,
            "expires_on": str(now // 1000 + VALID_S),
            "resource": resource,
            "token_type": "Bearer",
        }

    def application_token(self, application: Application, audience: str, now: int) -> str:
        """An app-only token; for Graph it carries the consented roles."""
        issued = now // 1000
        roles = application.roles if audience == GRAPH else ()
        claims: Json = {
            "aud": audience,
            "iss": f"{self.authority}/{application.tenant_id}/v2.0",
            "iat": issued,
            "nbf": issued,
            "exp": issued + VALID_S,
            "appid": application.id,
            "azp": application.id,
            "idtyp": "app",
            "oid": object_id("principal:" + application.id),
            "sub": object_id("principal:" + application.id),
            "tid": application.tenant_id,
            "uti": secrets.token_urlsafe(12),
            "ver": "2.0",
        }
        if roles:
            claims["roles"] = list(roles)
        if audience == GRAPH:
            claims |= _otherwise(application.speaks_as)
        opaque = application.speaks_as == "opaque" and audience == GRAPH
        token = secrets.token_urlsafe(48) if opaque else self.entra.sign(claims)
        self._tokens[token] = Bearer(
            application.id, application.tenant_id, roles, audience, issued + VALID_S
        )
        return token

    def user_token(
        self, person: Person, application: Application, roles: tuple[str, ...], now: int
    ) -> str:
        """What the Teams tab gets: an access token of a person for the application's own API."""
        issued = now // 1000
        claims: Json = {
            "aud": application.id,
            "iss": f"{self.authority}/{application.tenant_id}/v2.0",
            "iat": issued,
            "nbf": issued,
            "exp": issued + VALID_S,
            "azp": application.id,
            "name": person.name,
            "oid": person.id,
            "preferred_username": person.upn,
            "scp": "access_as_user",
            "sub": object_id(f"{person.id}:{application.id}"),
            "tid": application.tenant_id,
            "uti": secrets.token_urlsafe(12),
            "ver": "2.0",
        }
        if roles:
            claims["roles"] = list(roles)
        return self.entra.sign(claims)

    def callback_token(self, app_id: str, tenant_id: str, issuer: str, now: int) -> str:
        """What signs a calling notification; `issuer`: botframework or graph."""
        key = (app_id, tenant_id, issuer, self.calling.kid)
        until, token = self._callbacks.get(key, (0, ""))
        issued = now // 1000
        if issued >= until:
            claims: Json = {
                "aud": app_id,
                "iss": GRAPH if issuer == "graph" else BOT_FRAMEWORK,
                "iat": issued,
                "nbf": issued,
                "exp": issued + CALLBACK_VALID_S,
                "tid": tenant_id,
            }
            token = self.calling.sign(claims)
            self._callbacks[key] = (issued + REUSE_S, token)
        return token

    def channel_token(self, app_id: str, service_url: str, now: int) -> str:
        """What signs a chat activity."""
        issued = now // 1000
        return self.bot.sign(
            {
                "aud": app_id,
                "iss": BOT_FRAMEWORK,
                "iat": issued,
                "nbf": issued,
                "exp": issued + VALID_S,
                "serviceurl": service_url,
            }
        )

    # --- tokens in

    def bearer(self, header: str | None, audience: str, now: int) -> Bearer | None:
        """Whose token this is, if it was minted here, for that audience, and still holds."""
        if header is None or not header.startswith("Bearer "):
            return None
        known = self._tokens.get(header[7:])
        if known is None or known.audience != audience or known.expires <= now // 1000:
            return None
        return known

    def revoke(self) -> int:
        """All tokens minted so far are unknown from now on. Returns how many."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    # --- clients

    def _client(self, form: Mapping[str, str], endpoint: str) -> Application:
        client_id = form.get("client_id", "")
        application = self.application(client_id)
        if application is None:
            raise TokenRefused(
                400, "unauthorized_client", f"AADSTS700016: Application '{client_id}' not found."
            )
        if "client_assertion" in form:
            self._check_assertion(application, form, endpoint)
        elif form.get("client_secret") != application.secret:
            raise TokenRefused(
                401, "invalid_client", "AADSTS7000215: Invalid client secret provided."
            )
        return application

    def _check_assertion(
        self, application: Application, form: Mapping[str, str], endpoint: str
    ) -> None:
        """A certificate's assertion about the endpoint, or a managed identity's about exchange."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenRefused(400, "invalid_request", "client_assertion_type is wrong.")
        assertion = form["client_assertion"]
        if self.entra.verify(assertion, EXCHANGE) is not None:
            return
        certificate = self._certificates.get(application.id.lower())
        if certificate is None:
            raise TokenRefused(401, "invalid_client", "AADSTS700027: No certificate is known.")
        try:
            jwt.decode(
                assertion,
                certificate.public_key(),  # type: ignore[arg-type]
                algorithms=["RS256", "PS256"],
                audience=endpoint,
                issuer=application.id,
            )
        except jwt.PyJWTError as wrong:
            raise TokenRefused(401, "invalid_client", f"AADSTS700027: {wrong}") from wrong

    def _on_behalf_of(
        self, application: Application, form: Mapping[str, str], scope: str, now: int
    ) -> Json:
        claims = self.entra.verify(form.get("assertion", ""), application.id)
        if claims is None:
            raise TokenRefused(400, "invalid_grant", "AADSTS50013: The assertion is not valid.")
        issued = now // 1000
        wanted = scope.split(" ", maxsplit=1)[0]
        audience = GRAPH if "://" not in wanted else wanted.rsplit("/", 1)[0]
        claims |= {
            "aud": audience,
            "iat": issued,
            "nbf": issued,
            "exp": issued + VALID_S,
            "scp": scope,
            "uti": secrets.token_urlsafe(12),
        }
        token = self.entra.sign(claims)
        self._tokens[token] = Bearer(
            application.id, application.tenant_id, (), audience, issued + VALID_S
        )
        return self._answer(token) | {"scope": scope}

    def _answer(self, token: str) -> Json:
        return {
            "token_type": "Bearer",
            "expires_in": VALID_S,
            "ext_expires_in": VALID_S,
            "access_token": token,
        }

    # --- metadata

    def openid(self, base: str, tenant: str) -> Json:
        """Entra's metadata, with addresses under the address it was asked for."""
        return {
            "issuer": f"{self.authority}/{tenant}/v2.0",
            "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def instance(self, base: str, tenant: str) -> Json:
        """Authority instance discovery."""
        host = base.split("://", 1)[1]
        return {
            "tenant_discovery_endpoint": f"{base}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": host,
                    "preferred_cache": host,
                    "aliases": [host],
                }
            ],
        }


def _otherwise(said: str) -> Json:
    """What a token says that is not the application's own (`Application.speaks_as`)."""
    claims: dict[str, Json] = {
        "other_tenant": {"tid": object_id("another tenant")},
        "other_application": {"appid": object_id("another application")},
    }
    return claims.get(said, {})
