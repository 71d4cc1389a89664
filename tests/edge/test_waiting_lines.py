"""What a timeline says of a contact's wait."""

import pytest

from console.past import PastFact
from console.timeline import timeline


def line(kind: str, **detail: object) -> str:
    fact = PastFact(
        kind=kind, at=1, place=(1, 1), contact="1-1", agent="", queue="support", detail=detail
    )
    (told,) = timeline([fact])
    return told.text


@pytest.mark.parametrize(
    ("kind", "detail", "text"),
    [
        (
            "contact.announced",
            {"position": 2, "low_ms": 180_000, "high_ms": 600_000, "prompt": "plan:busy"},
            "Told: number 2 in line, a wait of 3 to 10 min, prompt busy",
        ),
        ("contact.announced", {"high_ms": 60_000}, "Told: a wait of 0 to 1 min"),
        (
            "contact.wait_judged",
            {"quotes": 3, "held": 2, "absolute_error_ms": 35_000},
            "Of 3 expected waits that were told 2 held; off by 35 s on average",
        ),
        ("contact.exited", {"to": "queue"}, "Leaves queue support by a key: another queue"),
        (
            "contact.returned",
            {"away_ms": 20_000, "waited_ms": 95_000},
            "Rang again after 20 s: waits on in queue support, since 1 min 35 s ago",
        ),
        ("queue.without_agent", {}, "Nobody serves queue support"),
    ],
)
def test_each_fact_of_a_wait_has_its_sentence(
    kind: str, detail: dict[str, object], text: str
) -> None:
    assert line(kind, **detail) == text
