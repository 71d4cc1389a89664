"""The plan's resource accounts: there, Teams' own kind, licensed, numbered, and ours."""

from __future__ import annotations

import asyncio

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient, place
from bot.plan_file import Reference, ReferenceKind
from graph.directory import Problem
from graph.errors import GraphError
from graph.models import User
from store.errors import StoreError

RESOURCE_ACCOUNT = "resourceaccount"
PEOPLES = frozenset({"user", "guest", "sfbonpremuser"})
"""Kinds of account that are surely none; of the others (unknown, ineligibleUser) nobody knows."""
RECENT = 1_000
"""Records looked through for a call that came by an account."""
AT_ONCE = 4


async def check_accounts(patient: Patient) -> list[Line]:
    """Each account that an entry point names."""
    await patient.needs_graph()
    resolution = await patient.people.get()
    lines: list[Line] = []
    known: list[tuple[Reference, User]] = []
    told = {(each.ref.lower(), each.problem): each.sentence for each in resolution.findings}
    for reference in _own(patient):
        sentence = told.get((reference.ref.lower(), Problem.UNREADABLE))
        users = await patient.found(reference)
        if sentence is not None:
            lines.append(_finding("account.unreadable", patient, reference, sentence))
        elif not users:
            lines.append(_finding("account.unknown", patient, reference))
        known += [(reference, user) for user in users]
    lines.insert(0, Well("account", f"{len(known)} of {len(_own(patient))} found in the directory"))
    turn = asyncio.Semaphore(AT_ONCE)
    numbered = [
        (one, user)
        for one in patient.named(ReferenceKind.ACCOUNT)
        if one.number
        for user in await patient.found(one)
    ]
    told_by_teams = await asyncio.gather(
        *(_by_teams(patient, reference, user, turn) for reference, user in known),
        *(_by_number(patient, reference, user, turn) for reference, user in numbered),
    )
    return [*lines, *(line for part in told_by_teams for line in part)]


async def check_account_licenses(patient: Patient) -> list[Line]:
    """The accounts' licenses, without which they can have no number."""
    await patient.needs_graph()
    known = [(one, user) for one in _own(patient) for user in await patient.found(one)]
    if not known:
        return []
    try:
        held = await patient.licenses.get()
    except GraphError as error:
        return [Finding(code="account.licenses_not_visible", seen=str(error))]
    lines: list[Line] = []
    for reference, user in known:
        licenses = held.get(user.id)
        if licenses is None:
            lines.append(_finding("account.licenses_not_visible", patient, reference))
        elif not licenses.resource_account:
            lines.append(_finding("account.unlicensed", patient, reference))
        else:
            lines.append(Well("account", f"{reference.ref} is licensed"))
    return lines


async def check_account_owner(patient: Patient) -> list[Line]:
    """Whether calls came through the accounts: that they are this application's."""
    plan = patient.reading.plan
    try:
        archive = await patient.archive.get()
    except (StoreError, OSError):
        archive = None
    tenant = patient.settings.tenant_id
    records = await archive.history.recent(tenant, limit=RECENT) if archive else []
    used = {record.entry_point for record in records}
    lines: list[Line] = []
    for entry in plan.entry_points if plan else ():
        if entry.name in used:
            lines.append(Well("account", f"calls have come in at {entry.name}"))
        elif entry.account:
            lines.append(
                Finding(
                    code="account.owner_not_visible",
                    about=entry.account,
                    where=patient.where(f"entry_points.{entry.name}.account"),
                )
            )
    return lines


async def _by_teams(
    patient: Patient, reference: Reference, user: User, turn: asyncio.Semaphore
) -> list[Line]:
    try:
        async with turn:
            seen = await patient.facts.teams_user(user.id)
    except GraphError as error:
        return [_finding("account.teams_not_visible", patient, reference, str(error))]
    if seen is None or seen.kind != RESOURCE_ACCOUNT:
        kind = f"Teams says: {seen.kind}" if seen else "Teams tells of no such account"
        is_wrong = seen is not None and seen.kind in PEOPLES
        code = "account.no_resource_account" if is_wrong else "account.teams_not_visible"
        return [_finding(code, patient, reference, kind)]
    if not seen.numbers:
        return [_finding("account.no_number", patient, reference)]
    return [Well("account", f"{reference.ref} is a resource account with a number")]


async def _by_number(
    patient: Patient, reference: Reference, user: User, turn: asyncio.Semaphore
) -> list[Line]:
    """Whether an account has the number by which the plan sends callers to it."""
    try:
        async with turn:
            seen = await patient.facts.teams_user(user.id)
    except GraphError as error:
        return [_finding("account.teams_not_visible", patient, reference, str(error))]
    plain = {number.removeprefix("tel:") for number in seen.numbers} if seen else set[str]()
    if reference.number in plain or not plain:
        return []
    said = f"the plan says {reference.number}, Teams {', '.join(sorted(plain))}"
    return [_finding("account.other_number", patient, reference, said)]


def _own(patient: Patient) -> list[Reference]:
    """Accounts that lead here, each once: not those that calls are sent on to."""
    plan = patient.reading.plan
    ours = {ref.lower() for entry in (plan.entry_points if plan else ()) for ref in entry.accounts}
    found: dict[str, Reference] = {}
    for reference in patient.named(ReferenceKind.ACCOUNT):
        if reference.ref.lower() in ours:
            found.setdefault(reference.ref.lower(), reference)
    return list(found.values())


def _finding(code: str, patient: Patient, reference: Reference, seen: str = "") -> Finding:
    where = place(reference, patient.reading.file)
    return Finding(code=code, about=reference.ref, seen=seen, where=where)
