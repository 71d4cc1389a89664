"""Presence of many people, though part of it cannot be read."""

import json
from typing import Any

import pytest
from kit.fake_transport import FakeTransport

from graph.errors import Throttled
from graph.presence import Presences
from graph.transport import GraphRequest


def asked_ids(request: GraphRequest) -> list[str]:
    return list(json.loads(request.body or b"")["ids"])


def everyone_available(request: GraphRequest) -> Any:
    return {
        "value": [
            {"id": user_id.upper(), "availability": "Available", "activity": "Available"}
            for user_id in asked_ids(request)
        ]
    }


async def test_everyone_is_read_650_at_a_time() -> None:
    transport = FakeTransport(everyone_available)
    ids = [f"u{n}" for n in range(1400)]
    read = await Presences(transport=transport, tenant_id="t").read([*ids, "U7"])
    assert [presence.user_id for presence in read.presences] == ids
    assert [len(asked_ids(request)) for request in transport.sent] == [650, 650, 100]
    assert read.failures == ()


async def test_a_part_that_cannot_be_read_spoils_no_other() -> None:
    throttled = Throttled("slow down", status=429)

    def answer(request: GraphRequest) -> Any:
        return throttled if "u700" in asked_ids(request) else everyone_available(request)

    ids = [f"u{n}" for n in range(1400)]
    read = await Presences(transport=FakeTransport(answer), tenant_id="t").read(ids)
    assert len(read.presences) == 750
    (failure,) = read.failures
    assert failure.error is throttled
    assert failure.user_ids == tuple(ids[650:1300])


async def test_nobody_asked_for_means_nothing_sent() -> None:
    transport = FakeTransport(everyone_available)
    assert (await Presences(transport=transport, tenant_id="t").read([])).presences == ()
    assert transport.sent == []


@pytest.mark.parametrize(
    ("told", "availability", "activity"),
    [
        ({"availability": "busy", "activity": "InACall"}, "busy", "InACall"),
        ({"availability": None}, "PresenceUnknown", "PresenceUnknown"),
        ({"availability": 7, "activity": ["x"]}, "PresenceUnknown", "PresenceUnknown"),
        ({"activity": "a\x00"}, "PresenceUnknown", "a\ufffd"),
    ],
)
async def test_a_value_that_cannot_be_read_is_unknown(
    told: Any, availability: str, activity: str
) -> None:
    transport = FakeTransport(lambda _: {"value": [{"id": "u", "sequenceNumber": "A0", **told}]})
    (presence,) = (await Presences(transport=transport, tenant_id="t").read(["u"])).presences
    assert (presence.availability, presence.activity) == (availability, activity)
    assert presence.sequence == "A0"


@pytest.mark.parametrize("told", [None, {}, {"value": 7}, {"value": [7, {}, {"id": "stranger"}]}])
async def test_an_answer_about_nobody_we_asked_for_is_empty(told: Any) -> None:
    transport = FakeTransport(lambda _: told)
    read = await Presences(transport=transport, tenant_id="t").read(["u"])
    assert (read.presences, read.failures) == ((), ())
