"""How many notifications that change something are taken in, beside a bare handler.

Tones of rising sequence on established calls, each written down before its 202. Both servers get
the same bytes over the same kept connections, in turns, on the same core; each connection has calls
of its own and posts its next tone when the last one was answered.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import NamedTuple

from bench import machine
from bench.figures import Figure
from bench.graph_shapes import TENANT
from bench.lean_graph import Call, LeanGraph, Script
from bench.plans import ACCOUNT, plan
from bench.running import Stage, free_port
from bench.wire import Poster

CONNECTIONS = 32
TURNS, TURN_S = 5, 2.0
LEAST_RATIO = 0.3


class Waiting(Script):
    """Callers who wait and press keys."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def answered(self, call: Call) -> None:
        super().answered(call)
        self.calls.append(call)


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """Notifications a second, and the ratio."""
    turns, seconds, lines = (1, 0.2, 4) if quick else (TURNS, TURN_S, CONNECTIONS)
    waiting = Waiting()
    graph = LeanGraph(waiting)
    graph.presence = ("Offline", "Offline")
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
    ours: list[Turn] = []
    theirs: list[Turn] = []
    try:
        await bare.until_ready()
        async with stage.service(graph.environment(), text, port=port) as bot:
            await bot.until_staffed(1)
            for _ in range(lines):
                graph.ring(ACCOUNT)
            async with asyncio.timeout(30):
                while len(waiting.calls) < lines or any(c.flying for c in waiting.calls):
                    await asyncio.sleep(0.05)
            flood = Flood(graph, waiting.calls)
            for _ in range(turns + 1):
                ours.append(await flood.turn(port, bot.pid, seconds))
                theirs.append(await flood.turn(bare_port, bare.pid, seconds))
    finally:
        await asyncio.to_thread(bare.stop)
        await graph.stop()
    return [_figure(ours[1:], theirs[1:], lines, flood)]  # the first turns warm up


class Turn(NamedTuple):
    """What a server took within one turn."""

    rate: float
    """Notifications a second."""
    cpu_us: float
    """Processor time of each."""


class Flood:
    """Tones as fast as they are taken."""

    def __init__(self, graph: LeanGraph, calls: list[Call]) -> None:
        self._graph = graph
        self._calls = calls
        self._taken = 0
        self._until = 0.0
        self._tones: dict[tuple[str, int], int] = {}
        """The last sequence number of each call, as each server has seen it."""
        self.refused = 0

    async def turn(self, port: int, pid: int, seconds: float) -> Turn:
        """What this server took."""
        graph = self._graph
        graph.to(port)
        poster = Poster("127.0.0.1", port, len(self._calls))
        await poster.open()
        self._taken = 0
        used = machine.cpu_s(pid)
        began = time.perf_counter()
        self._until = began + seconds
        over = [self._keep_on(poster, port, call) for call in self._calls]
        await asyncio.gather(*over)
        took = time.perf_counter() - began
        poster.close()
        return Turn(self._taken / took, 1e6 * (machine.cpu_s(pid) - used) / self._taken)

    def _keep_on(self, poster: Poster, port: int, call: Call) -> asyncio.Future[None]:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tones = first = self._tones.get((call.id, port), 0)
        head, tail = self._around(call)

        def next_tone(status: int) -> None:
            nonlocal tones
            if status == 202:
                self._taken += 1
            elif tones > first:
                self.refused += 1
            if time.perf_counter() >= self._until and tones > first:
                self._tones[call.id, port] = tones
                over.set_result(None)
                return
            tones += 1
            body = b"%b%d%b" % (head[1], tones, tail)
            poster.post(b"%b%d\r\n\r\n%b" % (head[0], len(body), body), next_tone)

        next_tone(0)
        return over

    def _around(self, call: Call) -> tuple[tuple[bytes, bytes], bytes]:
        """The bytes before and after the sequence number."""
        mark = 987654321
        data = {
            "@odata.type": "#microsoft.graph.call",
            "state": "established",
            "toneInfo": {"sequenceId": mark, "tone": "tone5"},
        }
        item = {
            "@odata.type": "#microsoft.graph.commsNotification",
            "changeType": "updated",
            "resourceUrl": f"/communications/calls/{call.id}",
            "resourceData": data,
        }
        head, body = self._graph.request(call.path, item).split(b"\r\n\r\n", 1)
        before, after = body.split(str(mark).encode())
        return (head[: head.rfind(b" ") + 1], before), after


def _figure(ours: list[Turn], theirs: list[Turn], lines: int, flood: Flood) -> Figure:
    own, bare = (statistics.median(t.rate for t in side) for side in (ours, theirs))
    own_us, bare_us = (statistics.median(t.cpu_us for t in side) for side in (ours, theirs))
    return Figure(
        row="intake",
        what="tones written down before their 202, as a ratio to a bare handler",
        measured=round(own / bare, 3),
        unit="x",
        least=LEAST_RATIO,
        detail={
            "tones/s": round(own),
            "bare/s": round(bare),
            "connections": lines,
            "ratio of each turn": [
                round(a.rate / b.rate, 2) for a, b in zip(ours, theirs, strict=True)
            ],
            "cpu us/tone": round(own_us),
            "bare cpu us/tone": round(bare_us),
            "ratio by cpu": round(bare_us / own_us, 3),
            "refused": flood.refused,
        },
    )
