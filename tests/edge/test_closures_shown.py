"""What supervisors closed or announced, beside the queues that it concerns."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.console_house import ConsoleHouse, console_house
from kit.floor_desk import Desk, plan

from console.closures import in_force
from console.floor_rows import queues_of
from routing.bulletin import Scope
from routing.events import PlanChanged
from routing.plan import Queue
from routing.word_events import BulletinLifted, BulletinSet

SHA = "a" * 64


BY = "sam@contoso.example"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        yield found


def says(desk: Desk, scope: Scope, name: str = "", *, closes: bool = True, **given: Any) -> None:
    """A supervisor closes something, or has a message heard."""
    words: dict[str, Any] = {"texts": {"en": "Flood."}, "clips": {"en": SHA}, "by_name": BY}
    desk.give(BulletinSet(closes=closes, scope=scope, name=name, **(words | given)))


def shown(desk: Desk, queue: str) -> list[tuple[object, object]]:
    found = in_force(desk.engine.state, desk.engine.plan)[queue]
    return [(each["closes"], each["about"]) for each in found]


def test_a_queue_shows_what_is_said_of_it_of_its_entry_point_and_of_everything() -> None:
    desk = Desk(plan(Queue(name="sales"), Queue(name="support")))
    assert shown(desk, "sales") == []
    until = desk.now + 60_000
    says(desk, Scope.QUEUE, "sales", until=until)
    says(desk, Scope.ENTRY_POINT, "support")
    says(desk, Scope.ALL, closes=False)
    assert shown(desk, "sales") == [(True, "queue"), (False, "all")]
    assert shown(desk, "support") == [(True, "entry_point"), (False, "all")]
    closure = queues_of(desk.engine.state, desk.engine.plan).rows["sales"]["bulletins"]
    assert isinstance(closure, list)
    assert closure[0] | {"since": 0} == {
        "closes": True,
        "about": "queue",
        "name": "sales",
        "since": 0,
        "until": until,
        "by": BY,
        "text": "Flood.",
    }
    desk.wait(60_000)
    desk.give(BulletinLifted(closes=False, scope=Scope.ALL, name=""))
    assert shown(desk, "sales") == []


def test_an_entry_point_with_a_flow_closes_no_queue() -> None:
    desk = Desk(plan(Queue(name="sales")))
    entry = desk.engine.plan.entry_points[0]
    behind_a_flow = replace(desk.engine.plan, entry_points=(replace(entry, flow="menu"),))
    desk.give(PlanChanged(plan=behind_a_flow))
    says(desk, Scope.ENTRY_POINT, "sales")
    assert shown(desk, "sales") == []


async def test_an_agent_is_told_of_their_own_queues_closure_only(house: ConsoleHouse) -> None:
    says(house.desk, Scope.QUEUE, "sales", texts={"en": "Secret of sales."})
    says(house.desk, Scope.QUEUE, "support")
    _, mine = await house.get("/api/me", house.token("Supervisor"))
    (support,) = mine["queues"]
    assert [each["text"] for each in support["bulletins"]] == ["Flood."]
    _, board = await house.get("/api/board", house.token("Supervisor"))
    assert [each["by"] for each in board["queues"][0]["bulletins"]] == [BY]
    assert "Secret" not in str(mine) + str(board)
