"""Subscribers by the console's API: how far each is, and told again by an administrator."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.archived import TENANT
from kit.console_house import ConsoleHouse, console_house

from routing.events import PlanChanged
from routing.subscriber import Subscriber
from store.subscribers import Progress, Stretch

AT = 1_795_600_000_000


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        bi = Subscriber(name="bi", url="https://bi.contoso.example")
        plan = replace(found.desk.engine.plan, subscribers=(bi,))
        found.desk.give(PlanChanged(plan=plan))
        yield found


async def post(house: ConsoleHouse, path: str, token: str) -> tuple[int, Any]:
    async with house.client.post(path, headers={"Authorization": token}) as answer:
        return answer.status, await answer.json()


async def test_it_says_who_is_told_and_what_was_set_aside(house: ConsoleHouse) -> None:
    stretch = Stretch(after=(0, -1), upto=(1, 2), facts=3, at=AT, problem="status: 422")
    failing = Progress(place=(1, 4), failing_since=AT, attempts=2, problem="late: 10000 ms")
    await house.store.subscribers.save(TENANT, "bi", failing, stretch)
    status, told = await house.get("/api/subscribers", house.token("Auditor"))
    assert status == 200
    dead = {"facts": 3, "at": AT, "problem": "status: 422", "wanted_by": ""}
    assert told["subscribers"] == [
        {
            "name": "bi",
            "failing_since": AT,
            "attempts": 2,
            "problem": "late: 10000 ms",
            "dead": [dead],
        }
    ]


async def test_an_administrator_has_it_told_again(house: ConsoleHouse) -> None:
    stretch = Stretch(after=(0, -1), upto=(1, 2), facts=3, at=AT, problem="status: 422")
    await house.store.subscribers.bury(TENANT, "bi", stretch)
    path, admin = "/api/subscribers/bi/replay", house.token("Admin", name="Amy Admin")
    assert (await post(house, path, house.token("Auditor")))[0] == 403
    status, told = await post(house, path, admin)
    assert status == 200
    assert told["subscribers"][0]["dead"][0]["wanted_by"] == "Amy Admin"
    assert [each.name for each in await house.store.subscribers.wanted(TENANT)] == ["bi"]
    assert await post(house, "/api/subscribers/crm/replay", admin) == (
        404,
        {"error": "There is no subscriber 'crm'."},
    )
