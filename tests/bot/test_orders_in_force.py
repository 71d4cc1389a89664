"""From a supervisor's word in the chat to what callers hear, over the emulator's world."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.speaking import sha_of
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from bot.owner.bodies import state_from
from emulator.log import Heard, Placed
from routing.plan import AtClose, Plan, Queue

SAM, UNA = "sam.supervisor@contoso.example", "una.user@contoso.example"
LIVE_WITHIN_MS = 10_000
QUEUE = Queue(name="support", members=("agents@contoso.example",))


async def says(scene: Scene, text: str, who: str = SAM) -> None:
    """A person writes to the bot."""
    assert scene.service is not None
    await scene.service.talk.bring(scene.world.chat.letter(who, {"type": "message", "text": text}))
    scene.kick.set()


def heard(scene: Scene, call: str) -> list[Heard]:
    """What the caller of this leg heard, music left out."""
    return [
        each
        for each in scene.world.log
        if isinstance(each, Heard)
        and each.leg == call
        and each.what == "prompt"
        and "music" not in each.detail
    ]


def words(scene: Scene, call: str) -> list[str]:
    return [each.detail.rpartition("/")[2].removesuffix(".wav") for each in heard(scene, call)]


def supervised(**queue: Any) -> Plan:
    return replace(plan(replace(QUEUE, **queue)), supervisors=(SAM,))


def test_an_emergency_message_is_heard_before_the_greeting_by_the_next_caller() -> None:
    async def story() -> int:
        async with Scene(plan=supervised()) as scene:
            scene.world.chat.install(SAM)
            await scene.run_for(2_000)
            said_at = scene.now
            await says(scene, 'announce support "The lift is out of order." for 10m')
            first = scene.call()
            await scene.run_for(6_000)
            clip = f"clip-{sha_of('The lift is out of order.')}"
            assert words(scene, first.id) == [clip, "system-welcome"]
            [placed] = [r for r in scene.world.log if isinstance(r, Placed) and r.leg == first.id]
            assert placed.at >= said_at
            return heard(scene, first.id)[0].at - said_at

    assert run_virtual(story()) <= LIVE_WITHIN_MS


def test_a_message_ends_by_itself() -> None:
    async def story() -> list[str]:
        async with Scene(plan=supervised()) as scene:
            await scene.run_for(2_000)
            await says(scene, 'announce support "The lift is out of order." for 10m')
            await scene.run_for(10 * 60_000)
            late = scene.call()
            await scene.run_for(6_000)
            return words(scene, late.id)

    assert run_virtual(story()) == ["system-welcome"]


def test_a_closure_outlives_the_service_that_took_it(tmp_path: Path) -> None:
    async def story() -> list[str]:
        database = f"sqlite:///{tmp_path / 'switchboard.db'}"
        async with Scene(plan=supervised(), database=database) as scene:
            await scene.run_for(2_000)
            await says(scene, 'close support "We have a flood."')
            await scene.kill()
            await scene.run_for(3_000)
            await scene.start()
            await scene.run_for(3_000)
            caller = scene.call()
            await scene.run_for(8_000)
            assert caller.id not in scene.world.exchange.legs
            return words(scene, caller.id)

    assert run_virtual(story()) == [f"clip-{sha_of('We have a flood.')}"]


def test_who_waits_goes_where_the_plan_says_when_a_supervisor_closes() -> None:
    async def story() -> None:
        the_plan = supervised(at_close=AtClose.MOVE, members=())
        async with Scene(plan=the_plan) as scene:
            await scene.run_for(2_000)
            caller = scene.call()
            await scene.run_for(10_000)
            assert caller.id in scene.world.exchange.legs
            await says(scene, 'close support "We have a flood."')
            await scene.run_for(8_000)
            assert words(scene, caller.id)[-1] == f"clip-{sha_of('We have a flood.')}"
            assert caller.id not in scene.world.exchange.legs

    run_virtual(story())


def test_who_may_not_changes_nothing() -> None:
    async def story() -> None:
        async with Scene(plan=supervised()) as scene:
            await scene.run_for(2_000)
            await says(scene, 'close support "We have a flood."', UNA)
            assert scene.service is not None
            state = state_from(await scene.service.store.live(scene.plan.tenant), 0)
            assert state.bulletins == {}

    run_virtual(story())


def test_two_supervisors_at_once_leave_one_closure_and_two_facts() -> None:
    async def story() -> None:
        the_plan = replace(supervised(), supervisors=(SAM, UNA))
        async with Scene(plan=the_plan) as scene:
            await scene.run_for(2_000)
            orders = ((SAM, "Flood."), (UNA, "Fire."))
            said = (says(scene, f'close support "{text}"', who) for who, text in orders)
            await asyncio.gather(*said)
            state = scene.board.loop.state()
            assert state is not None
            assert [(b.by_name, b.texts) for b in state.bulletins.values()] == [
                (UNA, {"en": "Fire."})
            ]

    run_virtual(story())
