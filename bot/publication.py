"""From a plan file to a plan in force: read, rendered, numbered, kept.

A plan with an error never replaces a good one; a start with such a file goes on with the version
published last. Reading takes up to seconds and runs in a thread; rendering is done and the version
is written down before anybody is told of the new plan, so no caller waits for speech and a process
that dies in between has lost nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.clock import Clock
from bot.metrics.meter import Meter, Silent
from bot.owner.caller_numbers import warm
from bot.plan_file import Problem, Reading, Severity, read_plan
from bot.plan_file.document import read_file
from bot.plan_file.flow_exits import chosen_languages
from bot.plan_file.section import is_object_id
from bot.plan_file.voicemail_checks import not_allowed
from bot.prompts.catalog import PromptCatalog
from bot.prompts.durations import durations
from bot.prompts.publishing import Publisher
from bot.prompts.wanted import Finding as PromptFinding
from bot.prompts.wanted import Recording, Spoken, Wanted
from console.findings import Finding, Findings, Source
from console.inquiry import PLANS
from routing.plan import Plan
from store.plans import Plans, PlanVersion

log = logging.getLogger(__name__)

PLAN_PROMPT = "plan:"
MUSIC = "music:"
AS_PUBLISHED = "the plan as last published"


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
    """Where its people stand, for the directory's findings."""


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
    keeps_messages: bool = False
    """Whether an administrator lets callers leave messages."""
    meter: Meter = field(default_factory=Silent)
    secrets: frozenset[str] = frozenset()
    """The names of those that this installation has."""
    findings: Findings = field(default_factory=Findings)
    """What is wrong with the file or its prompts, for the console."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> Published:
        """The plan to begin with: the file's, else the one published last.

        Raises PlanUnusable when there is neither, and StoreError.
        """
        try:
            return await self.publish("start")
        except PlanUnusable:
            stored = await self.plans.latest(self.tenant)
            reading = await asyncio.to_thread(_read_stored, stored) if stored else None
            if stored is None or reading is None or reading.plan is None:
                raise
        log.error("the plan file is unusable; the last version goes on", extra={"id": stored.id})
        return await self._in_force(reading, stored)

    async def publish(self, by: str) -> Published:
        """Put the file in force. Raises PlanUnusable, StoreError."""
        async with self._turn:
            source, reading = await asyncio.to_thread(self._read)
            found = [_plan_finding(reading, one) for one in reading.problems]
            self._report(Source.PLAN, found + self._not_allowed(reading))
            if reading.plan is None:
                self.meter.count("plans", "refused")
                raise PlanUnusable([each.text(reading.file) for each in reading.errors])
            return await self._in_force(reading, source.decode("utf-8-sig"), by)

    async def _in_force(self, reading: Reading, text: str | PlanVersion, by: str = "") -> Published:
        """Render and write down; `text` is the new version's, or a version that stands already."""
        plan = reading.plan
        if plan is None:
            raise PlanUnusable([each.text(reading.file) for each in reading.errors])
        await asyncio.to_thread(warm, [each.country for each in plan.entry_points if each.country])
        book, problems = await self.publisher.publish(
            self._wanted(plan, reading), _languages(plan), default_language=reading.language
        )
        self.catalog.use(book)
        self._report(Source.PROMPTS, [_prompt_finding(reading, one) for one in problems])
        plan = replace(
            plan,
            tenant=self.tenant,
            # In order, so that the same plan is the same bytes, hence the same version.
            durations=dict(sorted(durations(book).items())),
            legs=dict(sorted(self.legs.items())),
            keeps_messages=self.keeps_messages,
        )
        if isinstance(text, str):
            text = await self.plans.put(
                self.tenant,
                text=text,
                compiled=PLANS.encode(plan),
                created_at=self.clock.now(),
                created_by=by,
            )
        self.meter.count("plans", "in force")
        return Published(plan=replace(plan, version=text.id), reading=reading)

    def _read(self) -> tuple[bytes, Reading]:
        return read_for(self.path, self.tenant, self.secrets)

    def _not_allowed(self, reading: Reading) -> list[Finding]:
        """Messages that the plan promises and the settings do not allow."""
        problem = None if self.keeps_messages else not_allowed(reading, Severity.ERROR)
        return [] if problem is None else [_plan_finding(reading, problem, about="voicemail")]

    def _report(self, source: Source, found: list[Finding]) -> None:
        for each in self.findings.replace(source, found, self.clock.now()):
            say = log.error if each.severity == Severity.ERROR else log.warning
            say("%s: %s", source.value, each.text())

    def _wanted(self, plan: Plan, reading: Reading) -> list[Wanted]:
        wanted: list[Wanted] = []
        music = {queue.music for queue in plan.queues}
        for text in reading.prompts:
            source = (
                Spoken(text=text.say) if text.say else Recording(path=self.path.parent / text.audio)
            )
            name = PLAN_PROMPT + text.name
            wanted.append(Wanted(name=name, source=source, language=text.language))
            if MUSIC + text.name in music:
                wanted.append(Wanted(name=MUSIC + text.name, source=source, language=text.language))
        for queue in plan.queues:
            title = Spoken(text=queue.title or queue.name)
            wanted.append(Wanted(name=f"queue:{queue.name}", source=title, language=queue.language))
        return wanted


