"""Call records: the request as the SDK builds it, and whatever Graph may answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.fake_transport import NOT_FOUND, FakeTransport

from graph.call_records import CallRecords, Failure, Spell, call_record, instant
from graph.errors import GraphError, PermissionMissing, Refused, Throttled

START = 1_767_225_600_000
"""2026-01-01T00:00:00Z"""


def records(answer: Any) -> CallRecords:
    return CallRecords(transport=FakeTransport(lambda _: answer), tenant_id="t")


def endpoint(user: str, key: str = "identity") -> dict[str, Any]:
    told: dict[str, Any] = {"id": user}
    return {key: told if key == "associatedIdentity" else {"user": told}}


def session(**change: Any) -> dict[str, Any]:
    return {
        "id": "s",
        "startDateTime": "2026-01-01T00:00:10.1234567Z",
        "endDateTime": "2026-01-01T00:01:00Z",
        "caller": endpoint("CALLER"),
        "callee": endpoint("Ada", "associatedIdentity"),
        **change,
    }


async def test_the_request_asks_for_sessions_and_segments() -> None:
    transport = FakeTransport(lambda _: {})
    reader = CallRecords(transport=transport, tenant_id="t", app_id="a")
    await reader.read("chain/1", deadline_ms=7)
    (sent,) = transport.sent
    path = "/communications/callRecords/chain%2F1?%24expand=sessions%28%24expand%3Dsegments%29"
    assert (sent.method, sent.path, sent.deadline_ms) == ("GET", path, 7)


async def test_a_record_is_read_with_its_segments() -> None:
    segment = session(startDateTime="2026-01-01T00:00:20Z")
    failed = session(failureInfo={"stage": "midcall", "reason": "lost"}, segments=[segment])
    told = {"id": "r", "version": 2, "startDateTime": "2026-01-01T00:00:00Z", "sessions": [failed]}
    record = await records(told).read("chain")
    assert record is not None
    assert (record.id, record.version, record.began, record.ended) == ("r", 2, START, None)
    whole, part = record.spells
    assert whole == Spell(
        caller="caller",
        callee="ada",
        began=START + 10_123,
        ended=START + 60_000,
        failure=Failure(stage="midcall", reason="lost"),
    )
    assert (part.began, part.failure) == (START + 20_000, None)


async def test_a_record_that_is_not_there_yet_is_none() -> None:
    assert await records(NOT_FOUND).read("chain") is None


async def test_a_missing_permission_is_told_apart() -> None:
    with pytest.raises(PermissionMissing) as refusal:
        await records(Refused("no", status=403, code="Forbidden")).read("chain")
    assert (refusal.value.status, refusal.value.code) == (403, "Forbidden")


@pytest.mark.parametrize("error", [Refused("what", status=400), Throttled("slow", status=429)])
async def test_other_errors_stay_what_they_are(error: GraphError) -> None:
    with pytest.raises(type(error)) as raised:
        await records(error).read("chain")
    assert raised.value is error


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-01-01T00:00:00Z", START),
        ("2026-01-01T00:00:00", START),
        ("2026-01-01T09:00:00+09:00", START),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("9999-12-31T23:59:59-14:00", 253_402_351_199_000),
        ("soon", None),
        ("", None),
        (START, None),
        (None, None),
    ],
)
def test_instants(told: object, at: int | None) -> None:
    assert instant(told) == at


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
DATES = st.datetimes().map(lambda when: when.isoformat() + "Z")
ANY = st.recursive(
    LEAF | DATES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
KEYS = ("startDateTime", "endDateTime", "caller", "callee", "segments", "failureInfo", "sessions")
ODD = st.dictionaries(st.sampled_from(KEYS), ANY | st.lists(ANY, max_size=2))
RECORDS = st.dictionaries(
    st.sampled_from(("id", "version", "sessions", "startDateTime")),
    ANY | st.lists(ODD | st.builds(lambda odd: session(**odd), ODD), max_size=4),
)


@given(ANY | RECORDS)
def test_nothing_that_graph_says_breaks_the_reading(told: Any) -> None:
    record = call_record(told, "asked")
    for spell in record.spells:
        assert isinstance(spell.caller, str)
        assert spell.began is None or isinstance(spell.began, int)
        json.dumps([spell.caller, spell.callee]).encode()


def test_a_record_without_end_is_cut() -> None:
    record = call_record({"sessions": [session()] * 10_000}, "asked")
    assert len(record.spells) == 2_000
