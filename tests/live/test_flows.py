"""A caller in a flow, with everything real: keys, prompts, a webhook over TLS, both databases."""

import hashlib
import hmac
import json

import pytest
from kit.live_floor import HELP, SECRET
from kit.live_house import LiveHouse
from kit.waiting import until

from emulator.customers_web import CustomersWeb, WebScript
from emulator.exchange import Leg

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live input"),  # one house, one worker
]

KEYS = [
    {"do": "key", "key": key, "on": "prompt", "nth": 1, "after_ms": 300 + 250 * place}
    for place, key in enumerate("14711")
]
"""1 in the menu, then an order number: faster than the prompts."""


def web(house: LiveHouse) -> CustomersWeb:
    found = house.world.exchange.web
    found.asked.clear()
    return found


def rings(house: LiveHouse) -> Leg:
    from emulator.scripts import CallerScript

    script = CallerScript.from_json({"to": HELP, "who": "03012345678", "steps": KEYS})
    leg = house.world.place_call(script, house.now)
    house.emulator.shell.pump()
    return leg


async def test_keys_a_webhook_and_the_queue_it_chose(at_rest: LiveHouse) -> None:
    house = at_rest
    asked = web(house)
    asked.scripts["crm"] = WebScript(answer={"customer": {"tier": "gold"}})
    leg = rings(house)
    await house.connected(leg)
    [(name, question, signature)] = asked.asked
    assert name == "crm"
    assert question["caller"] == "+493012345678"  # the account stands in Germany
    assert question["attributes"]["order"] == "4711"
    assert "called" not in question
    told = dict(part.split("=") for part in signature.split(","))
    body = json.dumps(question, separators=(",", ":"), ensure_ascii=False).encode()
    proof = hmac.new(SECRET.encode(), f"{told['t']}.".encode() + body, hashlib.sha256)
    assert told["v1"] == proof.hexdigest()
    assert abs(int(told["t"]) * 1000 - house.now) < 60_000


@pytest.mark.parametrize("how", ["html", "redirect", "huge", "status", "nonsense"])
async def test_a_webhook_of_no_use_does_not_keep_the_caller(at_rest: LiveHouse, how: str) -> None:
    house = at_rest
    asked = web(house)
    asked.scripts["crm"] = WebScript(how=how)
    leg = rings(house)
    await in_queue(house, leg, "waiting")
    assert len(asked.asked) == 1


async def test_a_process_that_dies_while_a_webhook_thinks_asks_it_again(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    house.tolerated |= {"silence"}
    asked = web(house)
    asked.scripts["crm"] = WebScript(how="never")
    leg = rings(house)

    async def was_asked() -> bool:
        return len(asked.asked) == 1

    await until(was_asked, within_s=20)
    await house.service.kill()
    asked.scripts["crm"] = WebScript(answer={"customer": {"tier": "gold"}})
    await house.service.start()

    # Within its 5 s the same question comes again; later, the caller goes on without an answer.
    async def went_on() -> bool:
        return await queue_of(house, leg) in ("support", "waiting")

    await until(went_on, within_s=30)
    if len(asked.asked) > 1:
        assert asked.asked[1][1]["id"] == asked.asked[0][1]["id"]


async def queue_of(house: LiveHouse, leg: Leg) -> str:
    """In which queue the caller is, as the service says."""
    owner = await house.owner()
    told = await owner.get("/api/board", house.supervisor())
    return next(
        (
            str(contact["queue"])
            for contact in told["contacts"]
            for call in contact["calls"]
            if call["call"].lower() == leg.call.lower()
        ),
        "",
    )


async def in_queue(house: LiveHouse, leg: Leg, queue: str) -> None:
    """Until the caller is in that queue."""

    async def there() -> bool:
        return await queue_of(house, leg) == queue

    await until(there, within_s=20)
