"""The people and resource accounts that a plan names, found in the tenant's directory.

A plan names them by user principal name, by object id, or by a group. Nobody who cannot be used
stops the rest: each is a finding with a sentence. An object id is used as given when the directory
cannot be read, so that a calls-only application still works.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from graph import requests, wire
from graph.errors import GraphError, Refused
from graph.models import User, UserKind
from graph.requests import Filled
from graph.transport import GraphRequest, GraphTransport

AT_ONCE = 8
"""Requests under way together: a plan of hundreds must not push calls out of the way."""
MOST_PAGES = 20
"""Pages of 999 members: a group beyond that is named by mistake."""
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_SUCH_THING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.GONE})


class Purpose(StrEnum):
    """What a plan wants of a name."""

    AGENT = "agent"
    RESOURCE_ACCOUNT = "resource_account"
    """Sign-in of these is switched off as a rule, so a disabled one is no finding."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name as the plan has it."""

    ref: str
    purpose: Purpose = Purpose.AGENT


class Problem(StrEnum):
    """Why a name cannot be used, or was used unread."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    GUEST = "guest"
    WRONG_TENANT = "wrong_tenant"
    NOT_ONE = "not_one"
    EMPTY_GROUP = "empty_group"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should correct in the plan or the directory."""

    ref: str
    problem: Problem
    sentence: str


