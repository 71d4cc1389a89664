"""All checks, side by side, each within its time. Nothing here writes, rings or changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import SteadyClock, stopwatch_ms, wall_ms
from bot.doctor import (
    accounts,
    capacity,
    database,
    graph,
    identity,
    people,
    plan,
    prompts,
    settings,
    versions,
    webhook,
)
from bot.doctor.finding import Finding, Line, Weight
from bot.doctor.kinds import KINDS
from bot.doctor.patient import LeftOut, Patient
from bot.identities import credentials, trusted
from bot.plan_file import Reading
from bot.publication import read_for
from bot.settings import BadSettings, Settings, load_settings, plan_file
from bot.tasks import TaskSet
from graph.tokens import Tokens
from graph.transport import HttpTransport, open_session

log = logging.getLogger(__name__)

WITHIN_S = 20.0
"""For one check; all run at once."""
PATIENCE_S = 4.0
"""For one question: as long as the service waits for an answer of Graph's."""

Check = Callable[[Patient], Awaitable[list[Line]]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", settings.check_settings),
    ("certificates", settings.check_certificates),
    ("versions", versions.check_versions),
    ("the plan", plan.check_plan),
    ("the plan in force", plan.check_in_force),
    ("the database", database.check_database),
    ("Graph", graph.check_graph),
    ("the database's clock", graph.check_database_clock),
    ("tokens", identity.check_token),
    ("permissions", identity.check_permissions),
    ("presence", people.check_presence),
    ("resource accounts", accounts.check_accounts),
    ("the accounts' licenses", accounts.check_account_licenses),
    ("whose the accounts are", accounts.check_account_owner),
    ("agents", people.check_agents),
    ("the agents' licenses", people.check_licenses),
    ("the agents' chats", people.check_chats),
    ("forwarding", people.check_forwarding),
    ("the webhook", webhook.check_webhook),
    ("recordings", prompts.check_recordings),
    ("the voice", prompts.check_voice),
    ("rendered prompts", prompts.check_rendered),
    ("Graph's limit of legs", capacity.check_graph_limit),
    ("legs", capacity.check_legs),
    ("calls of the month", capacity.check_month),
    ("presence requests", capacity.check_presence_reads),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the doctor waits."""

    check_s: float = WITHIN_S
    question_s: float = PATIENCE_S


@dataclass(slots=True)
class Report:
    """What came of it."""

    lines: list[Line] = field(default_factory=list[Line])

    @property
    def findings(self) -> list[Finding]:
        """What is not well, in the order in which it was looked at."""
        return [each for each in self.lines if isinstance(each, Finding)]

    @property
    def calls_fail(self) -> bool:
        """Whether calls would fail."""
        return any(KINDS[each.code].weight is Weight.FAILS for each in self.findings)


async def examine_installation(limits: Limits | None = None) -> Report:
    """Examine what the settings of this process describe. Raises nothing that they can cause."""
    limits = limits or Limits()
    try:
        found = load_settings()
    except BadSettings as error:
        return await _without_settings(error.problems)
    names = frozenset(found.named_secrets)
    read = await asyncio.to_thread(read_for, Path(found.plan), found.tenant_id, names)
    return await _examine(found, read, limits)


async def _without_settings(problems: list[str]) -> Report:
    """Settings that do not hold together: nothing else can be asked of anybody."""
    report = Report([_bad_setting(each) for each in problems])
    file = Path(plan_file())
    _, reading = await asyncio.to_thread(read_for, file, "", frozenset())
    report.lines += [plan.problem_finding(reading.file, each) for each in reading.problems]
    report.lines.append(
        Finding(code="check.left_out", about="everything else", seen="the settings come first")
    )
    return report


def _bad_setting(sentence: str) -> Finding:
    name = sentence.partition(":")[0]
    return Finding(code="settings.invalid", about=name, seen=sentence, where=name)


async def _examine(found: Settings, read: tuple[bytes, Reading], limits: Limits) -> Report:
    async with AsyncExitStack() as stack:
        try:
            context = trusted(found)
        except OSError as error:
            seen = f"SWITCHBOARD_CA_FILE: {error.strerror or error}"
            return Report([_bad_setting(seen)])
        http = await stack.enter_async_context(open_session(ssl_context=context))
        tasks = TaskSet()
        stack.push_async_callback(tasks.stop)
        clock = SteadyClock(wall_ms())
        tokens = Tokens(credentials(found), clock.now, spawn=lambda work: tasks.run("token", work))
        patient = Patient(
            settings=found,
            source=read[0],
            reading=read[1],
            http=http,
            tokens=tokens,
            transport=HttpTransport(
                http,
                tokens,
                found.graph_url,
                lease_check=lambda: True,
                clock_ms=clock.now,
                attempt_timeout_ms=int(limits.question_s * 1000),
            ),
            wall_ms=wall_ms,
            stopwatch_ms=stopwatch_ms,
            patience_s=limits.question_s,
        )
        stack.push_async_callback(patient.close)
        parts = await asyncio.gather(
            *(_within(name, check, patient, limits.check_s) for name, check in CHECKS)
        )
    return Report([line for part in parts for line in part])


async def _within(name: str, check: Check, patient: Patient, limit_s: float) -> list[Line]:
    try:
        async with asyncio.timeout(limit_s):
            return await check(patient)
    except LeftOut as error:
        return [Finding(code="check.left_out", about=name, seen=str(error))]
    except TimeoutError:
        return [Finding(code="check.unfinished", about=name, seen=f"more than {limit_s:.0f} s")]
    except Exception as error:
        log.debug("a check failed", exc_info=True)
        seen = f"{type(error).__name__}: {error}"
        return [Finding(code="check.broken", about=name, seen=seen)]
