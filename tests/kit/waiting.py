"""Waiting in tests for what must come true, instead of sleeping for as long as it may take."""

import asyncio
from collections.abc import Awaitable, Callable

WITHIN_S = 20.0


async def until(
    condition: Callable[[], Awaitable[object]], *, within_s: float = WITHIN_S, every_s: float = 0.01
) -> None:
    """Return once the condition holds; AssertionError if it does not in time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while not await condition():
        assert loop.time() < end, f"not within {within_s} s: {condition}"
        await asyncio.sleep(every_s)
