"""Calls that are over: mine, the team's, the missed ones; their owners, and calling back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.acting_house import ActingHouse, acting_house
from kit.archived import TENANT
from kit.callback_desk import CallbackDesk
from kit.stored_records import contact_record, put

from routing.commands import CreateCall
from routing.facts import FactKind
from routing.word_events import Mark, MissedMarked
from store.contract import Ownership, Store
from store.database import open_store

BERLIN, OTHER = "+4930123456", "+4930999999"
OUTSIDER = "0000"
"""An agent of no queue."""


class Stage:
    def __init__(self, house: ActingHouse, desk: CallbackDesk, store: Store, mine: Ownership):
        self.house, self.desk, self.store, self.mine = house, desk, store, mine

    async def was(self, contact: str, at: int, outcome: str = "abandoned", **fields: Any) -> None:
        """A contact that is over."""
        talked = outcome == "answered"
        given = {
            "queue": "sales",
            "caller": BERLIN,
            "arrived_at": at,
            "queued_at": at,
            "ended_at": at + 60_000,
            "outcome": outcome,
            "connected_at": at + 5_000 if talked else None,
            "talk_ended_at": at + 50_000 if talked else None,
            "agent": "a0" if talked else "",
            "agent_upn": "a0@contoso.example" if talked else "",
        }
        await put(self.store, self.mine, contact_record(contact, **(given | fields)))

    async def listed(self, what: str, who: str = "a0", *roles: str) -> list[Any]:
        status, told = await self.house.get(f"/api/calls/{what}", who, *roles)
        assert status == 200, told
        return list(told["calls"])

    async def missed(self, **query: str) -> list[str]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return [each["contact"] for each in await self.listed(f"missed?{asked}")]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    desk = CallbackDesk(agents=2)
    desk.somebody()
    store = await open_store("sqlite://", monotonic=lambda: 0)
    mine = await store.acquire(TENANT, "test")
    assert mine is not None
    async with acting_house(desk, store) as house:
        yield Stage(house, desk, store, mine)
    await store.close()


async def test_missed_calls_are_those_that_reached_nobody_the_newest_first(stage: Stage) -> None:
    await stage.was("c1", 1_000)
    await stage.was("c2", 2_000, "answered")
    await stage.was("c3", 3_000, "timed_out", caller=OTHER)
    await stage.was("c4", 4_000, "callback")
    await stage.was("c5", 5_000, "no_agent", queue="support")
    assert await stage.missed() == ["c3", "c1"]
    found = (await stage.listed("missed"))[1]
    assert (found["caller"], found["number"], found["outcome"]) == (BERLIN, BERLIN, "abandoned")
    assert found["reached"] == {"at": 2_000, "by": "a0@contoso.example"}
    assert await stage.missed(open="1") == ["c3"], "who got through later need not be called"


async def test_a_missed_call_has_an_owner_and_is_dealt_with(stage: Stage) -> None:
    await stage.was("c1", 1_000)
    status, row = await stage.house.does("/api/calls/c1/owner", {"on": True}, who="a1")
    assert (status, row["owner"]) == (200, {"name": "Name of a1", "mine": True})
    [seen] = await stage.listed("missed")
    assert seen["owner"] == {"name": "Name of a1", "mine": False}
    assert await stage.missed(open="1") == ["c1"]
    status, row = await stage.house.does("/api/calls/c1/done", {"on": True})
    assert row["done"] == {"at": stage.desk.now, "by": "Name of a0"}
    assert await stage.missed(open="1") == []
    await stage.house.does("/api/calls/c1/done", {"on": False})
    await stage.house.does("/api/calls/c1/owner", {"on": False})
    [row] = await stage.listed("missed")
    assert (row["owner"], row["done"]) == (None, None)
    said = [(each.mark, each.on) for each in stage.house.told if isinstance(each, MissedMarked)]
    assert said == [
        (Mark.OWNED, True),
        (Mark.DONE, True),
        (Mark.DONE, False),
        (Mark.OWNED, False),
    ]
    stage.desk.give(stage.house.told[0])
    assert stage.desk.fact(FactKind.MISSED_OWNED).detail == {"by": "Name of a1", "on": True}


async def test_it_is_called_back_from_the_queues_number_the_agent_first(stage: Stage) -> None:
    await stage.was("c1", 1_000)
    assert (await stage.listed("missed"))[0]["may_call_back"] == ""
    status, told = await stage.house.does("/api/calls/c1/call-back", key="one")
    assert (status, told) == (200, {"written": True, "done": True})
    assert stage.desk.last(CreateCall).target.id == "a0"
    assert stage.desk.fact(FactKind.CALLBACK_REQUESTED).detail["about"] == "c1"
    assert (await stage.house.does("/api/calls/c1/call-back", key="one"))[0] == 200
    assert stage.desk.count(CreateCall) == 1, "the same key is the same act"
    assert (await stage.listed("missed"))[0]["may_call_back"] == "not_available_yourself"
    leg = stage.desk.picks_up()
    stage.desk.presses(leg, "1")
    assert stage.desk.dial().target.id == BERLIN
    status, told = await stage.house.does("/api/calls/c1/call-back", who="a1")
    assert (status, told["code"]) == (409, "open_already")


async def test_it_is_said_why_a_call_may_not_be_called_back(stage: Stage) -> None:
    await stage.was("far", 1_000, caller="+49900123456")
    await stage.was("withheld", 2_000, caller_kind="withheld", caller="")
    codes = {each["contact"]: each["may_call_back"] for each in await stage.listed("missed")}
    assert codes == {"far": "number_not_allowed", "withheld": "no_number"}
    status, told = await stage.house.does("/api/calls/far/call-back")
    assert (status, told["code"]) == (409, "number_not_allowed")
    assert (await stage.house.does("/api/calls/withheld/call-back"))[0] == 400
    assert stage.desk.count(CreateCall) == 0


async def test_mine_are_those_i_talked_with(stage: Stage) -> None:
    await stage.was("c1", 1_000, "answered", note="Will send papers", disposition="solved")
    await stage.was("c2", 2_000, "answered", agent="a1", agent_upn="a1@contoso.example")
    await stage.was("c3", 3_000, "answered")
    assert [each["contact"] for each in await stage.listed("mine")] == ["c3", "c1"]
    first = (await stage.listed("mine"))[1]
    assert (first["note"], first["disposition"], first["title"]) == (
        "Will send papers",
        "solved",
        "sales",
    )
    assert [each["contact"] for each in await stage.listed("team")] == ["c3", "c2", "c1"]


async def test_pages_go_on_where_the_last_one_ended(stage: Stage) -> None:
    for n in range(7):
        await stage.was(f"c{n}", 1_000 + n)
    found: list[str] = []
    query = "limit=3"
    while True:
        _, told = await stage.house.get(f"/api/calls/missed?{query}")
        found += [each["contact"] for each in told["calls"]]
        if told["before"] is None:
            break
        query = f"limit=3&before={told['before']}"
    assert found == [f"c{n}" for n in reversed(range(7))]


async def test_another_teams_calls_do_not_exist(stage: Stage) -> None:
    await stage.was("c1", 1_000)
    assert await stage.listed("missed", OUTSIDER) == []
    assert await stage.listed("team", OUTSIDER) == []
    for path, body in (("owner", {"on": True}), ("done", {"on": True}), ("call-back", {})):
        status, told = await stage.house.does(f"/api/calls/c1/{path}", body, who=OUTSIDER)
        assert (status, told["error"]) == (404, "There is no call 'c1'.")
    assert [each["contact"] for each in await stage.listed("missed", OUTSIDER, "Auditor")] == ["c1"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/calls/c1/owner", {"on": "yes"}),
        ("/api/calls/c1/owner", {"on": True, "who": "me"}),
        ("/api/calls/c1/done", b"{"),
        ("/api/calls/c1/call-back", {"number": "+490900123"}),
    ],
)
async def test_a_body_that_says_something_else_is_refused(
    stage: Stage, path: str, body: object
) -> None:
    await stage.was("c1", 1_000)
    status, told = await stage.house.does(path, body)
    assert status == 400
    assert "body" in told["error"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "before=yesterday"])
async def test_a_query_that_cannot_be_used_says_why(stage: Stage, query: str) -> None:
    status, told = await stage.house.get(f"/api/calls/missed?{query}")
    assert status == 400
    assert query.partition("=")[0] in told["error"]
