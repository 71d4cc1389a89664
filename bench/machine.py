"""The machine: which core the server has, what a process used, how busy it is otherwise."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1 << 20
PROCESS_CPU = 2


def cores() -> tuple[set[int], set[int]]:
    """The server's core, and those of everything else (the same one if there is only one)."""
    usable = sorted(os.sched_getaffinity(0))
    return {usable[0]}, set(usable[1:]) or {usable[0]}


SERVER, LOAD = cores()


@contextmanager
def on(where: set[int]) -> Iterator[None]:
    """Everything started in here, this program included, stays on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, where)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """Seconds of a core that a process has used, all threads, finer than the kernel's ticks."""
    # Linux numbers the CPU clock of another process so (clock_getcpuclockid, man 3).
    return time.clock_gettime(~pid << 3 | PROCESS_CPU)


def resident_mib(pid: int) -> float:
    """MiB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def conditions() -> dict[str, object]:
    """What else the numbers depend on."""
    one, five, _ = os.getloadavg()
    return {
        "cores": len(SERVER | LOAD),
        "server_core": sorted(SERVER),
        "load_cores": sorted(LOAD),
        "load_1m": round(one, 2),
        "load_5m": round(five, 2),
    }
