"""When which call record is asked for, over a day; and what is no reason to correct."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from kit.scripted_engine import LoopScene
from kit.stored_records import contact_record, put
from kit.virtual_time import run_virtual

from bot.metrics.meter import Silent
from bot.owner.desk import Desk
from bot.watches.call_records import DAY_MS, CallRecordWatch
from graph.call_records import CallRecord, Spell
from graph.errors import GraphError, PermissionMissing, Refused, Throttled
from routing.events import TalkMeasured

MINUTE = 60_000
HOUR = 60 * MINUTE
Answer = CallRecord | GraphError | None


class Records:
    """Call records as a test writes them; those not written are not there."""

    def __init__(self, scene: LoopScene) -> None:
        self.scene = scene
        self.there: dict[str, Answer] = {}
        self.asked: list[tuple[int, str]] = []

    async def read(self, record_id: str, *, deadline_ms: int | None = None) -> CallRecord | None:
        assert deadline_ms is not None
        self.asked.append((self.scene.clock.now(), record_id))
        answer = self.there.get(record_id)
        if isinstance(answer, GraphError):
            raise answer
        return answer

    def times(self, record_id: str) -> list[int]:
        return [at for at, asked in self.asked if asked == record_id]


Story = Callable[[LoopScene, Desk, Records], Awaitable[None]]


def play(story: Story) -> None:
    async def whole() -> None:
        async with LoopScene() as scene:
            desk = await scene.own()
            records = Records(scene)
            watch(scene, records)
            await story(scene, desk, records)

    run_virtual(whole())


def watch(scene: LoopScene, records: Records) -> CallRecordWatch:
    found = CallRecordWatch(
        loop=scene.loop,
        reader=records,
        history=scene.store.history,
        ours=("bot",),
        clock=scene.clock,
        meter=Silent(),
    )
    scene.tasks.run("call records", found.run())
    return found


async def ended_now(scene: LoopScene, desk: Desk, *contacts: str, source: str = "presence") -> int:
    now = scene.clock.now()
    await put(
        scene.store,  # type: ignore[arg-type]  # forwards what it does not spoil
        desk.ownership,
        *(
            contact_record(
                each,
                arrived_at=now - 2 * MINUTE,
                connected_at=now - MINUTE,
                talk_ended_at=now,
                ended_at=now,
                talk_time_source=source,
            )
            for each in contacts
        ),
    )
    return now


def told(caller: str, callee: str, began: int, ended: int) -> CallRecord:
    spell = Spell(caller=caller, callee=callee, began=began, ended=ended)
    return CallRecord(id="r", version=1, began=began, ended=ended, spells=(spell,))


def measured(scene: LoopScene) -> list[tuple[str, int]]:
    return [
        (event.record.contact, event.talk_ended_at)
        for event, _ in scene.engine.heard
        if isinstance(event, TalkMeasured)
    ]


def test_a_record_that_never_comes_is_asked_for_less_and_less_and_for_a_day() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        ended = await ended_now(scene, desk, "c1")
        await asyncio.sleep(30 * 3600)
        minutes = [(at - ended) // MINUTE for at in records.times("chain-c1")]
        wanted = [15, 30, 60, *range(120, 24 * 60 + 1, 60)]
        assert len(minutes) == len(wanted)
        assert all(0 <= m - w <= 1 for m, w in zip(minutes, wanted, strict=True))

    play(story)


def test_only_talks_that_presence_told_are_asked_for() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, "c1", source="roster")
        await ended_now(scene, desk, "c2", source="call_record")
        await asyncio.sleep(3600)
        assert records.asked == []

    play(story)


def test_a_record_without_the_agent_corrects_nothing_until_one_with_them_comes() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        ended = await ended_now(scene, desk, "c1")
        records.there["chain-c1"] = told("caller", "ben", ended - MINUTE, ended - 9)
        await asyncio.sleep(20 * 60)
        records.there["chain-c1"] = told("bot", "ada", ended - MINUTE, ended - 9)
        await asyncio.sleep(20 * 60)
        assert measured(scene) == []
        assert len(records.asked) == 2
        records.there["chain-c1"] = told("caller", "ADA", ended - MINUTE, ended - 9)
        await asyncio.sleep(30 * 60)
        assert measured(scene) == [("c1", ended - 9)]

    play(story)


def test_an_end_that_is_still_to_come_is_not_believed() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        ended = await ended_now(scene, desk, "c1")
        records.there["chain-c1"] = told("caller", "ada", ended - MINUTE, ended + DAY_MS)
        await asyncio.sleep(20 * 60)
        assert len(records.asked) == 1
        assert measured(scene) == []

    play(story)


def test_many_are_asked_for_two_a_second() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, *(f"c{n}" for n in range(100)))
        await asyncio.sleep(20 * 60)
        assert len(records.asked) == 100
        assert min(b - a for (a, _), (b, _) in pairwise(records.asked)) >= 500

    play(story)


def test_one_that_graph_does_not_like_does_not_keep_the_others_waiting() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, "c1", "c2")
        records.there["chain-c1"] = Refused("what is that", status=400)
        await asyncio.sleep(20 * 60)
        assert [asked for _, asked in records.asked] == ["chain-c1", "chain-c2"]

    play(story)


def test_a_graph_that_is_unwell_gets_one_request_a_minute() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, "c1", "c2")
        records.there["chain-c1"] = Throttled("slow down", status=429)
        await asyncio.sleep(20 * 60)
        times = records.times("chain-c1")
        assert len(times) >= 4
        assert min(b - a for a, b in pairwise(times)) >= MINUTE
        assert records.times("chain-c2") == []

    play(story)


def test_a_refusal_is_believed_for_a_day() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, "c1", "c2")
        for each in ("chain-c1", "chain-c2"):
            records.there[each] = PermissionMissing("no", status=403)
        await asyncio.sleep(23 * 3600)
        assert len(records.asked) == 1
        records.there.clear()
        ended = await ended_now(scene, desk, "c3")
        records.there["chain-c3"] = told("caller", "ada", ended - MINUTE, ended - 9)
        await asyncio.sleep(2 * 3600)
        assert measured(scene) == [("c3", ended - 9)]

    play(story)


def test_another_instance_that_decides_is_left_to_ask() -> None:
    async def story(scene: LoopScene, desk: Desk, records: Records) -> None:
        await ended_now(scene, desk, "c1")
        scene.loop.stand_up()
        await asyncio.sleep(HOUR / 1000)
        assert records.asked == []
        await scene.own()
        await asyncio.sleep(120)
        assert len(records.asked) == 1, "the missed looks are one"

    play(story)
