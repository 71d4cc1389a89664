"""Whatever is posted: a clear refusal or a counted 202, and the service goes on."""

import asyncio
import copy
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from kit.live_floor import BLIND, CONSULT, GROUP, WAITING
from kit.live_house import LiveHouse
from kit.peer import peer
from kit.waiting import until

from emulator.scripts import Step

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live input"),  # one house, one worker
]

NO_NOTIFICATIONS = [
    b"",
    b"   ",
    b"{",
    b"null",
    b"true",
    b"7",
    b"[]",
    b"[{}]",
    b'"x"',
    b"{}",
    b'{"value":null}',
    b'{"value":7}',
    b'{"value":"x"}',
    b"\xff\xfe\x00",
    b"\0",
    b"<xml/>",
    b"[" * 100_000,
    b'{"value":' + b"[" * 5_000 + b"]" * 5_000,
]
ODD: list[Any] = [
    None,
    7,
    "x",
    [],
    {},
    {"changeType": None, "resourceUrl": None, "resourceData": None},
    {"changeType": "created", "resourceUrl": "/communications/calls/", "resourceData": {}},
    {"changeType": 7, "resourceUrl": "/communications/calls/x", "resourceData": {}},
    {"changeType": "exploded", "resourceUrl": "/communications/calls/x", "resourceData": {}},
    {"changeType": "updated", "resourceUrl": "/communications/calls/x", "resourceData": 7},
    {"changeType": "updated", "resourceUrl": ["x"], "resourceData": [[]]},
    {
        "changeType": "updated",
        "resourceUrl": "/communications/calls/x",
        "resourceData": {"@odata.type": "#microsoft.graph.call", "state": "levitating"},
    },
    {
        "changeType": "updated",
        "resourceUrl": "/communications/calls/x/dreams/1",
        "resourceData": {"@odata.type": "#microsoft.graph.dream"},
    },
]
UNKNOWN_CALL = [
    ("updated", "", {"@odata.type": "#microsoft.graph.call", "state": "established"}),
    ("updated", "", {"toneInfo": {"sequenceId": 1, "tone": "tone1"}}),
    ("updated", "/participants", [{"@odata.type": "#microsoft.graph.participant", "id": "x"}]),
    (
        "deleted",
        "/operations/9",
        {"@odata.type": "#microsoft.graph.playPromptOperation", "status": "completed"},
    ),
    ("deleted", "", {"@odata.type": "#microsoft.graph.call", "state": "terminated"}),
]
NAMES = {
    "nul": "\0",
    "nul within": "a\0b",
    "lone surrogate": "\ud800",
    "the other half": "x\udfffy",
    "long": "\U0001f600" * 9_000,
    "sql": "\u202e'; DROP TABLE live;--",
}


COUNTED = ("notifications_total", "notifications_odd_total")


async def counted(house: LiveHouse) -> float:
    told = await house.service.metrics()
    return sum(told[name] for name in told if name.startswith(COUNTED))


async def test_what_is_no_notification_is_400(at_rest: LiveHouse) -> None:
    house = at_rest
    for body in NO_NOTIFICATIONS:
        status, text = await house.post(body)
        assert status == 400, body[:40]
        assert json.loads(text)["error"]
    await house.a_normal_call_connects()