def read_for(path: Path, tenant: str, secrets: frozenset[str]) -> tuple[bytes, Reading]:
    """The plan file and what it says, for this installation: its tenant, the names of its secrets.

    A file that cannot be read, or is not for this installation, is a reading with an error.
    """
    name = str(path)
    try:
        source = read_file(path)
    except OSError as error:
        remedy = f"{error.strerror}; SWITCHBOARD_PLAN names the plan file"
        return b"", _unusable(name, remedy, line=0)
    reading = read_plan(source, name, path.parent)
    named = reading.plan.tenant if reading.plan else ""
    # A domain is what people read; only the directory knows whose it is.
    if is_object_id(named) and named != tenant.lower():
        return source, _unusable(
            name,
            f"is for tenant {named}, but SWITCHBOARD_TENANT_ID is {tenant}",
            line=reading.lines.get("tenant", 1),
            key="tenant",
        )
    for key, secret in _secrets_of(reading.plan):
        if secret and secret not in secrets:
            return source, _unusable(
                name,
                f"unknown: SWITCHBOARD_SECRETS has no secret called {secret}: add it there",
                line=reading.lines.get(key, 1),
                key=key,
            )
    return source, reading


def _secrets_of(plan: Plan | None) -> Iterator[tuple[str, str]]:
    """Each secret that the plan names, with where it does."""
    for webhook in plan.webhooks if plan else ():
        yield f"webhooks.{webhook.name}.secret", webhook.secret
    for subscriber in plan.subscribers if plan else ():
        yield f"subscribers.{subscriber.name}.secret", subscriber.secret
    for provider in plan.context if plan else ():
        if provider.http is not None:
            yield f"context.{provider.name}.secret", provider.http.secret


def _languages(plan: Plan) -> list[str]:
    told = [queue.language for queue in plan.queues]
    told += [entry.language for entry in plan.entry_points]
    told += chosen_languages(plan)
    return list(dict.fromkeys(told))


def _read_stored(version: PlanVersion) -> Reading:
    return read_plan(version.text.encode(), AS_PUBLISHED)


def _unusable(file: str, message: str, *, line: int = 1, key: str = "") -> Reading:
    problem = Problem(severity=Severity.ERROR, line=line, key=key, message=message)
    return Reading(file=file, plan=None, problems=(problem,))


def _plan_finding(reading: Reading, problem: Problem, about: str = "plan") -> Finding:
    return Finding(
        source=Source.PLAN,
        severity=problem.severity.value,
        problem=about,
        sentence=problem.message,
        file=reading.file,
        line=problem.line,
        key=problem.key,
    )


def _prompt_finding(reading: Reading, problem: PromptFinding) -> Finding:
    """With the line of the prompt or queue that it is about, where it is about one."""
    kind, _, name = problem.name.partition(":")
    section = {"plan": "prompts", "music": "prompts", "queue": "queues"}.get(kind, "")
    key = f"{section}.{name}" if section else ""
    return Finding(
        source=Source.PROMPTS,
        severity="error" if problem.fatal else "warning",
        problem="prompt",
        sentence=problem.message,
        file=reading.file if key else "",
        line=reading.lines.get(key, 0),
        key=key,
    )
