"""Two instances on one PostgreSQL behind a front door that gives each delivery to another of them.

The one that decides is killed or frozen in the middle of everything; the other goes on.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kit.live_floor import BLIND, CONSULT, GROUP, WAITING
from kit.live_house import LiveHouse, live_house
from kit.live_service import LiveService
from kit.postgres import empty_schema
from kit.waiting import until

from emulator.exchange import Leg
from emulator.scripts import Behaviour

log = logging.getLogger(__name__)
"""Figures: `--log-cli-level=INFO` shows them."""

TAKEOVER_S = 3.0
LEASE_S = 6.0
PICKS_UP_LATE = Behaviour(after_ms=4_000, key="1", key_after_ms=200, key_on_prompt=True)
LISTENS = Behaviour(after_ms=50, key="1", key_after_ms=4_000, key_on_prompt=True)


pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live two"),  # one house, one worker
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> AsyncIterator[LiveHouse]:
    folder = tmp_path_factory.mktemp("two")
    async with (
        empty_schema(postgres_server) as url,
        live_house(folder, [url, url], witnessed=True) as house,
    ):
        yield house


def graph_acts(house: LiveHouse, service: LiveService, since: float) -> list[str]:
    """What one instance asked Graph to do, reading apart."""
    witness = house.witnesses[house.services.index(service)]
    return [
        f"{each.method} {each.path}"
        for each in witness.passed
        if each.at >= since
        and each.method != "GET"
        and not each.path.endswith(("/getPresencesByUserId", "/$batch"))
    ]


async def successor(house: LiveHouse, former: LiveService) -> LiveService:
    [other] = [each for each in house.services if each is not former]

    async def owns() -> bool:
        return bool(await other.metric("owner"))

    await until(owns, within_s=2 * LEASE_S)
    return other


async def a_floor(house: LiveHouse) -> dict[str, list[Leg]]:
    """People in every stage: waiting, ringing, hearing the whisper, in a group call's ring."""
    staff = [person for person in house.world.config.people if "agent" in person.upn]
    for person in staff:
        house.world.script_agent(person.upn, (PICKS_UP_LATE,))
    waiting = [house.call(WAITING) for _ in range(5)]
    ringing = [house.call(to) for to in (CONSULT, CONSULT, GROUP, BLIND)]

    async def all_ring() -> bool:
        return len(house.records("ring")) >= len(ringing)

    await until(all_ring)
    for person in staff:
        if not house.world.exchange.live_of.get(person.upn):
            house.world.script_agent(person.upn, (LISTENS,))
    whispered = [house.call(CONSULT) for _ in range(2)]

    async def all_listen() -> bool:
        agents = [leg for leg in house.world.exchange.legs.values() if leg.role == "agent"]
        return sum(house.hears(leg) == "prompt" for leg in agents) >= len(whispered)

    await until(all_listen)
    await house.queued(*waiting)
    return {"waiting": waiting, "ringing": ringing, "whispered": whispered}


def both_took_in(house: LiveHouse) -> bool:
    """Whether the door gave deliveries to both instances."""
    assert house.door is not None
    takers = {p.target for p in house.door.passed if p.method == "POST" and p.status == 202}
    return len(takers) == 2


async def test_the_owner_is_killed_in_the_middle_of_everything(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # of who rang in those moments; test_killed.py measures it
    people = await a_floor(house)
    assert both_took_in(house)
    owner = await house.owner()
    began = await owner.kill()
    other = await successor(house, owner)
    took = time.monotonic() - began
    log.info("takeover: %.3f s", took)
    assert took < TAKEOVER_S
    late = house.call(GROUP)
    await house.connected(*people["ringing"], *people["whispered"], late, within_s=30)
    await house.hearing(*people["waiting"])
    assert {leg.state for leg in people["waiting"]} == {"connected"}
    for leg in (*people["ringing"], *people["whispered"], late):
        assert len(house.records("bridged", leg=leg.id)) == 1
    await owner.start()
    assert await other.metric("owner") == 1
    assert await owner.metric("owner") == 0
    await other.kill()
    assert await successor(house, other) is owner
    await house.hearing(*people["waiting"])
    await house.a_normal_call_connects(GROUP)


async def told_to_answer_later(house: LiveHouse) -> Leg:
    """A caller whom the owner means to answer before its lease is over: it wakes up with that."""
    leg = house.call(WAITING)
    house.fault(kind="429", op="answer", call=leg.call, retry_after=5)

    async def met() -> bool:
        return not house.world.faults.rules

    await until(met)
    return leg


async def test_a_frozen_owner_is_fenced_and_does_nothing_more(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # the door waits a second for the frozen one each time
    people = await a_floor(house)
    owner = await house.owner()
    put_off = await told_to_answer_later(house)
    owner.freeze()
    frozen = time.monotonic()
    other = await successor(house, owner)
    took = time.monotonic() - frozen
    log.info("takeover: %.3f s", took)
    assert took < LEASE_S + TAKEOVER_S
    late = house.call(GROUP)
    await house.answered(put_off, late)
    # Early enough for what the frozen one has in hand not to be too late for other reasons.
    assert house.now - house.contact(put_off).placed_at < 12_000
    thawed = time.monotonic()
    owner.thaw()
    # What was on its way to it while it was frozen reaches it now; the other one decides.
    after = house.call(GROUP)
    everybody = [*people["ringing"], *people["whispered"], late, after]
    await house.connected(*everybody, within_s=40)

    async def noticed() -> bool:
        return await owner.metric("owner") == 0 and await owner.status("/readyz") == 200

    await until(noticed)
    assert len(house.requests("answer", call=put_off.call)) == 2
    assert graph_acts(house, owner, thawed) == []
    assert await other.metric("owner") == 1
    await house.hearing(*people["waiting"])
    for leg in everybody:
        assert len(house.records("bridged", leg=leg.id)) == 1
    await house.rest()


async def test_the_owner_leaves_in_good_order_under_load(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # a burst beside a process that starts, on two cores
    owner = await house.owner()
    legs = [house.call((CONSULT, GROUP, BLIND)[number % 3]) for number in range(9)]
    await house.answered(legs[0])
    leaving = asyncio.create_task(owner.stop())
    while not leaving.done():
        legs.append(house.call((CONSULT, GROUP)[len(legs) % 2]))
        await house.answered(legs[-1])
    assert len(legs) < 40, "it takes its time"
    assert await leaving == 0
    await house.connected(*legs, within_s=30)
    for leg in legs:
        assert len(house.requests("answer", call=leg.call, status=202)) == 1
        assert len(house.records("bridged", leg=leg.id)) == 1
