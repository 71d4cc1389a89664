"""What is counted is documented, bounded and readable by Prometheus."""

import ast
import asyncio
from pathlib import Path

import pytest
from kit.floor_desk import Desk, plan
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics.gauges import live_gauges
from bot.metrics.telemetry import (
    COUNTERS,
    FACT_COUNTERS,
    FACT_HISTOGRAMS,
    GAUGES,
    HISTOGRAMS,
    MOST_REASONS,
    Gauge,
    Telemetry,
)
from console.board import board
from routing.facts import Fact, FactKind
from routing.plan import Queue
from routing.wait_memory import WaitMemory

ROOT = Path(__file__).parents[2]
NAMES = {row.name for row in (*COUNTERS, *HISTOGRAMS)}


def values(telemetry: Telemetry, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one metric, by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(telemetry.page().decode())
        for sample in family.samples
        if sample.name == f"switchboard_{name}"
    }


def told_in_the_source() -> set[str]:
    """Every name that some module tells the meter."""
    found: set[str] = set()
    for file in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr not in ("count", "observe") or not node.args:
                continue
            if not ast.unparse(node.func.value).endswith(("meter", "telemetry")):
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant):
                found.add(str(name.value))
            elif isinstance(name, ast.JoinedStr):
                found.add(str(getattr(name.values[0], "value", "")).rstrip("_"))
    return found


def test_every_name_in_the_source_has_a_metric() -> None:
    told = told_in_the_source()
    assert len(told) > 15
    assert told - NAMES == set()
    # These are told through a function that was handed on.
    assert NAMES - told == {
        "task_crashes",
        "loop_lag",
        "chat_requests",
        "connections_broken",
    }


def test_counting() -> None:
    telemetry = Telemetry()
    telemetry.count("notifications", "CallIncoming")
    telemetry.count("notifications", "CallIncoming")
    telemetry.count("swept")
    assert values(telemetry, "notifications_total") == {("CallIncoming",): 2}
    assert values(telemetry, "swept_total") == {(): 1}


def test_measuring() -> None:
    telemetry = Telemetry()
    telemetry.observe("commit", 3.2)
    telemetry.observe("effect_Answer", 40)
    telemetry.observe("graph_GET participants", 12)
    assert values(telemetry, "commit_ms_sum") == {(): 3.2}
    assert values(telemetry, "effect_ms_count") == {("Answer",): 1}
    assert values(telemetry, "graph_ms_sum") == {("GET participants",): 12}


def test_a_name_without_a_metric_is_counted_as_such() -> None:
    telemetry = Telemetry()
    telemetry.count("surprises", "party")
    telemetry.observe("surprise", 5)
    telemetry.observe("swept", 5)
    assert values(telemetry, "uncatalogued_total") == {
        ("surprises",): 1,
        ("surprise",): 1,
        ("swept",): 1,
    }


def test_labels_are_bounded() -> None:
    telemetry = Telemetry()
    for number in range(MOST_REASONS + 500):
        telemetry.count("notifications_odd", f"problem {number}")
    told = values(telemetry, "notifications_odd_total")
    assert len(told) == MOST_REASONS + 1
    assert told["other",] == 500


def test_facts_become_counts() -> None:
    telemetry = Telemetry()
    telemetry.saw(
        [
            Fact(kind=FactKind.CONTACT_ANSWERED, at=1),
            Fact(kind=FactKind.OFFER_ENDED, at=1, detail={"outcome": "declined"}),
            Fact(kind=FactKind.CONTACT_CONNECTED, at=1, detail={"waited_ms": 7_000}),
            Fact(
                kind=FactKind.CONTACT_ENDED,
                at=1,
                detail={"outcome": "answered", "reason": "talk over"},
            ),
            Fact(kind=FactKind.AGENT_CHANGED, at=1),
        ]
    )
    assert values(telemetry, "answered_total") == {(): 1}
    assert values(telemetry, "offers_total") == {("declined",): 1, ("accepted",): 1}
    assert values(telemetry, "contacts_total") == {("answered",): 1}
    assert values(telemetry, "contact_ends_total") == {("talk over",): 1}
    assert values(telemetry, "wait_ms_sum") == {(): 7_000}


