"""After `consult` a talk is as long as presence showed, until Teams' record of the call comes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from kit.switchboard_scene import WEBHOOK, Scene, plan
from kit.virtual_time import run_virtual

from bot.owner.bodies import CODEC
from emulator.config import Config, default_config
from emulator.faults import Fault
from emulator.scripts import Behaviour
from routing.facts import ContactRecord
from routing.plan import Delivery, Queue

MINUTE = 60_000
TALK_MS = 20_000

Story = Callable[[Scene], Awaitable[None]]


def config(after_minutes: int = 15, *, permitted: bool = True) -> Config:
    """A tenant whose call records come so late, and may be read or not."""
    told = default_config(webhook=WEBHOOK)
    app, *others = told.applications
    if not permitted:
        app = replace(app, roles=tuple(r for r in app.roles if not r.startswith("CallRecords")))
    timings = replace(told.timings, call_record_ms=after_minutes * MINUTE)
    return replace(told, timings=timings, applications=(app, *others))


def play(
    story: Story,
    tenant: Config,
    delivery: Delivery = Delivery.CONSULT,
    wrap_up_ms: int = 0,
    database: str = "sqlite://",
) -> None:
    queue = Queue(
        name="support",
        members=("agents@contoso.example",),
        delivery=delivery,
        wrap_up_ms=wrap_up_ms,
    )

    async def whole() -> None:
        async with Scene(plan=plan(queue), config=tenant, database=database) as scene:
            scene.world.default_behaviour(Behaviour(key="1", talk_ms=TALK_MS))
            scene.call()
            await scene.run_for(2 * MINUTE)
            await story(scene)

    run_virtual(whole())


async def record(scene: Scene) -> ContactRecord:
    assert scene.service is not None
    (row,) = await scene.service.store.history.recent(scene.plan.tenant)
    found: ContactRecord = CODEC.decode("record", row.body)
    return found


async def corrections(scene: Scene) -> int:
    assert scene.service is not None
    facts = await scene.service.store.history.facts_since(scene.plan.tenant, limit=10_000)
    return sum(fact.kind == "contact.corrected" for fact in facts)


def asked(scene: Scene) -> int:
    return sum("/callRecords/" in request.path for request in scene.requests)


def lasted(found: ContactRecord) -> int:
    assert found.connected_at is not None
    assert found.talk_ended_at is not None
    return found.talk_ended_at - found.connected_at


async def assert_corrected(scene: Scene) -> None:
    found = await record(scene)
    assert found.talk_time_source == "call_record"
    assert abs(lasted(found) - TALK_MS) < 1_000
    assert await corrections(scene) == 1


def test_a_call_record_corrects_what_presence_showed() -> None:
    async def story(scene: Scene) -> None:
        before = await record(scene)
        assert before.talk_time_source == "presence"
        assert lasted(before) > TALK_MS, "presence is told late"
        await scene.run_for(13 * MINUTE)
        assert asked(scene) == 0
        await scene.run_for(4 * MINUTE)
        await assert_corrected(scene)
        after = await record(scene)
        kept = replace(
            after, talk_ended_at=before.talk_ended_at, talk_time_source=before.talk_time_source
        )
        assert kept == before
        await scene.run_for(20 * MINUTE)
        assert asked(scene) == 1, "what is corrected is not asked for again"

    play(story, config())


def test_a_record_that_comes_late_is_found_at_the_next_look() -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(16 * MINUTE)
        assert asked(scene) == 1
        assert (await record(scene)).talk_time_source == "presence"
        await scene.run_for(10 * MINUTE)
        assert asked(scene) == 1
        await scene.run_for(5 * MINUTE)
        assert asked(scene) == 2
        await assert_corrected(scene)

    play(story, config(after_minutes=25))


def test_without_the_permission_it_is_asked_once_and_nothing_changes() -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(35 * MINUTE)
        assert asked(scene) == 1
        assert (await record(scene)).talk_time_source == "presence"
        watch = scene.board.call_records
        await watch.look_round()
        assert asked(scene) == 1

    play(story, config(permitted=False))


def test_a_restart_in_between_loses_nothing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(10 * MINUTE)
        await scene.kill()
        await scene.run_for(10 * MINUTE)
        await scene.start()
        await scene.run_for(3 * MINUTE)
        await assert_corrected(scene)

    play(story, config(), database=f"sqlite:///{tmp_path / 'restart.db'}")


def test_a_second_life_does_not_correct_again(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(17 * MINUTE)
        await scene.kill()
        await scene.start()
        await scene.run_for(20 * MINUTE)
        await assert_corrected(scene)
        assert asked(scene) == 1

    play(story, config(), database=f"sqlite:///{tmp_path / 'again.db'}")


def test_a_wrap_up_that_is_not_over_does_not_undo_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(25 * MINUTE)
        assert asked(scene) == 0
        await scene.run_for(15 * MINUTE)
        await assert_corrected(scene)
        assert (await record(scene)).wrap_up_ended_at is not None

    play(story, config(), wrap_up_ms=20 * MINUTE)


def test_graph_that_is_unwell_is_asked_again_a_minute_later() -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(13 * MINUTE)
        scene.world.faults.add(Fault(kind="503", times=0, op="callRecord"))
        await scene.run_for(4 * MINUTE)
        assert asked(scene) >= 2
        assert (await record(scene)).talk_time_source == "presence"
        scene.world.faults.rules.clear()
        await scene.run_for(2 * MINUTE)
        await assert_corrected(scene)

    play(story, config())


def test_what_the_roster_told_needs_no_record() -> None:
    async def story(scene: Scene) -> None:
        assert (await record(scene)).talk_time_source == "roster"
        await scene.run_for(20 * MINUTE)
        assert asked(scene) == 0

    play(story, config(), delivery=Delivery.GROUP_CALL)
