"""An event loop on which hours pass at once, so that timing is tested exactly and without waiting.

When nothing is ready, the time jumps to the next timer. Two runs of the same coroutine take the
same steps at the same instants. Nothing real may be waited for: sockets are refused, executor work
runs at once on the loop's thread, and when nothing could ever happen the run ends with `Deadlock`,
which names who waits where.

    async def story(clock: VirtualClock) -> None: ...

    run_virtual(story(VirtualClock()), start_ms=1_700_000_000_000)
"""

import asyncio
import heapq
import itertools
import linecache
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

START_MS = 1_767_225_600_000  # 1 January 2026, 00:00 UTC
HOUR_MS = 3_600_000
LIMIT_MS = 48 * HOUR_MS  # a forgotten 250 ms poll ends in seconds of real time
STEPS_IN_ONE_INSTANT = 200_000  # more than any test schedules; a busy loop ends in a few seconds
OUTSIDE_WITHIN_S = 10.0


class Deadlock(AssertionError):
    """Nothing is ready and nothing is scheduled, yet somebody waits."""


class TimeRanAway(AssertionError):
    """More virtual time, or more steps in one instant, than any test means."""


class NotVirtual(RuntimeError):
    """Something real was asked for, which virtual time cannot wait for."""


class VirtualClock:
    """The clock door of the product, reading the virtual loop that runs."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        return running_loop().now_ms()


def run_virtual(
    coro: Coroutine[Any, Any, T], *, start_ms: int = START_MS, limit_ms: int = LIMIT_MS
) -> T:
    """What `coro` returns, run from `start_ms` on a loop of its own.

    Raises Deadlock, TimeRanAway after `limit_ms`, or what `coro` raises. Tasks left over are
    cancelled and awaited.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start_ms, limit_ms)) as runner:
        return runner.run(coro)


def running_loop() -> "VirtualLoop":
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise NotVirtual("run it under run_virtual(...)")
    return loop


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop; only its clock and its way of waiting are replaced."""

    def __init__(self, start_ms: int = START_MS, limit_ms: int = LIMIT_MS) -> None:
        self._waiting = _JumpingSelector(self)
        super().__init__(self._waiting)
        self._start_ms = start_ms
        self._limit_s = limit_ms / 1000
        self._elapsed_s = 0.0
        self._outside = 0
        self._order = itertools.count()
        # The base class compares timers with time() + this; below it, a timer that is due "now"
        # would not fire, because doubles of this size are coarser than a nanosecond.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds since the run began."""
        return self._elapsed_s

    def now_ms(self) -> int:
        return self._start_ms + round(self._elapsed_s * 1000)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As the base class has it, but timers of one instant fire in the order they were set."""
        self._check_closed()
        timer = _Timer(when, callback, args, self, context)
        timer.order = next(self._order)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Stops the time while a real thread works for the loop (a store's writer, say).

        The thread answers with `call_soon_threadsafe`; it has OUTSIDE_WITHIN_S real seconds.
        """
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1

    def waits_outside(self) -> bool:
        return self._outside > 0

    def jump(self, seconds: float) -> None:
        self._elapsed_s += seconds
        if self._elapsed_s > self._limit_s:
            hours = self._elapsed_s / 3600
            raise TimeRanAway(f"{hours:.1f} virtual hours went by{self.describe_tasks()}")

    def describe_tasks(self) -> str:
        """A line for each unfinished task: its name and where it waits."""
        pending = sorted(asyncio.all_tasks(self), key=lambda task: task.get_name())
        return "".join(f"\n  {task.get_name()} waits at {_place(task)}" for task in pending)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Runs `func` now, on this thread: a pool's timing would differ from run to run."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except StopIteration:
            raise
        except Exception as failure:  # noqa: BLE001 - it belongs to the awaiter
            future.set_exception(failure)
        return future

    async def create_connection(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real connection does not follow virtual time")

    async def create_server(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real server does not follow virtual time")

    async def create_unix_connection(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real connection does not follow virtual time")

    async def create_unix_server(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real server does not follow virtual time")

    async def create_datagram_endpoint(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real socket does not follow virtual time")

    async def sock_connect(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real socket does not follow virtual time")

    async def subprocess_exec(self, *_: Any, **__: Any) -> NoReturn:
        raise NotVirtual("a real process does not follow virtual time")


class _Timer(asyncio.TimerHandle):
    __slots__ = ("order",)

    def __lt__(self, other: asyncio.TimerHandle) -> bool:
        if isinstance(other, _Timer):
            return (self._when, self.order) < (other._when, other.order)
        return NotImplemented


class _JumpingSelector(selectors.BaseSelector):
    """Where asyncio would sleep until the next timer, this moves the time there."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()
        self._steps = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Another thread's call_soon_threadsafe arrives through the loop's own pipe.
        waits = self._loop.waits_outside() and timeout != 0
        if events := self._real.select(OUTSIDE_WITHIN_S if waits else 0):
            return events
        if waits:
            raise Deadlock(f"no answer from outside{self._loop.describe_tasks()}")
        if timeout is None:
            raise Deadlock(f"nothing can happen any more{self._loop.describe_tasks()}")
        if timeout > 0:
            self._steps = 0
            self._loop.jump(timeout)
        self._steps += 1
        if self._steps > STEPS_IN_ONE_INSTANT:
            raise TimeRanAway(f"a busy loop at one instant{self._loop.describe_tasks()}")
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def _place(task: asyncio.Task[Any]) -> str:
    """Where the innermost coroutine of ours waits; asyncio's own frames say nothing new."""
    place = "its first step"
    waiting: Any = task.get_coro()
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        if frame.f_lasti >= 0 and not frame.f_globals.get("__name__", "").startswith("asyncio."):
            file, line = frame.f_code.co_filename, frame.f_lineno
            place = f"{file}:{line} {linecache.getline(file, line).strip()}"
        waiting = waiting.cr_await
    return place
