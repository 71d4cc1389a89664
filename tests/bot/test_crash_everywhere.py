"""The process dies at each of its awaits in turn, and is started again: nobody is rung twice.

A whole consult contact is played once to count the instants at which a request to Graph begins or
its answer comes, and every commit. Then it is played again for each of them, with a SIGKILL exactly
there.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from kit.switchboard_scene import Scene, WorldTransport, plan
from kit.virtual_time import run_virtual

from emulator.scripts import Behaviour
from graph.transport import GraphRequest, GraphResponse
from routing.plan import Delivery, Queue

POINTS = ("before", "during", "after")


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


def contact(
    folder: Path, delivery: Delivery, at: int, point: str, patch: pytest.MonkeyPatch
) -> Scene:
    """Play a contact and die at the given request."""
    made: list[Scene] = []

    async def whole() -> None:
        queue = Queue(name="support", members=("agents@contoso.example",), delivery=delivery)
        scene = Scene(plan=plan(queue), database=f"sqlite:///{folder}/{delivery}-{at}-{point}.db")
        made.append(scene)
        mine = Mine(scene, at, point)
        arm(mine, patch)
        scene.world.default_behaviour(Behaviour(key="1", talk_ms=20_000))
        async with scene:
            await scene.run_for(1_000)
            scene.call(patience_ms=120_000)
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
