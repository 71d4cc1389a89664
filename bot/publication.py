"""From a plan file to a plan in force: read, rendered, numbered, kept.

A plan with an error never replaces a good one. Reading takes up to seconds and runs in a thread;
rendering is done before anybody is told of the new plan, so no caller waits for speech.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.bodies import CODEC
from bot.clock import Clock
from bot.plan_file.reader import read_plan
from bot.plan_file.reading import Reading
from bot.prompts.catalog import PromptCatalog
from bot.prompts.durations import durations
from bot.prompts.publishing import Publisher
from bot.prompts.wanted import Recording, Spoken, Wanted
from routing.plan import Plan, Queue
from store.plans import Plans

log = logging.getLogger(__name__)

PLAN_PROMPT = "plan:"
MUSIC = "music:"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class PlanUnusable(Exception):
    """The plan file cannot be used. `problems` holds one sentence for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A plan in force, and the file that it came from."""

    plan: Plan
    reading: Reading
    findings: tuple[str, ...]
    """What is wrong with it and stops nobody, a sentence each."""


@dataclass(slots=True, kw_only=True)
class Publication:
    """Publishes one plan file."""

    path: Path
    tenant: str
    legs: Mapping[str, int]
    """Call legs allowed at once, by application."""
    plans: Plans
    publisher: Publisher
    catalog: PromptCatalog
    clock: Clock

    async def publish(self, by: str) -> Published:
        """Put the file in force. Raises PlanUnusable, StoreError."""
        source, reading = await asyncio.to_thread(self._read)
        plan = reading.plan
        if plan is None or reading.errors:
            raise PlanUnusable([each.text(reading.file) for each in reading.errors])
        self._check_tenant(plan)
        plan = replace(plan, queues=tuple(_with_music(queue) for queue in plan.queues))
        book, findings = await self.publisher.publish(self._wanted(plan, reading), _languages(plan))
        self.catalog.use(book)
        plan = replace(plan, tenant=self.tenant, durations=durations(book), legs=dict(self.legs))
        kept = await self.plans.put(
            self.tenant,
            text=source.decode(),
            compiled=CODEC.encode(plan),
            created_at=self.clock.now(),
            created_by=by,
        )
        told = [each.text(reading.file) for each in reading.warnings]
        told += [f"{each.name} ({each.language}): {each.message}" for each in findings]
        for sentence in told:
            log.warning("plan: %s", sentence)
        return Published(plan=replace(plan, version=kept.id), reading=reading, findings=tuple(told))

    def _read(self) -> tuple[bytes, Reading]:
        try:
            source = self.path.read_bytes()
        except OSError as error:
            sentence = f"{self.path}: {error.strerror}. Set SWITCHBOARD_PLAN to the plan file."
            raise PlanUnusable([sentence]) from error
        return source, read_plan(source, self.path.name, self.path.parent)

    def _check_tenant(self, plan: Plan) -> None:
        # A domain name is the directory's to check.
        if _GUID.fullmatch(plan.tenant) and plan.tenant.lower() != self.tenant.lower():
            sentence = (
                f"{self.path.name}: the plan is for tenant {plan.tenant}, "
                f"but SWITCHBOARD_TENANT_ID is {self.tenant}"
            )
            raise PlanUnusable([sentence])

    def _wanted(self, plan: Plan, reading: Reading) -> list[Wanted]:
        wanted: list[Wanted] = []
        music = {queue.music.removeprefix(MUSIC) for queue in plan.queues}
        for text in reading.prompts:
            name = text.name.removeprefix(PLAN_PROMPT)
            source = (
                Spoken(text=text.say) if text.say else Recording(path=self.path.parent / text.audio)
            )
            wanted.append(Wanted(name=PLAN_PROMPT + name, source=source, language=text.language))
            if name in music:
                wanted.append(Wanted(name=MUSIC + name, source=source, language=text.language))
        for queue in plan.queues:
            title = Spoken(text=queue.title or queue.name)
            wanted.append(Wanted(name=f"queue:{queue.name}", source=title, language=queue.language))
        return wanted


def _with_music(queue: Queue) -> Queue:
    """The queue with its own music under the name by which prompts are repeated without a gap."""
    if not queue.music.startswith(PLAN_PROMPT):
        return queue
    return replace(queue, music=MUSIC + queue.music.removeprefix(PLAN_PROMPT))


def _languages(plan: Plan) -> list[str]:
    told = [queue.language for queue in plan.queues]
    told += [entry.language for entry in plan.entry_points]
    return list(dict.fromkeys(told))
