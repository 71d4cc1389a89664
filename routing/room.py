"""Room for calls: Graph allows an application so many legs at once."""

from __future__ import annotations

from routing.floor import Floor

LEGS = 100
"""Graph's limit of concurrent calls per application (facts 5), where the plan names none."""
LEG_MARGIN = 5
RESERVE_LEAST, RESERVE_MOST = 5, 25
"""How many legs a full waiting room leaves free for ringing agents."""


def legs_free(floor: Floor, app: str) -> int:
    return floor.plan.legs.get(app, LEGS) - floor.legs.get(app, 0)


def takes_callers(floor: Floor, app: str) -> bool:
    """Whether one more caller leaves enough legs to ring agents (design section 5)."""
    free: set[str] = set()
    for pool in floor.pools.values():
        free.update(agent for _, agent in pool.order[:RESERVE_MOST])
    reserve = min(max(len(free), RESERVE_LEAST), RESERVE_MOST)
    return legs_free(floor, app) - reserve > LEG_MARGIN
