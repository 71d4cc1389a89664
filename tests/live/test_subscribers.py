"""Another system is told what happened, over TLS, from both databases, also across a kill -9."""

from __future__ import annotations

from typing import Any

import pytest
from kit.live_floor import GROUP
from kit.live_house import LiveHouse
from kit.waiting import until

from emulator.customers_web import WebScript
from emulator.exchange import Leg

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live input"),  # one house, one worker
]


def told(house: LiveHouse) -> list[dict[str, Any]]:
    """Every fact, as often as it was told."""
    return [fact for post in house.world.exchange.web.told for fact in post["facts"]]  # type: ignore[attr-defined]


async def story(house: LiveHouse, leg: Leg) -> tuple[str, list[str]]:
    """The caller's contact, and the kinds of its facts, as the service itself tells it."""
    owner = await house.owner()
    listed = await owner.get("/api/contacts?limit=500", house.supervisor())
    found = [
        each
        for each in listed["contacts"]
        if leg.call.lower() in [call["call"].lower() for call in each.get("calls", [])]
    ]
    contact = found[0]["contact"]
    whole = await owner.get(f"/api/contacts/{contact}", house.supervisor())
    return contact, [line["kind"] for line in whole["timeline"]]


async def was_told(house: LiveHouse, contact: str, kind: str) -> None:
    async def there() -> bool:
        mine = [fact for fact in told(house) if fact.get("contact") == contact]
        return any(fact["kind"] == kind for fact in mine)

    await until(there, within_s=30)


async def test_a_contact_is_told_from_ring_to_end(at_rest: LiveHouse) -> None:
    house = at_rest
    leg = house.call(GROUP)  # its end is told at once
    await house.connected(leg)
    contact, _ = await story(house, leg)
    await was_told(house, contact, "contact.connected")
    _, before = await story(house, leg)
    assert {"contact.arrived", "offer.created", "contact.connected"} <= set(before)
    house.hang_up(leg)
    await was_told(house, contact, "contact.ended")
    mine = [fact["kind"] for fact in told(house) if fact.get("contact") == contact]
    assert mine[: len(before)] == before
    ids = [tuple(map(int, fact["id"].split("-"))) for fact in told(house)]
    assert ids == sorted(ids)


async def test_across_a_kill_nothing_is_missed(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated |= {"silence"}
    web = house.world.exchange.web
    web.scripts["warehouse"] = WebScript(how="never")
    leg = house.call()
    await house.connected(leg)
    contact, before = await story(house, leg)
    web.told.clear()  # what it has taken no part of yet may have been read all the same
    await house.service.kill()
    del web.scripts["warehouse"]
    await house.service.start()
    await was_told(house, contact, "contact.connected")
    mine = {fact["kind"] for fact in told(house) if fact.get("contact") == contact}
    assert set(before) <= mine
