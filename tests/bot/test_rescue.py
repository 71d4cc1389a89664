"""Calls sent on past engine and store, while Graph is unwell too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from bot.metrics.meter import Silent
from emulator.exchange import Leg
from emulator.faults import Fault
from graph.errors import GraphError
from routing.action import Action, ActionKind
from routing.state import State

FALLBACK = "+14255550199"
RINGS_MS = 15_000
WAITED_MS = 5_000
"""The web handler has waited so long, at most, before it sends a caller on by itself."""

Story = Callable[[Scene], Awaitable[None]]


class Counting(Silent):
    def __init__(self) -> None:
        self.failed: list[str] = []

    def count(self, name: str, reason: str = "") -> None:
        if name == "refusals_failed":
            self.failed.append(reason)


def play(story: Story, *, fallback: bool = True) -> list[str]:
    """What failed on the way, as it is counted."""
    meter = Counting()
    over = Action(kind=ActionKind.NUMBER, ref=FALLBACK)
    entry = {"fallback": over, "on_error": over} if fallback else {}

    async def whole() -> None:
        async with Scene(plan=plan(**entry), meter=meter) as scene:
            await scene.run_for(1_000)
            await story(scene)

    run_virtual(whole())
    return meter.failed


async def rings(scene: Scene) -> Leg:
    """Somebody rings whom the service does not hear of, and time passes."""
    scene.world.faults.add(Fault(kind="drop", what="incoming"))
    leg = scene.call()
    await scene.run_for(WAITED_MS)
    return leg


def fails(scene: Scene, op: str, kind: str = "429", **how: int | None) -> None:
    scene.world.faults.add(Fault(kind=kind, op=op, **how))  # type: ignore[arg-type]


async def fall_back(scene: Scene, leg: Leg) -> tuple[str, list[str]]:
    """What was done, and the requests it took, in time."""
    began = scene.now
    try:
        done = await scene.board.rescue.fall_back(leg.call, scene.app, "")
    except GraphError:
        done = "failed"
    assert scene.now - began <= RINGS_MS - WAITED_MS
    return done, scene.ops("redirect", "reject", "get")


def test_a_fallback_that_is_throttled_is_waited_for() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", retry_after=3, times=2)
        done, asked = await fall_back(scene, leg)
        assert (done, asked) == ("redirected", ["redirect 429"] * 2 + ["redirect 202"])

    assert play(story) == []


@pytest.mark.parametrize("retry_after", [20, None])
def test_a_fallback_that_is_throttled_for_too_long_gives_way_to_busy(
    retry_after: int | None,
) -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", retry_after=retry_after, times=0)
        done, asked = await fall_back(scene, leg)
        assert (done, asked[-1]) == ("rejected", "reject 202")
        assert leg.state == "ended"

    assert play(story) == ["redirect: throttled"]


def test_busy_after_which_nothing_comes_is_tried_whatever_graph_says() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", retry_after=20, times=0)
        fails(scene, "reject", retry_after=20, times=4)
        assert (await fall_back(scene, leg))[0] == "rejected"

    assert play(story) == ["redirect: throttled"]


def test_without_a_fallback_the_caller_hears_busy() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "reject", retry_after=2)
        done, asked = await fall_back(scene, leg)
        assert (done, asked) == ("rejected", ["reject 429", "reject 202"])

    assert play(story, fallback=False) == []


def test_a_redirect_whose_answer_was_lost_is_not_followed_by_busy() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", "reply_lost")
        done, asked = await fall_back(scene, leg)
        assert (done, asked) == ("redirected", ["redirect 202", "get 200"])

    assert play(story) == []


def test_a_redirect_that_never_came_to_be_is_made_again() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", "reset", times=2)
        fails(scene, "get", "503")
        done, asked = await fall_back(scene, leg)
        assert done == "redirected"
        assert asked == ["redirect 0", "get 503", "redirect 0", "get 200", "redirect 202"]

    assert play(story) == []


def test_a_caller_who_has_hung_up_is_not_told_busy() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        scene.world.hang_up(leg.party, scene.now)
        done, asked = await fall_back(scene, leg)
        assert (done, asked) == ("failed", ["redirect 404"])

    assert play(story) == []


def test_what_cannot_be_done_at_all_is_counted_and_told() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        for op in ("redirect", "reject"):
            fails(scene, op, "503", retry_after=None, times=0)
        assert (await fall_back(scene, leg))[0] == "failed"

    assert play(story) == ["redirect: unknown", "reject: unknown"]


# -- a call whose event could not be handled


async def talks_to_nobody(scene: Scene) -> Leg:
    """A caller who was answered."""
    leg = scene.call()
    await scene.run_for(3_000)
    return leg


async def rescue(scene: Scene, leg: Leg) -> list[str]:
    asked = len(scene.ops("transfer", "delete"))
    await scene.board.rescue.on_error(leg.call, State())
    return scene.ops("transfer", "delete")[asked:]


def test_a_transfer_that_is_throttled_is_waited_for() -> None:
    async def story(scene: Scene) -> None:
        leg = await talks_to_nobody(scene)
        fails(scene, "transfer", retry_after=2)
        assert await rescue(scene, leg) == ["transfer 429", "transfer 202"]

    assert play(story) == []


def test_a_transfer_whose_answer_was_lost_is_made_once() -> None:
    async def story(scene: Scene) -> None:
        leg = await talks_to_nobody(scene)
        fails(scene, "transfer", "reply_lost")
        assert await rescue(scene, leg) == ["transfer 202"]

    assert play(story) == []


def test_a_caller_who_cannot_be_handed_over_is_let_go_at_last() -> None:
    async def story(scene: Scene) -> None:
        leg = await talks_to_nobody(scene)
        fails(scene, "transfer", retry_after=20, times=0)
        fails(scene, "delete", retry_after=20, times=3)
        assert await rescue(scene, leg) == ["transfer 429"] * 2 + ["delete 429"] * 3 + [
            "delete 204"
        ]
        assert leg.state == "ended"

    assert play(story) == ["transfer: throttled"]


def test_a_call_that_rings_is_sent_on_with_the_same_patience() -> None:
    async def story(scene: Scene) -> None:
        leg = await rings(scene)
        fails(scene, "redirect", retry_after=3)
        await scene.board.rescue.on_error(leg.call, State())
        assert scene.ops("redirect") == ["redirect 429", "redirect 202"]

    assert play(story) == []
