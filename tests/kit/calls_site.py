"""POST /api/calls on a real port, behind the product's own listener, with what became of it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from kit.scripted_engine import PLAN, Outbox, ScriptedEngine
from kit.scripted_graph import ScriptedGraph
from kit.token_issuer import AUDIENCE, TENANT, Clock, Issuer

from bot.metrics.meter import Silent
from bot.outage_notes import OutageNotes
from bot.owner.desk import Desk
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from bot.rescue import Rescue
from bot.tasks import OnCrash, TaskSet
from bot.web.calls import LARGEST, CallsWebhook, validator_config
from bot.web.connections import Connections, Limits
from graph.calls import Calls
from graph.inbound_auth import TokenValidator
from routing.events import Event
from routing.state import State
from store.contract import Store
from store.database import open_store

GOOD = "good"
OTHER = "11111111-1111-1111-1111-111111111111"


@dataclass
class Wall:
    clock: Clock

    def now(self) -> int:
        return self.clock()


@dataclass
class Site:
    """The endpoint, its signer, and what became of what was posted."""

    issuer: Issuer
    http: aiohttp.ClientSession
    connections: Connections
    port: int
    engine: ScriptedEngine
    loop: TenantLoop
    graph: ScriptedGraph
    notes: Path
    looked: list[str] = field(default_factory=list[str])
    counts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def post(
        self,
        body: object,
        *,
        token: str | None = GOOD,
        path: str = "/api/calls",
        **headers: str,
    ) -> aiohttp.ClientResponse:
        data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
        if token is not None:
            headers["Authorization"] = self.issuer.header() if token == GOOD else token
        return await self.http.post(path, data=data, headers=headers)

    @property
    def events(self) -> list[Event]:
        return [event for event, _ in self.engine.heard]


class Counting(Silent):
    def __init__(self, counts: list[tuple[str, str]]) -> None:
        self.counts = counts

    def count(self, name: str, reason: str = "") -> None:
        self.counts.append((name, reason))


@asynccontextmanager
async def calls_site(folder: Path, limits: Limits | None = None) -> AsyncIterator[Site]:
    """The endpoint, until it is left."""
    issuer = Issuer(Clock())
    await issuer.start()
    clock = Wall(issuer.clock)
    counts: list[tuple[str, str]] = []
    meter = Counting(counts)
    tasks = TaskSet()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(issuer.close)
        store = await open_store("sqlite://", monotonic=lambda: 0)
        stack.push_async_callback(store.close)
        stack.push_async_callback(tasks.stop)
        loop = TenantLoop(
            tenant=TENANT, plan=PLAN, store=store, clock=clock, meter=meter, monotonic=lambda: 0
        )
        loop.outward = Outbox()
        tasks.run("loop", loop.run())
        engine = await sit_down(loop, store)
        graph = ScriptedGraph(clock=clock)  # type: ignore[arg-type]
        calls = {AUDIENCE: Calls(transport=graph, tenant_id=TENANT, app_id=AUDIENCE)}
        http = await stack.enter_async_context(aiohttp.ClientSession())
        looked: list[str] = []
        connections = Connections(lambda reason: counts.append(("broken", reason)), limits)
        webhook = CallsWebhook(
            loop=loop,
            validator=TokenValidator(
                validator_config((AUDIENCE,), (TENANT, OTHER), issuer.openid_url),
                http,
                issuer.clock,
                spawn=lambda work: tasks.run("keys", work),
            ),
            rescue=Rescue(
                calls=calls, plan=lambda: PLAN, state=loop.state, clock=clock, meter=meter
            ),
            notes=OutageNotes(folder / "outage.jsonl"),
            clock=clock,
            meter=meter,
            look=looked.append,
            body_within_s=connections.limits.body_s,
        )
        app = web.Application(client_max_size=LARGEST, middlewares=[connections.attend])
        app.add_routes(webhook.routes())
        url = await stack.enter_async_context(connections.listening(app, "127.0.0.1", 0))
        tasks.start("connections", connections.watch, OnCrash.RESTART)
        yield Site(
            issuer=issuer,
            http=await stack.enter_async_context(aiohttp.ClientSession(base_url=url)),
            connections=connections,
            port=int(url.rpartition(":")[2]),
            engine=engine,
            loop=loop,
            graph=graph,
            notes=folder / "outage.jsonl",
            looked=looked,
            counts=counts,
        )


async def sit_down(loop: TenantLoop, store: Store) -> ScriptedEngine:
    """Make the loop the owner, with an engine that only listens."""
    ownership = await store.acquire(TENANT, "test")
    assert ownership is not None
    engine = ScriptedEngine(PLAN, State(epoch=1))
    desk = Desk(
        ownership=ownership,
        engine=engine,  # type: ignore[arg-type]  # has the same methods
        known=Known(1000),
        spellings=Spellings(engine.state),
        taken=Known(1000),
    )
    loop.sit_down(desk, [])
    return engine


def incoming(call: str = "c1") -> dict[str, object]:
    return {
        "changeType": "created",
        "resourceUrl": f"/communications/calls/{call}",
        "resourceData": {
            "@odata.type": "#microsoft.graph.call",
            "state": "incoming",
            "source": {"identity": {"phone": {"id": "+14255550100"}}},
        },
    }


def established(call: str = "c1") -> dict[str, object]:
    data = {"@odata.type": "#microsoft.graph.call", "state": "established"}
    url = f"/communications/calls/{call}"
    return {"changeType": "updated", "resourceUrl": url, "resourceData": data}


def batch(*items: object) -> dict[str, object]:
    return {"@odata.type": "#microsoft.graph.commsNotifications", "value": list(items)}