def test_expected_waits_are_counted_by_whether_they_held() -> None:
    telemetry = Telemetry()
    told = {"quotes": 3, "held": 2, "error_ms": -500, "absolute_error_ms": 4_000}
    telemetry.saw([Fact(kind=FactKind.WAIT_JUDGED, at=1, detail=dict(told))])
    left = Fact(kind=FactKind.CONTACT_LEFT_QUEUE, at=1, detail={"outcome": "exit"})
    telemetry.saw([left, left, Fact(kind=FactKind.CONTACT_ANNOUNCED, at=1)])
    assert values(telemetry, "expected_waits_total") == {("yes",): 2, ("no",): 1}
    assert values(telemetry, "expected_wait_error_ms_sum") == {(): 4_000}
    assert values(telemetry, "visits_total") == {("exit",): 2}
    assert values(telemetry, "announcements_total") == {(): 1}


def test_how_true_expected_waits_were_is_a_gauge_of_each_queue() -> None:
    desk = Desk(plan(Queue(name="support"), Queue(name="sales")))
    memory = WaitMemory(id="support", judged=((1, -60_000, 1), (2, 30_000, 1), (3, 90_000, 0)))
    desk.engine.state.waits["support"] = memory
    telemetry = Telemetry()
    telemetry.gauge(lambda: live_gauges(desk.engine.state, desk.engine.plan, desk.now))
    assert values(telemetry, "expected_wait_mean_error_ms") == {("support",): 60_000}
    assert values(telemetry, "expected_wait_within") == {("support",): 0.667}
    queues = board(desk.engine.state, desk.engine.plan, desk.now)["queues"]
    assert isinstance(queues, list)
    assert queues[0]["expected_waits"] == {
        "judged": 3,
        "mean_absolute_error_ms": 60_000,
        "within": 0.667,
    }
    assert queues[1]["expected_waits"]["judged"] == 0


def test_the_floor_as_gauges() -> None:
    desk = Desk(plan(Queue(name="support"), Queue(name="sales"), legs={"app": 40}), agents=2)
    desk.arrives()
    desk.arrives()
    desk.arrives()
    desk.wait(5_000)
    telemetry = Telemetry()
    telemetry.gauge(lambda: live_gauges(desk.engine.state, desk.engine.plan, desk.now))
    assert values(telemetry, "owner") == {(): 1}
    assert values(telemetry, "waiting") == {("support",): 3, ("sales",): 0}
    assert values(telemetry, "oldest_wait_ms")["support",] >= 5_000
    assert values(telemetry, "legs") == {("app",): 5}
    assert values(telemetry, "legs_limit") == {("app",): 40}
    assert values(telemetry, "agents") == {("reserved",): 2}
    assert values(telemetry, "presence_age_ms")[()] >= 5_000


def test_a_standby_says_only_that() -> None:
    desk = Desk(plan(Queue(name="support")))
    assert [g.value for g in live_gauges(None, desk.engine.plan, 0)] == [0]


def test_every_gauge_is_documented() -> None:
    desk = Desk(plan(Queue(name="support")))
    told = {gauge.name for gauge in live_gauges(desk.engine.state, desk.engine.plan, desk.now)}
    assert told - set(GAUGES) == set()
    page = (ROOT / "docs" / "metrics.md").read_text()
    rows = (*COUNTERS, *FACT_COUNTERS, *HISTOGRAMS, *FACT_HISTOGRAMS)
    assert [row.metric for row in rows if f"`{row.metric}`" not in page] == []
    assert [name for name in GAUGES if f"`switchboard_{name}`" not in page] == []


async def test_a_stalled_loop_is_measured() -> None:
    telemetry = Telemetry()
    watch = asyncio.get_running_loop().create_task(telemetry.watch_lag())
    while not values(telemetry, "loop_lag_ms_count").get(()):
        await asyncio.sleep(0)
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch
    assert values(telemetry, "loop_lag_ms_count")[()] >= 1


def test_two_looks_share_a_family() -> None:
    telemetry = Telemetry()
    for queue in ("a", "b"):
        telemetry.gauge(
            lambda queue=queue: [Gauge(name="waiting", value=1, labels=(("queue", queue),))]  # type: ignore[misc]
        )
    assert values(telemetry, "waiting") == {("a",): 1, ("b",): 1}
