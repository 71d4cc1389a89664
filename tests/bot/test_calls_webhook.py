"""POST /api/calls over real HTTP: who is believed, what is taken, and that nothing upsets it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as some
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
from bot.tasks import TaskSet
from bot.web.calls import LARGEST, CallsWebhook, validator_config
from graph.calls import Calls
from graph.inbound_auth import TokenValidator
from routing.events import CallEstablished, CallIncoming, Event
from routing.state import State
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
    client: TestClient[Any, Any]
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
        return await self.client.post(path, data=data, headers=headers)

    @property
    def events(self) -> list[Event]:
        return [event for event, _ in self.engine.heard]


class Counting(Silent):
    def __init__(self, counts: list[tuple[str, str]]) -> None:
        self.counts = counts

    def count(self, name: str, reason: str = "") -> None:
        self.counts.append((name, reason))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    issuer = Issuer(Clock())
    await issuer.start()
    clock = Wall(issuer.clock)
    tasks = TaskSet()
    store = await open_store("sqlite://", monotonic=lambda: 0)
    counts: list[tuple[str, str]] = []
    meter = Counting(counts)
    loop = TenantLoop(
        tenant=TENANT, plan=PLAN, store=store, clock=clock, meter=meter, monotonic=lambda: 0
    )
    loop.outward = Outbox()
    tasks.run("loop", loop.run())
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
    graph = ScriptedGraph(clock=clock)  # type: ignore[arg-type]
    calls = {AUDIENCE: Calls(transport=graph, tenant_id=TENANT, app_id=AUDIENCE)}
    async with aiohttp.ClientSession() as http:
        validator = TokenValidator(
            validator_config((AUDIENCE,), (TENANT, OTHER), issuer.openid_url),
            http,
            issuer.clock,
            spawn=lambda work: tasks.run("keys", work),
        )
        rescue = Rescue(calls=calls, plan=lambda: PLAN, state=loop.state, clock=clock, meter=meter)
        looked: list[str] = []
        webhook = CallsWebhook(
            loop=loop,
            validator=validator,
            rescue=rescue,
            notes=OutageNotes(tmp_path / "outage.jsonl"),
            clock=clock,
            meter=meter,
            look=looked.append,
        )
        app = web.Application(client_max_size=LARGEST)
        app.add_routes(webhook.routes())
        async with TestClient(TestServer(app)) as client:
            yield Site(
                issuer, client, engine, loop, graph, tmp_path / "outage.jsonl", looked, counts
            )
    await tasks.stop()
    await store.close()
    await issuer.close()


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


async def test_a_call_is_written_down_and_202(site: Site) -> None:
    response = await site.post(batch(incoming()))
    assert (response.status, await response.read()) == (202, b"")
    (event,) = site.events
    assert isinstance(event, CallIncoming)
    assert (event.call, event.app, event.tenant) == ("c1", AUDIENCE, TENANT)


async def test_the_address_names_the_command(site: Site) -> None:
    await site.post(batch(established()), path="/api/calls/3-17")
    assert site.events == [CallEstablished(call="c1", command="3-17")]


async def test_a_batch_of_three_is_three(site: Site) -> None:
    response = await site.post(batch(*(incoming(f"c{n}") for n in range(3))))
    assert response.status == 202
    assert len(site.events) == 3


async def test_the_same_call_three_times_is_one(site: Site) -> None:
    for _ in range(3):
        assert (await site.post(batch(incoming()))).status == 202
    assert len(site.events) == 1


async def test_one_bad_item_does_not_fail_its_batch(site: Site) -> None:
    odd: list[object] = [None, 7, [], "x", {}, {"resourceUrl": 3}, {"changeType": "vanished"}]
    response = await site.post(batch(*odd, incoming()))
    assert response.status == 202
    assert len(site.events) == 1
    assert any(name == "notifications_odd" for name, _ in site.counts)


TOKENS = {
    "missing": lambda _: None,
    "garbage": lambda _: "Bearer garbage",
    "three parts": lambda _: "Bearer a.b.c",
    "no bearer": lambda _: "Basic dXNlcjpwYXNz",
    "empty": lambda _: "",
    "expired": lambda issuer: issuer.header(exp=issuer.clock() // 1000 - 3600),
    "not yet valid": lambda issuer: issuer.header(nbf=issuer.clock() // 1000 + 3600),
    "wrong audience": lambda issuer: issuer.header(aud=OTHER),
    "wrong issuer": lambda issuer: issuer.header(iss="https://evil.example"),
    "forged": lambda issuer: issuer.header(key="mallory", kid="first"),
    "unknown key": lambda issuer: issuer.header(key="mallory"),
    "tampered": lambda issuer: issuer.tampered(),
    "alg none": lambda issuer: issuer.unsigned(),
    "hmac confused": lambda issuer: issuer.signed_with_the_public_key(),
    "no tenant": lambda issuer: issuer.header(tid=None),
    "strange tenant": lambda issuer: issuer.header(tid="22222222-2222-2222-2222-222222222222"),
}


@pytest.mark.parametrize("kind", TOKENS)
async def test_who_is_not_believed_changes_nothing(site: Site, kind: str) -> None:
    token = TOKENS[kind](site.issuer)
    response = await site.post(batch(incoming()), token=token)
    assert response.status in (401, 403)
    assert "error" in await response.json()
    assert site.events == []
    assert (await site.post(batch(incoming()))).status == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b'{"value":7}',
        b"\xff\xfe\x00",
        b"\0",
    ],
)
async def test_what_is_no_notification_is_400(site: Site, body: bytes) -> None:
    response = await site.post(body)
    assert response.status == 400
    assert (await response.json())["error"]
    assert (await site.post(batch(incoming()))).status == 202


async def test_a_body_over_the_limit_is_413(site: Site) -> None:
    response = await site.post(io.BytesIO(b" " * (LARGEST + 1)))
    assert response.status == 413
    assert (await site.post(batch(incoming()))).status == 202


async def test_a_body_that_cannot_be_unpacked_is_400(site: Site) -> None:
    response = await site.post(b"not zipped", **{"Content-Encoding": "gzip"})
    assert response.status == 400
    assert (await site.post(batch(incoming()))).status == 202


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_another_method_is_405(site: Site, method: str) -> None:
    response = await site.client.request(method, "/api/calls")
    assert response.status == 405


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=Windows-1252",
        "application/json; charset=klingon",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
    ],
)
async def test_the_content_type_does_not_matter(site: Site, kind: str) -> None:
    assert (await site.post(batch(incoming()), **{"Content-Type": kind})).status == 202
    assert len(site.events) == 1


@pytest.mark.parametrize("name", ["A\x00B", "\ud800", "é" * 10_000, "\u202e", ""])
async def test_any_name_is_made_safe(site: Site, name: str) -> None:
    item: dict[str, Any] = incoming()
    item["resourceData"]["source"]["identity"]["phone"]["displayName"] = name
    assert (await site.post(batch(item))).status == 202
    (event,) = site.events
    assert isinstance(event, CallIncoming)
    assert "\x00" not in event.caller.name
    assert len(event.caller.name) <= 256
    event.caller.name.encode()


async def test_a_roster_that_is_not_whole_is_asked_for(site: Site) -> None:
    one = {"@odata.type": "#microsoft.graph.participant", "id": "p"}
    url = "/communications/calls/c1/participants/p"
    item = {"changeType": "updated", "resourceUrl": url, "resourceData": [one]}
    assert (await site.post(batch(item))).status == 202
    assert site.looked == ["c1"]


async def test_a_call_of_another_tenant_goes_to_the_fallback_and_is_counted(site: Site) -> None:
    response = await site.post(batch(incoming()), token=site.issuer.header(tid=OTHER))
    assert response.status == 202
    assert site.events == []
    assert site.graph.operations == ["reject"]
    assert ("fallback", "other_tenant") in site.counts
    assert "other_tenant" in site.notes.read_text()


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=12,
)


async def test_any_json_is_4xx_or_202_and_never_blocks_the_next(site: Site) -> None:
    samples: list[object] = []

    @given(JSON)
    def collect(value: object) -> None:
        samples.append(value)
        samples.append({"value": [value]})
        samples.append({"value": [{"changeType": value, "resourceUrl": value}]})
        item = incoming()
        item["resourceData"] = value
        samples.append({"value": [item]})

    collect()
    for sample in samples[::7]:
        response = await site.post(json.dumps(sample).encode("utf-8", "surrogatepass"))
        assert response.status in (202, 400), sample
    assert (await site.post(batch(incoming("last")))).status == 202
    calls = [event.call for event in site.events if isinstance(event, CallIncoming)]
    assert calls[-1] == "last"
