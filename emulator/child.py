"""The service as a child process: started, started again whenever it dies, stopped at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STEADY_S = 5.0
"""who dies younger than that may be unable to start at all"""
BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0)
STOP_WITHIN_S = 10.0
TAIL = 16_384
ERROR_AT_MOST = 300
CANNOT_START = 1
"""the exit code of a program that was told something it cannot work with"""
LOGGED = re.compile(r"\d\d:\d\d:\d\d")


class NoSuchProgram(OSError):
    """The command names nothing that can be run."""


@dataclass(slots=True, kw_only=True)
class Child:
    """`start()`, then it lives until `stop()`; who wants to know of each life sets `on_change`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    """what the child prints"""
    on_change: Callable[[str], None] = lambda _sentence: None
    on_end: Callable[[str], None] = field(default=lambda _sentence: None, init=False)
    """told of each end of a life, before the next one starts"""
    pid: int | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    """by the monotonic clock"""
    starts: int = field(default=0, init=False)
    failures: int = field(default=0, init=False)
    """deaths in a row, each soon after its start"""
    last_error: str = field(default="", init=False)
    """what the last life said at its end"""
    refusal: list[str] = field(default_factory=list[str], init=False)
    """what the first life said, if it ended as one that cannot start does; its log apart"""
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Raises NoSuchProgram with the remedy."""
        begun = self._log_size()
        await self._launch()
        self._task = asyncio.get_running_loop().create_task(self._supervise(begun))

    async def stop(self) -> None:
        """Ask it to stop, and end it when it does not."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        process, self._process, self.pid = self._process, None, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def kill(self) -> int | None:
        """SIGKILL, as `kill -9` would; the pid that it hit."""
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid

    async def _launch(self) -> None:
        with self.log_file.open("ab") as output:
            try:
                # A group of its own: Ctrl-C in the terminal is the launcher's to pass on.
                process = await asyncio.create_subprocess_exec(
                    *self.command,
                    env=dict(self.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    process_group=0,
                )
            except OSError as wrong:
                raise NoSuchProgram(
                    f"{self.command[0]} cannot be run ({wrong.strerror}): name another with --run."
                ) from wrong
        self._process, self.pid = process, process.pid
        self.starts += 1
        self.started_at = time.monotonic()
        self.on_change(f"service started, pid {process.pid}")

    async def _supervise(self, begun: int) -> None:
        while self._process is not None:
            code = await self._process.wait()
            self.pid = None
            lived = time.monotonic() - self.started_at
            self.failures = self.failures + 1 if lived < STEADY_S else 0
            said = self._said(begun)
            self.last_error = said[-1][:ERROR_AT_MOST] if said else ""
            if self.starts == 1 and code == CANNOT_START:
                self.refusal = [line for line in said if not LOGGED.match(line)]
            wait = BACK_OFF_S[min(max(0, self.failures - 1), len(BACK_OFF_S) - 1)]
            obituary = self._obituary(code, wait)
            self.on_change(obituary)
            self.on_end(obituary)
            await asyncio.sleep(wait)
            begun = self._log_size()
            await self._launch()

    def _obituary(self, code: int, wait: float) -> str:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        said = f": {self.last_error}" if code > 0 and self.last_error else ""
        again = f" (again in {wait:.1f} s)" if wait else ""
        return f"service {how}{said}{again}"

    def _log_size(self) -> int:
        try:
            return self.log_file.stat().st_size
        except FileNotFoundError:
            return 0

    def _said(self, begun: int) -> list[str]:
        """The last lines that this life printed."""
        with self.log_file.open("rb") as printed:
            printed.seek(max(begun, self._log_size() - TAIL))
            lines = printed.read().decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines if line.strip()]
