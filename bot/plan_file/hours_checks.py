"""What cannot work about opening times, and what has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.plan import EntryPoint, Plan, WhenClosed

OUT = (ActionKind.USER, ActionKind.NUMBER, ActionKind.ACCOUNT)
"""Whom an unanswered call can be sent to."""

ROUND = "leads back to this entry point: callers would go round in circles; name another target"
NOWHERE = (
    "with `when_closed: redirect` a place to send callers to is needed: name a `user:`, `number:` "
    "or `account:`"
)
UNHEARD = "nobody hears it: `when_closed: redirect` does not answer; remove one of the two"

Found = tuple[str, str]
"""Key path and sentence."""


def check_hours(plan: Plan, whole: Whole) -> None:
    """Report everything about opening times in `plan` that cannot work, or has no effect."""
    for path, message in _errors(plan):
        whole.error_in_sound(path, message)
    for path, message in _warnings(plan, set(whole.lines)):
        whole.warn(path, message)


def _errors(plan: Plan) -> Iterator[Found]:
    """What the plan cannot be used with."""
    for entry in plan.entry_points:
        path = f"entry_points.{entry.name}"
        if entry.when_closed is WhenClosed.REDIRECT:
            yield from _redirect(entry.on_closed, path)
        if _leads_to_itself(entry):
            yield f"{path}.on_closed", ROUND


def _warnings(plan: Plan, given: set[str]) -> Iterator[Found]:
    """What probably is not meant so; `given`: the keys that stand in the file."""
    used = {entry.hours for entry in plan.entry_points} | {queue.hours for queue in plan.queues}
    used |= {rule.when.hours for entry in plan.entry_points for rule in entry.door}
    used |= {
        case.when.hours for flow in plan.flows for each in flow.branches for case in each.cases
    }
    for hours in plan.hours:
        if hours.name not in used:
            yield f"hours.{hours.name}", "nobody keeps these hours"
        if not any(hours.week) and not any(day.spans for day in hours.holidays):
            yield f"hours.{hours.name}", "never open: name a day with times"
    for entry in plan.entry_points:
        path = f"entry_points.{entry.name}.on_closed"
        if entry.when_closed is WhenClosed.BUSY and path in given:
            yield path, "has no effect with `when_closed: busy`: remove one of the two"


def _redirect(action: Action, path: str) -> Iterator[Found]:
    if action.kind not in OUT:
        yield f"{path}.on_closed", NOWHERE
    elif action.prompt:
        yield f"{path}.on_closed.prompt", UNHEARD


def _leads_to_itself(entry: EntryPoint) -> bool:
    own = {account.lower() for account in entry.accounts}
    return entry.on_closed.kind is ActionKind.ACCOUNT and entry.on_closed.ref.lower() in own
