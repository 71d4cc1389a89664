"""Where each agent of a queue is counted: in exactly one place, in the order that matters."""

from __future__ import annotations

from typing import Any

import pytest

from routing.agent_activity import Activity, activity
from routing.plan import Preset, Queue
from routing.presence import Presence
from routing.state import Agent, AgentState

CASES: list[tuple[dict[str, Any], Activity]] = [
    ({}, Activity.AVAILABLE),
    ({"presence": Presence.AWAY}, Activity.AWAY),
    ({"back_off": "declined"}, Activity.AWAY),
    ({"ready": False}, Activity.NOT_READY),
    ({"ready": False, "presence": Presence.AWAY}, Activity.NOT_READY),
    ({"state": AgentState.RESERVED}, Activity.RINGING),
    ({"may_ring": "timed_out"}, Activity.RINGING),
    ({"may_ring": "timed_out", "ready": False}, Activity.RINGING),
    ({"state": AgentState.ON_CONTACT}, Activity.TALKING),
    ({"state": AgentState.PRESUMED, "ready": False}, Activity.TALKING),
    ({"state": AgentState.WRAP_UP}, Activity.WRAP_UP),
    ({"state": AgentState.NOT_RESPONDING, "presence": Presence.AWAY}, Activity.NOT_RESPONDING),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_what_an_agent_does(fields: dict[str, Any], expected: Activity) -> None:
    told = {"id": "a", "upn": "a@contoso.example", "presence": Presence.AVAILABLE} | fields
    assert activity(Agent(**told), Queue(name="support")) is expected


def test_a_queues_own_gate_decides_who_is_available() -> None:
    busy = Agent(id="a", upn="a@contoso.example", presence=Presence.BUSY)
    assert activity(busy, Queue(name="strict")) is Activity.AWAY
    assert activity(busy, Queue(name="busy", presence=Preset.BUSY_OK)) is Activity.AVAILABLE
