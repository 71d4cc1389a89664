"""When a request that failed is sent again: as Graph says, else at growing distances, and never so
late that its own deadline would cut it off.
"""

from __future__ import annotations

from bot.sending.outbound import WRONG_TENANT, is_gone
from graph.errors import GraphError, NotSent, Refused, Throttled
from routing.events import Problem

AGAIN_AFTER_MS = (200, 1_000, 3_000)
LEAST_MS = 500
"""What a request needs. One that its deadline cuts off may have run, and nobody knows."""
LAST_TRY_MS = 600
"""So long before its deadline it is tried for the last time: timers come a little late."""


def pause_ms(error: GraphError, times: int, left_ms: int, *, is_last: bool = False) -> int | None:
    """How long to wait before sending it once more, having sent it `times` times; None: no more.

    `left_ms` is the time until its deadline. Told to wait for longer than that, it is sent once
    more at once, in case Graph did not mean it, and given up then: something else may work in the
    time that is left. Where nothing else can be done (`is_last`) it goes on at its own distances.
    The last try is made as late as it can be: throttling passes with time.
    """
    told = error.retry_after_ms
    if told is not None and told + LAST_TRY_MS <= left_ms:
        return told
    if told is not None and times > 1 and not is_last:
        return None
    own = AGAIN_AFTER_MS[min(times, len(AGAIN_AFTER_MS)) - 1]
    pause = min(own, left_ms - LAST_TRY_MS)
    return pause if pause >= AGAIN_AFTER_MS[0] else None


def problem_of(error: GraphError) -> str:
    """What the routing hears of it (routing/events.py, Problem)."""
    if isinstance(error, Throttled):
        return Problem.THROTTLED.value
    if isinstance(error, Refused):
        if is_gone(error):
            return Problem.GONE.value
        return (Problem.WRONG_TENANT if error.code == WRONG_TENANT else Problem.REFUSED).value
    if isinstance(error, NotSent):
        return Problem.UNAVAILABLE.value
    return Problem.UNKNOWN.value
