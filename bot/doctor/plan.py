"""The plan file: can it be used, and is it the one in force?"""

from __future__ import annotations

import hashlib

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.plan_file import Problem, Severity
from bot.plan_file.voicemail_checks import taking_messages
from store.errors import StoreError


async def check_plan(patient: Patient) -> list[Line]:
    """What is wrong with the file, each with its line."""
    reading = patient.reading
    lines: list[Line] = [problem_finding(reading.file, each) for each in reading.problems]
    plan = reading.plan
    if plan is None:
        return lines
    queues, entries = len(plan.queues), len(plan.entry_points)
    lines.insert(0, Well("plan", f"{reading.file}: {queues} queue(s), {entries} entry point(s)"))
    teams = set[str]() if patient.settings.keep_voicemail else taking_messages(plan)
    off = (
        Finding(code="plan.messages_off", about=team, where=patient.where(f"queues.{team}"))
        for team in sorted(teams)
    )
    return [*lines, *off]


async def check_in_force(patient: Patient) -> list[Line]:
    """Whether the file is the plan that the service put in force last."""
    try:
        archive = await patient.archive.get()
    except (StoreError, OSError, ValueError):
        return []  # the check of the database says why
    stored = await archive.plans.latest(patient.settings.tenant_id) if archive else None
    if stored is None or patient.reading.plan is None:
        return []
    text = patient.source.decode("utf-8-sig", errors="replace")
    if hashlib.sha256(text.encode()).hexdigest() != stored.sha256:
        return [
            Finding(
                code="plan.not_in_force",
                about=patient.reading.file,
                seen=f"version {stored.id} is in force",
            )
        ]
    return [Well("plan", f"in force as version {stored.id}")]


def problem_finding(file: str, problem: Problem) -> Finding:
    """A problem of the file."""
    if problem.severity is Severity.WARNING:
        code = "plan.warning"
    else:
        code = "plan.error" if problem.line else "plan.unreadable"
    place = f"{file}:{problem.line}" if problem.line else file
    return Finding(
        code=code, about=problem.key, seen=problem.message, where=f"{place} {problem.key}".strip()
    )
