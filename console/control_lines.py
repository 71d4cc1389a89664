"""What was done to a call while it was talked on, as lines of a timeline."""

from __future__ import annotations

from console.instants import lasting
from console.past import PastFact
from console.why import UNNAMED


def rung_in(fact: PastFact, _who: str) -> str:
    why = {"add": "to talk as three", "consult": "to be asked first"}.get(
        fact.text("mode"), "to take over"
    )
    return f"{fact.text('name')} is rung, {why}, for {fact.text('by') or UNNAMED}"


def party_over(fact: PastFact, _who: str) -> str:
    said = {
        "left": "has left the call",
        "canceled": "is not wanted any more",
        "no_answer": "did not answer",
        "declined": "declined",
        "busy": "is busy",
        "unreachable": "could not be reached",
        "hold_failed": "was not rung: the caller could not be put on hold",
    }.get(fact.text("why"), f"does not come ({fact.text('why').replace('_', ' ')})")
    return f"{fact.text('name')} {said}"


def transferred(fact: PastFact, who: str) -> str:
    to = fact.text("name") or fact.text("to")
    where = f"queue {to}" if fact.text("to") == "queue" else to
    by = fact.text("by")
    talked = f"after {lasting(fact.number('talk_ms'))}"
    return f"{who} has handed the caller over to {where} {talked}{f', by {by}' if by else ''}"


def control_failed(fact: PastFact, _who: str) -> str:
    why = {
        "removal_refused": "nobody may be taken out of a call here; hanging up does it",
    }.get(fact.text("why"), fact.text("why").replace("_", " "))
    return f"Teams did not do it: {fact.text('act').replace('_', ' ')} ({why})"
