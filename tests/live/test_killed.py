"""The process dies in the middle of everything, and the next one takes everybody up.

How long callers hear nothing is read from the emulator's timeline of each of them.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kit.live_floor import CONSULT, GROUP, WAITING
from kit.live_house import LiveHouse, live_house
from kit.waiting import until

from emulator.exchange import Leg
from emulator.scripts import Behaviour

CALLERS = 100
SILENCE_MS = 2_000

log = logging.getLogger(__name__)
"""Figures: `--log-cli-level=INFO` shows them."""


pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live killed"),  # one house, one worker
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveHouse]:
    folder = tmp_path_factory.mktemp("killed")
    url = f"sqlite:///{folder}/switchboard.db"
    async with live_house(folder, [url], legs=4 * CALLERS) as house:
        yield house


def silences(house: LiveHouse, legs: list[Leg], since: int) -> list[int]:
    """The longest silence of each caller from an instant on, in milliseconds."""
    found = []
    for leg in legs:
        spans = [
            (max(since, heard.at), heard.until)
            for heard in house.records("heard", leg=leg.id, what="silence")
            if heard.until > since
        ]
        if leg.hears[0] == "silence":
            spans.append((max(since, leg.hears_since), house.now))
        found.append(max((until - at for at, until in spans), default=0))
    return found


async def all_have_stages(house: LiveHouse, expected: int) -> None:
    """Until so many contacts wait."""

    async def waiting() -> bool:
        return sum((await by_stage(house)).values()) == expected

    await until(waiting, within_s=30, every_s=0.1)


async def by_stage(house: LiveHouse) -> dict[str, int]:
    board = await house.service.get("/api/board", house.supervisor())
    stages: dict[str, int] = {}
    for contact in board["contacts"]:
        stages[contact["stage"]] = stages.get(contact["stage"], 0) + 1
    return stages


async def test_kill_9_while_100_callers_wait(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # a hundred at once on two cores; afterwards it is measured
    legs = [house.call(WAITING) for _ in range(CALLERS)]
    await house.queued(*legs, within_s=30)
    await all_have_stages(house, CALLERS)
    gone = random.Random(1).sample(legs, 17)
    await house.service.kill()
    killed = house.now
    house.hang_up(*gone)
    house.service.spawn()
    await house.service.ready()
    stay = [leg for leg in legs if leg not in gone]
    await taken_up(house, stay)
    quiet = silences(house, stay, killed)
    log.info("longest silence: %d ms", max(quiet))
    assert max(quiet) <= SILENCE_MS
    assert {leg.state for leg in stay} == {"connected"}
    await closed_with_a_reason(house, gone)
    await everybody_can_still_be_served(house, stay)


async def taken_up(house: LiveHouse, stay: list[Leg]) -> None:
    """Until exactly those who are still there wait, each with music of the new life."""

    async def known() -> bool:
        return await house.owned_calls() == {leg.call.lower() for leg in stay}

    await until(known, within_s=30, every_s=0.1)

    async def heard() -> bool:
        return all(len(house.requests("playPrompt", call=leg.call)) >= 3 for leg in stay)

    await until(heard, within_s=30, every_s=0.1)
    await house.hearing(*stay)


async def closed_with_a_reason(house: LiveHouse, gone: list[Leg]) -> None:
    told = await house.service.get("/api/contacts?limit=500", house.supervisor())
    callers = {leg.party for leg in gone}
    records = [c for c in told["contacts"] if not c["live"] and c["caller"] in callers]
    assert len(records) == len(gone)
    assert {record["outcome"] for record in records} == {"abandoned"}
    assert all(record["end_reason"] for record in records), records[0]


async def everybody_can_still_be_served(house: LiveHouse, stay: list[Leg]) -> None:
    agent = house.world.config.people[0]
    longest = await longest_waiting(house)
    house.world.script_agent(
        agent.upn, (Behaviour(after_ms=20, key="1", key_after_ms=20, key_on_prompt=True),)
    )
    house.world.set_presence(agent.upn, "Available", "Available", house.now)
    house.emulator.shell.pump()

    async def first() -> bool:
        return any(house.is_talking(leg) for leg in stay)

    await until(first)
    [talks] = [leg for leg in stay if house.is_talking(leg)]
    assert talks.party == longest, "who has waited longest comes first"
    house.world.set_presence(agent.upn, "Offline", "Offline", house.now)


async def longest_waiting(house: LiveHouse) -> str:
    """The number of who came into the queue first; of a hundred at once not who rang first."""
    board = await house.service.get("/api/board", house.supervisor())
    waiting = [row for row in board["contacts"] if row["stage"] == "queued"]
    first = min(
        waiting,
        key=lambda row: (row["queued_at"], row["arrived_at"], len(row["contact"]), row["contact"]),
    )
    return str(first["caller"])


async def test_kill_9_at_any_instant_of_a_call(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated.add("silence")  # of who rang unanswered meanwhile; the others' is measured
    slow = Behaviour(after_ms=2_500, key="1", key_after_ms=500, key_on_prompt=True)
    house.agents_do(CONSULT, slow)
    house.agents_do(GROUP, slow)
    early = [house.call(to) for to in (CONSULT, CONSULT, GROUP, WAITING)]
    await house.queued(*early)

    async def rings() -> bool:
        return len(house.records("ring")) >= 3

    await until(rings)
    whispered = house.call(CONSULT)
    late = [house.call(to) for to in (CONSULT, GROUP, WAITING)]
    await house.answered(late[0])
    await house.service.kill()
    killed = house.now
    house.service.spawn()
    await house.service.ready()
    talks = [leg for leg in (*early, whispered, *late) if leg not in (early[3], late[2])]
    await house.connected(*talks, within_s=40)
    quiet = silences(house, [early[3], *talks[:3]], killed)
    log.info("longest silence: %d ms", max(quiet))
    assert max(quiet) <= SILENCE_MS
    await house.queued(late[2])


async def test_sigterm_leaves_the_calls_and_a_restart_takes_them_up(at_rest: LiveHouse) -> None:
    house = at_rest
    legs = [house.call(to) for to in (WAITING, WAITING, GROUP, CONSULT)]
    await house.connected(legs[2], legs[3])
    await house.queued(*legs[:2])
    before = house.live_calls()
    began = asyncio.get_running_loop().time()
    assert await house.service.stop() == 0
    took = asyncio.get_running_loop().time() - began
    stopped = house.now
    assert house.live_calls() == before, "a stop ends no call"
    house.service.spawn()
    await house.service.ready()
    await house.rest()
    await house.hearing(*legs[:2])
    quiet = silences(house, legs[:2], stopped)
    log.info("longest silence: %d ms", max(quiet))
    assert max(quiet) <= SILENCE_MS
    assert took < 5.0, "App Service kills after 5 s"
    assert house.is_talking(legs[2])
    await house.a_normal_call_connects()