async def test_a_body_over_a_mebibyte_is_413_also_when_its_length_is_not_told(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    big = b'{"value":[' + b" " * (1 << 20) + b"]}"
    assert (await house.post(big))[0] == 413

    async def pieces() -> Any:
        for start in range(0, len(big), 1 << 16):
            yield big[start : start + (1 << 16)]

    headers = {"Authorization": f"Bearer {house.token()}"}
    async with house.http.post(house.url + "/api/calls", data=pieces(), headers=headers) as told:
        assert told.status == 413
    await house.a_normal_call_connects()


async def test_other_methods_and_places_are_405_and_404(at_rest: LiveHouse) -> None:
    house = at_rest
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert (await house.post({"value": []}, method=method))[0] == 405, method
    for path in ("/api/calls/a/b", "/api/call", "/api/calls/../../etc/passwd"):
        assert (await house.post({"value": []}, path=path))[0] in (404, 405), path


async def test_the_type_that_is_claimed_does_not_matter(at_rest: LiveHouse) -> None:
    house = at_rest
    for kind in ("text/plain", "application/json; charset=Windows-1252", "x", "application/xml"):
        leg = house.unheard(WAITING)
        body = {"value": [house.incoming(leg)]}
        status, _ = await house.post(body, headers={"Content-Type": kind})
        assert status == 202, kind
        await house.answered(leg)


async def test_odd_items_are_counted_and_spoil_none_beside_them(at_rest: LiveHouse) -> None:
    house = at_rest
    for item in ODD:
        before = await counted(house)
        leg = house.unheard(WAITING)
        status, _ = await house.post({"value": [item, house.incoming(leg), item]})
        assert status == 202, item
        # The call is one, and each odd thing beside it another.
        assert await counted(house) >= before + 3, item
        await house.answered(leg)


async def test_news_of_a_call_nobody_knows_are_taken_and_counted(at_rest: LiveHouse) -> None:
    house = at_rest
    for number, (change, part, data) in enumerate(UNKNOWN_CALL):
        before = await counted(house)
        item = {
            "changeType": change,
            "resourceUrl": f"/communications/calls/unheard-of-{number}{part}",
            "resourceData": data,
        }
        assert (await house.post({"value": [item]}))[0] == 202
        assert await counted(house) == before + 1
    await house.a_normal_call_connects()


async def test_any_name_of_a_caller_is_served(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = []
    for name in NAMES.values():
        leg = house.unheard(CONSULT)
        item = copy.deepcopy(house.incoming(leg))
        data = item["resourceData"]
        data["callChainId"] = name
        sets = [data["source"]["identity"], *(target["identity"] for target in data["targets"])]
        for identity in sets:
            for who in identity.values():
                if isinstance(who, dict):
                    who["displayName"] = name
        assert (await house.post({"value": [item]}))[0] == 202, name
        legs.append(leg)
    await house.connected(*legs)


async def test_the_same_call_three_times_is_answered_once(at_rest: LiveHouse) -> None:
    house = at_rest
    leg = house.unheard(WAITING)
    body = {"value": [house.incoming(leg)]}
    for _ in range(3):
        assert (await house.post(body))[0] == 202
    await house.queued(leg)
    assert (await house.post(body))[0] == 202
    assert [r.status for r in house.requests("answer", call=leg.call)] == [202]
    board = await house.service.get("/api/board", house.supervisor())
    callers = [c for c in board["contacts"] for call in c["calls"] if call["call"] == leg.call]
    assert len(callers) == 1


async def test_a_batch_of_three_answers_three(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = [house.unheard(to) for to in (CONSULT, GROUP, BLIND)]
    items = [house.incoming(leg) for leg in legs]
    assert (await house.post({"value": [*items, items[0]]}))[0] == 202
    await house.connected(*legs)
    assert [len(house.requests("answer", call=leg.call)) for leg in legs] == [1, 1, 1]


# --- connections that are none


async def test_five_hundred_idle_connections_keep_no_call_out(at_rest: LiveHouse) -> None:
    house = at_rest
    async with AsyncExitStack() as stack:
        for number in range(500):
            rude = await stack.enter_async_context(peer(house.service.port))
            rude.say("POST /api/calls HTTP/1.1\r\nHo"[: number % 30])
        await house.a_normal_call_connects()


async def test_a_hundred_aborted_bodies_are_counted_and_do_not_fill_the_log(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    counted = 'connections_broken_total{reason="aborted"}'
    before, begun = await house.service.metric(counted), len(house.service.log_tail(10_000))
    for _ in range(100):
        async with peer(house.service.port) as rude:
            rude.say(
                "POST /api/calls HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                f"Authorization: Bearer {house.token()}\r\nContent-Length: 5000\r\n\r\n"
            )
            await rude.hear_status()  # 100: it is waited for
            rude.say('{"value":[')

    async def all_counted() -> bool:
        return await house.service.metric(counted) == before + 100

    await until(all_counted)
    told = house.service.log_tail(10_000)[begun:]
    assert "Traceback" not in told
    assert told.count("connections broke off") <= 1
    await house.a_normal_call_connects()


# --- any JSON string in any field

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> list[Path]:
    """Every place in a JSON document."""
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [p for key, inner in value.items() for p in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return here + [p for key, inner in enumerate(value) for p in leaves(inner, (*path, key))]
    return here


def changed(value: Any, path: Path, new: object) -> Any:
    spoiled = copy.deepcopy(value)
    inner = spoiled
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return spoiled


ANY_STRING = some.text(some.characters(exclude_categories=()), max_size=40) | some.sampled_from(
    ["", "x" * 5_000, "deleted", "created", "updated", "terminated", "incoming", "established"]
)
ANY_VALUE = ANY_STRING | some.sampled_from(
    [None, True, 0, -1, 2**63, 2**70, 1e308, [], {}, [None], {"": {}}, [[[]]]]
)
SYSTEMATIC = ("\0", "\ud800")
TOGETHER = 12


async def whole_lives(house: LiveHouse) -> list[Any]:
    """Bodies of real notifications, one of every kind, of calls that are over and of a live one."""
    began = house.world.log.count
    una = {"kind": "user", "who": "una.user@contoso.example"}
    key = Step(do="key", on="answered", after_ms=200, key="5")
    legs = [
        house.call(CONSULT, **una, transferred_by=GROUP, steps=(key,)),
        house.call(GROUP, kind="guest", forwarded_from="+14255550166"),
        house.call(BLIND),
    ]
    await house.connected(*legs)
    await house.everybody_leaves()
    waiting = house.call(WAITING)
    await house.queued(waiting)
    posted = [r for r in house.records("notification") if r.seq >= began]
    ended = {(*r.what, r.call in (leg.call for leg in legs)): r.body for r in posted}
    alive = {r.what: r.body for r in posted if r.call == waiting.call}
    assert {"incoming", "established", "terminated", "roster", "tone"} <= {w for w, *_ in ended}
    return [*ended.values(), *alive.values()]


def spoiled(bodies: list[Any]) -> list[Any]:
    """Any JSON value in any field, and in every field what databases trip over."""
    places = [(body, path) for body in bodies for path in leaves(body)]
    found = [changed(*place, new) for place in places for new in SYSTEMATIC]

    @settings(max_examples=250, database=None)
    @given(some.integers(0, 1 << 30), ANY_VALUE)
    def draw(where: int, new: object) -> None:
        found.append(changed(*places[where % len(places)], new))

    draw()
    return found


async def test_any_json_in_any_field_is_never_5xx_and_never_blocks_the_next(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    samples = spoiled(await whole_lives(house))
    for start in range(0, len(samples), TOGETHER):
        some_of_them = samples[start : start + TOGETHER]
        leg = house.unheard(WAITING)
        good = {"value": [house.incoming(leg)]}
        told = await asyncio.gather(*(house.post(body) for body in (*some_of_them, good)))
        bad = [(s, body) for (s, _), body in zip(told, some_of_them, strict=False) if s >= 500]
        assert not bad
        assert told[-1][0] == 202
        await house.answered(leg, within_s=2.0)
        house.hang_up(leg)
    after = await house.service.metrics()
    assert not [name for name in after if name.startswith(("poisoned", "task_crashes"))]
    assert after["takeovers_total"] == 1
    for to in (CONSULT, GROUP, BLIND):
        await house.a_normal_call_connects(to)
