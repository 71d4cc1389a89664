"""What is known of a caller, with everything real: TLS, both databases, a kill -9."""

from typing import Any

import pytest
from kit.live_floor import WAITING
from kit.live_house import LiveHouse
from kit.waiting import until

from emulator.customers_web import CustomersWeb, WebScript
from emulator.exchange import Leg

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live input"),  # one house, one worker
]
UNA = "una.user@contoso.example"


def web(house: LiveHouse) -> CustomersWeb:
    found = house.world.exchange.web
    found.asked.clear()
    return found


async def context_of(house: LiveHouse, leg: Leg) -> dict[str, Any]:
    """What the service tells of the caller's context; empty: it knows no such contact."""
    owner = await house.owner()
    token = house.supervisor()
    for contact in (await owner.get("/api/board", token))["contacts"]:
        if any(call["call"].lower() == leg.call.lower() for call in contact["calls"]):
            told: dict[str, Any] = await owner.get(
                f"/api/contacts/{contact['contact']}/context", token
            )
            return told
    return {}


async def told(house: LiveHouse, leg: Leg, state: str) -> dict[str, Any]:
    """The provider's word, once it is in this state."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        context = await context_of(house, leg)
        found[:] = [each for each in context.get("providers", ()) if each["state"] == state]
        return bool(found)

    await until(there, within_s=30)
    return found[0]


async def test_a_customers_system_is_asked_and_its_answer_kept_while_the_contact_lives(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    asked = web(house)
    asked.scripts["who"] = WebScript(answer={"tier": "gold", "iban": "DE89"})
    leg = house.call(WAITING, kind="user", who=UNA)
    known = await told(house, leg, "told")
    assert known["fields"] == [{"label": "Tier", "value": "gold"}]
    [(name, question, signature)] = asked.asked
    assert (name, list(question), signature) == ("who", ["user"], "")


async def test_a_process_that_dies_while_a_customers_system_thinks_asks_again(
    at_rest: LiveHouse,
) -> None:
    house = at_rest
    house.tolerated |= {"silence"}
    asked = web(house)
    asked.scripts["who"] = WebScript(how="never")
    leg = house.call(WAITING, kind="user", who=UNA)
    await house.queued(leg)  # so all of it is written down
    await told(house, leg, "asking")
    await house.service.kill()
    asked.scripts["who"] = WebScript(answer={"tier": "gold"})
    await house.service.start()
    known = await told(house, leg, "told")
    assert known["fields"] == [{"label": "Tier", "value": "gold"}]
    assert len(asked.asked) == 2


async def test_who_never_answers_is_given_up_after_a_crash_too(at_rest: LiveHouse) -> None:
    house = at_rest
    house.tolerated |= {"silence"}
    web(house).scripts["who"] = WebScript(how="never")
    leg = house.call(WAITING, kind="user", who=UNA)
    await house.queued(leg)  # so all of it is written down
    await told(house, leg, "asking")
    await house.service.kill()
    await house.service.start()
    known = await told(house, leg, "failed")
    assert known["problem"] == "late"
