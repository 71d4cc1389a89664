"""The news that a transfer failed is lost: how long the caller hears nothing, by the emulator.

Here the end of the music is not told either, so that nothing but our question can bring sound back.
"""

from __future__ import annotations

from typing import Any

import pytest
from kit.lost_news import AGENTS, Borne, Story, told

from emulator.scripts import Behaviour, Step
from routing.plan import Delivery

CONSULT, BLIND = Delivery.CONSULT, Delivery.TRANSFER
ADA, BEN = AGENTS
TAKES = Behaviour(after_ms=1_000, key="1", key_on_prompt=True, talk_ms=12_000)
PATIENCE = Step(do="hang_up", after_ms=100_000, unless_talking=True)
STORIES = {
    CONSULT: Story(agents=(TAKES, TAKES), faults=({"kind": "transfer_fails"},), steps=(PATIENCE,)),
    BLIND: Story(agents=(Behaviour(do="decline", after_ms=7_300), TAKES), steps=(PATIENCE,)),
}
LOOKS_BEFORE = {CONSULT: 0, BLIND: 3}
"""Questions that are answered before the transfer fails: a blind ring goes on for 7 s."""
NOT_TOLD = ({"kind": "drop", "what": "operation", "times": 0},)
GET_GOES_WRONG: dict[str, tuple[tuple[dict[str, Any], ...], int]] = {
    "answered": ((), 3_500),
    "503 once": (({"kind": "503", "retry_after": None, "op": "get"},), 5_500),
    "reset once": (({"kind": "reset", "op": "get"},), 5_500),
    "answer lost once": (({"kind": "reply_lost", "op": "get"},), 5_500),
    "answered late": (({"kind": "slow", "delay_ms": 2_000, "op": "get", "times": 0},), 5_500),
}
"""What goes wrong with our question, and how long the caller may then hear nothing."""


def failed_unheard_of(
    delivery: Delivery, *faults: dict[str, Any], switches: dict[str, str] | None = None
) -> Borne:
    """The first transfer fails, and nobody is told."""
    sounds = {CONSULT: 2, BLIND: 1}[delivery]
    return told(
        STORIES[delivery],
        delivery,
        drop={"what": "established", "after": sounds},
        faults=(*NOT_TOLD, *faults),
        switches=switches,
    )


@pytest.mark.parametrize("get", GET_GOES_WRONG)
@pytest.mark.parametrize("delivery", [CONSULT, BLIND], ids=str)
def test_the_caller_hears_music_again_and_reaches_the_next_agent(
    delivery: Delivery, get: str
) -> None:
    faults, silent_ms = GET_GOES_WRONG[get]
    earlier = LOOKS_BEFORE[delivery]
    borne = failed_unheard_of(delivery, *({**fault, "after": earlier} for fault in faults))
    assert borne.silent_ms <= silent_ms
    assert borne.rings == [ADA, BEN]
    assert borne.outcome == "connected"
    assert borne.violations == []
    assert borne.at_rest


@pytest.mark.parametrize("delivery", [CONSULT, BLIND], ids=str)
def test_while_graph_answers_nothing_nobody_else_is_rung_for_twenty_seconds(
    delivery: Delivery,
) -> None:
    borne = failed_unheard_of(
        delivery, {"kind": "503", "retry_after": None, "op": "get", "times": 5}
    )
    assert borne.silent_ms <= 20_500
    assert borne.rings == [ADA, BEN]
    assert borne.violations == []


@pytest.mark.parametrize("begins", ["at_once", "after_2_s"])
@pytest.mark.parametrize("delivery", [CONSULT, BLIND], ids=str)
def test_a_transfer_that_begins_late_is_not_taken_for_failed(
    delivery: Delivery, begins: str
) -> None:
    slow = Behaviour(after_ms=9_000, key="1", key_on_prompt=True, talk_ms=12_000)
    borne = told(Story(agents=(slow, TAKES)), delivery, switches={"transfer_begins": begins})
    assert borne.rings == [ADA]
    assert borne.outcome == "connected"
    assert borne.violations == []


@pytest.mark.parametrize("delivery", [CONSULT, BLIND], ids=str)
def test_a_failure_is_found_out_although_transfers_begin_late(delivery: Delivery) -> None:
    borne = failed_unheard_of(delivery, switches={"transfer_begins": "after_2_s"})
    assert borne.silent_ms <= 3_500
    assert borne.rings == [ADA, BEN]


def test_a_blind_ring_is_left_to_ring_while_graph_says_that_it_does() -> None:
    borne = told(Story(agents=(Behaviour(after_ms=55_000, talk_ms=5_000), TAKES)), BLIND)
    assert borne.rings == [ADA]
    assert borne.outcome == "connected"
