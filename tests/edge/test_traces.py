"""A real call through the whole service, as a collector of OpenTelemetry receives it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.trace_collector import Collector, Received, collecting
from kit.waiting import until
from kit.whole_service import WholeService, whole_service

from bot.metrics.telemetry import Telemetry
from bot.metrics.tracing import ROOT, span_id, trace_id
from emulator.exchange import Leg
from emulator.faults import Fault
from emulator.scripts import ACCEPTS, CallerScript

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "plan.yaml"
CALLER = "+14255557788"


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as one:
        yield one


@pytest.fixture
async def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: Collector
) -> AsyncIterator[WholeService]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    environment = {"SWITCHBOARD_TRACES": "otlp", "SWITCHBOARD_VOICE": "none"}
    async with whole_service(EXAMPLE.read_text(), tmp_path, monkeypatch, environment) as one:
        one.emulator.shell.world.default_behaviour(ACCEPTS)
        await one.hired()
        yield one


def ring(house: WholeService, to: str = "sales") -> Leg:
    shell = house.emulator.shell
    leg = shell.world.place_call(
        CallerScript(to=f"{to}@contoso.example", who=CALLER, talk_ms=500), shell.now()
    )
    shell.pump()
    return leg


def told_chain(house: WholeService, leg: Leg) -> str:
    """The callChainId, as Graph's notifications tell it."""
    calls = house.emulator.shell.world.exchange.calls.values()
    (call,) = [each for each in calls if each.id == leg.call]
    return call.chain_id


async def whole(collector: Collector) -> list[Received]:
    """The spans of the one contact, once its root is there."""

    async def root() -> bool:
        return bool(collector.named("contact"))

    await until(root, within_s=60)
    return collector.spans


async def test_a_call_is_one_trace_from_notification_to_request(
    house: WholeService, collector: Collector
) -> None:
    leg = ring(house)
    chain = told_chain(house, leg)
    spans = await whole(collector)
    (root,) = collector.named("contact")
    contact = str(root.said["switchboard.contact"])
    tenant = house.app.outside.settings.tenant_id
    assert {each.trace for each in spans} == {f"{trace_id(tenant, contact):032x}"}
    assert root.id == f"{span_id(tenant, contact, ROOT):016x}"
    assert root.parent == ""
    assert {each.parent for each in spans if each is not root} == {root.id}
    names = {each.name for each in spans}
    assert names >= {
        "contact", "waiting", "offer", "talking", "event CallIncoming", "event CallEstablished",
        "graph answer", "graph playPrompt", "graph invite", "event RosterChanged",
    }  # fmt: skip
    assert {each.said["switchboard.call_chain_id"] for each in spans} == {chain}
    assert {each.said["switchboard.contact"] for each in spans} == {contact}
    assert len({each.id for each in spans}) == len(spans)
    assert all(each.start_ns <= each.end_ns for each in spans)


async def test_the_agents_own_leg_belongs_to_the_callers_trace(
    house: WholeService, collector: Collector
) -> None:
    """`consult` makes a second call, which has no id of Graph's when it is asked for."""
    ring(house, "support")

    async def transferred() -> bool:
        return bool(collector.named("graph transfer"))

    await until(transferred, within_s=60)
    (made,) = collector.named("graph create call")
    assert made.said["http.response.status_code"] == 201
    assert {each.trace for each in collector.spans} == {made.trace}
    assert len(collector.named("event CallEstablished")) == 2


async def test_the_parts_of_a_call_follow_each_other(
    house: WholeService, collector: Collector
) -> None:
    ring(house)
    await whole(collector)
    (root,), (waited,) = collector.named("contact"), collector.named("waiting")
    (offer,), (talked,) = collector.named("offer"), collector.named("talking")
    assert root.start_ns <= waited.start_ns <= offer.start_ns
    assert waited.end_ns <= talked.start_ns
    assert offer.end_ns == talked.start_ns
    assert talked.end_ns <= root.end_ns
    assert root.said["switchboard.outcome"] == "answered"
    assert root.said["switchboard.delivery"] == "group_call"
    assert root.said["switchboard.entry_point"] == "sales"
    assert waited.said["switchboard.outcome"] == "answered"
    assert offer.said["switchboard.outcome"] == "accepted"
    (answer,) = collector.named("graph answer")
    assert answer.said["http.response.status_code"] == 202
    assert not answer.is_failed


async def test_a_throttled_request_says_for_how_long(
    house: WholeService, collector: Collector
) -> None:
    rule = {"kind": "429", "op": "answer", "retry_after": 1}
    house.emulator.shell.world.faults.add(Fault.from_json(rule))
    ring(house)
    await whole(collector)
    refused, answered = sorted(collector.named("graph answer"), key=lambda each: each.start_ns)
    assert refused.is_failed
    assert refused.said["http.response.status_code"] == 429
    assert refused.said["switchboard.retry_after_ms"] == 1_000
    assert answered.start_ns >= refused.end_ns + 900_000_000


async def test_no_number_name_token_or_prompt_leaves(
    house: WholeService, collector: Collector
) -> None:
    ring(house)
    await whole(collector)
    sent = b"".join(collector.bodies)
    shell = house.emulator.shell
    people = shell.world.config.people
    secret = {CALLER, CALLER[1:], CALLER[-7:], "eyJ", "Bearer", "@contoso", ".wav", "Welcome"}
    secret |= {text for one in people for text in (one.upn, one.name, one.id)}
    secret |= {*shell.identity._tokens, shell.identity.identity_header}
    assert [text for text in secret if text.encode() in sent] == []
    assert b"switchboard.contact" in sent


async def test_a_collector_that_refuses_costs_a_count_and_one_line(
    house: WholeService, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    meter = house.app.outside.meter
    assert isinstance(meter, Telemetry)
    ring(house)

    async def lost() -> bool:
        return 'switchboard_spans_total{outcome="failed"}' in meter.page().decode()

    await until(lost, within_s=60)
    first = len(collector.bodies)

    async def again() -> bool:
        return len(collector.bodies) > first

    await until(again, within_s=60)
    lines = [each for each in caplog.records if "traces are lost" in each.getMessage()]
    assert len(lines) == 1
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]
