"""The small parts: clock, tasks, tones in order, the budget, what is known."""

from __future__ import annotations

import asyncio

import pytest
from kit.virtual_time import VirtualClock, run_virtual

from bot.clock import SteadyClock
from bot.owner.known import Known
from bot.owner.tone_order import ToneOrder
from bot.sending.budget import Budget
from bot.tasks import OnCrash, TaskSet


class Hand:
    """Monotonic time that a test moves."""

    def __init__(self) -> None:
        self.ms = 5_000

    def __call__(self) -> int:
        return self.ms


def test_the_clock_counts_monotonic_time() -> None:
    hand = Hand()
    clock = SteadyClock(1_000_000, hand)
    hand.ms += 250
    assert clock.now() == 1_000_250


def test_the_clock_never_runs_backwards() -> None:
    hand = Hand()
    clock = SteadyClock(1_000_000, hand)
    clock.agree(990_000)
    seen = []
    for _ in range(100):
        hand.ms += 10
        seen.append(clock.now())
    assert seen == sorted(seen)
    assert 1_000_940 <= seen[-1] <= 1_000_960, "it goes 5 % slower meanwhile"


def test_the_clock_drifts_to_the_agreed_time_and_stays_there() -> None:
    hand = Hand()
    clock = SteadyClock(1_000_000, hand)
    clock.agree(1_000_100)
    hand.ms += 10_000
    assert clock.now() == 1_010_100
    hand.ms += 10_000
    assert clock.now() == 1_020_100


def test_a_clock_far_behind_is_put_right_at_once() -> None:
    clock = SteadyClock(1_000_000, Hand())
    clock.agree(1_060_000)
    assert clock.now() == 1_060_000


def test_monotonic_time_that_jumps_back_does_not_turn_the_clock_back() -> None:
    hand = Hand()
    clock = SteadyClock(1_000_000, hand)
    hand.ms -= 4_000
    assert clock.now() == 1_000_000


def test_a_task_that_crashes_begins_again_and_is_counted() -> None:
    async def story() -> None:
        crashes: list[str] = []
        runs: list[int] = []
        tasks = TaskSet(crashes.append)

        async def work() -> None:
            runs.append(1)
            if len(runs) < 3:
                raise ZeroDivisionError

        tasks.start("work", work, OnCrash.RESTART)
        await asyncio.sleep(5)
        assert len(runs) == 3
        assert crashes == ["work", "work"]
        assert len(tasks) == 0

    run_virtual(story())


def test_a_task_that_must_not_crash_stops_the_service() -> None:
    async def story() -> None:
        tasks = TaskSet()
        stop = asyncio.Event()
        tasks.on_broken = stop.set

        async def work() -> None:
            raise ZeroDivisionError

        tasks.start("work", work, OnCrash.STOP)
        await stop.wait()
        assert isinstance(tasks.failure, ZeroDivisionError)

    run_virtual(story())


def test_stop_ends_everything_also_what_never_began() -> None:
    async def story() -> None:
        tasks = TaskSet()
        for _ in range(3):
            tasks.run("short", asyncio.sleep(3600))
        await tasks.stop()
        assert len(tasks) == 0

    run_virtual(story())


def test_a_short_task_that_crashes_is_counted() -> None:
    async def story() -> None:
        crashes: list[str] = []
        tasks = TaskSet(crashes.append)

        async def work() -> None:
            raise ZeroDivisionError

        tasks.run("short", work())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert crashes == ["short"]

    run_virtual(story())


def test_known_forgets_its_oldest() -> None:
    known = Known(2, ["a"])
    known.add("b")
    known.add("c")
    assert ("a" in known, "b" in known, "c" in known, len(known)) == (False, True, True, 2)


def test_tones_go_on_when_the_gap_is_filled() -> None:
    order: ToneOrder[int] = ToneOrder()
    assert order.take("call", 1, 1, 0) == [1]
    assert order.take("call", 3, 3, 0) == []
    assert order.take("call", 4, 4, 50) == []
    assert order.next_due() == 200
    assert order.take("call", 2, 2, 60) == [2, 3, 4]
    assert order.next_due() is None


