"""What always holds, whatever callers, agents and the platform do, in any order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from kit.floor_walk import FloorWalk

from routing.plan import Delivery


@pytest.mark.parametrize("delivery", Delivery)
def test_walk(delivery: Delivery) -> None:
    class Walk(FloorWalk):
        pass

    Walk.delivery = delivery
    examples = settings.default.max_examples
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=examples, stateful_step_count=50)
    )
    # Walks that get nowhere prove nothing.
    seen = FloorWalk.reached[delivery]
    wanted = ("contact.connected", "contact.leaving", "offer.card", "queue.closed", "contact.told")
    assert [what for what in wanted if not seen[what]] == []
