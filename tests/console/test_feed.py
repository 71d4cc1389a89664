"""The live feed over HTTP: everything first, then what changes, and only what is theirs to see."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from kit.archived import SUPERVISOR
from kit.console_house import ConsoleHouse, console_house
from kit.listening import Listener, listening
from kit.waiting import until

from console.feed import MOST_EACH
from routing.events import AgentSet, CallEnded

NOBODYS = "00000000-0000-0000-0000-0000000000bb"
CALLER = "+4930123456"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        yield found


def url(house: ConsoleHouse) -> str:
    return str(house.client.make_url("")).rstrip("/")


async def heard(
    house: ConsoleHouse, stack: AsyncExitStack, *roles: str, oid: str, floor: bool
) -> Listener:
    token = house.token(*roles, oid=oid)
    return await stack.enter_async_context(
        listening(house.client.session, url(house), token, floor=floor)
    )


def says(house: ConsoleHouse, agent: str, *, ready: bool) -> None:
    """The agent says so, and the service commits it."""
    house.desk.give(AgentSet(agent=agent, ready=ready, reason="" if ready else "tea"), after=10)
    house.feed.changed()


async def test_everything_comes_first_and_then_what_changed(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Supervisor", oid=SUPERVISOR, floor=True)
        first = await listener.next()
        assert first is not None
        assert (first["all"], first["now"]) == (True, house.desk.now)
        assert listener.rows.keys() == {
            "me",
            "queue/support",
            "agent/agent0@contoso.example",
            "agent/agent1@contoso.example",
            "agent/agent2@contoso.example",
            "contact/1-1",
        }
        assert listener.rows["contact/1-1"]["caller"] == CALLER
        says(house, "a2", ready=True)
        row = await listener.until("agent/agent2@contoso.example", not_ready_reason="")
        assert row["queues"] == {"support": "available"}
        second = listener.events[1]
        assert second["all"] is False
        assert "contact/1-1" not in second["rows"], "what did not change is not told again"


async def test_a_contact_that_ends_is_gone(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Supervisor", oid=SUPERVISOR, floor=True)
        await listener.until("contact/1-1", stage="ringing")
        house.desk.give(CallEnded(call="caller1"), after=10)
        house.feed.changed()
        await listener.until_gone("contact/1-1")
        assert listener.rows["queue/support"]["waiting"] == 0


async def test_each_is_told_only_what_their_role_may_see(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        agent = await heard(house, stack, "Agent", oid="a0", floor=True)
        nobody = await heard(house, stack, "Supervisor", oid=NOBODYS, floor=True)
        mine = await heard(house, stack, "Supervisor", oid=SUPERVISOR, floor=False)
        admin = await heard(house, stack, "Admin", oid=NOBODYS, floor=True)
        for listener in (agent, nobody, mine, admin):
            await listener.next()
        assert {key.partition("/")[0] for key in agent.rows} == {"me", "queue", "agent"}
        assert CALLER not in str(agent.events)
        assert nobody.rows.keys() == mine.rows.keys() == {"me"}
        assert nobody.rows["me"]["queues"] == []
        assert {"queue/sales", "contact/1-1"} <= admin.rows.keys()


async def test_what_nobody_told_the_feed_of_is_seen_as_well(
    house: ConsoleHouse,
) -> None:
    """As on a standby: the state moves and nobody says so."""
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Agent", oid="a2", floor=False)
        assert (await listener.until("me"))["agent"]["ready"] is False
        house.desk.give(AgentSet(agent="a2", ready=True), after=10)
        await listener.next()
        assert listener.rows["me"]["agent"]["ready"] is True


async def test_a_stream_ends_with_its_token(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Agent", oid="a2", floor=False)
        await listener.next()
        house.desk.now = house.issuer.clock() + 4_000_000
        says(house, "a2", ready=True)
        while await listener.next() is not None:
            pass
        await until(lambda: nobody_listens(house))


async def nobody_listens(house: ConsoleHouse) -> bool:
    return house.feed.listeners == 0


async def test_a_quiet_stream_has_a_heartbeat(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Agent", oid="a2", floor=False)
        await listener.next()
        for _ in range(2):
            house.desk.now += 15_000
            assert await listener.next() == {"now": house.desk.now}


async def test_pages_that_went_away_are_soon_forgotten(house: ConsoleHouse) -> None:
    for _ in range(3):
        async with AsyncExitStack() as stack:
            for _ in range(MOST_EACH):
                await heard(house, stack, "Agent", oid="a0", floor=False)
        await until(lambda: nobody_listens(house))
    assert house.feed._picture is None, "nobody listens, nothing is kept"


async def test_one_person_opens_a_few_streams_and_no_more(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MOST_EACH):
            await heard(house, stack, "Agent", oid="a0", floor=False)
        headers = {"Authorization": house.token("Agent", oid="a0")}
        async with house.client.get("/api/feed", headers=headers) as answer:
            assert (answer.status, await answer.json()) == (
                503,
                {"error": "Too many pages are open."},
            )
        await heard(house, stack, "Agent", oid="a1", floor=False)


async def test_when_the_service_stops_every_stream_ends(house: ConsoleHouse) -> None:
    async with AsyncExitStack() as stack:
        listener = await heard(house, stack, "Agent", oid="a0", floor=False)
        await listener.next()
        await house.feed.close()
        assert await listener.next() is None
        headers = {"Authorization": house.token("Agent", oid="a1")}
        async with house.client.get("/api/feed", headers=headers) as answer:
            assert answer.status == 503
