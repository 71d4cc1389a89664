"""Asking Graph about legs: often, but never so often that nothing else gets through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from kit.scripted_graph import EffectsScene
from kit.virtual_time import run_virtual

from bot.sending.questions import ASK_WITHIN_MS, OUT_AT_ONCE, OUT_PER_LEG
from graph.errors import OutcomeUnknown
from routing.commands import AskCall
from routing.events import CallSeen, Problem

Story = Callable[[EffectsScene], Awaitable[None]]


def play(story: Story) -> None:
    async def whole() -> None:
        async with EffectsScene() as scene:
            await story(scene)

    run_virtual(whole())


def ask(scene: EffectsScene, number: int, call: str = "leg") -> None:
    scene.effects.take([AskCall(id=str(number), call=call)])


def test_an_answer_tells_when_its_question_went_out() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 5_000
        asked_at = scene.clock.now()
        ask(scene, 1)
        await asyncio.sleep(6)
        assert [e.asked_at for e in scene.told if isinstance(e, CallSeen)] == [asked_at]

    play(story)


def test_a_leg_is_asked_about_again_while_one_answer_is_due_and_no_more() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 5_000
        for number in range(5):
            ask(scene, number)
            await asyncio.sleep(0.1)
        assert len(scene.graph.asked) == OUT_PER_LEG
        refused = [done for done in scene.outcomes if done.problem]
        assert [done.problem for done in refused] == [Problem.UNAVAILABLE.value] * 3
        await asyncio.sleep(6)
        ask(scene, 5)
        await asyncio.sleep(0.1)
        assert len(scene.graph.asked) == OUT_PER_LEG + 1

    play(story)


def test_a_question_that_failed_makes_room_for_the_next() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script["GET"] = [OutcomeUnknown("reset")] * 4
        for number in range(4):
            ask(scene, number)
            await asyncio.sleep(0.1)
        assert len(scene.graph.asked) == 4

    play(story)


def test_many_legs_are_asked_about_some_at_a_time_and_all_of_them() -> None:
    async def story(scene: EffectsScene) -> None:
        legs = [f"leg{number}" for number in range(3 * OUT_AT_ONCE)]
        scene.wires.update({leg: f"wire-{leg}" for leg in legs})
        scene.graph.latency_ms = 1_000
        began = scene.clock.now()
        for number, leg in enumerate(legs):
            ask(scene, number, leg)
        await asyncio.sleep(ASK_WITHIN_MS / 1000)
        at = [when - began for when, _ in scene.graph.asked]
        assert [at.count(second * 1_000) for second in range(3)] == [OUT_AT_ONCE] * 3
        told = [event.asked_at for event in scene.told if isinstance(event, CallSeen)]
        assert sorted(told) == [began + when for when in at], "not from before it was their turn"

    play(story)
