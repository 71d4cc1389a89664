"""The tenant's loop: copies thrown out, one transaction a group, and every way it can fail."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from kit.scripted_engine import TENANT, Decide, LoopScene, ScriptedEngine, leg, note
from kit.virtual_time import START_MS, run_virtual

from bot.owner.loop import MOST_PENDING, Overloaded
from routing.commands import Answer, AskCall, HangUp
from routing.engine import Step
from routing.events import (
    CallEnded,
    CallEstablished,
    CommandDone,
    Event,
    PresenceRead,
    Tick,
    ToneHeard,
)
from routing.state import Contact
from store.contract import Batch
from store.errors import Fenced, Unavailable, Unstorable

Story = Callable[[LoopScene], Awaitable[None]]


def play(story: Story, decide: Decide = note) -> None:
    async def whole() -> None:
        async with LoopScene(decide) as scene:
            await story(scene)

    run_virtual(whole())


def established(call: str = "wire-1") -> CallEstablished:
    return CallEstablished(call=call)


def tone(sequence: int, key: str = "1", call: str = "wire-1") -> ToneHeard:
    return ToneHeard(call=call, sequence=sequence, tone=key)


async def inbox(scene: LoopScene) -> list[str | None]:
    return [row.key for row in await scene.store.unconsumed(TENANT)]


def test_an_event_is_answered_when_it_is_written_down() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await scene.loop.submit(established(), identity="created:1")
        assert [i.key for b in scene.store.batches for i in b.identities] == ["created:1"]

    play(story)


def test_what_comes_in_together_is_written_in_one_transaction() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await asyncio.gather(*(scene.loop.submit(established(f"w{n}")) for n in range(10)))
        assert len(scene.store.batches) == 1
        assert len(scene.store.batches[0].facts) == 10

    play(story)


def test_an_entity_touched_twice_is_saved_once_as_it_stands_at_the_end() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        call = engine.state.calls.setdefault("leg", leg())
        call.heard_at += 1
        return Step(touched={("call", "leg"): call})

    async def story(scene: LoopScene) -> None:
        await scene.own()
        await asyncio.gather(*(scene.loop.submit(established()) for _ in range(3)))
        saved = [row for batch in scene.store.batches for row in batch.saved]
        assert len(saved) == 1
        assert b'"heard_at":3' in saved[0].body

    play(story, decide)


def test_a_copy_that_comes_while_the_first_is_written_waits_with_it() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        first = scene.loop.submit(established(), identity="created:1")
        second = scene.loop.submit(established(), identity="created:1")
        assert not second.done()
        await asyncio.gather(first, second)
        assert scene.engine.events == ["CallEstablished"]

    play(story)


def test_a_copy_that_comes_later_is_answered_at_once() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await scene.loop.submit(established(), identity="created:1")
        assert scene.loop.submit(established(), identity="created:1").done()
        assert scene.engine.events == ["CallEstablished"]

    play(story)


def test_a_copy_of_what_a_former_owner_handled_is_known() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own(known=["created:1"])
        await scene.loop.submit(established(), identity="created:1")
        assert scene.engine.events == []

    play(story)


def test_equal_events_without_identity_are_all_news() -> None:
    """The second failed transfer's `established 500/7000` equals the first's byte for byte."""

    async def story(scene: LoopScene) -> None:
        await scene.own()
        failed = CallEstablished(call="wire-1", code=500, subcode=7000)
        await scene.loop.submit(failed)
        await scene.loop.submit(failed)
        assert scene.engine.events == ["CallEstablished"] * 2

    play(story)


def test_now_is_when_it_was_received_and_never_runs_back() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        now = scene.clock.now()
        await scene.loop.submit(established(), received_at=now)
        await scene.loop.submit(established(), received_at=now - 500)
        assert [at for _, at in scene.engine.heard] == [now, now]

    play(story)


def test_commands_leave_after_the_commit_and_reads_are_not_written() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        return Step(commands=[HangUp(id="1-1", call="leg"), AskCall(id="1-2", call="leg")])

    async def story(scene: LoopScene) -> None:
        scene.store.fail = [Unavailable("gone")]
        await scene.own()
        done = scene.loop.submit(established())
        await asyncio.sleep(0.05)
        assert scene.outbox.taken == []
        await done
        assert [command.id for command in scene.outbox.taken] == ["1-1", "1-2"]
        assert [row.id for row in scene.store.batches[0].commands] == ["1-1"]

    play(story, decide)


def test_a_commands_outcome_is_written_with_its_event() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await scene.loop.submit(CommandDone(command="1-1", call="leg", problem="gone"))
        assert [(o.command, o.outcome) for o in scene.store.batches[0].outcomes] == [
            ("1-1", "gone")
        ]

    play(story)


def test_a_timer_fires_at_its_instant_and_once() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.engine.due = START_MS + 1_234
        await scene.loop.submit(established())
        await asyncio.sleep(5)
        ticks = [at for event, at in scene.engine.heard if isinstance(event, Tick)]
        assert ticks == [START_MS + 1_234]

    play(story)


def test_a_lost_answer_of_the_database_does_not_lose_or_repeat_anything() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        return Step(touched={("call", "leg"): leg()}, commands=[HangUp(id="1-1", call="leg")])

    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.store.lost = [Unavailable("the answer was lost")]
        await scene.loop.submit(established(), identity="created:1")
        assert scene.engine.events == ["CallEstablished"]
        assert [command.id for command in scene.outbox.taken] == ["1-1"]
        assert [row.id for row in (await scene.store.load(TENANT)).outbox] == ["1-1"]

    play(story, decide)


def test_while_the_database_fails_everything_waits_and_nothing_is_lost() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.store.fail = [Unavailable("gone") for _ in range(10)]
        waiting = [scene.loop.submit(established(f"w{n}"), identity=f"{n}") for n in range(3)]
        await asyncio.sleep(0.5)
        assert scene.loop.outage_ms() >= 400
        await asyncio.gather(*waiting)
        assert scene.loop.outage_ms() == 0
        assert scene.engine.events == ["CallEstablished"] * 3

    play(story)


def test_who_is_fenced_stops_deciding_and_leaves_the_event_to_the_successor() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.store.fail = [Fenced(TENANT, 1)]
        await scene.loop.submit(established(), identity="created:1")
        assert scene.loop.desk is None
        assert scene.loop.lost.is_set()
        assert scene.outbox.taken == []
        assert await inbox(scene) == ["created:1"]

    play(story)


def test_who_is_really_fenced_by_a_new_epoch_writes_nothing() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await scene.store.acquire(TENANT, "another")
        await scene.loop.submit(established(), identity="created:1")
        assert scene.loop.desk is None
        assert scene.store.batches == []
        assert await inbox(scene) == ["created:1"]

    play(story)


def test_an_owner_whose_lease_ran_out_during_an_outage_gives_up() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        await asyncio.sleep(3.9)
        scene.store.fail = [Unavailable("gone") for _ in range(4)]
        await scene.loop.submit(established(), identity="created:1")
        assert scene.loop.desk is None
        assert await inbox(scene) == ["created:1"]

    play(story)


def test_another_instance_writes_to_the_owners_inbox_once() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.loop.submit(established(), identity="created:1")
        await scene.loop.submit(established(), identity="created:1")
        await scene.loop.submit(established())
        assert await inbox(scene) == ["created:1", None]

    play(story)


def test_the_owner_consumes_the_inbox_in_its_own_transaction() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.loop.submit(established(), identity="created:1", received_at=START_MS - 7)
        await scene.own()
        rows = await scene.store.unconsumed(TENANT)
        scene.loop.found(rows)
        scene.loop.found(rows)  # the next poll sees them too while they are not committed
        await scene.loop.submit(established("w2"))
        assert scene.engine.events == ["CallEstablished"] * 2
        assert await inbox(scene) == []

    play(story)


def test_a_row_of_the_inbox_whose_copy_was_handled_directly_is_only_consumed() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.loop.submit(established(), identity="created:1")
        await scene.own()
        await scene.loop.submit(established(), identity="created:1")
        scene.loop.found(await scene.store.unconsumed(TENANT))
        await scene.loop.submit(established("w2"))
        assert scene.engine.events == ["CallEstablished"] * 2
        assert await inbox(scene) == []

    play(story)


@pytest.mark.parametrize("order", [[1, 2, 3], [2, 1, 3], [3, 2, 1], [1, 3, 2]])
def test_tones_are_handled_in_the_order_they_were_pressed(order: list[int]) -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        waiting = [scene.loop.submit(tone(n), identity=f"tone:{n}") for n in order]
        await asyncio.gather(*waiting)
        heard = [e.sequence for e, _ in scene.engine.heard if isinstance(e, ToneHeard)]
        assert heard == [1, 2, 3]

    play(story)


def test_a_tone_whose_predecessor_never_comes_waits_a_moment_only() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        began = scene.clock.now()
        await scene.loop.submit(tone(4), identity="tone:4")
        assert scene.clock.now() - began == 200
        await scene.loop.submit(tone(5), identity="tone:5")
        assert scene.clock.now() - began == 200

    play(story)


def test_a_tone_held_back_is_not_lost_with_the_ownership() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        done = scene.loop.submit(tone(4), identity="tone:4")
        await asyncio.sleep(0.05)
        scene.loop.stand_up()
        await done
        assert await inbox(scene) == ["tone:4"]

    play(story)


def test_tones_held_back_come_before_the_end_of_their_call() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.loop.submit(tone(4), identity="tone:4")
        await scene.loop.submit(CallEnded(call="wire-1"))
        assert scene.engine.events == ["ToneHeard", "CallEnded"]

    play(story)


def test_what_stands_in_the_inbox_is_not_taken_back() -> None:
    """The door gives up on a copy; the row would be handled by nobody."""

    async def story(scene: LoopScene) -> None:
        await scene.loop.submit(established(), identity="created:1")
        await scene.own()
        scene.loop.found(await scene.store.unconsumed(TENANT))
        assert not scene.loop.withdraw("created:1")
        await scene.loop.submit(established("w2"))
        assert scene.engine.events == ["CallEstablished"] * 2

    play(story)


def test_presence_is_worth_nothing_to_another_owner() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.loop.submit(PresenceRead(read_at=START_MS, readings=()))
        assert await inbox(scene) == []

    play(story)


def test_commands_of_a_group_that_was_written_as_the_tenant_was_lost_are_left_to_the_next() -> None:
    """They stand in the outbox: sent from here too, they would be sent twice."""

    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        return Step(commands=[HangUp(id="1-1", call="leg")])

    async def story(scene: LoopScene) -> None:
        await scene.own()
        commit = scene.store.commit

        async def slowly(batch: Batch) -> None:
            await commit(batch)
            scene.loop.stand_up()

        scene.store.commit = slowly  # type: ignore[method-assign]
        await scene.loop.submit(established())
        assert [row.id for batch in scene.store.batches for row in batch.commands] == ["1-1"]
        assert scene.outbox.taken == []

    play(story, decide)


def test_what_was_not_sent_yet_is_left_to_the_next_owner_whoever_that_is() -> None:
    """It stands in the outbox: who decides anew finds it there, and would send it twice."""

    async def story(scene: LoopScene) -> None:
        desk = await scene.own()
        scene.loop.stand_up()
        assert scene.outbox.dropped == 1
        await desk.ownership.release()
        await scene.own()
        scene.store.fail = [Fenced(TENANT, 1)]
        await scene.loop.submit(established())
        assert scene.outbox.dropped == 2

    play(story)


def test_what_one_event_changed_and_the_next_removed_is_removed() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        if isinstance(event, CallEnded):
            return Step(removed=[("call", "leg")])
        return Step(touched={("call", "leg"): leg()})

    async def story(scene: LoopScene) -> None:
        await scene.own()
        await asyncio.gather(
            scene.loop.submit(established()), scene.loop.submit(CallEnded(call="wire-1"))
        )
        (batch,) = scene.store.batches
        assert (batch.saved, batch.removed) == ([], [("call", "leg")])
        assert (await scene.store.load(TENANT)).live == []

    play(story, decide)


def test_a_commands_deadline_is_written_with_it() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        return Step(
            commands=[
                Answer(id="1-1", call="leg", deadline=now + 12_000),
                HangUp(id="1-2", call="leg"),
            ]
        )

    async def story(scene: LoopScene) -> None:
        await scene.own()
        await scene.loop.submit(established())
        rows = (await scene.store.load(TENANT)).outbox
        assert [row.deadline for row in rows] == [scene.clock.now() + 12_000, None]

    play(story, decide)


def test_two_spellings_of_an_id_are_one_call() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        dashed = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
        await scene.loop.submit(CallEstablished(call=dashed.replace("-", "").upper()))
        await scene.loop.submit(CallEnded(call=dashed))
        calls = {event.call for event, _ in scene.engine.heard}  # type: ignore[union-attr]
        assert calls == {dashed.replace("-", "").upper()}

    play(story)


def test_too_much_in_memory_is_refused() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.store.fail = [Unavailable("gone") for _ in range(30)]
        scene.loop.submit(established())
        await asyncio.sleep(0.05)
        for _ in range(MOST_PENDING):
            scene.loop.submit(established())
        with pytest.raises(Overloaded):
            scene.loop.submit(established())

    play(story)


def test_a_call_taken_back_before_it_was_written_is_not_handled() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.loop.submit(established(), identity="created:1")
        assert scene.loop.withdraw("created:1")
        assert not scene.loop.withdraw("created:1")
        await scene.loop.submit(established("w2"))
        assert len(scene.engine.heard) == 1

    play(story)


def crash_on(call: str) -> Decide:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        if getattr(event, "call", "") == call:
            raise ZeroDivisionError(call)
        return note(engine, event, now)

    return decide


def test_a_crash_of_the_engine_throws_the_memory_away_and_keeps_what_came_in() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        good, bad = scene.loop.submit(established("good"), identity="good"), None
        bad = scene.loop.submit(established("bad"), identity="bad")
        await asyncio.gather(good, bad)
        assert scene.loop.desk is None
        assert scene.loop.is_suspicious
        assert scene.store.batches == []
        assert sorted(str(key) for key in await inbox(scene)) == ["bad", "good"]

    play(story, crash_on("bad"))


def test_handled_alone_only_the_culprit_is_set_aside() -> None:
    async def story(scene: LoopScene) -> None:
        desk = await scene.own()
        desk.one_by_one = 2
        good = scene.loop.submit(established("good"), identity="good")
        scene.loop.submit(established("bad"), identity="bad")
        await good
        await asyncio.sleep(0.01)
        assert [p.item.identity for p in scene.loop.poisoned] == ["bad"]
        assert len(scene.store.batches) == 1
        assert await inbox(scene) == []

    play(story, crash_on("bad"))


def test_what_the_database_refuses_is_found_among_the_others() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        name = "\ud800" if getattr(event, "call", "") == "bad" else "fine"
        touched = Contact(id="c", call="l", app="a", entry_point=name, queue="q", caller=None)  # type: ignore[arg-type]
        return Step(touched={("contact", "c"): touched})

    async def story(scene: LoopScene) -> None:
        desk = await scene.own()
        scene.loop.submit(established("good"))
        scene.loop.submit(established("bad"))
        await asyncio.sleep(0.01)
        assert scene.loop.desk is None
        assert scene.loop.is_suspicious
        assert scene.loop.poisoned == []
        desk = await scene.own()
        desk.one_by_one = 1
        scene.loop.submit(established("bad"))
        await asyncio.sleep(0.01)
        assert [p.reason for p in scene.loop.poisoned] == ["Contact holds half a surrogate pair"]

    play(story, decide)


def test_a_group_refused_by_the_store_is_looked_at_one_by_one() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        scene.store.spoil = lambda batch: Unstorable("NUL") if len(batch.facts) > 1 else None
        waiting = [scene.loop.submit(established(f"w{n}"), identity=f"{n}") for n in range(2)]
        await asyncio.gather(*waiting)
        assert scene.loop.is_suspicious
        assert await inbox(scene) == ["0", "1"]

    play(story)


def test_drain_waits_until_everything_is_written() -> None:
    async def story(scene: LoopScene) -> None:
        await scene.own()
        done = [scene.loop.submit(established(f"w{n}")) for n in range(3)]
        await scene.loop.drain()
        assert all(each.done() for each in done)

    play(story)


def test_drain_gives_up_when_nothing_can_be_written() -> None:
    async def story(scene: LoopScene) -> None:
        scene.store.fail = [Unavailable("gone") for _ in range(100)]
        scene.loop.submit(established())
        began = scene.clock.now()
        await scene.loop.drain(2.0)
        assert scene.clock.now() - began == 2_000

    play(story)
