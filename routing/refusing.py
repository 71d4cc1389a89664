"""What somebody asked for and may not have: it changes nothing, and is history."""

from __future__ import annotations

from routing.facts import FactKind
from routing.floor import Floor


def refused(
    floor: Floor,
    act: str,
    code: str,
    *,
    by: str,
    contact: str = "",
    agent: str = "",
    queue: str = "",
) -> None:
    """`code` is what the act's rule returned; `by`, the name of whoever asked."""
    floor.fact(
        FactKind.ACT_REFUSED, contact=contact, agent=agent, queue=queue, act=act, code=code, by=by
    )
