"""What a contact's timeline says of its wait."""

from __future__ import annotations

from console.instants import lasting
from console.past import PastFact

_TO = {
    "disconnect": "good-bye",
    "user": "a person",
    "number": "a phone number",
    "account": "a resource account",
    "queue": "another queue",
    "flow": "a flow",
    "voicemail": "leaving a message",
    "callback": "being called back",
}


def announced(fact: PastFact, _who: str) -> str:
    """Place, expected wait, prompt: what of them was said."""
    told: list[str] = []
    if place := fact.number("position"):
        told.append(f"number {place} in line")
    if high := fact.number("high_ms"):
        told.append(f"a wait of {minutes(fact.number('low_ms'))} to {minutes(high)} min")
    if prompt := fact.text("prompt"):
        told.append(f"prompt {prompt.partition(':')[2]}")
    return f"Told: {', '.join(told)}"


def minutes(ms: int) -> int:
    """Full minutes."""
    return ms // 60_000


def judged(fact: PastFact, _who: str) -> str:
    """How true the waits were that were told."""
    quotes, held = fact.number("quotes"), fact.number("held")
    off = lasting(fact.number("absolute_error_ms"))
    return f"Of {quotes} expected waits that were told {held} held; off by {off} on average"


def exited(fact: PastFact, _who: str) -> str:
    """The caller pressed a key of the queue's."""
    return f"Leaves queue {fact.queue} by a key: {_TO.get(fact.text('to'), 'elsewhere')}"


def returned(fact: PastFact, _who: str) -> str:
    """The caller rang again, and has the old place."""
    away, waited = lasting(fact.number("away_ms")), lasting(fact.number("waited_ms"))
    return f"Rang again after {away}: waits on in queue {fact.queue}, since {waited} ago"


def without_agent(fact: PastFact, _who: str) -> str:
    """The no-agent rule sends the contact on."""
    return f"Nobody serves queue {fact.queue}"
