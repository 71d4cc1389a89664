"""What the plan asks of Graph's limits: legs at once, calls a month, presence."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.settings import GRAPH_LEGS, PREFIX
from graph.presence import MOST_IDS
from store.errors import StoreError

POLL_EVERY_S = 3
"""While somebody waits (bot/watches/presence.py)."""
WINDOW_S, READS = 30, 1_500
"""Presence requests that Graph allows an application
(learn.microsoft.com/graph/throttling-limits)."""
MONTH_PER_CENT = 80


async def check_graph_limit(patient: Patient) -> list[Line]:
    """Whether the settings promise more legs than Graph gives."""
    if not patient.is_real:
        return []
    return [
        Finding(
            code="capacity.over_graph",
            about=identity.app_id,
            seen=f"LEGS is {identity.legs}",
            where=f"{PREFIX}LEGS",
        )
        for identity in patient.settings.identities
        if identity.legs > GRAPH_LEGS
    ]


async def check_legs(patient: Patient) -> list[Line]:
    """Call legs at once: each caller is one, and each agent who is rung."""
    legs = sum(identity.legs for identity in patient.settings.identities)
    await patient.needs_graph()
    agents = len(await patient.agents())
    if 2 * agents > legs:
        seen = f"{agents} agents, each with a caller, make {2 * agents} of {legs}"
        return [Finding(code="capacity.legs", seen=seen, where=f"{PREFIX}LEGS")]
    return [Well("capacity", f"{legs} legs at once for {agents} agents")]


async def check_month(patient: Patient) -> list[Line]:
    """The calls of this month."""
    try:
        archive = await patient.archive.get()
    except (StoreError, OSError):
        return []
    if archive is None:
        return []
    count = await archive.leg_counts.load(patient.settings.tenant_id)
    month = f"{datetime.fromtimestamp(patient.wall_ms() / 1000, UTC):%Y-%m}"
    lines: list[Line] = []
    for identity in patient.settings.identities:
        used = count.months.get(month, {}).get(identity.app_id, 0)
        per_cent = 100 * used // identity.legs_per_month
        seen = f"{used} of {identity.legs_per_month} ({per_cent} %)"
        if per_cent >= MONTH_PER_CENT:
            lines.append(Finding(code="capacity.month", about=identity.app_id, seen=seen))
        else:
            lines.append(Well("capacity", f"calls of this month: {seen}"))
    return lines


async def check_presence_reads(patient: Patient) -> list[Line]:
    """Presence requests in 30 s, 650 people to one."""
    await patient.needs_graph()
    agents = len(await patient.agents())
    requests = -(-agents // MOST_IDS) * (WINDOW_S // POLL_EVERY_S)
    seen = f"{requests} requests in {WINDOW_S} s of {READS}"
    if agents > MOST_IDS:
        return [Finding(code="capacity.presence", seen=seen)]
    return [Well("capacity", f"presence: {seen}")]
