"""Every notification of a callback's life, dropped in turn: everybody is let go, nobody is rung for
nothing, and the two talk all the same unless it was the key of one of them that nobody heard."""

from __future__ import annotations

import pytest
from kit.played_acts import Played, played

from emulator.scene_book import chosen_acts

TIMES = {"established": 3, "operation": 9, "tone": 4, "terminated": 3}
"""What is sent of those that matter in the scene `called_back`, and so can be dropped: sound of the
caller's, the agent's and the customer's leg; ends of prompts; two keys of the caller's, the agent's
and the customer's; the end of each leg."""
GREETING = ("operation", 0)
UNAWAITED = ("establishing", "media_state", "transferring", "transferAccepted")
CASES = [(kind, nth) for kind, times in TIMES.items() for nth in range(times)]


def play(kind: str, nth: int, times: int = 1) -> Played:
    acts = chosen_acts(["called_back-consult"])
    return played(acts, {}, [{"kind": "drop", "what": kind, "after": nth, "times": times}])


@pytest.mark.parametrize(("kind", "nth"), CASES)
def test_one_lost_notification_of_a_callback(kind: str, nth: int) -> None:
    told = play(kind, nth)
    contact = told.audit.contacts[0]
    assert [each for each in told.audit.violations if each.kind != "silence"] == []
    assert told.live_calls == []
    if kind != "tone":
        # Whose greeting's end is lost is offered a callback later, and may press the key too early.
        assert contact.outcome == "called_back" or (
            (kind, nth) == GREETING and contact.connected_to
        )
        assert told.live_contacts == []
    # An agent's key that is lost is a missed offer: then the callback waits on.


@pytest.mark.parametrize("kind", UNAWAITED)
def test_news_of_a_callback_that_nobody_waits_for(kind: str) -> None:
    assert play(kind, 0, times=0).wrong() == []
