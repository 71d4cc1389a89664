"""What cannot work about messages: a team that nobody tells, rules for messages that nobody leaves.

Whether the administrator allows messages at all is a setting, not the plan's; whoever reads the
plan asks for it apart (`not_allowed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from bot.plan_file.problems import Problem, Severity
from bot.plan_file.reading import Reading
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.plan import Plan


def check_voicemail(plan: Plan, whole: Whole) -> None:
    """Report everything about messages that does not fit together."""
    teams = taking_messages(plan)
    for queue in plan.queues:
        section, channel = f"queues.{queue.name}.voicemail", f"queues.{queue.name}.channel"
        if queue.name in teams and not queue.channel:
            whole.warn(
                channel,
                "callers leave messages for this team, and nobody tells it: name its `channel`",
            )
        if section in whole.lines and queue.name not in teams:
            whole.warn(
                section,
                f"nobody can leave a message: let an action say `voicemail: {queue.name}`",
            )


def not_allowed(reading: Reading, severity: Severity) -> Problem | None:
    """What callers meet who are to leave a message where the settings allow none; None: the plan
    sends nobody there."""
    teams = taking_messages(reading.plan) if reading.plan else set()
    if not teams:
        return None
    key = f"queues.{min(teams)}"
    return Problem(
        severity=severity,
        line=reading.lines.get(key, 0),
        key=key,
        message=(
            f"callers are to leave messages for {', '.join(sorted(teams))}, and the setting "
            "SWITCHBOARD_KEEP_VOICEMAIL does not allow it: they hear an apology and are hung up; "
            "see docs/voicemail.md for what it takes, or lead them elsewhere"
        ),
    )


def taking_messages(plan: Plan) -> set[str]:
    """The queues for whose teams callers can leave messages."""
    teams: set[str] = set()
    for queue in plan.queues:
        teams |= {action.ref or queue.name for action in _voicemails(queue)}
    for part in (*plan.entry_points, *plan.flows):
        own = {queue.name for queue in plan.queues}
        for action in _voicemails(part):
            # Without a name it is the team of whatever queue the caller was in.
            teams |= {action.ref} if action.ref else own
    return teams


def _voicemails(part: object) -> Iterator[Action]:
    if isinstance(part, Action):
        if part.kind is ActionKind.VOICEMAIL:
            yield part
    elif is_dataclass(part):
        for field in fields(part):
            yield from _voicemails(getattr(part, field.name))
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _voicemails(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _voicemails(value)
