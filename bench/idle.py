"""What the service costs when nobody calls: memory, the watching of presence, the start."""

from __future__ import annotations

import asyncio
import statistics
import time

from bench import machine
from bench.figures import Figure
from bench.graph_shapes import TENANT
from bench.lean_graph import LeanGraph, Script
from bench.plans import plan
from bench.running import Stage, free_port

MEMORY_MOST_MIB = 160
WATCHED, WATCH_S = 2_000, 31.0
"""Three polls of ten seconds."""
WATCHING_MOST = 5.0
START_MOST_S = 2.5
STARTS = 5
SETTLES_S = 2.0


async def memory(stage: Stage, *, quick: bool) -> list[Figure]:
    """MiB that an idle service holds."""
    graph = LeanGraph(Script(), agents=10)
    port = free_port()
    await graph.start(port)
    try:
        async with stage.service(
            graph.environment(), plan(tenant=TENANT, greeting=True), port=port
        ) as bot:
            await bot.until_staffed(10)
            await asyncio.sleep(0.1 if quick else SETTLES_S)
            held = machine.resident_mib(bot.pid)
    finally:
        await graph.stop()
    return [
        Figure(
            row="memory",
            what="resident memory of an idle service, 10 agents",
            measured=round(held, 1),
            unit="MiB",
            most=MEMORY_MOST_MIB,
        )
    ]


async def watching(stage: Stage, *, quick: bool) -> list[Figure]:
    """Percent of a core."""
    agents, seconds = (20, 1.0) if quick else (WATCHED, WATCH_S)
    graph = LeanGraph(Script(), agents=agents)
    port = free_port()
    await graph.start(port)
    try:
        async with stage.service(graph.environment(), plan(tenant=TENANT), port=port) as bot:
            await bot.until_staffed(agents)
            await asyncio.sleep(0.1 if quick else SETTLES_S)
            used, polls = machine.cpu_s(bot.pid), graph.polls
            began = time.perf_counter()
            await asyncio.sleep(seconds)
            took = time.perf_counter() - began
            used = machine.cpu_s(bot.pid) - used
            held = machine.resident_mib(bot.pid)
    finally:
        await graph.stop()
    return [
        Figure(
            row="watching",
            what=f"{agents:,} agents watched, idle",
            measured=round(100 * used / took, 2),
            unit="% of a core",
            most=WATCHING_MOST,
            detail={
                "seconds": round(took, 1),
                "presence requests": graph.polls - polls,
                "MiB": round(held, 1),
            },
        )
    ]


async def start(stage: Stage, *, quick: bool) -> list[Figure]:
    """Seconds from the start of the process to its first 200 of /readyz."""
    graph = LeanGraph(Script(), agents=10)
    port = free_port()
    await graph.start(port)
    database = await stage.database()
    took: list[float] = []
    used: list[float] = []
    try:
        for _ in range(2 if quick else STARTS + 1):
            began = time.perf_counter()
            async with stage.service(
                graph.environment(),
                plan(tenant=TENANT, greeting=True),
                port=port,
                database=database,
            ) as bot:
                took.append(time.perf_counter() - began)
                used.append(machine.cpu_s(bot.pid))
    finally:
        await graph.stop()
    cold, *warm = took
    return [
        Figure(
            row="start",
            what="start to ready, warm, median",
            measured=round(statistics.median(warm), 2),
            unit="s",
            most=START_MOST_S,
            detail={
                "first start s": round(cold, 2),
                "slowest s": round(max(warm), 2),
                "cpu s": round(statistics.median(used[1:]), 2),
                "starts": len(warm),
            },
        )
    ]
