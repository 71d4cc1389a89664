"""The emulator and, as its child, the service: what `run`, `demo` and the tests start.

    async with Launch(options) as launch:
        await launch.ready()
        launch.world.place_call(...)

The service gets nothing but environment variables; it could be any program that speaks Graph.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from emulator.child import Child
from emulator.config import Config
from emulator.console_reader import ConsoleReader
from emulator.customers_web import PLACE
from emulator.live_table import rows
from emulator.server import HOST, Options, PortTaken, Server
from emulator.shell import Shell
from emulator.world import World

SERVICE = (sys.executable, "-m", "bot")
DATABASE = "switchboard.db"
PLAN = "plan.yaml"
SERVICE_LOG = "service.log"
READY_WITHIN_S = 60.0
POLL_S = 0.1
GIVE_UP_AFTER = 2
"""lives of the service that ended soon after their start"""
OURS = ("SWITCHBOARD_", "IDENTITY_", "MSI_", "AZURE_", "WEBSITE")
KEPT = ("SWITCHBOARD_VOICE", "SWITCHBOARD_SPEECH_", "SWITCHBOARD_LOG_LEVEL", "SWITCHBOARD_SECRETS")
"""what somebody may set for the service from outside"""
GC_THRESHOLD = 50_000
"""a world of many calls is alive, not garbage: looking through it often finds nothing"""


class NotReady(RuntimeError):
    """The service did not come up."""


@dataclass(slots=True, kw_only=True)
class LaunchOptions:
    """`make_config` gets the address of the service's calling webhook."""

    make_config: Callable[[str], Config]
    plan: str | Path
    """a file, or the text of one, which is then written into `folder`"""
    folder: Path
    """emptied of the last launch's files at start"""
    port: int = 8100
    service_port: int = 3978
    """0: any free one"""
    command: Sequence[str] = SERVICE
    seed: int = field(default_factory=lambda: secrets.randbits(32))
    """of the world's ids and dice; a new one each time, so that no id ever comes back"""
    switches: dict[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """more environment for the service"""
    log_limit: int | None = None


class Launch:
    def __init__(self, options: LaunchOptions) -> None:
        self._options = options
        self.on_service: Callable[[str], None] = lambda _sentence: None
        """told of every start and end of the service"""
        self.server: Server
        self.child: Child
        self.console: ConsoleReader

    @property
    def shell(self) -> Shell:
        return self.server.shell

    @property
    def world(self) -> World:
        return self.server.shell.world

    @property
    def url(self) -> str:
        return self.server.url

    async def __aenter__(self) -> Launch:
        """Raises PortTaken, NoSuchProgram or OSError, each with a sentence for the reader."""
        options = self._options
        port = free_port(options.service_port)
        self.service_url = f"http://{HOST}:{port}"
        options.folder.mkdir(parents=True, exist_ok=True)
        self.server = Server(
            Options(
                config=options.make_config(self.service_url + "/api/calls"),
                folder=options.folder,
                port=options.port,
                seed=options.seed,
                switches=options.switches,
                log_limit=options.log_limit,
            )
        )
        await self.server.start()
        try:
            self._prepare(options, port)
            await self.child.start()
        except BaseException:
            await self.server.stop()
            raise
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 20, 20)
        return self

    def _prepare(self, options: LaunchOptions, port: int) -> None:
        folder = options.folder
        for old in (DATABASE, DATABASE + "-wal", DATABASE + "-shm", SERVICE_LOG):
            (folder / old).unlink(missing_ok=True)
        if isinstance(options.plan, str):
            plan = options.plan.replace(PLACE, f"{self.server.tls_url}/web")
            (folder / PLAN).write_text(plan, encoding="utf-8")
        self.console = ConsoleReader(self.shell)
        self.child = Child(
            command=options.command,
            environment=self._environment(port),
            log_file=folder / SERVICE_LOG,
            on_change=self._service_changed,
        )
        self.server.page.own(self.child)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.child.stop()
        await self.server.stop()
        gc.unfreeze()

    async def ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Until the service takes calls and knows its people. Raises NotReady."""
        try:
            async with asyncio.timeout(within_s):
                for _ in itertools.count():
                    if await self.console.ready():
                        return
                    if self.child.failures >= GIVE_UP_AFTER:
                        raise NotReady(f"The service does not start: {self.child.last_error}")
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            said = self.child.last_error or f"{self._options.folder / SERVICE_LOG} says why."
            raise NotReady(f"The service did not get ready in {within_s:.0f} s: {said}") from None

    def install_bot(self, people: Sequence[str]) -> None:
        """Have these people add the bot's app."""
        for upn in people:
            self.world.chat.install(upn)
        self.shell.pump()

    def install_in_channels(self, by: str) -> None:
        """Have this person add the app to the team of each channel."""
        for channel in self.world.config.channels:
            self.world.chat.install_in(channel.id, by)
        self.shell.pump()

    async def reaches(self, people: Sequence[str], within_s: float = READY_WITHIN_S) -> None:
        """Until the service says that it can write to all of these people. Raises NotReady."""
        try:
            async with asyncio.timeout(within_s):
                reached = await self._reaches(people)
                while not reached:
                    await asyncio.sleep(POLL_S)
                    reached = await self._reaches(people)
        except TimeoutError:
            told = f"The service was not told of all chats in {within_s:.0f} s."
            raise NotReady(told) from None

    async def _reaches(self, people: Sequence[str]) -> bool:
        board = await self.console.get("/api/board")
        return {str(row.get("upn")) for row in rows(board, "agents") if row.get("chat")} >= {
            *people
        }

    def _environment(self, port: int) -> dict[str, str]:
        outside = {
            name: value
            for name, value in os.environ.items()
            if name != "PORT" and (not name.startswith(OURS) or name.startswith(KEPT))
        }
        folder = self._options.folder.resolve()
        plan = self._options.plan
        plan_file = plan.resolve() if isinstance(plan, Path) else folder / PLAN
        return (
            outside
            | self.server.environment()
            | {
                "SWITCHBOARD_PUBLIC_URL": self.service_url,
                "SWITCHBOARD_PORT": str(port),
                "SWITCHBOARD_DATABASE_URL": f"sqlite:///{folder / DATABASE}",
                "SWITCHBOARD_PLAN": str(plan_file),
                "SWITCHBOARD_LOG_FORMAT": "text",
                # Everything is on this machine: no proxy stands between.
                "NO_PROXY": f"{HOST},localhost",
                "no_proxy": f"{HOST},localhost",
                "PYTHONUNBUFFERED": "1",
            }
            | dict(self._options.settings)
        )

    def _service_changed(self, sentence: str) -> None:
        self.on_service(sentence)


def free_port(port: int) -> int:
    """The port, found free a moment ago; 0 chooses one. Raises PortTaken with the remedy."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as taken:
            raise PortTaken(
                f"Port {port} of {HOST} is taken, and the service needs it: stop the program that "
                f"listens there, or choose another: make run ARGS='--service-port {port + 1}'"
            ) from taken
        chosen: int = probe.getsockname()[1]
        return chosen
