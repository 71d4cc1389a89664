"""Processor time of one request to Graph, in the process that sends it.

`python -m bench.request` is that process: the service's own transport and calls, in turns one after
the other and twenty at once, measured with its process clock. What it talks to is elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import time
import uuid

from bench import machine
from bench.figures import Figure
from bench.graph_shapes import APP, TENANT
from bench.lean_graph import Call, LeanGraph, Script
from bench.running import NotRunning, Stage

REQUESTS, ROUNDS = 1_000, 5
AT_ONCE = 20
MOST_MS = 0.7
PROMPTS = 3


class _Token:
    """A token that is always at hand, as in the service."""

    def cached(self, app_id: str, tenant_id: str) -> str | None:
        del app_id, tenant_id
        return "x" * 1_200

    async def token(self, app_id: str, tenant_id: str) -> str:
        return self.cached(app_id, tenant_id) or ""

    def invalidate(self, token: str) -> None:
        raise AssertionError(token)


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """Milliseconds of processor time."""
    graph = LeanGraph(Script())
    await graph.start(1)  # nothing is posted
    call = Call(id=str(uuid.uuid4()), path="/")
    graph.calls[call.id] = call
    arguments = ["-m", "bench.request", "--graph", f"{graph.url}/v1.0", "--call", call.id]
    arguments += ["--requests", "20" if quick else str(REQUESTS)]
    arguments += ["--rounds", "1" if quick else str(ROUNDS)]
    program = stage.start("request", arguments, {}, 0, machine.SERVER)
    try:
        code = await asyncio.to_thread(program.process.wait, 120)
    finally:
        program.stop()
        await graph.stop()
    told = program.log.read_text()
    if code:
        raise NotRunning(told)
    single, together = json.loads(told.splitlines()[-1])
    return [
        Figure(
            row="request",
            what=f"CPU per request to Graph (playPrompt), {AT_ONCE} at once",
            measured=round(together, 3),
            most=MOST_MS,
        ),
        Figure(
            row="request",
            what="CPU per request to Graph (playPrompt), one after the other",
            measured=round(single, 3),
            most=MOST_MS,
        ),
    ]


async def _send(graph: str, call: str, requests: int, rounds: int) -> None:
    from graph.calls import Calls, Prompt  # noqa: PLC0415 - the sending process alone
    from graph.transport import HttpTransport, open_session  # noqa: PLC0415

    async with open_session() as session:
        transport = HttpTransport(
            session,
            _Token(),
            graph,
            lease_check=lambda: True,
            clock_ms=lambda: time.monotonic_ns() // 1_000_000,
        )
        calls = Calls(transport=transport, tenant_id=TENANT, app_id=APP)
        prompts = [Prompt(f"http://127.0.0.1/prompts/{n}.wav", f"{n}") for n in range(PROMPTS)]

        async def send(count: int) -> None:
            for number in range(count):
                await calls.play_prompt(call, prompts, client_context=f"1-{number}")

        async def cost(lanes: int) -> float:
            gc.collect()
            began = time.process_time()
            await asyncio.gather(*(send(requests // lanes) for _ in range(lanes)))
            return 1000 * (time.process_time() - began) / (requests // lanes * lanes)

        await cost(AT_ONCE)
        rows = [(await cost(1), await cost(AT_ONCE)) for _ in range(rounds)]
    print(json.dumps([statistics.median(column) for column in zip(*rows, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", required=True)
    parser.add_argument("--call", required=True)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    asyncio.run(_send(given.graph, given.call, given.requests, given.rounds))


if __name__ == "__main__":
    main()
