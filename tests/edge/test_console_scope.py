"""What somebody may see of the floor: by role, and by the queues that the plan gives them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.archived import SUPERVISOR, TENANT
from kit.console_house import ConsoleHouse, console_house
from kit.stored_records import contact_record, put

from routing.events import Address, AgentSet, Member

OF_SALES = "00000000-0000-0000-0000-0000000000bb"
"""Supervises nothing of what happens here."""
CALLER = "+4930123456"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        yield found


def queues(answer: dict[str, Any]) -> list[str]:
    return [each["queue"] for each in answer["queues"]]


@pytest.mark.parametrize("role", ["Admin", "Auditor"])
async def test_admin_and_auditor_see_everything(house: ConsoleHouse, role: str) -> None:
    _, board = await house.get("/api/board", house.token(role, oid=OF_SALES))
    assert queues(board) == ["support", "sales"]
    assert board["contacts"][0]["caller"] == CALLER
    assert (await house.get("/api/contacts/1-1", house.token(role, oid=OF_SALES)))[0] == 200


async def test_a_supervisor_sees_the_queues_that_the_plan_gives_them(house: ConsoleHouse) -> None:
    token = house.token("Supervisor", oid=SUPERVISOR.upper())
    _, board = await house.get("/api/board", token)
    assert queues(board) == ["support"]
    assert {tuple(each["closed_by"]) for each in board["agents"]} == {("support",)}
    assert board["contacts"][0]["caller"] == CALLER
    assert (await house.get("/api/contacts/1-1/why", token))[0] == 200


async def test_another_queues_contact_does_not_exist_for_them(house: ConsoleHouse) -> None:
    token = house.token("Supervisor", oid=OF_SALES)
    _, board = await house.get("/api/board", token)
    assert (queues(board), board["agents"], board["contacts"]) == ([], [], [])
    _, listed = await house.get("/api/contacts", token)
    assert listed["contacts"] == []
    for path in ("/api/contacts/1-1", "/api/contacts/1-1/why", "/api/contacts/1-"):
        assert await house.get(path, token) == (
            404,
            {"error": f"There is no contact {path.split('/')[3]!r}."},
        )


async def test_the_role_alone_gives_no_queue_and_the_plan_alone_no_role(
    house: ConsoleHouse,
) -> None:
    _, mine = await house.get("/api/me", house.token("Agent", oid=SUPERVISOR))
    assert (mine["queues"], mine["agent"]) == ([], None)
    assert (await house.get("/api/contacts", house.token("Agent", oid=SUPERVISOR)))[0] == 403


async def test_who_i_am_and_how_my_queues_stand(house: ConsoleHouse) -> None:
    _, mine = await house.get("/api/me", house.token("Agent", oid="a2", name="Agent Two"))
    assert (mine["name"], mine["roles"]) == ("Agent Two", ["Agent"])
    assert mine["agent"]["not_ready_reason"] == "lunch"
    support, sales = mine["queues"]
    assert (support["waiting"], support["serve"], support["supervise"]) == (1, True, False)
    assert mine["now"] - support["oldest_since"] > 30_000
    assert support["agents"] == {"ringing": 2, "not_ready": 1}  # one may still ring
    assert (sales["waiting"], sales["oldest_since"]) == (0, None)
    assert support["rank"] is None, "not ready: no call comes to them"
    house.desk.give(AgentSet(agent="a2", ready=True), after=10)
    _, mine = await house.get("/api/me", house.token("Agent", oid="a2"))
    assert mine["queues"][0]["rank"] == 1, "the others are rung"
    assert CALLER not in str(mine)


async def test_an_agent_who_also_supervises_sees_callers_of_that_queue_only(
    house: ConsoleHouse,
) -> None:
    desk = house.desk
    desk.members += (
        Member(queue="sales", position=3, agent=SUPERVISOR, upn="s@c.example", name=""),
    )
    desk.enlist(Address(ref="account-sales", id="sales-id", name="Sales", number=""))
    desk.arrives(account="sales-id")
    _, board = await house.get("/api/board", house.token("Agent", "Supervisor"))
    assert queues(board) == ["support", "sales"]
    callers = {each["queue"]: (each["caller"], len(each["calls"])) for each in board["contacts"]}
    assert callers["sales"] == ("", 0)
    assert callers["support"][0] == CALLER
    assert callers["support"][1] > 0


async def ended(house: ConsoleHouse, count: int) -> None:
    """So many contacts, of which every tenth was one of `support`."""
    owner = await house.store.acquire(TENANT, "test")
    assert owner is not None
    records = [
        contact_record(f"e{n}", queue="support" if n % 10 == 0 else "sales", arrived_at=n)
        for n in range(1, count + 1)
    ]
    await put(house.store, owner, *records)


async def pages(house: ConsoleHouse, limit: int) -> list[str]:
    """The ended contacts, page by page."""
    found: list[str] = []
    before: int | None = 10_000
    while before is not None:
        path = f"/api/contacts?limit={limit}&before={before}"
        status, told = await house.get(path, house.token("Supervisor"))
        assert status == 200
        assert len(told["contacts"]) <= limit
        found += [each["contact"] for each in told["contacts"]]
        before = told["before"]
    return found


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_earlier_pages_leave_nothing_out_and_show_no_other_queue(
    house: ConsoleHouse, limit: int
) -> None:
    await ended(house, 60)
    assert await pages(house, limit) == ["e60", "e50", "e40", "e30", "e20", "e10"]
