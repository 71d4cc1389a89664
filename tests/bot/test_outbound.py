"""What a command is on the wire: whose request it is, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from kit.scripted_graph import EffectsScene, ScriptedGraph, state
from kit.virtual_time import START_MS, run_virtual

from bot.sending.outbound import Outbound
from graph.calls import Calls, Prompt
from graph.errors import Refused
from routing.commands import (
    Answer,
    AskCall,
    Command,
    CreateCall,
    EndStray,
    HangUp,
    Play,
    Redirect,
    Reject,
    Say,
    Target,
    TargetKind,
    Transfer,
)
from routing.events import CallSeen

LATER = START_MS + 5_000
ADA = Target(kind=TargetKind.USER, id="ada", name="Ada")
BILLING = Target(kind=TargetKind.ACCOUNT, id="billing", name="Billing")
NUMBER = Target(kind=TargetKind.NUMBER, id="+4930123456")


@dataclass
class House:
    """Two applications, each with a tenant and a leg of its own."""

    prompts: int = 1
    graph: ScriptedGraph = field(default_factory=ScriptedGraph)
    legs: dict[str, str] = field(default_factory=lambda: {"leg-1": "one", "leg-2": "two"})

    def wire_of(self, call: str) -> str:
        return f"wire-{call}"

    def app_of(self, call: str) -> str:
        return self.legs.get(call, "")

    def sent(self, command: Command) -> list[tuple[str, str, Any]]:
        """Each request: the application, the tenant and the body."""
        calls = {
            app: Calls(transport=self.graph, tenant_id=f"tenant-{app}", app_id=app)
            for app in ("one", "two")
        }
        prompts = [Prompt(f"https://bot/{n}.wav", "r") for n in range(self.prompts)]
        outbound = Outbound(calls, self, "https://bot.example/", lambda _say: prompts)
        run_virtual(outbound.send(command, LATER))
        return [
            (each.app_id, each.tenant_id, json.loads(each.body) if each.body else {})
            for each in self.graph.requests
        ]


@pytest.mark.parametrize(
    "command",
    [
        Answer(id="1", call="leg-2", deadline=LATER),
        Reject(id="1", call="leg-2"),
        Redirect(id="1", call="leg-2", target=ADA),
        Transfer(id="1", call="leg-2", target=ADA),
        Play(id="1", call="leg-2", say=(Say(prompt="music:default"),)),
        HangUp(id="1", call="leg-2"),
        # A leg that is still to be made, and one that is nobody's, are in no list yet.
        CreateCall(id="1", call="new", target=ADA, app="two", deadline=LATER),
        EndStray(id="1", wire="stray", app="two"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_each_request_is_of_the_application_whose_leg_it_is_about(command: Command) -> None:
    asked = {(app, tenant) for app, tenant, _ in House().sent(command)}
    assert asked == {("two", "tenant-two")}


def test_a_stray_leg_of_nobody_knows_which_application_is_looked_for_in_each() -> None:
    house = House()
    house.graph.script = {"GET": [state("terminated"), state("terminated")]}
    assert [app for app, _, _ in house.sent(EndStray(id="1", wire="stray"))] == ["one", "two"]


@pytest.mark.parametrize("command", [Redirect, Transfer], ids=lambda kind: kind.__name__)
def test_an_account_is_named_with_its_tenant_and_nobody_else_is(
    command: type[Redirect] | type[Transfer],
) -> None:
    told = {}
    for target in (ADA, BILLING, NUMBER):
        [(_, _, body)] = House().sent(command(id="1", call="leg-2", target=target))
        party = body["targets"][0] if command is Redirect else body["transferTarget"]
        (identity,) = [v for v in party["identity"].values() if isinstance(v, dict)]
        told[target.kind] = identity.get("tenantId")
    assert told == {
        TargetKind.USER: None,
        TargetKind.ACCOUNT: "tenant-two",
        TargetKind.NUMBER: None,
    }


@pytest.mark.parametrize(
    "command",
    [
        Answer(id="7-11", call="leg-1", deadline=LATER),
        CreateCall(id="7-11", call="new", target=ADA, app="one", deadline=LATER),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_call_is_told_about_at_an_address_that_names_the_command_behind_it(
    command: Command,
) -> None:
    [(_, _, body)] = House().sent(command)
    assert body["callbackUri"] == "https://bot.example/api/calls/7-11"


@pytest.mark.parametrize("busy", [True, False])
def test_a_reject_says_busy_unless_it_should_not(busy: bool) -> None:
    [(_, _, body)] = House().sent(Reject(id="1", call="leg-1", busy=busy))
    assert body["reason"] == ("busy" if busy else "none")


def test_a_leg_on_which_nothing_plays_hears_the_fresh_prompt_all_the_same() -> None:
    house = House()
    house.graph.script = {"cancelMediaProcessing": [Refused("nothing to cancel", status=400)]}
    play = Play(id="1", call="leg-1", say=(Say(prompt="whisper"),), fresh=True)
    house.sent(play)
    assert house.graph.operations == ["cancelMediaProcessing", "playPrompt"]


@pytest.mark.parametrize(("prompts", "requests"), [(1, [1]), (20, [20]), (22, [20, 2])])
def test_more_than_a_request_holds_is_played_by_several_and_the_last_one_names_the_command(
    prompts: int, requests: list[int]
) -> None:
    sent = House(prompts=prompts).sent(Play(id="7-1", call="leg-1", say=(Say(prompt="digits"),)))
    bodies = [body for _, _, body in sent]
    assert [len(body["prompts"]) for body in bodies] == requests
    uris = [each["mediaInfo"]["uri"] for body in bodies for each in body["prompts"]]
    assert uris == [f"https://bot/{n}.wav" for n in range(prompts)]
    assert [body["clientContext"] == "7-1" for body in bodies] == [
        number == len(bodies) for number in range(1, len(bodies) + 1)
    ]


# -- what is only asked


def scene(story: Callable[[EffectsScene], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with EffectsScene() as built:
            await story(built)

    run_virtual(whole())


@pytest.mark.parametrize("name", ["terminating", "terminated"])
def test_a_leg_that_is_ending_is_gone(name: str) -> None:
    async def story(built: EffectsScene) -> None:
        built.graph.script = {"GET": [state(name)]}
        built.effects.take([AskCall(id="1", call="leg")])
        await asyncio.sleep(1)
        assert built.told[0] == CallSeen(call="wire-leg", state="gone", asked_at=START_MS)

    scene(story)


def test_legs_that_do_not_answer_are_not_waited_for_longer_than_callers_can_bear() -> None:
    async def story(built: EffectsScene) -> None:
        built.graph.latency_ms = 8_000
        built.effects.hold()
        built.effects.take([AskCall(id="1", call="leg")])
        began = built.clock.now()
        await built.effects.answers(1.0)
        assert built.clock.now() - began == 1_000

    scene(story)
