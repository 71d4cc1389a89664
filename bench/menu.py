"""A key in a menu: how soon the next prompt is asked for, and what the key costs.

Callers press keys that lead from one menu to the other and back. Graph answers each request after
50 ms; the prompt that plays must be stopped before the next one is asked for, so that one answer
is Graph's share. What remains is ours: the notification, the decision, the transaction, two
requests. The second figure is the engine alone, against its ordinary events.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import aiohttp

from bench import engine, machine
from bench.figures import Figure, percentile, spread
from bench.graph_shapes import APP, TENANT
from bench.running import Emulator, Stage, free_port
from routing.action import Action, ActionKind
from routing.engine import Engine
from routing.events import CallEstablished, CallIncoming, OwnerChanged, ToneHeard
from routing.flow_steps import Flow, Goto, Menu, Turn
from routing.plan import EntryPoint, Plan, Queue
from routing.state import State

GRAPH_MS = 50
CALLERS, PRESSES = 30, 12
APART_MS, BETWEEN_MS = 150, 900
MOST_MS, MOST_RATIO = 50, 3.0
KEYS, ROUNDS = 20_000, 5
DOMAIN = "contoso.example"
Row = dict[str, Any]


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """From the key to the request, and the cost of a key."""
    callers, presses = (2, 3) if quick else (CALLERS, PRESSES)
    port = free_port()
    async with (
        stage.emulator(_config(port), GRAPH_MS) as emulator,
        stage.service(emulator.environment, _plan(), port=port) as bot,
    ):
        await bot.until_staffed(1)
        log = await _played(emulator, callers, presses, quick=quick)
    waits = list(beyond_graph(log))
    if len(waits) < callers * presses:
        message = f"{len(waits)} of {callers * presses} keys led to a prompt"
        raise TimeoutError(message)
    return [
        Figure(
            row="menu",
            what="menu key heard -> next prompt requested, beyond Graph, p95",
            measured=percentile(waits, 0.95),
            most=MOST_MS,
            detail=spread(waits) | {"machine late, p95": round(percentile(lateness(log), 0.95))},
        ),
        _cost(quick=quick),
    ]


def _config(port: int) -> dict[str, object]:
    application = {
        "id": APP,
        "tenant_id": TENANT,
        "name": "Switchboard",
        "webhook": f"http://127.0.0.1:{port}/api/calls",
        "messages": f"http://127.0.0.1:{port}/api/messages",
    }
    return {
        "tenant_id": TENANT,
        "applications": [application],
        "accounts": [{"upn": f"menu@{DOMAIN}", "name": "Menu", "app_id": APP}],
        "people": [{"upn": f"ada@{DOMAIN}", "name": "Ada", "voicemail": False}],
        "groups": [],
    }


def _plan() -> str:
    """Two menus that lead to each other."""
    return f"""\
tenant: {TENANT}
default_entry_point: menu
entry_points:
  menu:
    account: menu@{DOMAIN}
    flow: main
flows:
  main:
    steps:
      one: {{menu: which, keys: {{1: two}}, wait: 1m, otherwise: {{queue: desk}}}}
      two: {{menu: other, keys: {{1: one}}, wait: 1m, otherwise: {{queue: desk}}}}
queues:
  desk: {{members: [ada@{DOMAIN}]}}
prompts:
  which: {{say: {{en: Press one for the other menu.}}}}
  other: {{say: {{en: Press one for the first menu again.}}}}
