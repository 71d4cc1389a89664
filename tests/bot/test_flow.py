"""A caller reaches an agent: the heart of the service over the emulator's world."""

from collections.abc import Awaitable, Callable

import pytest
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.audit import audit
from emulator.scripts import Behaviour
from routing.plan import Delivery, Queue
from routing.state import ContactState
from store.kept import Kept

Story = Callable[[Scene], Awaitable[None]]
AGENTS = ("agents@contoso.example",)
DEFAULT = Kept()


def play(
    story: Story, delivery: Delivery = Delivery.CONSULT, kept: Kept = DEFAULT, **switches: str
) -> None:
    async def whole() -> None:
        queue = Queue(name="support", members=AGENTS, delivery=delivery)
        async with Scene(plan=plan(queue), kept=kept, switches=switches) as scene:
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


def test_history_goes_in_time_and_a_live_contact_keeps_its_own() -> None:
    async def story(scene: Scene) -> None:
        scene.world.default_behaviour(Behaviour(key="1", talk_ms=20_000))
        scene.call()
        await scene.run_for(200_000)
        scene.world.default_behaviour(Behaviour(do="ignore"))
        scene.call()
        await scene.run_for(20_000)
        state, service = scene.board.loop.state(), scene.service
        assert state is not None
        assert service is not None
        ended, waiting = state.contacts.values()
        history, tenant = service.store.history, scene.plan.tenant
        assert await history.facts_of(tenant, ended.id)
        assert await history.record(tenant, ended.id)
        await scene.run_for(90 * 60_000)
        assert waiting.state is ContactState.QUEUED
        assert await history.facts_of(tenant, ended.id) == []
        assert await history.record(tenant, ended.id) is None
        first, *_ = await history.facts_of(tenant, waiting.id)
        assert (first.kind, first.at) == ("contact.arrived", waiting.arrived_at)

    play(story, kept=Kept(history_ms=60 * 60_000))


@pytest.mark.parametrize(
    ("value", "seen"), [("none", []), ("moment", []), ("second", ["rung_twice"])]
)
def test_a_phone_that_rings_on_after_its_call_costs_the_next_caller_seconds_at_most(
    value: str, seen: list[str]
) -> None:
    async def story(scene: Scene) -> None:
        for person in scene.config.people:
            if ".agent@" in person.upn and not person.upn.startswith("ada."):
                scene.world.set_presence(person.upn, "Offline", "OffWork", scene.now)
        scene.world.default_behaviour(Behaviour(after_ms=9_000, key="1"))
        await scene.run_for(12_000)
        first = scene.call()
        await scene.run_for(6_000)
        second = scene.call()
        await scene.run_for(3_000)
        scene.world.people.hang_up(first)
        scene.kick.set()
        await scene.run_for(30_000)
        assert [r.leg for r in scene.world.log if r.kind == "bridged"] == [second.id]
        violations = audit(scene.world.log, over=False).violations
        assert [violation.kind for violation in violations] == seen

    play(story, ring_after_end=value)
