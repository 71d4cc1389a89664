"""Agents and queues: do they exist, can they be rung, can their presence be read?"""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import PEOPLE, LeftOut, Patient, place
from bot.plan_file import Reference
from graph.directory import Problem
from graph.errors import GraphError, Refused, Throttled
from graph.models import User
from routing.plan import Accept, Delivery, Queue
from store.errors import StoreError

CODES = {
    Problem.UNKNOWN: "agent.unknown",
    Problem.DISABLED: "agent.disabled",
    Problem.GUEST: "agent.guest",
    Problem.WRONG_TENANT: "agent.other_tenant",
    Problem.NOT_ONE: "agent.not_one",
    Problem.EMPTY_GROUP: "agent.empty_group",
    Problem.UNREADABLE: "agent.unreadable",
}
VOICEMAIL_MS = 20_000
"""When Teams' own voicemail answers, unless the agent changed it."""
UNKNOWN = "presenceunknown"


async def check_agents(patient: Patient) -> list[Line]:
    """Everybody whom the plan's queues name, in the directory."""
    await patient.needs_graph()
    resolution = await patient.people.get()
    lines: list[Line] = [
        Finding(
            code=CODES[told.problem],
            about=reference.ref,
            seen=told.sentence,
            where=place(reference, patient.reading.file),
        )
        for told in resolution.findings
        for reference in patient.named(*PEOPLE)
        if reference.ref.lower() == told.ref.lower()
    ]
    agents = await patient.agents()
    lines.insert(0, Well("agent", f"{len(agents)} found in the directory"))
    return [*lines, *[line async for line in _nobody(patient)]]


async def check_licenses(patient: Patient) -> list[Line]:
    """The agents' licenses, as far as Graph tells."""
    await patient.needs_graph()
    agents = await patient.agents()
    if not agents:
        return []
    try:
        held = await patient.licenses.get()
    except GraphError as error:
        return [Finding(code="agent.licenses_not_visible", seen=str(error))]
    lines: list[Line] = []
    licensed = 0
    for user_id, (user, reference) in agents.items():
        licenses = held.get(user_id)
        if licenses is None:
            continue
        if licenses.teams and licenses.phone:
            licensed += 1
            continue
        code = "agent.no_phone" if licenses.teams else "agent.no_teams"
        lines.append(_about(code, user, reference, patient))
    if all(held.get(user_id) is None for user_id in agents):
        return [Finding(code="agent.licenses_not_visible", seen="Graph leaves assignedPlans out")]
    return [Well("agent", f"{licensed} of {len(agents)} have Teams and Teams Phone"), *lines]


async def check_presence(patient: Patient) -> list[Line]:
    """Whether presence can be read, of everybody."""
    await patient.needs_graph()
    agents = await patient.agents()
    if not agents:
        message = "no agent is known whose presence could be asked for"
        raise LeftOut(message)
    read = await patient.presences.get()
    lines: list[Line] = []
    for failed in read.failures:
        code = "graph.no_answer"
        if isinstance(failed.error, Throttled):
            code = "graph.throttled"
        elif isinstance(failed.error, Refused):
            code = "presence.refused"
        lines.append(Finding(code=code, about="getPresencesByUserId", seen=str(failed.error)))
    if lines:
        return lines
    known = {one.user_id for one in read.presences if one.availability.lower() not in ("", UNKNOWN)}
    lines = [
        _about("presence.unknown", user, reference, patient)
        for user_id, (user, reference) in agents.items()
        if user_id not in known
    ]
    return [Well("presence", f"{len(known)} of {len(agents)} agents' can be read"), *lines]


async def check_chats(patient: Patient) -> list[Line]:
    """Who has installed the bot, by the conversations that the service knows."""
    await patient.needs_graph()
    agents = await patient.agents()
    try:
        archive = await patient.archive.get()
    except (StoreError, OSError) as error:
        return [Finding(code="agent.chat_not_visible", seen=str(error))]
    if archive is None:
        return [Finding(code="agent.chat_not_visible", seen="the database has no tables yet")]
    tenant, after, reached = patient.settings.tenant_id, "", set[str]()
    while page := await archive.conversations.page(tenant, after):
        reached |= {saved.person for saved in page}
        after = page[-1].person
    lines: list[Line] = [
        _about("agent.no_chat", user, reference, patient)
        for user_id, (user, reference) in agents.items()
        if user_id not in reached
    ]
    has = len(agents) - len(lines)
    return [Well("agent", f"{has} of {len(agents)} have the bot in Teams"), *lines]


async def check_forwarding(patient: Patient) -> list[Line]:
    """What may take a ring from an agent: as far as the plan tells; Graph does not."""
    plan = patient.reading.plan
    lines: list[Line] = [
        Finding(
            code="queue.voicemail_answers",
            about=queue.name,
            seen=why,
            where=patient.where(f"queues.{queue.name}"),
        )
        for queue in (plan.queues if plan else ())
        if (why := _voicemail(queue))
    ]
    return [*lines, Finding(code="agent.forwarding_not_visible")]


def _voicemail(queue: Queue) -> str:
    """Why an agent's voicemail could answer for them; empty: it cannot."""
    if queue.delivery is not Delivery.CONSULT:
        return f"delivery: {queue.delivery.value}"
    if queue.ring_ms < VOICEMAIL_MS:
        return ""
    if queue.accept is Accept.ANSWER:
        return f"ring_seconds: {queue.ring_ms // 1000}, accept: answer"
    return f"ring_seconds: {queue.ring_ms // 1000}"


async def _nobody(patient: Patient) -> AsyncIterator[Line]:
    """Queues without anybody who could be rung."""
    plan = patient.reading.plan
    for queue in plan.queues if plan else ():
        named = [each for each in patient.named(*PEOPLE) if each.queue == queue.name]
        if not [user for each in named for user in await patient.found(each)]:
            yield Finding(
                code="queue.nobody",
                about=queue.name,
                where=patient.where(f"queues.{queue.name}"),
            )


def _about(code: str, user: User, reference: Reference, patient: Patient) -> Finding:
    return Finding(
        code=code,
        about=user.upn or user.id,
        where=place(reference, patient.reading.file),
    )