"""


def _scene(callers: int, presses: int) -> dict[str, object]:
    keys = [
        {"do": "key", "key": "1", "on": "answered", "after_ms": 1_500 + n * BETWEEN_MS}
        for n in range(presses)
    ]
    leave = {"do": "hang_up", "on": "answered", "after_ms": 2_500 + presses * BETWEEN_MS}
    placed = [
        {"to": f"menu@{DOMAIN}", "at": n * APART_MS, "steps": [*keys, leave]}
        for n in range(callers)
    ]
    return {"callers": placed, "agents": {}}


async def _played(emulator: Emulator, callers: int, presses: int, *, quick: bool) -> list[Row]:
    """The emulator's log, when every caller has hung up."""
    headers = {"X-Emulator-Key": str(emulator.told["control_key"])}
    base = f"{emulator.told['url']}/emulator"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{base}/scene", json=_scene(callers, presses)) as answer:
            assert answer.status == 200, await answer.text()
        async with asyncio.timeout(30 if quick else 90):
            while True:
                await asyncio.sleep(0.5)
                async with session.get(f"{base}/log.jsonl") as answer:
                    log = [json.loads(line) for line in (await answer.text()).splitlines()]
                if sum(row["kind"] == "ended" for row in log) >= callers:
                    return log


def beyond_graph(log: Iterable[Row]) -> Iterator[float]:
    """Of each key, from the notification that tells it to the request for the next prompt, without
    Graph's answer to the request that stops the one before."""
    by_call: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in log:
        call = str(row.get("call")).lower()
        if row["kind"] == "notification" and "tone" in row["what"]:
            by_call[call].append((row["at"] - row["ms"], "key"))
        elif row["kind"] == "request" and row["op"] == "playPrompt":
            by_call[call].append((row["at"], "prompt"))
    for rows in by_call.values():
        for (at, what), (then, following) in pairwise(sorted(rows)):
            if (what, following) == ("key", "prompt"):
                yield max(0, then - at - GRAPH_MS)


def lateness(log: Iterable[Row]) -> list[float]:
    """How far keys were from where the scene put them: what a busy machine adds by itself."""
    pressed: dict[str, list[int]] = defaultdict(list)
    for row in log:
        if row["kind"] == "key":
            pressed[row["leg"]].append(row["at"])
    apart = (then - at for ats in pressed.values() for at, then in pairwise(sorted(ats)))
    return [float(abs(each - BETWEEN_MS)) for each in apart]


# --- the engine alone


def _cost(*, quick: bool) -> Figure:
    """A key that leads from menu to menu, against an event in the life of a contact."""
    keys, rounds = (200, 1) if quick else (KEYS, ROUNDS)
    lives = max(1, keys // engine.EVENTS)
    beside = engine.floor(*engine.SMALL, in_line=False)
    with machine.on(machine.SERVER):
        ordinary = 1e6 / engine.events_per_s([beside], lives, rounds)[0]
        key = min(_us_per_key(keys) for _ in range(rounds))
    return Figure(
        row="menu",
        what="cost of a key in a menu, against one event of a contact, engine alone",
        measured=round(key / ordinary, 2),
        unit="x",
        most=MOST_RATIO,
        detail={"us/key": round(key, 1), "us/event": round(ordinary, 1)},
    )


def _us_per_key(keys: int) -> float:
    told = Engine(_menus(), State(epoch=1))
    told.handle(OwnerChanged(epoch=1), 1_000)
    caller = engine.NUMBER
    told.handle(CallIncoming(call="c", app="app", account="", caller=caller), 2_000)
    told.handle(CallEstablished(call="c"), 2_100)
    gc.collect()
    began = time.process_time()
    for n in range(keys):
        step = told.handle(ToneHeard(call="c", sequence=n + 1, tone="1"), 3_000 + n)
        assert step.commands
    return (time.process_time() - began) / keys * 1e6


def _menus() -> Plan:
    to_desk = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.QUEUE, ref="desk"))
    menus = (
        Menu(name="one", prompt="plan:one", keys={"1": Goto(step="two")}, otherwise=to_desk),
        Menu(name="two", prompt="plan:two", keys={"1": Goto(step="one")}, otherwise=to_desk),
    )
    return Plan(
        tenant="t",
        entry_points=(EntryPoint(name="menu", flow="main"),),
        queues=(Queue(name="desk"),),
        flows=(Flow(name="main", start="one", menus=menus),),
        default_entry_point="menu",
    )
