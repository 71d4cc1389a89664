"""Facts as the console reads them back, written by hand or by the engine."""

from collections.abc import Iterable

from bot.owner.bodies import CODEC
from console.past import PastFact, past_fact
from routing.facts import Fact
from store.history import StoredFact

AT = 1_772_373_802_000
"""2026-03-01 14:03:22 UTC."""


def past(kind: str, place: int = 1, at: int = AT, **columns: object) -> PastFact:
    """A fact; what is no column goes into the detail."""
    names = ("contact", "agent", "queue")
    given = {name: str(columns.pop(name, "")) for name in names}
    return PastFact(kind=kind, place=(1, place), at=at, detail=columns, **given)


def stored(facts: Iterable[Fact]) -> list[PastFact]:
    """The engine's facts, through the bytes that the store keeps."""
    return [
        past_fact(
            StoredFact(
                1,
                number,
                fact.at,
                fact.contact or None,
                fact.agent or None,
                fact.queue or None,
                fact.kind.value,
                CODEC.encode(fact),
            )
        )
        for number, fact in enumerate(facts)
    ]