@dataclass(slots=True)
class Resolution:
    """Who the names are. A name with a finding may still have users: a group's other members."""

    users: dict[Reference, tuple[User, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The directory of one tenant."""

    transport: GraphTransport
    tenant_id: str
    app_id: str = ""

    async def resolve(self, references: Sequence[Reference]) -> Resolution:
        """Look every name up. Raises nothing that Graph can cause."""
        wanted = list(dict.fromkeys(references))
        turn = asyncio.Semaphore(AT_ONCE)
        search = _Search(self)

        async def look_up(reference: Reference) -> "_Found":
            async with turn:
                return await search.find(reference)

        resolution = Resolution()
        for found in await asyncio.gather(*(look_up(reference) for reference in wanted)):
            resolution.users[found.reference] = tuple(found.users)
            resolution.findings.extend(found.findings)
        return resolution

    async def get(self, filled: Filled) -> dict[str, Any]:
        """The answer to one read."""
        return await self.get_path(filled.path)

    async def get_path(self, path: str) -> dict[str, Any]:
        """The answer at a path, or at the nextLink of a page."""
        request = GraphRequest(
            method="GET", path=path, tenant_id=self.tenant_id, app_id=self.app_id
        )
        return (await self.transport.send(request)).json()


@dataclass(slots=True)
class _Found:
    reference: Reference
    users: list[User] = field(default_factory=list[User])
    findings: list[Finding] = field(default_factory=list[Finding])
    is_no_user: bool = False
    """The directory said so; a group then, or nothing."""

    def add(self, problem: Problem, sentence: str) -> None:
        self.findings.append(Finding(ref=self.reference.ref, problem=problem, sentence=sentence))

    def take(self, user: User, *, via_group: bool = False) -> None:
        """Use the user, or say why not."""
        who = user.upn or user.id
        named = f"{who}, a member of {self.reference.ref}," if via_group else who
        if user.kind is UserKind.GUEST:
            self.add(Problem.GUEST, f"{named} is a guest; agents must be members of the tenant.")
        elif not user.enabled and self.reference.purpose is Purpose.AGENT:
            self.add(Problem.DISABLED, f"{named} is disabled in the directory.")
        else:
            self.users.append(user)


class _Search:
    """One resolution: what it learns of the tenant serves all its names."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._domains: frozenset[str] | None = None
        self._asking_domains = asyncio.Lock()

    async def find(self, reference: Reference) -> _Found:
        found = _Found(reference)
        ref = reference.ref.strip()
        is_object_id = _OBJECT_ID.fullmatch(ref) is not None
        try:
            if is_object_id or "@" in ref:
                await self._find_user(found, ref, is_object_id=is_object_id)
            else:
                await self._find_group_by(found, "displayName", ref)
        except GraphError as error:
            found.users.clear()
            found.findings.clear()
            if is_object_id and not found.is_no_user:
                found.users.append(User(id=ref.lower(), upn="", name="", known=False))
                used = " It is used as given."
            else:
                used = ""
            found.add(Problem.UNREADABLE, f"{ref} could not be looked up ({error}).{used}")
        return found

    async def _find_user(self, found: _Found, ref: str, *, is_object_id: bool) -> None:
        told = await self._ask(requests.fill("user", (), {"user": ref}))
        user = _user(told) if told else None
        found.is_no_user = user is None
        if user is not None:
            found.take(user)
        elif found.reference.purpose is Purpose.RESOURCE_ACCOUNT:
            found.add(Problem.UNKNOWN, f"{ref} is not in the directory.")
        elif is_object_id:
            await self._take_group(found, ref.lower())
        else:
            await self._find_by_address(found, ref)

    async def _find_by_address(self, found: _Found, ref: str) -> None:
        """No user of that principal name: a group's address, a guest's, or another tenant's."""
        if await self._find_group_by(found, "mail", ref, say_unknown=False):
            return
        listed = await self._ask(requests.filtered("users", "mail", ref)) or {}
        for one in _listed(listed):
            user = _user(one)
            if user is not None and str(one.get("mail")).lower() == ref.lower():
                found.take(user)
                return
        domain = ref.rpartition("@")[2].lower()
        domains = await self._tenant_domains()
        if domains and domain not in domains:
            found.add(
                Problem.WRONG_TENANT,
                f"{ref} belongs to another tenant: {domain} is not a domain of this one.",
            )
        else:
            found.add(Problem.UNKNOWN, f"{ref} is not in the directory.")

    async def _find_group_by(
        self, found: _Found, name: str, value: str, *, say_unknown: bool = True
    ) -> bool:
        listed = await self._ask(requests.filtered("groups", name, value)) or {}
        # Checked again: a server that ignores the filter lists every group there is.
        same = [one for one in _listed(listed) if str(one.get(name)).lower() == value.lower()]
        if len(same) > 1:
            found.add(
                Problem.NOT_ONE,
                f"{len(same)} groups are called {value}; name the group by its object id.",
            )
        elif same and (group_id := wire.directory_id(same[0].get("id"))):
            await self._take_group(found, group_id)
        elif say_unknown:
            found.add(
                Problem.UNKNOWN,
                f"{value} is no group; name people by user principal name or object id.",
            )
        return bool(same)

    async def _take_group(self, found: _Found, group_id: str) -> None:
        members = await self._members("transitive_members", group_id)
        if members is None:
            members = await self._members("members", group_id)
        if members is None:
            found.add(Problem.UNKNOWN, f"{found.reference.ref} is neither a user nor a group here.")
            return
        for user in members:
            found.take(user, via_group=True)
        if not members:
            found.add(Problem.EMPTY_GROUP, f"The group {found.reference.ref} has no members.")

    async def _members(self, name: str, group_id: str) -> list[User] | None:
        """The people of a group, each once; None if there is no such group."""
        page = await self._ask(requests.fill(name, (), {"group": group_id}))
        if page is None:
            return None
        people: dict[str, User] = {}
        for _ in range(MOST_PAGES):
            for one in _listed(page):
                kind = str(one.get("@odata.type", "user")).rpartition(".")[2].lower()
                user = _user(one) if kind == "user" else None
                if user is not None:
                    people.setdefault(user.id, user)
            link = page.get("@odata.nextLink")
            if not isinstance(link, str):
                break
            page = await self._directory.get_path(link)
        return list(people.values())

    async def _tenant_domains(self) -> frozenset[str]:
        """The tenant's own domains; empty if it does not tell."""
        async with self._asking_domains:
            if self._domains is None:
                try:
                    told = await self._ask(requests.fill("organization", (), {})) or {}
                except GraphError:
                    told = {}
                self._domains = frozenset(
                    str(domain.get("name")).lower()
                    for tenant in _listed(told)
                    for domain in _listed({"value": tenant.get("verifiedDomains")})
                )
        return self._domains

    async def _ask(self, filled: Filled) -> dict[str, Any] | None:
        """The answer, or None if Graph says that there is no such thing."""
        try:
            return await self._directory.get(filled)
        except Refused as error:
            if error.status in _NO_SUCH_THING:
                return None
            raise


def _listed(told: dict[str, Any]) -> list[dict[str, Any]]:
    value = told.get("value")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _user(told: dict[str, Any]) -> User | None:
    """A user; a missing accountEnabled or userType means an enabled member."""
    user_id = wire.directory_id(told.get("id"))
    if user_id is None:
        return None
    upn = wire.text(told.get("userPrincipalName")) or ""
    kind = told.get("userType")
    is_guest = isinstance(kind, str) and kind.lower() == "guest"
    return User(
        id=user_id,
        upn=upn,
        name=wire.text(told.get("displayName")) or upn,
        enabled=told.get("accountEnabled") is not False,
        kind=UserKind.GUEST if is_guest else UserKind.MEMBER,
        phones=_phones(told.get("businessPhones")),
    )


def _phones(told: object) -> tuple[str, ...]:
    return tuple(one for one in told if isinstance(one, str)) if isinstance(told, list) else ()
