"""Questions to webhooks on their way out: each asked once, and something always told back.

Which attributes come of an answer says the plan. Nothing else of it is kept: an answer may hold
whatever the other system likes. A question that an earlier life possibly asked is asked again while
its time lasts, with the same id; whoever answers it may know it by that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from bot.clock import Clock, stopwatch_ms
from bot.metrics.meter import Meter
from bot.outside.values import values_in
from bot.outside.web import NotAnswered, Question, Web, Why
from bot.tasks import TaskSet
from routing.commands import AskWebhook, Command
from routing.events import Event, WebhookAnswered

log = logging.getLogger(__name__)


class Decider(Protocol):
    """The loop, as far as webhooks need it."""

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take an event in."""
        ...

    def may_act(self) -> bool:
        """Whether this instance is the owner and its lease holds."""
        ...

    def wants(self, command: Command) -> bool:
        """Whether a command that was not sent yet should still be."""
        ...


class WebhookSender:
    """Asks, and tells what came of it."""

    def __init__(
        self,
        *,
        web: Web,
        secrets: Mapping[str, str],
        decider: Decider,
        clock: Clock,
        tasks: TaskSet,
        meter: Meter,
    ) -> None:
        """`secrets` by the names under which a plan knows them."""
        self._web = web
        self._secrets = secrets
        self._decider = decider
        self._clock = clock
        self._tasks = tasks
        self._meter = meter
        self._under_way: set[str] = set()

    def take(self, command: AskWebhook) -> None:
        """Ask beside whatever else is under way; also what an earlier life possibly asked."""
        if command.id not in self._under_way:
            self._under_way.add(command.id)
            self._tasks.run("webhook", self._carry_out(command))

    async def _carry_out(self, command: AskWebhook) -> None:
        try:
            if not self._decider.may_act():
                return  # no longer ours: the row stays open for the successor
            told = await self._answer(command)
        finally:
            self._under_way.discard(command.id)
        self._meter.count("webhooks", told.problem or "answered")
        self._decider.submit(told)

    async def _answer(self, command: AskWebhook) -> WebhookAnswered:
        began = stopwatch_ms()
        try:
            answer = await self._ask(command)
        except NotAnswered as failure:
            if failure.why is not Why.UNWANTED:
                log.warning(
                    "a webhook did not answer",
                    extra={"webhook": command.webhook.name, "why": str(failure)},
                )
            return _told(command, problem=failure.why.value)
        except Exception:
            # Whatever it was, the caller in the flow must go on.
            log.exception("a webhook was not asked", extra={"webhook": command.webhook.name})
            return _told(command, problem=Why.UNREACHABLE.value)
        self._meter.observe("webhook", stopwatch_ms() - began)
        return _told(command, values=values_in(answer, command.webhook.take))

    async def _ask(self, command: AskWebhook) -> object:
        webhook = command.webhook
        if not self._decider.wants(command):
            raise NotAnswered(Why.UNWANTED)
        secret = self._secrets.get(webhook.secret, "")
        if webhook.secret and not secret:
            raise NotAnswered(
                Why.NO_SECRET, f"SWITCHBOARD_SECRETS has none called {webhook.secret}"
            )
        within_ms = command.deadline - self._clock.now()
        if within_ms <= 0:
            raise NotAnswered(Why.LATE, "before it was asked")
        body: dict[str, object] = {
            "id": command.id,
            "webhook": webhook.name,
            "contact": command.contact,
            **command.tell,
        }
        if "attributes" in webhook.send:
            body["attributes"] = command.attributes
        question = Question(url=webhook.url, body=body, secret=secret, private=webhook.private)
        return await self._web.ask(question, within_ms)


def _told(
    command: AskWebhook, *, problem: str = "", values: dict[str, str] | None = None
) -> WebhookAnswered:
    return WebhookAnswered(
        command=command.id,
        call=command.call,
        contact=command.contact,
        problem=problem,
        values=values or {},
    )
