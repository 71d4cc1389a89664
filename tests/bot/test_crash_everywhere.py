"""The process dies at each of its awaits in turn, and is started again: nobody is rung twice, and
nobody is shown two cards for one offer.

A whole consult contact is played once to count the instants at which a request to Graph or to the
chat's connector begins or its answer comes, and every commit. Then it is played again for each of
them, with a SIGKILL exactly there.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.mines import POINTS, Mine, arm, at_most_one_ring_at_once
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.chat import card_in, name_of
from emulator.scripts import Behaviour, Press, Step
from routing.action import Action, ActionKind
from routing.flow_steps import Flow, Goto, Menu, Turn
from routing.plan import Delivery, Queue

TO_SUPPORT = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.QUEUE, ref="support"))
CHOOSE = Flow(
    name="choose",
    start="which",
    menus=(Menu(name="which", prompt="plan:which", keys={"1": TO_SUPPORT}, otherwise=TO_SUPPORT),),
)
KEYED = tuple(Step(do="key", key="1", after_ms=7_000 + n * 6_000) for n in range(4))


def contact(
    folder: Path,
    delivery: Delivery,
    at: int,
    point: str,
    patch: pytest.MonkeyPatch,
    *,
    chatting: bool = False,
    menu: bool = False,
) -> Scene:
    """Play a contact and die at the given request; `chatting`: the agents have the bot; `menu`: the
    caller chooses first, and keys in again what was not heard."""
    made: list[Scene] = []

    async def whole() -> None:
        queue = Queue(name="support", members=("agents@contoso.example",), delivery=delivery)
        followed = replace(plan(queue, flow="choose"), flows=(CHOOSE,)) if menu else plan(queue)
        scene = Scene(plan=followed, database=f"sqlite:///{folder}/{delivery}-{at}-{point}.db")
        made.append(scene)
        presses = (Press(verb="accept", after_ms=600), Press(verb="done", after_ms=50_000))
        scene.world.default_behaviour(Behaviour(key="1", talk_ms=20_000, presses=presses))
        async with scene:
            await scene.run_for(1_000)
            if chatting:
                for person in scene.config.people:
                    scene.world.chat.install(person.upn)
                scene.kick.set()
                await scene.run_for(2_000)
            mine = Mine(scene, at, point)
            arm(mine, patch)
            scene.call(patience_ms=120_000, steps=KEYED if menu else ())
            try:
                async with asyncio.timeout(40):
                    await mine.blown.wait()
            except TimeoutError:
                return
            await scene.kill()
            await scene.run_for(700)
            await scene.start()
            await scene.run_for(300_000)
            state = scene.board.loop.state()
            assert state is not None
            live = [c.state.value for c in state.contacts.values() if c.state.value != "ended"]
            assert live == [], "after silence everything ends"

    with patch.context() as inner:
        patch = inner
        run_virtual(whole())
    return made[0]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_crash_at_any_request_rings_nobody_twice(
    tmp_path: Path, delivery: Delivery, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    while True:
        at += 1
        scene = contact(tmp_path, delivery, at, point, monkeypatch)
        at_most_one_ring_at_once(scene)
        answers = [op for op in scene.ops("answer") if op == "answer 202"]
        assert len(answers) == 1, f"answered {len(answers)} times, killed {point} request {at}"
        if scene._lives == 1:
            break
    assert at >= 5, "too few requests were made to prove anything"


def longest_silence_ms(scene: Scene, until: int) -> int:
    """How long the first caller heard nothing at a stretch, from the answer to the agent."""
    caller = next(record for record in scene.world.log if record.kind == "connected")
    heard: list[Any] = [
        record
        for record in scene.world.log
        if record.kind == "heard" and record.leg == caller.leg  # type: ignore[attr-defined]
    ]
    silent = [each for each in heard if each.what == "silence" and each.at < until]
    return max((min(each.until, until) - each.at for each in silent), default=0)


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_request_of_a_menu_loses_nobody(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    while True:
        at += 1
        scene = contact(tmp_path, Delivery.CONSULT, at, point, monkeypatch, menu=True)
        at_most_one_ring_at_once(scene)
        bridged = [record for record in scene.world.log if record.kind == "bridged"]
        assert len(bridged) == 1, f"nobody was reached, killed {point} request {at}"
        asked = [str(request.body) for request in scene.requests if request.path.endswith("Prompt")]
        assert 1 <= sum("plan-which" in each for each in asked) <= 4, f"{point} request {at}"
        longest = longest_silence_ms(scene, bridged[0].at)
        assert longest <= (1_000 if scene._lives == 1 else 10_000), f"{longest} ms, {point} {at}"
        if scene._lives == 1:
            break
    assert at >= 9, "too few requests were made to prove anything"


def offer_cards(scene: Scene) -> dict[str, list[str]]:
    """What the card of each offer shows at last, once for each message that holds it."""
    shown: dict[str, list[str]] = {}
    for posted in scene.world.chat.posted:
        if name_of(card_in(posted.first)) == "offered":
            offer = json.dumps(posted.first).partition('"offer": "')[2].partition('"')[0]
            shown.setdefault(offer, []).append(name_of(card_in(posted.activity)))
    return shown


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("delivery", [Delivery.CONSULT, Delivery.GROUP_CALL])
def test_a_crash_at_any_request_shows_one_card_an_offer_and_forgets_none(
    tmp_path: Path, delivery: Delivery, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    while True:
        at += 1
        scene = contact(tmp_path, delivery, at, point, monkeypatch, chatting=True)
        at_most_one_ring_at_once(scene)
        cards = offer_cards(scene)
        assert all(len(shown) == 1 for shown in cards.values()), f"{cards}, {point} request {at}"
        # Only a card whose message nobody wrote down is left as it was: a press would tell it.
        left = [shown[0] for shown in cards.values()].count("offered")
        assert left <= (1 if point != "before" and scene._lives == 2 else 0), f"{cards}, {at}"
        if scene._lives == 1:
            break
    assert at >= 7, "too few requests were made to prove anything"
