"""Whose team `voicemail: true` and `callback: true` mean among a queue's own actions: that queue's.

Some of these actions come before the caller has joined the queue: it is full, closed, or nobody is
there. The contact's queue is another one then, or none yet, so the name is filled in here.
"""

from __future__ import annotations

from dataclasses import replace

from routing.action import Action, ActionKind
from routing.plan import Queue

FOR_A_TEAM = (ActionKind.VOICEMAIL, ActionKind.CALLBACK)


def with_own_team(queue: Queue) -> Queue:
    """The queue, whose actions for a team all name it."""
    rules, absent = queue.callback, queue.no_agent
    return replace(
        queue,
        on_max_wait=_named(queue.on_max_wait, queue.name),
        on_overflow=_named(queue.on_overflow, queue.name),
        on_closed=_named(queue.on_closed, queue.name),
        keys={key: _named(action, queue.name) for key, action in queue.keys.items()},
        no_agent=absent and replace(absent, action=_named(absent.action, queue.name)),
        callback=rules and replace(rules, otherwise=_named(rules.otherwise, queue.name)),
    )


def _named(action: Action, queue: str) -> Action:
    if action.kind not in FOR_A_TEAM or action.ref:
        return action
    return replace(action, ref=queue)
