"""One installation to be examined: an emulator, a front door, a plan, a database; all real.

A case changes what differs from a healthy one, then the doctor runs on it as `switchboard doctor`
does. The front stands where the service's public address is, and answers as the service does.
"""

import asyncio
import hashlib
import os
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from kit.sounds import encoded, sine

from bot.clock import monotonic_ms
from bot.doctor.examination import Limits, Report, examine_installation
from emulator.config import Account, Application, Config, Person, default_config
from emulator.faults import Fault
from emulator.server import Options, Server
from store.contract import Store
from store.database import open_store

PLAN = """\
tenant: contoso.example
default_entry_point: support
entry_points:
  support:
    account: support@contoso.example
    queue: support
    greeting: welcome
    fallback: {number: "+14255550199"}
queues:
  support:
    title: Support
    members: [ada.agent@contoso.example, ben.agent@contoso.example]
prompts:
  welcome: {audio: welcome.wav}
"""
TONE = encoded(sine(ms=200), 16_000, "WAV", "PCM_16")


@dataclass
class Front:
    """What answers at the public address."""

    health: tuple[int, str] = (200, "ok\n")
    ready: tuple[int, str] = (200, '{"ready": true, "missing": []}')
    calls: tuple[int, str] = (401, "")
    prompt: bytes | None = None
    """Sent instead of the prompt that is kept."""
    prompt_status: int = 200
    delay_s: float = 0.0
    location: str = ""
    tls: ssl.SSLContext | None = None
    store: Store | None = None

    async def answer(self, request: web.Request) -> web.Response:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        headers = {"Location": self.location} if self.location else {}
        if request.path.startswith("/prompts/"):
            return await self._sound(request.path)
        status, text = {
            ("GET", "/healthz"): self.health,
            ("GET", "/readyz"): self.ready,
            ("POST", "/api/calls"): self.calls,
        }.get((request.method, request.path), (404, "nothing here"))
        return web.Response(status=status, text=text, headers=headers)

    async def _sound(self, path: str) -> web.Response:
        sha = path.removeprefix("/prompts/").removesuffix(".wav")
        kept = await self.store.prompts.get(sha) if self.store else None
        if kept is None or self.prompt_status != 200:
            return web.Response(status=404 if kept is None else self.prompt_status)
        return web.Response(body=self.prompt or kept.body, content_type="audio/wav")


@dataclass
class Ward:
    """Everything about one installation that a case may change before it is examined."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: AsyncExitStack
    postgres: Callable[[], Awaitable[str]]
    """An empty schema on a real server, as an address."""
    config: Config = field(default_factory=default_config)
    plan: str = PLAN
    environment: dict[str, str] = field(default_factory=dict[str, str])
    dropped: set[str] = field(default_factory=set[str])
    front: Front = field(default_factory=Front)
    faults: list[Fault] = field(default_factory=list[Fault])
    switches: dict[str, str] = field(default_factory=dict[str, str])
    limits: Limits = field(default_factory=lambda: Limits(check_s=60.0, question_s=10.0))
    """Longer than the doctor's own: a busy machine is no finding here."""
    is_served: bool = False
    """Whether the service has run with this database: tables, prompts, the plan in force."""
    prepared: list[Callable[[Store], Awaitable[None]]] = field(
        default_factory=list[Callable[[Store], Awaitable[None]]]
    )
    """What to write into the database of a service that has run."""
    server: Server = field(init=False)

    # --- what cases change

    def application(self, **changes: Any) -> None:
        first, *others = self.config.applications
        self.config = replace(self.config, applications=(replace(first, **changes), *others))

    def person(self, upn: str, **changes: Any) -> None:
        self.config = replace(
            self.config,
            people=tuple(replace(p, **changes) if p.upn == upn else p for p in self.config.people),
        )

    def account(self, upn: str, **changes: Any) -> None:
        self.config = replace(
            self.config,
            accounts=tuple(
                replace(a, **changes) if a.upn == upn else a for a in self.config.accounts
            ),
        )

    def without_role(self, role: str) -> None:
        roles = self.first.roles
        self.application(roles=tuple(each for each in roles if each != role))

    def plan_with(self, old: str, new: str) -> None:
        assert old in self.plan
        self.plan = self.plan.replace(old, new)

    @property
    def first(self) -> Application:
        return self.config.applications[0]

    def someone(self, upn: str) -> Person | Account:
        everybody: tuple[Person | Account, ...] = (*self.config.people, *self.config.accounts)
        return next(each for each in everybody if each.upn == upn)

    # --- the examination

    async def examine(self) -> Report:
        (self.folder / "plan.yaml").write_text(self.plan)
        recording = self.folder / "welcome.wav"
        if not recording.exists():
            recording.write_bytes(TONE)
        self.server = Server(
            Options(config=self.config, folder=self.folder / "emulator", switches=self.switches)
        )
        self.server.options.port = 0
        await self.server.start()
        self.stack.push_async_callback(self.server.stop)
        for fault in self.faults:
            self.server.shell.world.faults.add(fault)
        address = await self._open_front()
        database = self.environment.get(
            "SWITCHBOARD_DATABASE_URL", f"sqlite:///{self.folder}/switchboard.db"
        )
        if self.is_served:
            await self._serve(database)
        known = self.server.environment() | {
            "SWITCHBOARD_PUBLIC_URL": address,
            "SWITCHBOARD_DATABASE_URL": database,
            "SWITCHBOARD_PLAN": str(self.folder / "plan.yaml"),
            "SWITCHBOARD_VOICE": "laptop",
        }
        for name in [each for each in os.environ if each.startswith("SWITCHBOARD_")]:
            self.monkeypatch.delenv(name)  # of whoever runs the tests: an unknown one is a finding
        for name, value in (known | self.environment).items():
            self.monkeypatch.setenv(name, value)
        for name in self.dropped:
            self.monkeypatch.delenv(name)
        return await examine_installation(self.limits)

    async def _open_front(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.front.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        port = unused_port()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=self.front.tls).start()
        return f"{'https' if self.front.tls else 'http'}://127.0.0.1:{port}"

    async def _serve(self, database: str) -> None:
        """What a service leaves behind that has run and was stopped a moment ago."""
        store = await open_store(database, monotonic=monotonic_ms)
        self.stack.push_async_callback(store.close)
        tenant = self.config.tenant_id
        now = await store.database_now_ms()
        await store.acquire(tenant, "ward")
        await store.plans.put(
            tenant, text=self.plan, compiled=b"{}", created_at=now, created_by="start"
        )
        sha = hashlib.sha256(TONE).hexdigest()
        await store.prompts.put(sha, TONE, "audio/wav", 100, "tone/1")
        for upn in ("ada.agent@contoso.example", "ben.agent@contoso.example"):
            await store.conversations.save(tenant, self.someone(upn).id, "{}", now)
        for prepare in self.prepared:
            await prepare(store)
        self.front.store = store


Setup = Callable[[Ward], Awaitable[None]]
CASES: dict[str, Setup] = {}


def produces(*codes: str) -> Callable[[Setup], Setup]:
    """What follows makes an installation in which the doctor finds these."""

    def register(setup: Setup) -> Setup:
        for code in codes:
            assert code not in CASES, code
            CASES[code] = setup
        return setup

    return register
