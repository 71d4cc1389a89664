"""The process dies at each of its awaits in turn, and is started again: nobody is rung twice, and
nobody is shown two cards for one offer.

A whole consult contact is played once to count the instants at which a request to Graph or to the
chat's connector begins or its answer comes, and every commit. Then it is played again for each of
them, with a SIGKILL exactly there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.switchboard_scene import Scene, WorldTransport, plan
from kit.virtual_time import run_virtual
from kit.world_chat import WorldGateway

from emulator.chat import card_in, name_of
from emulator.scripts import Behaviour, Press, Step
from graph.transport import GraphRequest, GraphResponse
from routing.action import Action, ActionKind
from routing.flow_steps import Flow, Goto, Menu, Turn
from routing.plan import Delivery, Queue

POINTS = ("before", "during", "after")
TO_SUPPORT = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.QUEUE, ref="support"))
CHOOSE = Flow(
    name="choose",
    start="which",
    menus=(Menu(name="which", prompt="plan:which", keys={"1": TO_SUPPORT}, otherwise=TO_SUPPORT),),
)
KEYED = tuple(Step(do="key", key="1", after_ms=7_000 + n * 6_000) for n in range(4))


class Mine:
    """Kills the service when the n-th request passes a point."""

    def __init__(self, scene: Scene, at: int, point: str) -> None:
        self.scene, self.at, self.point = scene, at, point
        self.count = 0
        self.blown = asyncio.Event()

    def passes(self, point: str) -> bool:
        """Whether the service dies here."""
        if point == self.point and not self.blown.is_set():
            self.count += 1
            if self.count == self.at:
                self.blown.set()
                return True
        return False


def arm(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    send = WorldTransport._send

    async def mined(self: WorldTransport, request: GraphRequest, *, again: bool) -> GraphResponse:
        if request.method == "POST" and request.path.endswith("getPresencesByUserId"):
            return await send(self, request, again=again)
        if mine.passes("before"):
            await asyncio.Event().wait()
        task = asyncio.get_running_loop().create_task(send(self, request, again=again))
        if mine.passes("during"):
            await asyncio.sleep(0)  # the request is carried out, its answer never read
            await asyncio.shield(task)
            await asyncio.Event().wait()
        response = await task
        if mine.passes("after"):
            await asyncio.Event().wait()
        return response

    monkeypatch.setattr(WorldTransport, "_send", mined)
    for name in ("_post", "update_card"):
        monkeypatch.setattr(WorldGateway, name, _mined(mine, getattr(WorldGateway, name)))


def _mined(mine: Mine, send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request to the connector that the service may die of."""

    async def mined(*args: Any) -> Any:
        if mine.passes("before"):
            await asyncio.Event().wait()
        task = asyncio.ensure_future(send(*args))
        if mine.passes("during"):
            await asyncio.shield(task)
            await asyncio.Event().wait()
        answer = await task
        if mine.passes("after"):
            await asyncio.Event().wait()
        return answer

    return mined


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


def at_most_one_ring_at_once(scene: Scene) -> None:
    ringing: dict[str, int] = {}
    for record in scene.world.log:
        if record.kind == "ring":
            party = record.party  # type: ignore[attr-defined]
            ringing[party] = ringing.get(party, 0) + 1
            assert ringing[party] == 1, "an agent was rung twice at once"
            assert sum(ringing.values()) <= 1, "two agents were rung for one caller"
        elif record.kind == "ring_stopped":
            party = record.party  # type: ignore[attr-defined]
            ringing[party] -= 1


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
