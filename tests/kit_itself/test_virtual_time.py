"""Virtual time itself: exact, ordered, deterministic, and loud when nothing can happen."""

import asyncio
import random
import threading
import time

import pytest
from kit import virtual_time
from kit.virtual_time import (
    HOUR_MS,
    START_MS,
    Deadlock,
    NotVirtual,
    TimeRanAway,
    VirtualClock,
    run_virtual,
    running_loop,
)

clock = VirtualClock()


def test_ten_thousand_timers_of_hours_cost_under_a_second() -> None:
    draw = random.Random(7)
    delays = [draw.randrange(24 * HOUR_MS) for _ in range(10_000)]
    fired: list[tuple[int, int]] = []

    async def sleeper(delay_ms: int) -> None:
        await asyncio.sleep(delay_ms / 1000)
        fired.append((clock.now() - START_MS, delay_ms))

    async def story() -> None:
        await asyncio.gather(*map(sleeper, delays))

    began = time.process_time()
    run_virtual(story())
    assert time.process_time() - began < 1.0
    assert [at for at, _ in fired] == sorted(delays)
    assert all(at == delay for at, delay in fired)


def test_the_clock_starts_where_it_is_told_and_keeps_whole_milliseconds() -> None:
    async def story() -> list[int]:
        seen = [clock.now()]
        for _ in range(1000):
            await asyncio.sleep(0.007)
            seen.append(clock.now())
        return seen

    start = 1_900_000_000_123
    assert run_virtual(story(), start_ms=start) == [start + 7 * n for n in range(1001)]


def test_timers_of_one_instant_fire_in_the_order_they_were_set() -> None:
    fired: list[int] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        for n in range(100):
            loop.call_at(5.0, fired.append, n)
        await asyncio.sleep(6)

    run_virtual(story())
    assert fired == list(range(100))


def test_two_runs_take_the_same_steps() -> None:
    async def worker(name: int, inbox: asyncio.Queue[int], log: list[tuple[int, int, int]]) -> None:
        while (item := await inbox.get()) >= 0:
            await asyncio.sleep(item * 0.013 % 0.1)
            log.append((clock.now(), name, item))

    async def story() -> list[tuple[int, int, int]]:
        inbox: asyncio.Queue[int] = asyncio.Queue(3)
        log: list[tuple[int, int, int]] = []
        async with asyncio.TaskGroup() as group:
            for name in range(4):
                group.create_task(worker(name, inbox, log))
            for item in [*range(200), -1, -1, -1, -1]:
                await inbox.put(item)
        return log

    first = run_virtual(story())
    assert sorted(item for _, _, item in first) == list(range(200))
    assert run_virtual(story()) == first


def test_a_cancelled_timer_neither_fires_nor_moves_the_time() -> None:
    async def story() -> int:
        loop = asyncio.get_running_loop()
        loop.call_later(3600, pytest.fail, "cancelled").cancel()
        task = asyncio.ensure_future(asyncio.sleep(1800))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(1)
        return clock.now() - START_MS

    assert run_virtual(story()) == 2000


def test_timeout_ends_a_wait_at_its_instant() -> None:
    async def story() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(17.5):
                await asyncio.Event().wait()
        return clock.now() - START_MS

    assert run_virtual(story()) == 17_500


def test_wait_for_returns_what_came_in_time() -> None:
    async def story() -> tuple[str, int]:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(2, answer.set_result, "here")
        return await asyncio.wait_for(answer, 3), clock.now() - START_MS

    assert run_virtual(story()) == ("here", 2000)


def test_a_deadlock_names_who_waits_where() -> None:
    async def forever(event: asyncio.Event) -> None:
        await event.wait()

    async def story() -> None:
        never = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(forever(never), name="the forgotten one")
            await asyncio.sleep(3)

    with pytest.raises(Deadlock, match=r"the forgotten one waits at .*: *\d+ await event.wait\(\)"):
        run_virtual(story())


def test_a_deadlock_still_lets_tasks_clean_up() -> None:
    cleaned: list[str] = []

    async def story() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            cleaned.append("yes")

    with pytest.raises(Deadlock):
        run_virtual(story())
    assert cleaned == ["yes"]


def test_an_endless_poll_is_stopped() -> None:
    async def story() -> None:
        while True:
            await asyncio.sleep(60)

    with pytest.raises(TimeRanAway, match="virtual hours"):
        run_virtual(story(), limit_ms=3 * HOUR_MS)


def test_a_busy_loop_is_stopped() -> None:
    async def story() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(TimeRanAway, match="busy loop"):
        run_virtual(story())


def test_many_instants_are_no_busy_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "STEPS_IN_ONE_INSTANT", 20)

    async def story() -> int:
        for _ in range(500):
            await asyncio.sleep(0.001)
        return clock.now() - START_MS

    assert run_virtual(story()) == 500


def test_executor_work_is_done_on_the_spot() -> None:
    async def story() -> tuple[int, int, int]:
        thread = await asyncio.to_thread(threading.get_ident)
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        return thread, threading.get_ident(), clock.now()

    worker, loop, now = run_virtual(story())
    assert worker == loop
    assert now == START_MS


def test_time_stands_still_while_a_thread_outside_works() -> None:
    release = threading.Event()

    async def story() -> tuple[str, int]:
        loop = running_loop()
        answer: asyncio.Future[str] = loop.create_future()

        def work() -> None:
            release.wait(5)
            loop.call_soon_threadsafe(answer.set_result, "written")

        thread = threading.Thread(target=work)
        late = loop.call_later(1, answer.set_result, "time ran on")
        with loop.outside():
            thread.start()
            loop.call_soon(release.set)
            result = await answer
        late.cancel()
        thread.join()
        return result, clock.now() - START_MS

    assert run_virtual(story()) == ("written", 0)


def test_real_sockets_are_refused() -> None:
    async def story() -> None:
        await asyncio.open_connection("127.0.0.1", 9)

    with pytest.raises(NotVirtual):
        run_virtual(story())


def test_what_the_story_raises_comes_out() -> None:
    async def story() -> None:
        await asyncio.sleep(1)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_virtual(story())


async def test_the_clock_refuses_a_real_loop() -> None:
    with pytest.raises(NotVirtual):
        clock.now()
