"""Full flow: a burst of contacts, each from its ring to its record.

All callers ring at once, agents pick up and press 1 at once, so nothing but the service takes time.
The clock runs until the last contact is linked and that is written down. Its record needs the end
of the talk, which the bot, out of the call by then, learns from presence seconds later; the
processor time of that second part is added to the wall time of the first.
"""

from __future__ import annotations

import asyncio
import gc
import time

from bench import machine
from bench.figures import Figure
from bench.graph_shapes import TENANT
from bench.lean_graph import Call, LeanGraph, Script
from bench.plans import ACCOUNT, plan
from bench.running import Database, Program, Stage, free_port

CONTACTS, AGENTS = 2_000, 2_500
CONNECTIONS = 256
"""Over which notifications are posted: each call's wait for one another, not for other calls'."""
MOST_IDS = 650
"""In one request for presence."""
WITHIN_S = 120.0
LEAST = {"transfer": 200, "consult": 70}
WHISPER, KEY = 1, "tone1"


class Flow(Script):
    """Callers wait, agents pick up, hear one whisper and accept; a transfer always succeeds."""

    def __init__(self, contacts: int) -> None:
        self.contacts = contacts
        self.linked = 0
        self.lost = 0
        self.agents: list[str] = []
        self.over = asyncio.Event()
        self._handed: set[str] = set()

    def created(self, call: Call) -> None:
        self.graph.tell(call, "establishing")
        self.graph.tell(call, "established")

    def played(self, call: Call, context: str) -> None:
        if call.agent and call.prompts == WHISPER:
            self.graph.prompt_over(call, context)
            self.graph.press(call, KEY)

    def transferred(self, call: Call, replaces: Call | None, target: str) -> None:
        self.graph.tell(call, "transferring")
        self.graph.tell(call, "transferAccepted")
        if replaces is not None:
            self.graph.end(replaces, 200, 7015)
        self._handed.add(call.id)
        self.agents.append(target)
        self.graph.end(call, 200, 7015)

    def finished(self, call: Call, /) -> None:
        if call.agent:
            return
        if call.id in self._handed:
            self.linked += 1
        else:
            self.lost += 1
        if self.linked + self.lost == self.contacts:
            self.over.set()


async def run(stage: Stage, /, *, delivery: str, quick: bool) -> list[Figure]:
    """Contacts a second, by this delivery."""
    contacts, agents = (20, 25) if quick else (CONTACTS, AGENTS)
    flow = Flow(contacts)
    graph = LeanGraph(flow, agents=agents)
    port = free_port()
    await graph.start(port, CONNECTIONS)
    database = await stage.database()
    text = plan(tenant=TENANT, delivery=delivery)
    try:
        async with stage.service(graph.environment(), text, port=port, database=database) as bot:
            await bot.until_staffed(agents)
            return [await _measured(graph, flow, bot, database, delivery, quick=quick)]
    finally:
        await graph.stop()


async def _measured(
    graph: LeanGraph,
    flow: Flow,
    bot: Program,
    database: Database,
    delivery: str,
    *,
    quick: bool,
) -> Figure:
    gc.collect()
    gc.freeze()
    asked, used = graph.requests, machine.cpu_s(bot.pid)
    written = await bot.timed("commit_ms")
    own = time.process_time()
    began = time.perf_counter()
    for _ in range(flow.contacts):
        graph.ring(ACCOUNT)
    await asyncio.wait_for(flow.over.wait(), WITHIN_S)
    took = time.perf_counter() - began
    burst_cpu = machine.cpu_s(bot.pid) - used
    own = time.process_time() - own
    asked = graph.requests - asked
    times, spent = (b - a for a, b in zip(written, await bot.timed("commit_ms"), strict=True))
    gc.unfreeze()
    # A talk cannot be seen to end within ten seconds: too long for a smoke run.
    recording, records = (0.0, 0) if quick else await _recorded(graph, flow, bot, database)
    return Figure(
        row=delivery,
        what=f"full flow, {flow.contacts} contacts in a burst, `{delivery}`",
        measured=round(flow.contacts / (took + recording), 1),
        unit="contacts/s",
        least=LEAST[delivery],
        detail={
            "linked": flow.linked,
            "records": records,
            "lost": flow.lost,
            "to the last link s": round(took, 2),
            "contacts/s to the last link": round(flow.contacts / took, 1),
            "cpu ms/contact": round(1000 * burst_cpu / flow.contacts, 2),
            "contacts per second of cpu": round(flow.contacts / (burst_cpu + recording)),
            "commits": round(times),
            "ms/commit": round(spent / times, 1),
            "cpu ms/record": round(1000 * recording / flow.contacts, 2),
            "graph requests/contact": round(asked / flow.contacts, 2),
            "stand-in cpu ms/contact": round(1000 * own / flow.contacts, 2),
            "refused": graph.refused or 0,
            "database": database.kind,
        },
    )


async def _recorded(
    graph: LeanGraph, flow: Flow, bot: Program, database: Database
) -> tuple[float, int]:
    """Let the talks be seen and end; processor seconds until every record is written."""
    used = machine.cpu_s(bot.pid)
    for agent in flow.agents:
        graph.show(agent, "Busy", "InACall")
    # Twice around: the first may have begun before.
    seen = graph.polls + 2 * -(-len(graph.people) // MOST_IDS)
    while graph.polls < seen:
        await asyncio.sleep(0.05)
    for agent in flow.agents:
        graph.show(agent, "Available", "Available")
    end = time.perf_counter() + WITHIN_S
    records = 0
    while records < flow.linked and time.perf_counter() < end:
        await asyncio.sleep(0.25)
        records = await database.count("contact_records")
    return machine.cpu_s(bot.pid) - used, records
