"""What only the whole plan can show: names that do not meet, and actions that cannot work.

Graph decides the latter: after an invitation a call is in meeting mode and `transfer` fails with
8523, so in `group_call` a caller's next target must be somebody who can be invited.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.plan_file.prompts import PLAN
from bot.plan_file.whole import Whole
from routing.action import WITHIN, Action, ActionKind
from routing.plan import Accept, AtClose, Delivery, EntryPoint, Plan, Queue

TEAMS_VOICEMAIL_MS = 20_000
"""After so long Teams' own voicemail takes an unanswered call, unless the user changed it."""
NOT_WITHIN = (
    "comes when the service fails the caller, so it leads out of it: name a `user:`, `number:` or "
    "`account:`"
)
ACTIONS_WHILE_WAITING = ("on_max_wait", "keys", "no_agent", "fallback")
"""A queue's actions that may come after the first offer, when the delivery is pinned."""
CLOSING = (*ACTIONS_WHILE_WAITING, "on_closed")
"""The same of a queue whose callers have to go at its closing."""


def check(plan: Plan, whole: Whole) -> None:
    """Report everything in `plan` that does not fit together."""
    _Checks(plan, whole).run()


class _Checks:
    def __init__(self, plan: Plan, whole: Whole) -> None:
        self._plan = plan
        self._whole = whole
        self._queues = {queue.name: queue for queue in plan.queues}

    def run(self) -> None:
        """All checks, each of which reports by itself."""
        self._accounts()
        for entry in self._plan.entry_points:
            self._entry_point(entry)
        for queue in self._plan.queues:
            self._ringing(queue)
            self._limits(queue)
            moving = queue.at_close is AtClose.MOVE
            names = CLOSING if moving else ACTIONS_WHILE_WAITING
            self._meeting(queue, f"queues.{queue.name}", names)
            self._to_itself(queue)
            self._fallback(queue)
        self._unused()

    def _accounts(self) -> None:
        seen: dict[str, str] = {}
        for entry in self._plan.entry_points:
            path = f"entry_points.{entry.name}.account"
            if not entry.accounts:
                if entry.name != self._plan.default_entry_point:
                    self._whole.error(
                        path,
                        "missing: name the resource account, or make this the "
                        "`default_entry_point`",
                    )
                continue
            for account in entry.accounts:
                other = seen.setdefault(account.lower(), entry.name)
                if other != entry.name:
                    self._whole.error(
                        path, f"is entry point {other}'s account too: each has its own"
                    )

    def _entry_point(self, entry: EntryPoint) -> None:
        path = f"entry_points.{entry.name}"
        if entry.fallback is None:
            self._whole.warn(
                f"{path}.fallback",
                "no fallback: callers hear the busy tone when the service cannot take them; "
                "name a number or account",
            )
        elif entry.fallback.kind is ActionKind.DISCONNECT:
            self._whole.error(
                f"{path}.fallback",
                "a fallback is a place to send callers to: name a `user:`, `number:` or `account:`",
            )
        elif entry.fallback.kind in WITHIN:
            self._whole.error(f"{path}.fallback", NOT_WITHIN)
        elif self._served(entry.fallback):
            self._whole.error(
                f"{path}.fallback",
                "is an account of this service, which is what cannot take the call: "
                "name another one",
            )
        if entry.on_error.kind in WITHIN:
            self._whole.error(f"{path}.on_error", NOT_WITHIN)
        queue = self._queues.get(entry.queue)
        if queue is not None:
            self._meeting(queue, path, ("on_error",))
            self._languages(entry, queue)

    def _served(self, action: Action) -> bool:
        return action.kind is ActionKind.ACCOUNT and any(
            action.ref.lower() == account.lower()
            for entry in self._plan.entry_points
            for account in entry.accounts
        )

    def _languages(self, entry: EntryPoint, queue: Queue) -> None:
        heard = {f"entry_points.{entry.name}.greeting": entry.greeting}
        for name, action in _actions(queue):
            heard[f"queues.{queue.name}.{name}.prompt"] = action.prompt
        for name, action in _actions(entry):
            heard[f"entry_points.{entry.name}.{name}.prompt"] = action.prompt
        for path, prompt in heard.items():
            name = prompt.removeprefix(PLAN)
            languages = self._whole.prompts.languages(name)
            if prompt.startswith(PLAN) and languages and entry.language not in languages:
                self._whole.warn(
                    path,
                    f"prompt {name} has no words in {entry.language}, the language of entry point "
                    f"{entry.name}: add them",
                )

    def _ringing(self, queue: Queue) -> None:
        path = f"queues.{queue.name}"
        if queue.delivery is not Delivery.CONSULT:
            for key, why in (
                ("ring_seconds", "Graph lets nobody end the ringing of an invitation or transfer"),
                ("accept", "only an agent on a call of their own can be asked"),
                ("accept_within", "only an agent on a call of their own can be asked"),
            ):
                if f"{path}.{key}" in self._whole.lines:
                    self._whole.error(
                        f"{path}.{key}",
                        f"not with `delivery: {queue.delivery}` ({why}): remove it, or use "
                        "`delivery: consult`",
                    )
            return
        if queue.ring_ms >= TEAMS_VOICEMAIL_MS:
            self._whole.warn(
                f"{path}.ring_seconds",
                "Teams' own voicemail answers after 20 s: agents with voicemail are then counted "
                "as having picked up; use 18 or less",
            )
        if queue.accept is Accept.ANSWER and f"{path}.accept_within" in self._whole.lines:
            self._whole.warn(
                f"{path}.accept_within", "has no effect with `accept: answer`: remove it"
            )

    def _limits(self, queue: Queue) -> None:
        path = f"queues.{queue.name}"
        pairs = (
            ("on_max_wait", "max_wait", queue.max_wait_ms),
            ("on_overflow", "max_length", queue.max_length),
        )
        for action, limit, value in pairs:
            given = f"{path}.{action}" in self._whole.lines and action != "on_overflow"
            if given and value is None and not self._whole.problems.has(f"{path}.{limit}"):
                self._whole.warn(f"{path}.{action}", f"has no effect without `{limit}`: add it")

    def _meeting(self, queue: Queue, path: str, names: tuple[str, ...]) -> None:
        """Accounts cannot be invited: in meeting mode only their number can."""
        owner = queue if path.startswith("queues.") else self._entry(path)
        for name, action in _actions(owner):
            if (
                name.partition(".")[0] not in names
                or action.kind is not ActionKind.ACCOUNT
                or action.number
            ):
                continue
            place = f"{path}.{name}"
            if queue.delivery is Delivery.GROUP_CALL:
                self._whole.error(
                    place,
                    f"`delivery: group_call` in queue {queue.name} and an `account:` without "
                    "`number:` cannot work together: after an invitation Graph refuses every "
                    "transfer (8523) and an account cannot be invited; add its number",
                )
            else:
                self._whole.warn(
                    place,
                    "guests and federated callers are always in a group call, from which an "
                    "account is only reached by its number: add `number:`",
                )

    def _entry(self, path: str) -> EntryPoint:
        name = path.removeprefix("entry_points.")
        return next(entry for entry in self._plan.entry_points if entry.name == name)

    def _fallback(self, queue: Queue) -> None:
        if queue.fallback is not None and queue.fallback.kind in WITHIN:
            self._whole.error(f"queues.{queue.name}.fallback", NOT_WITHIN)

    def _to_itself(self, queue: Queue) -> None:
        own = {
            account.lower()
            for entry in self._plan.entry_points
            for account in entry.accounts
            if entry.queue == queue.name
        }
        for name, action in _actions(queue):
            if action.kind is ActionKind.ACCOUNT and action.ref.lower() in own:
                self._whole.error(
                    f"queues.{queue.name}.{name}",
                    "leads back into this queue: callers would go round in circles; name "
                    "another target",
                )

    def _unused(self) -> None:
        for name in self._whole.prompts.names:
            if name not in self._whole.prompts.used:
                self._whole.warn(f"prompts.{name}", "nobody uses this prompt")


def _actions(owner: Queue | EntryPoint) -> Iterator[tuple[str, Action]]:
    if isinstance(owner, EntryPoint):
        yield "on_error", owner.on_error
    else:
        yield "on_closed", owner.on_closed
        yield "on_max_wait", owner.on_max_wait
        yield "on_overflow", owner.on_overflow
        for key, action in owner.keys.items():
            yield f"keys.{key}", action
        if owner.no_agent is not None:
            yield "no_agent.action", owner.no_agent.action
    if owner.fallback is not None:
        yield "fallback", owner.fallback
