"""Whose turn it is: the order that the engine itself would follow, whatever the rule."""

from __future__ import annotations

import pytest

from routing.matching import Pool
from routing.plan import Queue, Rule
from routing.presence import Presence
from routing.standing import order
from routing.state import Agent, Membership, QueueMemory


def agent(name: str, position: int, idle_since: int, *, ready: bool = True) -> Agent:
    return Agent(
        id=name,
        upn=f"{name}@contoso.example",
        memberships=(
            Membership(queue="other", position=9 - position),
            Membership(queue="support", position=position),
        ),
        presence=Presence.AVAILABLE,
        idle_since=idle_since,
        ready=ready,
    )


AGENTS = [
    agent("ada", 0, 300),
    agent("ben", 1, 100),
    agent("eve", 2, 0, ready=False),
    agent("kim", 3, 200),
]


@pytest.mark.parametrize(
    ("rule", "memory", "expected"),
    [
        (Rule.LONGEST_IDLE, {}, ("ben", "kim", "ada")),
        (Rule.SERIAL, {}, ("ada", "ben", "kim")),
        (Rule.ROUND_ROBIN, {}, ("ada", "ben", "kim")),
        (Rule.ROUND_ROBIN, {"last_position": 1, "last_agent": "ben"}, ("kim", "ada", "ben")),
    ],
)
def test_the_next_to_be_rung_stands_first(
    rule: Rule, memory: dict[str, object], expected: tuple[str, ...]
) -> None:
    queue = Queue(name="support", rule=rule)
    remembered = QueueMemory(id="support", **memory)  # type: ignore[arg-type]
    assert order(queue, AGENTS, remembered) == expected
    pool = Pool(queue)
    for each in AGENTS:
        pool.follow(each, each.memberships[1].position)
    assert pool.first(remembered, 1)[0][1] == expected[0]


def test_nobody_is_next_where_nobody_is_available() -> None:
    assert order(Queue(name="sales"), AGENTS, QueueMemory(id="sales")) == ()
