"""Who may see what: Entra's tokens, app roles, and a guard that every route must name.

A handler that does not say who may call it cannot be served: `Guard.routes` refuses it when the
service starts, not when somebody finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from graph.errors import Forbidden, Unauthorized
from graph.inbound_auth import Claims, ValidatorConfig

log = logging.getLogger(__name__)

ACCESS = "__console_access__"
SCOPE = "access_as_user"
"""The scope of the registration's API that the tab asks for."""
LONGEST_NAME = 256


class Role(StrEnum):
    """App roles of the registration (docs/console-api.md). A person may have several."""

    AGENT = "Agent"
    SUPERVISOR = "Supervisor"
    ADMIN = "Admin"
    AUDITOR = "Auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is asking."""

    id: str
    """The directory's object id."""
    name: str
    tenant: str
    roles: frozenset[Role]
    until: int = 0
    """When their token ends, UTC ms: nothing that lasts may outlast it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A route, and the roles of which one is enough."""

    method: str
    path: str
    roles: frozenset[Role]


class Validator(Protocol):
    """Believes or refuses an Authorization header (graph/inbound_auth.py)."""

    async def validate(self, authorization: str | None) -> Claims: ...


Handler = Callable[[web.Request, Person], Awaitable[web.StreamResponse]]
Marked = TypeVar("Marked", bound=Callable[..., Awaitable[web.StreamResponse]])


def entra(method: str, path: str, *roles: Role) -> Callable[[Marked], Marked]:
    """Serve the handler at `path` for people whose Entra token carries one of `roles`."""
    if not roles:
        message = f"{method} {path} names no role"
        raise ValueError(message)

    def mark(handler: Marked) -> Marked:
        setattr(handler, ACCESS, Access(method=method, path=path, roles=frozenset(roles)))
        return handler

    return mark


def api_uri(public_url: str, app_id: str) -> str:
    """The registration's Application ID URI, as Teams asks for it of a bot that has a tab."""
    return f"api://{urlsplit(public_url).netloc.lower()}/botid-{app_id}"


def console_validator_config(
    *, authority_url: str, tenant_id: str, app_ids: tuple[str, ...], public_url: str
) -> ValidatorConfig:
    """What the validator must ask of a token for the console: this tenant's, for this application.

    Both forms that Entra issues are believed: version 2 (`{authority}/{tenant}/v2.0`) and version 1
    (`sts.windows.net`), which applications still get by default.
    """
    authority = authority_url.rstrip("/")
    return ValidatorConfig(
        openid_url=f"{authority}/{tenant_id}/v2.0/.well-known/openid-configuration",
        issuers=(f"{authority}/{tenant_id}/v2.0", f"https://sts.windows.net/{tenant_id}/"),
        audiences=tuple(
            form for app in app_ids for form in (app, f"api://{app}", api_uri(public_url, app))
        ),
        tenants=(tenant_id,),
        scope=SCOPE,
    )


class Guard:
    """Lets a request through to a handler, or answers 401 or 403."""

    def __init__(
        self, validator: Validator, *, counted: Callable[[str], None] = lambda _outcome: None
    ) -> None:
        """`counted` is told the outcome of each request: allowed, unauthorized or forbidden."""
        self._validator = validator
        self._counted = counted

    def routes(self, *handlers: Handler) -> list[web.RouteDef]:
        """The handlers behind the guard. Raises TypeError for one that names no access."""
        return [self._route(handler) for handler in handlers]

    def _route(self, handler: Handler) -> web.RouteDef:
        access = getattr(handler, ACCESS, None)
        if not isinstance(access, Access):
            message = f"{handler!r} does not say who may call it"
            raise TypeError(message)

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                person = await self._person(request, access)
            except Unauthorized as refusal:
                self._counted("unauthorized")
                headers = {"WWW-Authenticate": "Bearer"}
                return web.json_response({"error": str(refusal)}, status=401, headers=headers)
            except Forbidden as refusal:
                self._counted("forbidden")
                return web.json_response({"error": str(refusal)}, status=403)
            self._counted("allowed")
            return await handler(request, person)

        return web.route(access.method, access.path, guarded)

    async def _person(self, request: web.Request, access: Access) -> Person:
        person = _person(await self._validator.validate(request.headers.get("Authorization")))
        if not person.roles & access.roles:
            needed = " or ".join(sorted(access.roles))
            message = f"this needs the role {needed}; ask an administrator of the tenant for it"
            raise Forbidden(message)
        return person


def _person(claims: Claims) -> Person:
    told = claims.raw.get("roles")
    names = {name for name in told if isinstance(name, str)} if isinstance(told, list) else set()
    return Person(
        id=_text(claims.raw.get("oid")),
        name=_text(claims.raw.get("name")) or _text(claims.raw.get("preferred_username")),
        tenant=claims.tenant_id or "",
        roles=frozenset(role for role in Role if role.value in names),
        until=claims.expires_at,
    )


def _text(value: object) -> str:
    return value[:LONGEST_NAME] if isinstance(value, str) else ""
