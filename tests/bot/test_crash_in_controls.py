"""The process dies at each request of a call that an agent acts on: nobody is rung twice, nobody is
left on the line, and the caller is not forgotten on hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from kit.mines import POINTS, Mine, arm, at_most_one_ring_at_once
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.scripts import Behaviour, TabAct
from routing.plan import Delivery, Queue

ADA, BEN = (f"{name}.agent@contoso.example" for name in ("ada", "ben"))
ASKS_FIRST = (
    TabAct(act="transfer", after_ms=1_000, body={"agent": BEN, "consult": True}),
    TabAct(act="complete", after_ms=12_000),
    TabAct(act="cancel", after_ms=20_000),
)
"""An invitation that was perhaps sent is never repeated: then the agent gives it up."""
HANDS_OVER = (TabAct(act="transfer", after_ms=1_000, body={"agent": BEN}),)
STORIES = {"asks first": ASKS_FIRST, "hands over": HANDS_OVER}


def talk(folder: Path, story: str, at: int, point: str, patch: pytest.MonkeyPatch) -> Scene:
    """Play a talk that is handed over, and die at the given request."""
    made: list[Scene] = []

    async def whole() -> None:
        queue = Queue(name="support", members=(ADA, BEN), delivery=Delivery.GROUP_CALL)
        scene = Scene(plan=plan(queue), database=f"sqlite:///{folder}/{point}-{at}.db")
        made.append(scene)
        scene.world.script_agent(ADA, (Behaviour(talk_ms=40_000, acts=STORIES[story]),))
        scene.world.script_agent(BEN, (Behaviour(talk_ms=40_000),))
        async with scene:
            await scene.run_for(1_000)
            mine = Mine(scene, at, point)
            arm(mine, patch)
            scene.call(patience_ms=120_000)
            try:
                async with asyncio.timeout(60):
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
            assert scene.world.exchange.legs == {}, "somebody is still on the line"

    with patch.context() as inner:
        patch = inner
        run_virtual(whole())
    return made[0]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_any_request_rings_nobody_twice_and_forgets_nobody(
    tmp_path: Path, story: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    while True:
        at += 1
        scene = talk(tmp_path, story, at, point, monkeypatch)
        at_most_one_ring_at_once(scene)
        held = [
            record
            for record in scene.world.log
            if record.kind == "heard" and record.what == "hold_music"  # type: ignore[attr-defined]
        ]
        longest = max((each.until - each.at for each in held), default=0)  # type: ignore[attr-defined]
        assert longest <= 26_000, f"forgotten on hold, killed {point} request {at}"
        if scene._lives == 1:
            break
    assert at >= 8, "too few requests were made to prove anything"
