"""Acting on a call over HTTP: who may, with what in the body, and what is answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.control_house import ControlHouse, control_house
from kit.past_facts import stored

from console.refusals import SENTENCES
from console.timeline import timeline
from routing import control_rules
from routing.commands import Invite, RemoveParticipant, StartHoldMusic
from routing.control_state import Mode
from routing.facts import FactKind
from routing.state import ContactState

DONE = {"written": True, "done": True}


@pytest.fixture
async def house() -> AsyncIterator[ControlHouse]:
    async with control_house() as found:
        yield found


async def test_the_agent_holds_and_resumes(house: ControlHouse) -> None:
    assert await house.post("hold") == (200, DONE)
    house.desk.on_hold()
    status, told = await house.get()
    assert status == 200
    assert told["controls"]["hold"] == "on_hold"
    assert told["now"]["held_since"] == house.desk.now
    assert await house.post("resume", json={}) == (200, DONE)


async def test_a_refusal_has_a_code_and_a_sentence(house: ControlHouse) -> None:
    status, told = await house.post("resume")
    assert (status, told["code"]) == (409, "not_on_hold")
    assert told["error"] == "The caller is not on hold."


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"agent": "agent1@contoso.example"}, "a1"),
        ({"person": "agent1@contoso.example"}, "a1"),
        ({"person": "cora@contoso.example"}, "colleague"),
        ({"number": "+49301000000"}, "+49301000000"),
        ({"account": "account-sales"}, "+493055555"),
    ],
)
async def test_a_target_is_named_in_one_way(
    house: ControlHouse, body: dict[str, str], target: str
) -> None:
    assert await house.post("transfer", json=body) == (200, DONE)
    assert house.desk.last(Invite).target.id == target


async def test_to_a_queue(house: ControlHouse) -> None:
    assert await house.post("transfer", json={"queue": "other"}) == (200, DONE)
    house.desk.taken_out()
    assert house.desk.contact().queue == "other"


async def test_consulting_asks_for_hold_first(house: ControlHouse) -> None:
    body = {"agent": "agent1@contoso.example", "consult": True}
    assert await house.post("transfer", json=body) == (200, DONE)
    assert house.desk.count(StartHoldMusic) == 1
    party = house.desk.contact().control.party
    assert party is not None
    assert (party.mode, party.by) == (Mode.CONSULT, "Ada")
    assert await house.post("cancel") == (200, DONE)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"agent": "a", "queue": "other"},
        {"agnet": "a"},
        {"number": 49},
        {"person": "nobody@contoso.example"},
        [],
    ],
)
async def test_a_body_that_names_nobody_is_refused(house: ControlHouse, body: object) -> None:
    status, told = await house.post("transfer", json=body)
    assert status == 400
    assert told["error"]
    assert house.desk.contact().control.party is None


async def test_a_body_that_is_too_large_is_refused(house: ControlHouse) -> None:
    status, _ = await house.post("transfer", json={"person": "x" * 20_000})
    assert status == 413


async def test_a_number_that_the_plan_does_not_allow_is_not_rung(house: ControlHouse) -> None:
    status, told = await house.post("add", json={"number": "+15550100200"})
    assert (status, told["code"]) == (409, "number_not_allowed")
    assert house.desk.count(Invite) == 1


@pytest.mark.parametrize("act", ["hold", "transfer", "end"])
async def test_for_others_there_is_no_such_contact(house: ControlHouse, act: str) -> None:
    for token in (
        house.token("Agent", oid="a7"),
        house.token("Agent", oid="boss"),  # named by the plan, but without the role
        house.token("Supervisor", oid="of-another-queue"),
    ):
        status, _ = await house.post(act, token, json={"queue": "other"})
        assert status == 404
    assert house.desk.contact().state is ContactState.CONNECTED


async def test_a_supervisor_ends_the_call_and_that_is_told(house: ControlHouse) -> None:
    boss = house.token("Supervisor", oid="boss", name="Bo")
    status, told = await house.post("hold", boss)
    assert (status, told["code"]) == (409, "agents_own")
    assert await house.post("end", boss) == (200, DONE)
    assert house.desk.fact(FactKind.CONTACT_CUT).detail["by"] == "Bo"


async def test_the_same_act_sent_twice_is_one(house: ControlHouse) -> None:
    key = {"Idempotency-Key": "once"}
    body = {"number": "+49301000000"}
    assert await house.post("transfer", json=body, headers=key) == (200, DONE)
    assert await house.post("transfer", json=body, headers=key) == (200, DONE)
    assert house.desk.count(Invite) == 2  # the agent's own, and this


async def test_whom_a_call_may_go_to(house: ControlHouse) -> None:
    _, told = await house.get()
    targets = told["targets"]
    assert [(a["upn"], a["does"], a["refused"]) for a in targets["agents"]] == [
        ("agent1@contoso.example", "available", "")
    ]
    assert [(q["queue"], q["waiting"], q["own"]) for q in targets["queues"]] == [
        ("sales", 0, True),
        ("other", 0, False),
    ]
    assert targets["numbers"] == ["+49"]
    assert targets["accounts"] == [{"account": "account-sales", "name": "Sales"}]


async def test_a_whole_transfer_stands_in_the_timeline(house: ControlHouse) -> None:
    desk = house.desk
    await house.post("transfer", json={"agent": "agent1@contoso.example", "consult": True})
    desk.on_hold()
    desk.joined("a1", "a0")
    await house.post("complete")
    assert desk.last(RemoveParticipant).participant == "p-a0"
    desk.taken_out()
    told = stored(f for f in desk.facts if f.contact == desk.contact().id)
    lines = [line.text for line in timeline(told)]
    assert "The caller is on hold, with music" in lines
    assert "agent1@contoso.example is rung, to be asked first, for Ada" in lines
    assert any("has handed the caller over to agent1@contoso.example" in line for line in lines)


def test_every_code_of_the_rules_has_a_sentence() -> None:
    rules = Path(control_rules.__file__).read_text(encoding="utf-8")
    told = set(re.findall(r'"([a-z]+(?:_[a-z]+)+|ended)"', rules))
    assert "bot_left" in told
    assert told <= SENTENCES.keys()
