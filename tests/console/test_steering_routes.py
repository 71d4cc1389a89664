"""What supervisors do over HTTP to contacts that wait, and to agents; and what is not theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from kit.acting_house import ActingHouse, acting_house
from kit.floor_desk import Desk, plan

from routing.facts import FactKind
from routing.plan import Queue
from routing.state import ContactState

SAM = "0000000a-0000-0000-0000-0000000000aa"
"""Supervises sales, and not service."""


@pytest.fixture
async def house() -> AsyncIterator[ActingHouse]:
    the_plan = plan(Queue(name="sales", supervisors=(SAM,)), Queue(name="service"))
    desk = Desk(the_plan, agents=2)
    desk.present(*{member.agent for member in desk.members}, as_="Away")
    desk.arrives()
    async with acting_house(desk) as found:
        yield found


async def steers(
    house: ActingHouse, act: str, body: object, *roles: str, who: str = SAM
) -> tuple[int, str]:
    """The status, and the refusal's code or sentence."""
    contact = house.desk.contact().id
    status, told = await house.does(
        f"/api/contacts/{contact}/{act}", body, who=who, roles=roles or ("Supervisor",)
    )
    return status, told.get("code") or told.get("error", "")


async def test_a_contact_is_moved_once_and_the_second_is_told_so(house: ActingHouse) -> None:
    body = {"seen_queue": "sales", "to": "service"}
    assert await steers(house, "move", body) == (200, "")
    assert house.desk.contact().queue == "service"
    assert house.desk.fact(FactKind.CONTACT_MOVED).detail["by"] == f"Name of {SAM}"
    assert await steers(house, "move", body, "Admin") == (409, "moved_meanwhile")
    assert (await steers(house, "move", body))[0] == 404, "it is in nobody's queue of theirs now"


async def test_a_contact_is_put_first(house: ActingHouse) -> None:
    assert await steers(house, "priority", {"seen_queue": "sales", "priority": 1}) == (200, "")
    assert house.desk.contact().priority == 1
    status, told = await steers(house, "priority", {"seen_queue": "sales", "priority": 9})
    assert (status, "body" in told) == (400, True)


async def test_a_contact_is_withdrawn_and_another_way_is_refused(house: ActingHouse) -> None:
    wrong = {"seen_queue": "sales", "to": "+1900"}
    assert await steers(house, "withdraw", wrong) == (409, "unknown_way")
    assert await steers(house, "withdraw", {"seen_queue": "sales"}) == (200, "")
    assert house.desk.contact().state is ContactState.LEAVING
    assert await steers(house, "withdraw", {"seen_queue": "sales"}) == (409, "not_waiting")


async def test_a_contact_is_offered_to_whom_the_supervisor_names(house: ActingHouse) -> None:
    body = {"seen_queue": "sales", "to": "a1"}
    assert await steers(house, "pull", body) == (409, "agent_not_available")
    assert await steers(house, "pull", body | {"to": "nobody"}) == (409, "no_such_agent")
    house.desk.present("a0", "a1")
    offer = house.desk.engine.state.offers[house.desk.contact().offer]
    assert offer.agent == "a0"
    named = body | {"to": house.desk.agent("a1").upn.upper()}
    assert await steers(house, "pull", named) == (200, "")
    assert offer.outcome == "rescinded"
    assert house.desk.engine.state.offers[house.desk.contact().offer].agent == "a1"
    assert await steers(house, "pull", body) == (409, "offered_already")


@pytest.mark.parametrize("act", ["pull", "move", "priority", "withdraw"])
async def test_an_auditor_and_another_queues_supervisor_steer_nothing(
    house: ActingHouse, act: str
) -> None:
    body = {"seen_queue": "sales", "to": "service"}
    body = {"seen_queue": "sales", "priority": 1} if act == "priority" else body  # type: ignore[dict-item]
    assert (await steers(house, act, body, "Auditor"))[0] == 403
    status, told = await steers(house, act, body, "Supervisor", "Auditor", who="somebody-else")
    assert (status, told.startswith("There is no contact")) == (404, True)
    assert house.desk.contact().queue == "sales"


async def test_an_agent_of_ones_own_queue_is_made_not_ready(house: ActingHouse) -> None:
    does = house.does
    path, lead = "/api/agents/a0/ready", ("Supervisor",)
    status, _ = await does(path, {"ready": False, "reason": "Lunch"}, who=SAM, roles=lead)
    assert status == 200
    agent = house.desk.agent()
    assert (agent.ready, agent.not_ready_reason) == (False, "Lunch")
    assert (await does(path, {"ready": True}, who=SAM, roles=lead))[0] == 200
    assert agent.ready
    assert (await does(path, {"ready": False}, who="somebody-else", roles=lead))[0] == 404
    assert (await does("/api/agents/a9/ready", {"ready": True}, who=SAM, roles=lead))[0] == 404


async def test_an_agent_is_taken_out_of_ones_own_queue_only(house: ActingHouse) -> None:
    lead = ("Supervisor",)
    mine, theirs = (f"/api/agents/a0/queues/{queue}/out" for queue in ("sales", "service"))
    assert (await house.does(mine, {"out": True}, who=SAM, roles=lead))[0] == 200
    assert house.desk.agent().opted_out == ("sales",)
    assert (await house.does(theirs, {"out": True}, who=SAM, roles=lead))[0] == 404
    assert (await house.does(theirs, {"out": True}, who=SAM, roles=("Admin",)))[0] == 200
    assert (await house.does(mine, {"out": False}, who=SAM, roles=lead))[0] == 200
    assert house.desk.agent().opted_out == ("service",)
