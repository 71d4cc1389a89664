"""A caller's context over HTTP: who may see it, what it says, and the photo beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.archived import SUPERVISOR
from kit.console_house import ConsoleHouse, console_house
from kit.context_plans import GOLD, MONDAY

from graph.errors import Refused
from graph.profiles import Photo
from routing.context_rules import Source
from routing.context_state import Known, Told
from routing.events import CallEnded, Caller, CallerKind
from routing.state import Contact, Offer

STRANGER = "00000000-0000-0000-0000-0000000000bb"
PATH = "/api/contacts/1-1/context"
PHOTO = "/api/contacts/1-1/photo"
PNG = Photo(kind="image/png", body=b"\x89PNG\r\n\x1a\n1")


def known(name: str, source: Source = Source.HTTP, **fields: Any) -> Known:
    return Known(provider=name, title=name.upper(), source=source, asked_at=1_000, **fields)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        contact(found).context = {
            "crm": known("crm", told=GOLD, took_ms=120),
            "before": known("before", Source.HISTORY, told=MONDAY, took_ms=9),
            "erp": known("erp", problem="late", took_ms=2_000),
            "slow": known("slow", command="1-99"),
        }
        yield found


def contact(house: ConsoleHouse) -> Contact:
    return house.desk.engine.state.contacts["1-1"]


def offers(house: ConsoleHouse) -> list[Offer]:
    return list(house.desk.engine.state.offers.values())


async def test_a_supervisor_of_the_queue_reads_what_is_known_and_what_is_not(
    house: ConsoleHouse,
) -> None:
    status, told = await house.get(PATH, house.token("Supervisor"))
    assert status == 200
    crm, before, erp, slow = told["providers"]
    assert (crm["state"], crm["took_ms"], crm["title"]) == ("told", 120, "CRM")
    assert crm["fields"] == [{"label": "Tier", "value": "gold"}]
    assert crm["links"] == [{"label": "Open", "url": "https://crm.contoso.example/#/4711"}]
    assert before["past"][0]["note"] == "Urgent"
    assert (erp["state"], erp["problem"]) == ("failed", "late")
    assert (slow["state"], slow["took_ms"]) == ("asking", None)
    assert told["photo"] is False


@pytest.mark.parametrize("path", [PATH, PHOTO])
async def test_only_who_looks_after_it_or_is_to_talk_learns_that_there_is_any(
    house: ConsoleHouse, path: str
) -> None:
    past, present = offers(house)
    tokens = {
        house.token("Supervisor", oid=STRANGER): 404,
        house.token("Agent", oid=STRANGER): 404,
        house.token("Agent", "Auditor", oid=STRANGER): 404,
        house.token("Auditor"): 403,
        house.token("Agent", oid=past.agent): 404,
        # The role alone gives no queue, and the plan alone no role.
        house.token("Agent", oid=SUPERVISOR): 404,
    }
    assert past.agent != present.agent
    for token, status in tokens.items():
        assert (await house.get(path, token))[0] == status
    assert house.photos.asked == []


async def test_the_agent_to_whom_it_is_offered_and_who_has_it_sees_it(house: ConsoleHouse) -> None:
    present = offers(house)[-1]
    token = house.token("Agent", oid=present.agent)
    assert (await house.get(PATH, token))[0] == 200
    contact(house).agent, contact(house).offer = "a9", ""
    assert (await house.get(PATH, house.token("Agent", oid="a9")))[0] == 200
    assert (await house.get(PATH, house.token("Admin", oid=STRANGER)))[0] == 200
    status, told = await house.get("/api/contacts/9-9/context", house.token("Admin"))
    assert (status, told) == (404, {"error": "There is no contact '9-9'."})


async def test_with_the_contacts_end_no_value_is_left(house: ConsoleHouse) -> None:
    house.desk.give(CallEnded(call="caller1", code=0, subcode=4521))
    status, told = await house.get(PATH, house.token("Supervisor"))
    assert status == 200
    assert {each["state"] for each in told["providers"]} == {"over", "failed"}
    assert "gold" not in json.dumps(told)


async def test_the_board_and_the_feed_say_that_something_came(house: ConsoleHouse) -> None:
    _, board = await house.get("/api/board", house.token("Agent", oid="a0"))
    assert board["contacts"][0]["context"] == 3
    assert "gold" not in json.dumps(board)


# -- the photo -------------------------------------------------------------------------------------


def colleague(house: ConsoleHouse, kind: CallerKind = CallerKind.INTERNAL) -> None:
    contact(house).caller = Caller(kind=kind, id="una", name="Una")
    profile = known("who", Source.PROFILE, told=Told(fields={"name": "Una"}, photo=True))
    contact(house).context = {"who": profile}


async def test_a_colleagues_photo_comes_as_it_is_and_is_kept_nowhere(house: ConsoleHouse) -> None:
    colleague(house)
    house.photos.answer = PNG
    headers = {"Authorization": house.token("Supervisor")}
    async with house.client.get(PHOTO, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert await answer.read() == PNG.body
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert house.photos.asked == ["una"]


@pytest.mark.parametrize("answer", [None, Refused("no", status=403)])
async def test_no_photo_is_no_error_of_ours(house: ConsoleHouse, answer: Any) -> None:
    colleague(house)
    house.photos.answer = answer
    assert await house.get(PHOTO, house.token("Supervisor")) == (
        404,
        {"error": "There is no photo."},
    )


async def test_nobody_is_asked_for_a_strangers_photo_or_without_the_plans_word(
    house: ConsoleHouse,
) -> None:
    house.photos.answer = PNG
    colleague(house, CallerKind.FEDERATED)
    assert (await house.get(PHOTO, house.token("Supervisor")))[0] == 404
    colleague(house)
    contact(house).context = {"crm": known("crm", told=GOLD)}
    assert (await house.get(PHOTO, house.token("Supervisor")))[0] == 404
    assert house.photos.asked == []