def test_tones_do_not_wait_for_ever() -> None:
    order: ToneOrder[int] = ToneOrder()
    assert order.take("call", 3, 3, 0) == []
    assert order.take("call", 2, 2, 100) == []
    assert order.overdue(199) == []
    assert order.overdue(200) == [2, 3]
    assert order.take("call", 4, 4, 201) == [4]


def test_a_late_tone_is_not_held_back() -> None:
    order: ToneOrder[int] = ToneOrder()
    order.take("call", 3, 3, 0)
    order.overdue(200)
    assert order.take("call", 1, 1, 300) == [1]
    assert order.take("call", 4, 4, 300) == [4]


def test_tones_of_a_call_that_ends_are_let_go() -> None:
    order: ToneOrder[int] = ToneOrder()
    order.take("call", 3, 3, 0)
    order.take("other", 2, 2, 0)
    assert list(order.forget("call")) == [3]
    assert order.everything() == [2]
    assert order.next_due() is None


def test_a_fifth_of_the_room_is_kept_for_what_cannot_wait() -> None:
    async def story() -> None:
        budget = Budget(VirtualClock(), at_once=10)
        began: list[str] = []

        async def one(name: str, *, urgent: bool) -> None:
            async with budget.turn(urgent=urgent):
                began.append(name)
                await asyncio.sleep(1)

        tasks = TaskSet()
        for n in range(12):
            tasks.run("ordinary", one(f"ordinary {n}", urgent=False))
        await asyncio.sleep(0.1)
        assert len(began) == 8
        for n in range(4):
            tasks.run("urgent", one(f"urgent {n}", urgent=True))
        await asyncio.sleep(0.1)
        assert began[8:] == ["urgent 0", "urgent 1"]
        await asyncio.sleep(5)
        assert len(began) == 16
        assert began[10:12] == ["urgent 2", "urgent 3"]

    run_virtual(story())


def test_room_that_was_waited_for_in_vain_is_given_back() -> None:
    async def story() -> None:
        budget = Budget(VirtualClock(), at_once=1)
        tasks = TaskSet()
        done: list[int] = []

        async def one() -> None:
            async with budget.turn(urgent=True):
                await asyncio.sleep(1)
                done.append(1)

        running = [tasks.run("one", one()) for _ in range(3)]
        await asyncio.sleep(0.5)
        running[1].cancel()
        running[0].cancel()
        await asyncio.sleep(2)
        assert done == [1]

    run_virtual(story())


@pytest.mark.parametrize("cancel_at", [0.0, 0.999999, 1.0, 1.000001])
def test_room_survives_a_cancellation_at_any_instant(cancel_at: float) -> None:
    async def story() -> None:
        budget = Budget(VirtualClock(), at_once=1)
        tasks = TaskSet()

        async def one() -> None:
            async with budget.turn(urgent=True):
                await asyncio.sleep(1)

        tasks.run("one", one())
        waiting = tasks.run("two", one())
        await asyncio.sleep(cancel_at)
        waiting.cancel()
        await asyncio.sleep(3)
        async with asyncio.timeout(1), budget.turn(urgent=True):
            pass

    run_virtual(story())


def test_room_given_to_somebody_who_gives_up_that_instant_is_not_lost() -> None:
    async def story() -> None:
        budget = Budget(VirtualClock(), at_once=1)
        tasks = TaskSet()

        async def one() -> None:
            async with budget.turn(urgent=True):
                raise AssertionError

        async with budget.turn(urgent=True):
            waiting = tasks.run("two", one())
            await asyncio.sleep(0)
        waiting.cancel()  # the room is theirs, and they have not woken up yet
        await asyncio.sleep(0)
        async with asyncio.timeout(1), budget.turn(urgent=True):
            pass

    run_virtual(story())


def test_of_two_words_to_wait_the_longer_holds() -> None:
    async def story() -> None:
        budget = Budget(VirtualClock())
        budget.hold_back(3_000)
        budget.hold_back(1_000)
        assert budget.wait_ms() == 3_000
        await asyncio.sleep(2.5)
        budget.hold_back(1_000)
        assert budget.wait_ms() == 1_000
        await asyncio.sleep(2)
        assert budget.wait_ms() == 0

    run_virtual(story())
