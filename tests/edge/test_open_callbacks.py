"""The open callbacks, as the API and the command line list them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.archived import SUPERVISOR, TENANT, stored
from kit.callback_desk import GERMANY, CallbackDesk
from kit.console_house import ConsoleHouse, console_house
from kit.floor_desk import NUMBER, plan

from bot.query_commands import asked_callbacks
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.events import CallEnded, Caller, CallerKind
from routing.plan import Queue

SECOND = Caller(kind=CallerKind.NUMBER, id="+4930777777")
THIRD = Caller(kind=CallerKind.INTERNAL, id="11111111-2222-3333-4444-555555555555", name="Una User")
HOUR_MS = 3_600_000


def wanted() -> CallbackDesk:
    """Three who want to be called back by `sales`: one was busy and rests, one waits, one is a
    colleague and waits."""
    rules = CallbackRules(offer=CallbackOffer(key="1"), retry_after_ms=HOUR_MS)
    sales = Queue(name="sales", callback=rules, supervisors=(SUPERVISOR,))
    desk = CallbackDesk(plan(sales, entry={"numbering": GERMANY}))
    desk.promised()
    desk.taken()
    desk.give(CallEnded(call=desk.customer_rings(), code=486, ending="busy"), after=2_000)
    desk.promised(SECOND)
    desk.promised(THIRD)
    return desk


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        yield found


async def listed(house: ConsoleHouse, *roles: str, **changes: Any) -> list[dict[str, Any]]:
    status, told = await house.get("/api/callbacks", house.token(*roles, **changes))
    assert status == 200
    rows: list[dict[str, Any]] = told["callbacks"]
    return rows


async def test_the_api_lists_them_the_longest_waiting_first(house: ConsoleHouse) -> None:
    desk = wanted()
    house.desk.engine, house.desk.now = desk.engine, desk.now
    first, second, third = await listed(house, "Supervisor")
    assert [each["caller"] for each in (first, second, third)] == [NUMBER.id, SECOND.id, "Una User"]
    assert (first["stage"], first["dials"], second["stage"]) == ("resting", 1, "waiting")
    assert desk.now < first["not_before"] <= desk.now + HOUR_MS
    assert second["not_before"] == 0
    assert first["expires_at"] > first["promised_at"] > first["queued_at"]
    assert THIRD.id not in str(third), "nobody's id of the directory"


async def test_the_api_lists_callers_of_ones_own_queues_only(house: ConsoleHouse) -> None:
    desk = wanted()
    house.desk.engine, house.desk.now = desk.engine, desk.now
    stranger = "00000000-0000-0000-0000-0000000000bb"
    assert await listed(house, "Supervisor", oid=stranger) == []
    assert len(await listed(house, "Auditor", oid=stranger)) == 3


async def test_one_that_is_being_dialed_is_listed_until_the_customer_is_there(
    house: ConsoleHouse,
) -> None:
    desk = CallbackDesk(
        plan(
            Queue(name="sales", callback=CallbackRules(offer=CallbackOffer(key="1"))),
            entry={"numbering": GERMANY},
        )
    )
    desk.promised()
    agent_leg = desk.taken()
    house.desk.engine, house.desk.now = desk.engine, desk.now
    assert [each["stage"] for each in await listed(house, "Admin")] == ["dialing"]
    leg = desk.customer_picks_up()
    assert [each["stage"] for each in await listed(house, "Admin")] == ["asking"]
    desk.customer_linked(agent_leg, leg)
    assert await listed(house, "Admin") == []


async def test_the_command_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = wanted()
    state = desk.engine.state
    entities = [
        *(("contact", key, each) for key, each in state.contacts.items()),
        *(("call", key, each) for key, each in state.calls.items()),
    ]
    path = tmp_path / "switchboard.db"
    store = await stored(path, desk, entities)
    await store.close()
    assert await asked_callbacks(f"sqlite:///{path}", TENANT) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "contact", "queue", "number", "stage", "since", "next", "expires", "dialed",
    ]  # fmt: skip
    assert [row.split()[1] for row in rows] == ["sales"] * 3
    numbers = (NUMBER.id, SECOND.id, "Una User")
    assert all(number in row for number, row in zip(numbers, rows, strict=True))
    assert "resting" in rows[0]
    assert rows[0].split()[-1] == "1", "once"
    assert "when it is their turn" in rows[1]
    assert THIRD.id not in "".join(rows)
