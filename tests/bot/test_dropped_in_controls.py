"""Every notification of a call that an agent acts on, dropped and doubled in turn, and every answer
to a request lost: nobody is rung twice, nobody is left on the line, and whoever has the caller is
known."""

from __future__ import annotations

from functools import cache

import pytest
from kit.played_acts import Played, played

from emulator.scene_book import chosen_acts
from emulator.shapes import Json

SENT: dict[str, dict[str, int]] = {
    "hands_over": {"operation": 4, "roster": 4, "terminated": 1},
    "hands_over_in_vain": {"operation": 4, "roster": 2, "terminated": 1},
    "asks_first": {"operation": 6, "roster": 4, "terminated": 1},
    "asks_first_and_keeps": {"operation": 6, "roster": 4, "terminated": 1},
    "sends_to_another_queue": {"operation": 5, "roster": 4, "terminated": 1},
    "puts_on_hold": {"operation": 5, "roster": 2, "terminated": 1},
    "hands_over_to_a_number": {"operation": 4, "roster": 4, "terminated": 1},
    "adds_a_number": {"operation": 4, "roster": 4, "terminated": 1},
    "ends_the_call": {"operation": 3, "roster": 2, "terminated": 1},
}
"""What is sent of those that matter, and so can be dropped."""
DROPS = [
    (scene, kind, nth)
    for scene, kinds in SENT.items()
    for kind, times in kinds.items()
    for nth in range(times)
]
HOLD, ASK, OUT = ("startHoldMusic", "stopHoldMusic"), ("invite",), ("removeParticipant",)
REQUESTS: dict[str, tuple[str, ...]] = {
    "hands_over": ASK + OUT,
    "asks_first": ASK + OUT + HOLD,
    "asks_first_and_keeps": ASK + OUT + HOLD,
    "sends_to_another_queue": ASK + OUT,
    "puts_on_hold": HOLD,
    "hands_over_to_a_number": ASK + OUT,
    "ends_the_call": OUT,
}
FAILURES = ("reply_lost", "503")


def play(scene: str, *faults: Json) -> Played:
    return played(chosen_acts([f"{scene}-group_call"]), {}, faults)


@cache
def undisturbed(scene: str) -> Played:
    return play(scene)


def check(told: Played) -> None:
    assert [each for each in told.audit.violations if each.kind != "silence"] == []
    assert (told.live_calls, told.live_contacts) == ([], [])
    assert told.audit.contacts[0].outcome == "connected"


@pytest.mark.parametrize("scene", SENT)
def test_a_scene_sends_what_is_listed(scene: str) -> None:
    told = undisturbed(scene)
    assert told.wrong() == []
    assert {kind: told.sent[kind] for kind in SENT[scene]} == SENT[scene]


@pytest.mark.parametrize(("scene", "kind", "nth"), DROPS)
def test_one_lost_notification(scene: str, kind: str, nth: int) -> None:
    check(play(scene, {"kind": "drop", "what": kind, "after": nth}))


@pytest.mark.parametrize("kind", ["operation", "roster", "terminated", "established"])
@pytest.mark.parametrize("scene", SENT)
def test_everything_told_twice(scene: str, kind: str) -> None:
    told = play(scene, {"kind": "duplicate", "what": kind, "times": 0})
    assert told.wrong() == []


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(("scene", "op"), [(s, op) for s, ops in REQUESTS.items() for op in ops])
def test_a_request_whose_answer_is_lost_or_a_failure(scene: str, op: str, failure: str) -> None:
    for nth in range(2):
        check(play(scene, {"kind": failure, "op": op, "after": nth}))
