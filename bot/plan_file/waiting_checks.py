"""What cannot work, or has no effect, in how a queue's callers wait."""

from __future__ import annotations

from bot.plan_file.whole import Whole
from routing.action import ActionKind
from routing.plan import Plan, Queue
from routing.waiting_rules import Absence


def check_waiting(plan: Plan, whole: Whole) -> None:
    """Report it for each queue."""
    for queue in plan.queues:
        path = f"queues.{queue.name}"
        _announcements(queue, whole, path)
        _ways_out(queue, whole, path)
        _no_agent(queue, whole, path)
        if queue.aging_ms == 0 and f"{path}.priority" in whole.lines:
            whole.warn(f"{path}.priority", "has no effect with `aging: 0s`: remove one of them")


def _announcements(queue: Queue, whole: Whole, path: str) -> None:
    told = queue.announce
    if told is not None and not (told.prompts or told.position or told.expected_wait):
        whole.error_in_sound(
            f"{path}.announce",
            "says nothing: add `prompts`, `position: true` or `expected_wait: true`",
        )
    first = told.first_after_ms if told else 0
    if told is not None and queue.max_wait_ms is not None and first >= queue.max_wait_ms:
        whole.warn(f"{path}.announce", "comes after `max_wait`, so nobody hears it: begin sooner")


def _ways_out(queue: Queue, whole: Whole, path: str) -> None:
    if queue.keys and not (queue.announce and queue.announce.prompts):
        whole.warn(
            f"{path}.keys",
            "nobody tells callers of these keys: say so in a prompt of `announce`",
        )
    for key, action in queue.keys.items():
        if action.kind is ActionKind.QUEUE and action.ref == queue.name:
            whole.error_in_sound(
                f"{path}.keys.{key}", "leads back into this queue: name another target"
            )


def _no_agent(queue: Queue, whole: Whole, path: str) -> None:
    rule = queue.no_agent
    if rule is None:
        return
    if set(rule.when) <= {Absence.RINGING, Absence.WRAP_UP, Absence.BACK_OFF}:
        whole.warn(
            f"{path}.no_agent.when",
            "agents who are offline or not ready are there by this: add `off` and `not_ready`",
        )
