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
            _warn(whole, f"{path}.priority", "has no effect with `aging: 0s`: remove one of them")


def _announcements(queue: Queue, whole: Whole, path: str) -> None:
    told = queue.announce
    if told is not None and not (told.prompts or told.position or told.expected_wait):
        _error(
            whole,
            f"{path}.announce",
            "says nothing: add `prompts`, `position: true` or `expected_wait: true`",
        )
    first = told.first_after_ms if told else 0
    if told is not None and queue.max_wait_ms is not None and first >= queue.max_wait_ms:
        _warn(whole, f"{path}.announce", "comes after `max_wait`, so nobody hears it: begin sooner")


def _ways_out(queue: Queue, whole: Whole, path: str) -> None:
    if queue.keys and not (queue.announce and queue.announce.prompts):
        _warn(
            whole,
            f"{path}.keys",
            "nobody tells callers of these keys: say so in a prompt of `announce`",
        )
    for key, action in queue.keys.items():
        if action.kind is ActionKind.QUEUE and action.ref == queue.name:
            _error(whole, f"{path}.keys.{key}", "leads back into this queue: name another target")


def _no_agent(queue: Queue, whole: Whole, path: str) -> None:
    rule = queue.no_agent
    if rule is None:
        return
    if set(rule.when) <= {Absence.RINGING, Absence.WRAP_UP, Absence.BACK_OFF}:
        _warn(
            whole,
            f"{path}.no_agent.when",
            "agents who are offline or not ready are there by this: add `off` and `not_ready`",
        )


def _line(whole: Whole, path: str) -> int:
    while path not in whole.lines and "." in path:
        path = path.rpartition(".")[0]
    return whole.lines.get(path, 1)


def _error(whole: Whole, path: str, message: str) -> None:
    if not whole.problems.within(path):
        whole.problems.error(_line(whole, path), path, message)


def _warn(whole: Whole, path: str, message: str) -> None:
    if not whole.problems.within(path):
        whole.problems.warn(_line(whole, path), path, message)
