"""Graph and the clock: does it answer, and do its clock and this machine's agree?"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import GraphSilent, Patient
from store.errors import StoreError

OFF_MS = 10_000
FAR_OFF_MS = 4 * 60_000
"""Tokens are believed for five minutes more or less; a minute is kept for the way."""
DATABASE_OFF_MS = 5_000


async def check_graph(patient: Patient) -> list[Line]:
    """Whether Graph answers, and its clock against ours."""
    try:
        date = await patient.graph.get()
    except GraphSilent as silent:
        return [Finding(code="graph.no_answer", about=patient.settings.graph_url, seen=str(silent))]
    lines: list[Line] = [Well("graph", f"answers at {patient.settings.graph_url}")]
    try:
        theirs = int(parsedate_to_datetime(date).timestamp() * 1000)
    except (ValueError, TypeError):
        return lines
    # Its Date is cut to the second.
    ahead = theirs + 500 - patient.wall_ms()
    if abs(ahead) > OFF_MS:
        code = "clock.far_off" if abs(ahead) > FAR_OFF_MS else "clock.off"
        lines.append(Finding(code=code, seen=_apart(ahead, "Graph")))
    else:
        lines.append(Well("clock", "this machine's and Graph's agree"))
    return lines


async def check_database_clock(patient: Patient) -> list[Line]:
    """The database's clock against ours."""
    try:
        seen = await patient.database.get()
    except (StoreError, OSError):
        return []
    ahead = seen.now_ms - patient.wall_ms() if seen.now_ms else 0
    if abs(ahead) > DATABASE_OFF_MS:
        return [Finding(code="clock.database", seen=_apart(ahead, "the database"))]
    return [Well("clock", "this machine's and the database's agree")]


def _apart(ahead_ms: int, whose: str) -> str:
    return f"{whose} is {abs(ahead_ms) / 1000:.0f} s {'ahead of' if ahead_ms > 0 else 'behind'} us"
