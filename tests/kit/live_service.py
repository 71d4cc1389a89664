"""The service as it runs for real: `python -m bot` in a process of its own, which can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import unused_port
from kit.waiting import until

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 60.0
"""Two cores shared with the emulator, a database and other tests."""


@dataclass(slots=True, kw_only=True)
class LiveService:
    """One instance, through all its lives. `environment` is what differs from a bare machine."""

    folder: Path
    environment: Mapping[str, str]
    http: aiohttp.ClientSession
    name: str = "service"
    port: int = field(default_factory=unused_port)
    is_frozen: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        """Begin a life; it is not awaited."""
        assert not self.is_running
        given = {k: v for k, v in os.environ.items() if not k.startswith("SWITCHBOARD_")}
        given |= {"PYTHONWARNINGS": "default", "SWITCHBOARD_PORT": str(self.port)}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot"],
                cwd=ROOT,
                env=given | dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start(self) -> None:
        """Begin a life, and wait until calls are taken in."""
        self.spawn()
        await self.ready()

    async def ready(self) -> None:
        async def ready() -> bool:
            assert self.is_running, self.log_tail()
            return await self.status("/readyz") == 200

        await until(ready, within_s=START_WITHIN_S)

    async def kill(self) -> float:
        """SIGKILL; time.monotonic() of it."""
        at = time.monotonic()
        await self._end(signal.SIGKILL)
        return at

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return await self._end(signal.SIGTERM)

    def freeze(self) -> None:
        self.is_frozen = True
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.is_frozen = False
        self._send(signal.SIGCONT)

    async def status(self, path: str) -> int:
        """The status of a GET; 0 while nobody listens."""
        try:
            async with self.http.get(self.url + path) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def metrics(self) -> dict[str, float]:
        """Samples by name with labels, without the common prefix."""
        async with self.http.get(self.url + "/metrics") as answer:
            assert answer.status == 200, await answer.text()
            lines = (await answer.text()).splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("switchboard_")]
        return {name.removeprefix("switchboard_"): float(value) for name, value in pairs}

    async def metric(self, name: str) -> float:
        return (await self.metrics()).get(name, 0.0)

    async def get(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.get(self.url + path, headers=headers) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        assert process is not None
        process.send_signal(number)
        try:
            return await asyncio.to_thread(process.wait, 20)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self._process = None


@asynccontextmanager
async def ending(service: LiveService) -> AsyncIterator[LiveService]:
    """Whatever happens, no process is left behind."""
    try:
        yield service
    finally:
        if service.is_running:
            await service.kill()
