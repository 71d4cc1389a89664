"""How soon a call that rings is answered, beside a bare handler that writes nothing down.

Both get the same calls, in turns of a few seconds, one after the other on the same core: a call
rings, is established, waits half a second with music and hangs up. Measured where the calls come
from: from the instant a POST is written to the instant its `answer` request has come in.
"""

from __future__ import annotations

import asyncio

from bench import machine
from bench.figures import Figure, percentile, spread
from bench.graph_shapes import TENANT
from bench.lean_graph import Call, LeanGraph, Script
from bench.plans import ACCOUNT, plan
from bench.running import Stage, free_port

RATE = 20
"""Calls a second."""
TURNS, TURN_S = 5, 6.0
STAYS_S = 0.5
NS_PER_MS = 1_000_000
P50_MOST, P99_MOST = 3.0, 15.0


class Callers(Script):
    """They ring, listen for a moment and hang up."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.left = 0

    def answered(self, call: Call) -> None:
        self.took.append((call.answered_ns - call.placed_ns) / NS_PER_MS)
        super().answered(call)
        asyncio.get_running_loop().call_later(STAYS_S, self.graph.end, call, 200, 540_000)

    def finished(self, _call: Call, /) -> None:
        self.left += 1


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """The median and the 99th percentile, each also as a ratio."""
    turns, seconds = (1, 0.5) if quick else (TURNS, TURN_S)
    callers = Callers()
    graph = LeanGraph(callers)
    port, bare_port = free_port(), free_port()
    await graph.start(port)
    bare = stage.start(
        "bare",
        ["-m", "bench.bare", "--port", str(bare_port), "--graph", f"{graph.url}/v1.0"],
        {},
        bare_port,
        machine.SERVER,
    )
    text = plan(tenant=TENANT, members="- agent0000@contoso.example")
    graph.presence = ("Offline", "Offline")
    ours: list[float] = []
    theirs: list[float] = []
    try:
        await bare.until_ready()
        async with stage.service(graph.environment(), text, port=port) as bot:
            await bot.until_staffed(1)
            for to in (port, bare_port):  # nobody's first calls count
                await _turn(graph, callers, to, 0.5)
            written = await bot.timed("commit_ms")
            for _ in range(turns):
                ours += await _turn(graph, callers, port, seconds)
                theirs += await _turn(graph, callers, bare_port, seconds)
            times, spent = (
                b - a for a, b in zip(written, await bot.timed("commit_ms"), strict=True)
            )
    finally:
        await asyncio.to_thread(bare.stop)
        await graph.stop()
    return _figures(ours, theirs, spent / times)


async def _turn(graph: LeanGraph, callers: Callers, port: int, seconds: float) -> list[float]:
    """Milliseconds of each call of one turn."""
    graph.poster.close()
    graph.to(port, connections=16)
    await graph.poster.open()
    callers.took = []
    callers.left = 0
    loop = asyncio.get_running_loop()
    calls = max(1, round(seconds * RATE))
    began = loop.time()
    for number in range(calls):
        await asyncio.sleep(began + number / RATE - loop.time())
        graph.ring(ACCOUNT)
    async with asyncio.timeout(30):
        while callers.left < calls:
            await asyncio.sleep(0.05)
    return callers.took


def _figures(ours: list[float], theirs: list[float], commit_ms: float) -> list[Figure]:
    figures = []
    for name, part, most in (("p50", 0.5, P50_MOST), ("p99", 0.99, P99_MOST)):
        own, bare = percentile(ours, part), percentile(theirs, part)
        what = f"POST received -> `answer` sent, {RATE} calls/s, {name}"
        detail: dict[str, object] = {
            f"bare {name} ms": round(bare, 2),
            "ratio": round(own / bare, 2),
            "ms/commit": round(commit_ms, 2),
        }
        figures.append(
            Figure(
                row="answer",
                what=what,
                measured=round(own, 2),
                most=most,
                detail=detail | spread(ours),
            )
        )
        figures.append(
            Figure(
                row="answer",
                what=f"the same, as a ratio to a bare handler, {name}",
                measured=round(own / bare, 2),
                unit="x",
                detail=spread(theirs),
            )
        )
    return figures
