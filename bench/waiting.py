"""A full waiting room: callers who wait, each told their place every half minute.

They ring in the course of one interval, so that announcements come evenly; nobody takes them. How
late an announcement is, is measured where Graph is: the time between two requests to play on one
call, less what the plan says. The processor time is that of the whole service, notifications of cut
music included.
"""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

from bench import machine
from bench.figures import Figure, percentile, spread
from bench.graph_shapes import TENANT
from bench.lean_graph import Call, LeanGraph, Script
from bench.plans import ACCOUNT, plan
from bench.running import Program, Stage, free_port

CALLERS, EVERY_S, MEASURED_S = 1_000, 30, 60.0
QUICK_CALLERS, QUICK_FIRST_S, QUICK_S = 10, 1, 2.0
WITHIN_S = 60.0
MOST_LATE_MS = 250
"""At the 95th percentile: a caller cannot tell, and the next announcement is half a minute away."""
MOST_SHARE = 50


class Room(Script):
    """Callers who listen. A new prompt cuts what plays, which Graph tells as well."""

    def __init__(self) -> None:
        self.plays: dict[str, list[float]] = {}
        """By call: when it was asked for what."""
        self._playing: dict[str, str] = {}

    def played(self, call: Call, context: str) -> None:
        self.plays.setdefault(call.id, []).append(time.perf_counter())
        if cut := self._playing.get(call.id):
            self.graph.prompt_over(call, cut)
        self._playing[call.id] = context


def _plan(first_s: int) -> str:
    announce = (
        f"    announce: {{first_after: {first_s}s, every: {EVERY_S}s, position: true, "
        "expected_wait: true, prompts: system:still_holding}\n"
    )
    return plan(tenant=TENANT).rstrip() + "\n" + announce


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """Percent of a core, and how late announcements are."""
    callers, seconds = (QUICK_CALLERS, QUICK_S) if quick else (CALLERS, MEASURED_S)
    first_s = QUICK_FIRST_S if quick else EVERY_S
    room = Room()
    graph = LeanGraph(room, agents=10)
    graph.presence = ("Busy", "InACall")
    port = free_port()
    await graph.start(port)
    try:
        async with stage.service(graph.environment(), _plan(first_s), port=port) as bot:
            await bot.until_staffed(10)
            await _ring(graph, room, callers, 0.1 if quick else float(EVERY_S))
            return await _measured(graph, room, bot, first_s, seconds)
    finally:
        await graph.stop()


async def _ring(graph: LeanGraph, room: Room, callers: int, within_s: float) -> None:
    """They ring one after the other, and all hear music."""
    began = time.perf_counter()
    for number in range(callers):
        graph.ring(ACCOUNT)
        await asyncio.sleep(
            max(0.0, began + within_s * (number + 1) / callers - time.perf_counter())
        )
    while len(room.plays) < callers:
        if time.perf_counter() - began > within_s + WITHIN_S:
            msg = f"{len(room.plays)} of {callers} callers hear music"
            raise TimeoutError(msg)
        await asyncio.sleep(0.05)


async def _measured(
    graph: LeanGraph, room: Room, bot: Program, first_s: int, seconds: float
) -> list[Figure]:
    used, asked = machine.cpu_s(bot.pid), graph.requests
    written = await bot.timed("commit_ms")
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    used, asked = machine.cpu_s(bot.pid) - used, graph.requests - asked
    commits, spent = (b - a for a, b in zip(written, await bot.timed("commit_ms"), strict=True))
    late = [
        1_000 * (now - before - (first_s if number == 0 else EVERY_S))
        for plays in room.plays.values()
        for number, (before, now) in enumerate(pairwise(plays))
        if now >= began
    ]
    if not late:
        msg = f"no announcement to {len(room.plays)} callers within {seconds} s"
        raise TimeoutError(msg)
    what = f"{len(room.plays):,} callers wait, announced to every {EVERY_S} s"
    return [
        Figure(
            row="waiting",
            what=f"{what}: processor",
            measured=round(100 * used / took, 1),
            unit="% of a core",
            most=MOST_SHARE,
            detail={
                "announcements/s": round(len(late) / took, 1),
                "graph requests/s": round(asked / took, 1),
                "commits/s": round(commits / took, 1),
                "ms/commit": round(spent / max(1, commits), 2),
                "MiB": round(machine.resident_mib(bot.pid), 1),
                "refused": graph.refused or 0,
            },
        ),
        Figure(
            row="waiting",
            what=f"{what}: lateness, p95",
            measured=round(percentile(late, 0.95), 1),
            unit="ms",
            most=MOST_LATE_MS,
            detail=spread(late),
        ),
    ]
