"""What cannot work about callbacks: nobody to call, no number to call from, a place that has none.

Graph rings a number only from a resource account
(learn.microsoft.com/graph/api/application-post-calls, example 7), so whoever rings the bot itself
is called back by nobody.
"""

from __future__ import annotations

from bot.plan_file.flow_exits import exits, queue_actions
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.plan import Plan, Queue


def check_callbacks(plan: Plan, whole: Whole) -> None:
    """Report everything about callbacks that does not fit together."""
    _Checks(plan, whole).run()


class _Checks:
    def __init__(self, plan: Plan, whole: Whole) -> None:
        self._plan = plan
        self._whole = whole
        self._queues = {queue.name: queue for queue in plan.queues}

    def run(self) -> None:
        for queue in self._plan.queues:
            if queue.callback is not None:
                self._numbers(queue)
                self._offer(queue)
                self._one_key(queue)
                self._in_circles(queue)
            for name, action, _ in queue_actions(queue):
                self._leads_there(action, queue, f"queues.{queue.name}.{name}")
        for flow in self._plan.flows:
            path = f"flows.{flow.name}"
            self._leads_there(flow.operator, None, f"{path}.operator")
            self._leads_there(flow.on_limit, None, f"{path}.on_limit")
            for step in flow.steps():
                for way in exits(flow, step):
                    self._leads_there(way.goto.action, None, way.path)
        for entry in self._plan.entry_points:
            self._leads_there(entry.on_closed, None, f"entry_points.{entry.name}.on_closed")

    def _numbers(self, queue: Queue) -> None:
        """Somebody must be callable: numbers are known, and an account to call from."""
        path = f"queues.{queue.name}.callback"
        rules = queue.callback
        countries = any(entry.country for entry in self._plan.entry_points)
        if rules is None or self._whole.problems.within(path):
            return
        if not rules.allowed_prefixes and not countries:
            self._whole.error(
                f"{path}.allowed_prefixes",
                "missing: say which numbers may be called (such as `+49`), or give the entry "
                "points a `country`",
            )
        elif not countries and rules.other_number and f"{path}.other_number" in self._whole.lines:
            self._whole.error(
                f"{path}.other_number",
                "nobody can tell what a caller keys in without the entry point's `country`: add it",
            )
        if not any(entry.account for entry in self._plan.entry_points):
            self._whole.error(
                path, "no entry point has an `account`, and numbers are only called from one"
            )

    def _offer(self, queue: Queue) -> None:
        rules = queue.callback
        offer = rules.offer if rules else None
        waits = queue.max_wait_ms
        if offer is None or offer.after_wait_ms is None or waits is None:
            return
        if offer.after_wait_ms >= waits:
            self._whole.warn(
                f"queues.{queue.name}.callback.offer.after_wait",
                "nobody waits so long: `max_wait` comes first",
            )

    def _one_key(self, queue: Queue) -> None:
        """The offer's key means nothing else to who waits, unless that is the same callback."""
        offer = queue.callback.offer if queue.callback else None
        action = queue.keys.get(offer.key) if offer else None
        if offer is None or action is None:
            return
        if action.kind is ActionKind.CALLBACK and action.ref == queue.name:
            return
        path = f"queues.{queue.name}.keys.{offer.key}"
        offered = f"queues.{queue.name}.callback.offer"
        at = self._whole.line_of(f"{offered}.key")
        self._whole.error(
            path,
            f"{offer.key} is the key of this queue's callback offer (line {at}) too: take another "
            "key here, or another `key` under `callback.offer`",
        )

    def _in_circles(self, queue: Queue) -> None:
        """Who cannot be called back must not be asked to be called back."""
        rules = queue.callback
        if rules is not None and rules.otherwise.kind is ActionKind.CALLBACK:
            self._whole.error(
                f"queues.{queue.name}.callback.otherwise",
                "comes when there is no callback: name another target",
            )

    def _leads_there(self, action: Action | None, queue: Queue | None, path: str) -> None:
        if action is None or action.kind is not ActionKind.CALLBACK:
            return
        team = self._queues.get(action.ref) if action.ref else queue
        if team is not None and team.callback is None:
            self._whole.error(
                path, f"queue {team.name} calls nobody back: add `callback:` to it, with its rules"
            )
