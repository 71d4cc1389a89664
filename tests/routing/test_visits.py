"""Visits to queues over random plans and callers: each counted once, and nobody loses by waiting.

What must hold at every instant of a walk stands in kit/visit_walk.py.
"""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given
from kit.floor_desk import Desk, plan
from kit.toy_platform import Platform
from kit.visit_walk import REACHED, Walk, walks

from routing.action import Action, ActionKind
from routing.events import CallEnded
from routing.facts import FactKind
from routing.plan import Delivery, Plan, Queue


@given(**walks)
def test_every_visit_is_counted_once_whatever_the_plan(
    plans: list[Plan], agents: int, steps: list[tuple[str, int]]
) -> None:
    walk = Walk(plans, agents)
    for name, which in steps:
        walk.step(name, which)
    walk.end()


def test_the_walks_came_to_everything_that_can_happen_to_a_visit() -> None:
    """Walks that get nowhere prove nothing."""
    if not REACHED:
        pytest.skip("nobody walked")
    wanted = [
        FactKind.CONTACT_CONNECTED,
        FactKind.CONTACT_REQUEUED,
        FactKind.CONTACT_ANNOUNCED,
        FactKind.CONTACT_EXITED,
        FactKind.CONTACT_RETURNED,
        FactKind.QUEUE_OVERFLOWED,
        FactKind.QUEUE_WITHOUT_AGENT,
    ]
    assert {kind.value: REACHED[kind] for kind in wanted if not REACHED[kind]} == {}


# -- nobody starves


AGING_MS, TALK_MS, STEP_MS = 4_000, 9_000, 500
DOORS = tuple(
    Queue(
        name=f"door{level}",
        max_length=0,
        on_overflow=Action(kind=ActionKind.QUEUE, ref="line", priority=level),
    )
    for level in range(1, 6)
)
MOST_AHEAD_MS = 4 * AGING_MS
"""From the lowest priority to the highest: who came so much later never goes first."""


@given(
    arrivals=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6_000)), min_size=10, max_size=40)
)
def test_nobody_starves_however_many_of_higher_priority_come(
    arrivals: list[tuple[int, int]],
) -> None:
    """One agent; whoever comes more than four levels' worth of aging after a caller is served after
    them: so each caller's wait is bounded by those who came before that."""
    order, came = served(arrivals, AGING_MS)
    assert sorted(order) == sorted(came)
    for place, caller in enumerate(order):
        overtaking = [each for each in order[:place] if came[each] > came[caller] + MOST_AHEAD_MS]
        assert overtaking == []


def test_without_a_bound_the_lowest_priority_would_starve() -> None:
    """The same crowd under an aging of a day: the check above can fail."""
    crowd = [(1, 0), (5, 1_000), *((1, 5_000) for _ in range(30))]
    order, _ = served(crowd, 86_400_000)
    assert order[-1] == 2
    order, _ = served(crowd, AGING_MS)
    assert order.index(2) < 25


def served(arrivals: list[tuple[int, int]], aging_ms: int) -> tuple[list[int], dict[int, int]]:
    """The order in which one agent takes these callers, and when each came."""
    line = Queue(name="line", delivery=Delivery.GROUP_CALL, aging_ms=aging_ms)
    desk = Desk(plan(*DOORS, line), agents=1)
    desk.present("a0", as_="Offline")
    came: dict[int, int] = {}
    order: list[int] = []
    talking: list[tuple[int, int]] = []
    platform = Platform(desk)

    def serve(until: int) -> None:
        while True:
            for _ in platform.pending():
                platform.execute()
            for command in list(platform.invites):
                wire = platform.invites[command].wire
                platform.join(command)
                order.append(int(wire.removeprefix("caller")))
                talking.append((desk.now + TALK_MS, order[-1]))
            for _ in range(len(platform.news)):
                platform.deliver(0)
            if talking and talking[0][0] <= desk.now:
                _, caller = talking.pop(0)
                desk.give(CallEnded(call=f"caller{caller}"))
                continue
            if desk.now >= until:
                break
            # The platform is prompt: an invitation that waited for it too long would be given up.
            desk.wait(min(STEP_MS, until - desk.now))
            desk.present()

    desk.present("a0")
    for level, apart in arrivals:
        serve(desk.now + apart)
        number = desk.rings(account=f"account-door{level}")
        platform.adopt(number)
        came[number] = desk.now
    serve(desk.now + len(came) * (TALK_MS + STEP_MS))
    return order, came
