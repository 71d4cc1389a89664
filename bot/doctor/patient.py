"""What is examined: the settings, the plan, and the ways to Graph and to the database.

What several checks need is asked once, by the first of them; the others get the same answer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import aiohttp

from bot.doctor.features import Use, features_of
from bot.identities import applications
from bot.plan_file import Reading, Reference, ReferenceKind
from bot.setting_values import is_loopback
from bot.settings import Identity, Settings
from bot.switchboard import presences_of
from graph.directory import Directory, Purpose, Resolution
from graph.directory import Reference as Asked
from graph.errors import TokenFailed
from graph.models import User
from graph.presence import PresenceRead
from graph.tenant_facts import Licenses, TenantFacts, TokenWords, words_of
from graph.tokens import Tokens
from graph.transport import GraphTransport
from store.archive import Archive, open_archive
from store.examination import Examined, Tables, examine

T = TypeVar("T")
PEOPLE = (ReferenceKind.MEMBER, ReferenceKind.GROUP)


class GraphSilent(Exception):
    """Graph answered nothing at all; the message says how."""


class LeftOut(Exception):
    """A check cannot be made; the message says what it lacks."""


class Once(Generic[T]):
    """An answer that is asked for once, and then known: also that it was an error."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._turn = asyncio.Lock()
        self._answer: list[T] = []
        self._error: Exception | None = None

    async def get(self) -> T:
        """The answer. Raises what asking raised."""
        async with self._turn:
            if self._error is not None:
                raise self._error
            if not self._answer:
                try:
                    self._answer.append(await self._ask())
                except Exception as error:
                    self._error = error
                    raise
            return self._answer[0]


@dataclass(slots=True, kw_only=True)
class Patient:
    """One installation, as its settings describe it."""

    settings: Settings
    source: bytes
    """The plan file as it stands."""
    reading: Reading
    """What it says; its plan is None when there is an error in it."""
    http: aiohttp.ClientSession
    tokens: Tokens
    transport: GraphTransport
    wall_ms: Callable[[], int]
    stopwatch_ms: Callable[[], float]
    patience_s: float
    """For one question to anybody."""
    database: Once[Examined] = field(init=False)
    archive: Once[Archive | None] = field(init=False)
    people: Once[Resolution] = field(init=False)
    presences: Once[PresenceRead] = field(init=False)
    licenses: Once[dict[str, Licenses | None]] = field(init=False)
    graph: Once[str] = field(init=False)
    """The Date of Graph's answer. Raises GraphSilent."""
    python: tuple[int, int] = sys.version_info[:2]

    def __post_init__(self) -> None:
        self.graph = Once(self._ask_graph)
        self.licenses = Once(self._read_licenses)
        self.database = Once(self._examine)
        self.archive = Once(self._open)
        self.people = Once(self._resolve)
        self.presences = Once(self._read_presences)

    async def close(self) -> None:
        """Let go of the database."""
        try:
            archive = await self.archive.get()
        except Exception:  # noqa: BLE001 - whatever it was, the check of the database has told it
            return
        if archive is not None:
            await archive.close()

    @property
    def url(self) -> str:
        """The database's address, with its password."""
        return self.settings.database_url.get_secret_value()

    @property
    def is_real(self) -> bool:
        """Whether Graph is somewhere else than on this machine: Microsoft's, not an emulator."""
        return not is_loopback(urlsplit(self.settings.graph_url).hostname or "")

    @property
    def facts(self) -> TenantFacts:
        """What Graph tells of the tenant."""
        settings = self.settings
        return TenantFacts(
            transport=self.transport, tenant_id=settings.tenant_id, app_id=settings.app_id
        )

    def uses(self) -> dict[str, Use]:
        """The features of the plan."""
        return features_of(self.reading)

    def where(self, key: str) -> str:
        """The line of the plan with this key."""
        line = self.reading.lines.get(key, 0)
        return f"{self.reading.file}:{line} {key}" if line else self.reading.file

    async def words(self, identity: Identity) -> TokenWords | None:
        """What the application's token says, None if it cannot be read. Raises TokenFailed."""
        return words_of(await self._token(identity.app_id, identity.tenant_id))

    def named(self, *kinds: ReferenceKind) -> list[Reference]:
        """Where the plan names somebody as one of these."""
        return [each for each in self.reading.references if each.kind in kinds]

    async def found(self, reference: Reference) -> tuple[User, ...]:
        """Who a name of the plan is."""
        return (await self.people.get()).users.get(asked(reference), ())

    async def agents(self) -> dict[str, tuple[User, Reference]]:
        """Everybody who could be rung, by object id, with the place that names them first."""
        agents: dict[str, tuple[User, Reference]] = {}
        for reference in self.named(*PEOPLE):
            for user in await self.found(reference):
                agents.setdefault(user.id, (user, reference))
        return agents

    async def needs_graph(self) -> None:
        """Raises LeftOut when Graph cannot be asked: nobody waits for it person by person."""
        settings = self.settings
        try:
            await self.graph.get()
            await self._token(settings.app_id, settings.tenant_id)
        except GraphSilent as silent:
            message = "Graph does not answer"
            raise LeftOut(message) from silent
        except TokenFailed as error:
            message = "there is no token for Graph"
            raise LeftOut(message) from error

    async def _token(self, app_id: str, tenant_id: str) -> str:
        try:
            async with asyncio.timeout(2 * self.patience_s):
                return await self.tokens.token(app_id, tenant_id)
        except TimeoutError as error:
            message = "no token in time"
            raise TokenFailed(message) from error

    async def _ask_graph(self) -> str:
        """Whatever Graph answers to who has no token: its Date."""
        url = f"{self.settings.graph_url}/users"
        try:
            async with (
                asyncio.timeout(self.patience_s),
                self.http.get(url, allow_redirects=False) as answer,
            ):
                return answer.headers.get("Date", "")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise GraphSilent(str(error) or "no answer in time") from error

    async def _read_licenses(self) -> dict[str, Licenses | None]:
        accounts = self.named(ReferenceKind.ACCOUNT)
        ids = list(await self.agents())
        ids += [user.id for each in accounts for user in await self.found(each)]
        return await self.facts.licenses(ids)

    async def _examine(self) -> Examined:
        return await examine(self.url, self.settings.tenant_id, self.stopwatch_ms)

    async def _open(self) -> Archive | None:
        """Only where opening changes nothing: an older schema would be brought up."""
        seen = await self.database.get()
        exists = seen.tables is Tables.CURRENT and not seen.is_pooled
        return await open_archive(self.url) if exists else None

    async def _resolve(self) -> Resolution:
        directory = Directory(
            transport=self.transport,
            tenant_id=self.settings.tenant_id,
            app_id=self.settings.app_id,
        )
        named = self.named(*PEOPLE, ReferenceKind.ACCOUNT, ReferenceKind.USER)
        return await directory.resolve(list(dict.fromkeys(asked(each) for each in named)))

    async def _read_presences(self) -> PresenceRead:
        first, *_ = applications(self.settings)
        reader = presences_of(first, self.transport)
        return await reader.read(sorted(await self.agents()))


def asked(reference: Reference) -> Asked:
    """The name as the directory is asked for it."""
    account = reference.kind is ReferenceKind.ACCOUNT
    return Asked(reference.ref, Purpose.RESOURCE_ACCOUNT if account else Purpose.AGENT)


def place(reference: Reference, file: str) -> str:
    """Where the plan names somebody."""
    return f"{Path(file)}:{reference.line} {reference.key}"
