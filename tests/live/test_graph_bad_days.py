"""Graph has a bad day: no caller is lost while their 15 s last, and nobody is rung twice."""

import asyncio
import random
from typing import Any

import pytest
from kit.live_floor import BLIND, CONSULT, FALLBACK, GROUP, WAITING
from kit.live_house import LiveHouse
from kit.waiting import until

from emulator.exchange import Leg
from emulator.scripts import Step

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live graph"),  # one house, one worker
    # What the database does is no matter here.
    pytest.mark.parametrize("house", ["sqlite"], indirect=True),
]

BAD_DAYS: dict[str, list[dict[str, Any]]] = {
    "429, then well": [{"kind": "429", "retry_after": 1}],
    "429 twice": [{"kind": "429", "retry_after": 1, "times": 2}],
    "429 without a time": [{"kind": "429", "retry_after": None}],
    "500": [{"kind": "500"}],
    "503 with a time": [{"kind": "503", "retry_after": 1}],
    "500 three times": [{"kind": "500", "times": 3}],
    "reset": [{"kind": "reset"}],
    "reset twice": [{"kind": "reset", "times": 2}],
    "reply lost": [{"kind": "reply_lost"}],
    "401": [{"kind": "401"}],
    "slow": [{"kind": "slow", "delay_ms": 2_500}],
    "one after the other": [{"kind": "503", "retry_after": 1}, {"kind": "reset"}, {"kind": "429"}],
}
DOUBTFUL = ("500", "503", "reset", "reply_lost", "429")
"""The one that is sent again by itself comes last: it must not meet the next fault."""


def with_faults(house: LiveHouse, to: str, op: str, rules: list[dict[str, Any]]) -> Leg:
    """A caller on whose call an operation goes wrong."""
    leg = house.call(to)
    for rule in rules:
        house.fault(**rule, op=op, call=leg.call)
    return leg


