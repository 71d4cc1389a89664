"""A caller reaches an agent: the heart of the service over the emulator's world."""

from collections.abc import Awaitable, Callable

import pytest
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.scripts import Behaviour
from routing.plan import Delivery, Queue

Story = Callable[[Scene], Awaitable[None]]
AGENTS = ("agents@contoso.example",)


def play(story: Story, delivery: Delivery = Delivery.CONSULT) -> None:
    async def whole() -> None:
        queue = Queue(name="support", members=AGENTS, delivery=delivery)
        async with Scene(plan=plan(queue)) as scene:
            await story(scene)

    run_virtual(whole())


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_caller_talks_with_an_agent(delivery: Delivery) -> None:
    async def story(scene: Scene) -> None:
        scene.world.default_behaviour(Behaviour(key="1", talk_ms=20_000))
        scene.call()
        await scene.run_for(20_000)
        bridged = [r for r in scene.world.log if r.kind == "bridged"]
        assert bridged
        await scene.run_for(200_000)
        state = scene.board.loop.state()
        assert state is not None
        assert [c.state.value for c in state.contacts.values()] == ["ended"]

    play(story, delivery)
