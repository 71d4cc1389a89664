"""What Graph tells of the tenant to who sets it up: licenses, kinds of account, a token's words.

No call needs any of it. The plans of a license are told by id; ids and services are from
learn.microsoft.com/entra/identity/users/licensing-service-plan-reference.
"""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph import requests, wire
from graph.errors import Refused
from graph.transport import GraphRequest, GraphTransport

MOST_IDS = 15
"""Values of an `in` filter (learn.microsoft.com/graph/filter-query-parameter)."""
AT_ONCE = 4
TEAMS = frozenset({"57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28"})
PHONE = frozenset({"4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "db23fce2-a974-42ef-9002-d78dd42a0f22"})
VIRTUAL = frozenset(
    {"f47330e9-c134-43b3-9993-e7f004506889", "0628a73f-3b4a-4989-bd7b-0f8823144313"}
)
"""Of resource accounts; each pair is the plan of companies and the one of governments."""
TEAMS_SERVICE = "teamspaceapi"
IN_FORCE = ("enabled", "warning")
"""A plan of a license that is about to end still works."""
NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Licenses:
    """What somebody's licenses bring, as far as calls need it."""

    teams: bool = False
    phone: bool = False
    resource_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsUser:
    """An account as Teams knows it."""

    kind: str
    """user, resourceAccount, guest ... in small letters."""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWords:
    """What a token for Graph says of itself; only Graph is meant to believe it."""

    app_id: str
    tenant_id: str
    roles: tuple[str, ...]
    expires_at: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """Reads of one tenant. Each raises GraphError."""

    transport: GraphTransport
    tenant_id: str
    app_id: str = ""

    async def licenses(self, user_ids: Sequence[str]) -> dict[str, Licenses | None]:
        """By object id; None where Graph does not tell. Who is left out is nobody."""
        asked = list(dict.fromkeys(user_id.lower() for user_id in user_ids))
        parts = [asked[start : start + MOST_IDS] for start in range(0, len(asked), MOST_IDS)]
        turn = asyncio.Semaphore(AT_ONCE)

        async def read(part: Sequence[str]) -> dict[str, Licenses | None]:
            async with turn:
                told = await self._get(requests.licensed_users(part).path)
            listed = told.get("value")
            rows = [one for one in listed if isinstance(one, dict)] if listed else []
            found = ((wire.directory_id(one.get("id")), _licenses(one)) for one in rows)
            # A server that ignores the filter lists everybody there is.
            return {user_id: held for user_id, held in found if user_id and user_id in part}

        licenses: dict[str, Licenses | None] = {}
        for found in await asyncio.gather(*(read(part) for part in parts)):
            licenses |= found
        return licenses

    async def teams_user(self, user_id: str) -> TeamsUser | None:
        """The account as Teams knows it; None if Teams knows none."""
        try:
            told = await self._get(requests.fill("teams_user", (), {"user": user_id}).path)
        except Refused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        listed = told.get("telephoneNumbers")
        rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        numbers = (wire.text(one.get("telephoneNumber")) for one in rows)
        return TeamsUser(
            kind=(wire.text(told.get("accountType")) or "").lower(),
            numbers=tuple(number for number in numbers if number),
        )

    async def _get(self, path: str) -> dict[str, Any]:
        request = GraphRequest(
            method="GET", path=path, tenant_id=self.tenant_id, app_id=self.app_id
        )
        return (await self.transport.send(request)).json()


def words_of(token: str) -> TokenWords | None:
    """What the token says; None if it is not one that can be read. Nothing is verified."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return None
    try:
        claims = wire.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(claims, dict):
        return None
    roles = claims.get("roles")
    expires = claims.get("exp")
    return TokenWords(
        app_id=(wire.text(claims.get("appid") or claims.get("azp")) or "").lower(),
        tenant_id=(wire.text(claims.get("tid")) or "").lower(),
        roles=tuple(str(role) for role in roles) if isinstance(roles, list) else (),
        expires_at=expires if isinstance(expires, int) else 0,
    )


def _licenses(told: dict[str, Any]) -> Licenses | None:
    listed = told.get("assignedPlans")
    if not isinstance(listed, list):
        return None
    plans, services = set[str](), set[str]()
    for one in listed:
        if isinstance(one, dict) and str(one.get("capabilityStatus")).lower() in IN_FORCE:
            plans.add(str(one.get("servicePlanId")).lower())
            services.add(str(one.get("service")).lower())
    return Licenses(
        teams=bool(plans & TEAMS) or TEAMS_SERVICE in services,
        phone=bool(plans & PHONE),
        resource_account=bool(plans & VIRTUAL),
    )
