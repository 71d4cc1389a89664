"""Graph is unwell while callers ring: by its own log each is answered, sent on or told busy.

Graph gives a call up that rings for 15 s. All these callers ring at once, so the whole table takes
one such time.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from kit.live_floor import CONSULT, FALLBACK, WAITING
from kit.live_house import LiveHouse
from kit.waiting import until

from emulator.exchange import Leg
from emulator.log import Requested

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live graph"),  # one house, one worker
    # What the database does is no matter here.
    pytest.mark.parametrize("house", ["sqlite"], indirect=True),
]

RINGS_MS = 15_000
WAYS_OUT = ("answer", "redirect", "reject")
FOR_EVER = 0


def throttled(op: str, retry_after: int | None, times: int = 1) -> dict[str, Any]:
    return {"kind": "429", "op": op, "retry_after": retry_after, "times": times}


@dataclass(frozen=True, kw_only=True)
class Day:
    """What goes wrong for one caller, and what becomes of them all the same."""

    ends: str
    faults: list[dict[str, Any]]
    reason: str = ""
    failed: list[str] = field(default_factory=list[str])
    """The refusals that failed on the way, as they are counted."""


DAYS: dict[str, Day] = {
    "429, 5 s": Day(ends="answer", faults=[throttled("answer", 5)]),
    "429, 5 s, twice": Day(ends="answer", faults=[throttled("answer", 5, times=2)]),
    "429, 20 s": Day(ends="answer", faults=[throttled("answer", 20)]),
    "429, no time": Day(ends="answer", faults=[throttled("answer", None, times=4)]),
    "500 four times": Day(ends="answer", faults=[{"kind": "500", "op": "answer", "times": 4}]),
    "reset four times": Day(ends="answer", faults=[{"kind": "reset", "op": "answer", "times": 4}]),
    "nor does it say how the call stands": Day(
        ends="answer",
        faults=[{"kind": "reset", "op": "answer"}, {"kind": "503", "op": "get", "times": 6}],
    ),
    "a revoked token": Day(ends="answer", faults=[{"kind": "401", "op": "answer"}]),
    "429, 5 s, for ever": Day(
        ends="redirect",
        faults=[throttled("answer", 5, FOR_EVER)],
        reason="answer: throttled",
    ),
    "429, no time, for ever": Day(
        ends="redirect",
        faults=[throttled("answer", None, FOR_EVER)],
        reason="answer: throttled",
    ),
    "reset for ever": Day(
        ends="redirect",
        faults=[{"kind": "reset", "op": "answer", "times": FOR_EVER}],
        reason="answer: unavailable",
    ),
    "no token is good": Day(
        ends="redirect",
        faults=[{"kind": "401", "op": "answer", "times": FOR_EVER}],
        reason="answer: refused",
    ),
    "429, 20 s, and the redirect too, once": Day(
        ends="redirect",
        faults=[throttled("answer", 20, FOR_EVER), throttled("redirect", 20)],
        reason="answer: throttled",
    ),
    "429, 5 s, and the redirect too, once": Day(
        ends="redirect",
        faults=[throttled("answer", 5, FOR_EVER), throttled("redirect", 5)],
        reason="answer: throttled",
    ),
    "429, 20 s, and the redirect too": Day(
        ends="reject",
        faults=[throttled("answer", 20, FOR_EVER), throttled("redirect", 20, FOR_EVER)],
        reason="answer: throttled",
        failed=["redirect: throttled"],
    ),
    "429, no time, and the redirect too": Day(
        ends="reject",
        faults=[throttled("answer", None, FOR_EVER), throttled("redirect", None, FOR_EVER)],
        reason="answer: throttled",
        failed=["redirect: throttled"],
    ),
    "429, 20 s, and the redirect too, and the reject thrice": Day(
        ends="reject",
        faults=[
            throttled("answer", 20, FOR_EVER),
            throttled("redirect", 20, FOR_EVER),
            throttled("reject", 20, times=3),
        ],
        reason="answer: throttled",
        failed=["redirect: throttled"],
    ),
    "reset for ever, and the redirect too": Day(
        ends="reject",
        faults=[
            {"kind": "reset", "op": "answer", "times": FOR_EVER},
            {"kind": "reset", "op": "redirect", "times": FOR_EVER},
        ],
        reason="answer: unavailable",
        failed=["redirect: unavailable"],
    ),
}


def taken(house: LiveHouse, leg: Leg) -> list[Requested]:
    """What Graph did with the ringing call, as the service had asked."""
    return [r for op in WAYS_OUT for r in house.requests(op, call=leg.call, status=202)]


async def all_taken(house: LiveHouse, *legs: Leg) -> None:
    async def done() -> bool:
        return all(taken(house, leg) or leg.state == "ended" for leg in legs)

    await until(done, within_s=RINGS_MS / 1000 + 5)


def never_left_ringing(house: LiveHouse, leg: Leg, ends: str, day: str = "") -> None:
    ways = taken(house, leg)
    assert [way.op for way in ways] == [ends], day
    assert ways[0].at - house.contact(leg).placed_at < RINGS_MS, day


REFUSALS = ('contact_ends_total{reason="answer: ', "refusals_failed_total")
"""Who was answered may hang up meanwhile; their ends are counted beside these."""


async def counted(house: LiveHouse, *metrics: str) -> dict[str, float]:
    told = await house.service.metrics()
    return {name: n for name, n in told.items() if name.startswith(metrics)}


async def test_whatever_graph_says_no_caller_is_left_ringing(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # told to come later, the greetings of all do so too
    before = await counted(house, *REFUSALS)
    legs: dict[str, Leg] = {}
    for name, day in DAYS.items():
        legs[name] = house.call(WAITING)
        for rule in day.faults:
            house.fault(**rule, call=legs[name].call)
    await all_taken(house, *legs.values())
    for name, day in DAYS.items():
        never_left_ringing(house, legs[name], day.ends, name)
    sent_on = [legs[name] for name, day in DAYS.items() if day.ends == "redirect"]
    await house.connected(*sent_on)
    assert {house.contact(leg).connected_to for leg in sent_on} == {FALLBACK}
    after = await counted(house, *REFUSALS)
    grown = {name: n - before.get(name, 0) for name, n in after.items() if n != before.get(name)}
    assert grown == expected_counts()


def expected_counts() -> dict[str, float]:
    counts: dict[str, float] = {}
    for day in DAYS.values():
        told = [f'contact_ends_total{{reason="{day.reason}"}}'] if day.reason else []
        told += [f'refusals_failed_total{{reason="{reason}"}}' for reason in day.failed]
        for name in told:
            counts[name] = counts.get(name, 0) + 1
    return counts


async def test_graph_that_fails_for_ten_seconds_costs_no_call(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = []
    for op in ("answer", "answer", "", ""):  # the last two: every request about their calls
        legs.append(house.call(CONSULT))
        house.fault(kind="503", retry_after=None, op=op, call=legs[-1].call, times=FOR_EVER)
    rang_at = house.now

    async def ten_seconds_passed() -> bool:
        return house.now - rang_at >= 10_000

    await until(ten_seconds_passed)
    house.world.faults.clear()
    await house.connected(*legs)
    for leg in legs:
        never_left_ringing(house, leg, "answer")


async def test_an_application_that_is_throttled_as_a_whole_sends_its_callers_on(
    at_rest: LiveHouse,
) -> None:
    """Of each caller one way out works when it is tried once more, and none before it."""
    house = at_rest
    legs = {op: house.call(CONSULT) for op in WAYS_OUT}
    for op, leg in legs.items():
        blocked = WAYS_OUT[: WAYS_OUT.index(op)]
        for each in (*blocked, "get"):
            house.fault(**throttled(each, 60, FOR_EVER), call=leg.call)
        house.fault(**throttled(op, 60), call=leg.call)
    await all_taken(house, *legs.values())
    for op, leg in legs.items():
        never_left_ringing(house, leg, op)
    await asyncio.gather(house.ended(legs["reject"]), house.connected(legs["redirect"]))