async def test_no_call_is_lost_while_its_15_s_last(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = {name: with_faults(house, WAITING, "answer", rules) for name, rules in BAD_DAYS.items()}
    await house.queued(*legs.values(), within_s=14)
    for name, leg in legs.items():
        done = [r.status for r in house.requests("answer", call=leg.call)]
        assert done.count(202) == 1, (name, done)
        assert len(done) == 1 + sum(
            rule.get("times", 1) for rule in BAD_DAYS[name] if rule["kind"] not in EXECUTED
        ), (name, done)


EXECUTED = ("reply_lost", "slow")


async def test_a_revoked_token_is_renewed_and_the_call_answered(at_rest: LiveHouse) -> None:
    house = at_rest
    assert house.emulator.shell.identity.revoke() > 0
    leg = house.call(CONSULT)
    await house.connected(leg)


async def test_graph_that_fails_past_the_deadline_sends_callers_to_the_fallback(
    at_rest: LiveHouse,
) -> None:
    """Who is told to wait for too long; who fails until the last is in test_graph_in_doubt.py."""
    house = at_rest
    before = await house.service.metrics()
    throttled = with_faults(
        house, WAITING, "answer", [{"kind": "429", "retry_after": 30, "times": 0}]
    )
    hopeless = with_faults(
        house, WAITING, "answer", [{"kind": "429", "retry_after": 30, "times": 0}]
    )
    house.fault(kind="500", op="redirect", call=hopeless.call, times=0)
    await house.ended(hopeless, within_s=14)
    await house.connected(throttled, within_s=14)
    assert house.contact(hopeless).outcome == "rejected"
    assert house.contact(throttled).connected_to == FALLBACK
    assert [r.status for r in house.requests("redirect", call=throttled.call)] == [202]
    after = await house.service.metrics()
    ends = {name: after[name] - before.get(name, 0) for name in after if "contact_ends_t" in name}
    told = {name: times for name, times in ends.items() if times}
    assert sum(told.values()) == 2, told
    assert all("answer" in name for name in told), told


async def met_one_by_one(house: LiveHouse) -> dict[str, Leg]:
    """Callers by what became of their agent's call, which does not say on whose behalf it is."""
    legs = {}
    for kind in DOUBTFUL:
        house.fault(kind=kind, op="create")
        legs[kind] = house.call(CONSULT)

        async def met() -> bool:
            return all(rule.op != "create" for rule in house.world.faults.rules)

        await until(met, within_s=10)
    return legs


async def test_a_transfer_in_doubt_is_made_once_more_and_rings_once(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # told to come later, prompts do so too
    legs = [
        with_faults(house, to, "transfer", [{"kind": kind}])
        for to in (BLIND, CONSULT)
        for kind in DOUBTFUL
    ]
    await house.connected(*legs)
    assert {len(house.records("bridged", leg=leg.id)) for leg in legs} == {1}
    for leg in legs:
        accepted = [r for r in house.requests("transfer", call=leg.call) if r.status == 202]
        assert len(accepted) == 1


async def test_a_ring_in_doubt_is_never_made_again(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # told to come later, prompts do so too
    invited = {kind: with_faults(house, GROUP, "invite", [{"kind": kind}]) for kind in DOUBTFUL}
    created = await met_one_by_one(house)
    # 429 says that nothing was done, and what rings all the same reports itself.
    sure = [legs[kind] for legs in (created, invited) for kind in ("429", "reply_lost")]
    await house.connected(*sure)
    assert {len(house.records("bridged", leg=leg.id)) for leg in sure} == {1}
    for kind in ("500", "503", "reset"):
        leg = invited[kind]
        assert len(house.requests("invite", call=leg.call)) == 1
        assert house.hears(leg) == "prompt", "waits with music"
    # Of the others nothing was heard: nobody is rung for them before the 20 s are over, in which
    # they may report themselves (tests/bot/test_graph_in_doubt.py goes on from there).
    first, *_ = rings = house.requests("create")
    assert len([r for r in rings if r.at < first.at + 20_000]) <= len(DOUBTFUL) + 1


async def test_who_hangs_up_5_ms_after_ringing_leaves_no_zombie(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = []
    for number in range(24):
        to = (CONSULT, GROUP, BLIND)[number % 3]
        gone = Step(do="hang_up", on="placed", after_ms=number)
        legs.append(house.call(to, steps=(gone,)))
    await house.ended(*legs)
    await house.rest()
    assert not house.live_calls()
    await house.a_normal_call_connects()


async def test_any_order_and_copies_end_the_same(at_rest: LiveHouse) -> None:
    house = at_rest
    began = house.world.log.count
    for rule in (
        {"kind": "duplicate", "chance": 0.4, "delay_ms": 40},
        {"kind": "reorder", "chance": 0.3, "delay_ms": 60},
        {"kind": "delay", "chance": 0.3, "delay_ms": 150},
        {"kind": "duplicate", "chance": 0.5, "delay_ms": 900},
    ):
        house.fault(**rule, times=0)
    talks = [house.call(to) for to in (CONSULT, GROUP, BLIND) * 4]
    impatient = [house.call(CONSULT, steps=(Step(do="hang_up", on="ring", after_ms=20),))]
    impatient += [house.call(GROUP, steps=(Step(do="hang_up", on="ring", after_ms=20),))]
    impatient += [house.call(WAITING, steps=(Step(do="hang_up", after_ms=700),)) for _ in range(4)]
    await house.connected(*talks)
    await house.ended(*impatient)
    await house.everybody_leaves()
    for leg in talks:
        assert house.contact(leg).outcome == "connected"
        assert len(house.records("bridged", leg=leg.id)) == 1
        assert len(house.requests("answer", call=leg.call)) == 1
    assert {house.contact(leg).outcome for leg in impatient} == {"abandoned"}
    await everything_again(house, began)


async def everything_again(house: LiveHouse, began: int) -> None:
    """Post everything once more, in disorder, when all is over: nothing may happen."""
    posted = [r.body for r in house.records("notification") if r.seq >= began]
    random.Random(7).shuffle(posted)
    asked = house.world.log.count
    for start in range(0, len(posted), 20):
        bodies = posted[start : start + 20]
        told = await asyncio.gather(*(house.post(body) for body in bodies))
        assert {status for status, _ in told} == {202}
    await house.rest()
    acts = {r.op for r in house.records("request") if r.seq >= asked}
    assert acts <= {"get", "delete", "getPresencesByUserId", "participants"}, acts
