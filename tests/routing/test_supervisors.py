"""Which queues somebody supervises: the plan's names, joined by the directory's ids."""

from __future__ import annotations

import pytest

from routing.plan import EntryPoint, Plan, Queue
from routing.state import Place
from routing.supervisors import supervised

LEE_ID = "00000000-0000-0000-0000-00000000000B"
PLAN = Plan(
    tenant="contoso",
    entry_points=(EntryPoint(name="main", queue="sales"),),
    queues=(
        Queue(name="sales", supervisors=("Kim@contoso.example", LEE_ID)),
        Queue(name="support", supervisors=("kim@contoso.example",)),
        Queue(name="night"),
    ),
    supervisors=("Sam@contoso.example", "gone@contoso.example"),
)
ADDRESSES = {
    "sam@contoso.example": Place(id="id-sam", name="Sam", number=""),
    "kim@contoso.example": Place(id="ID-kim", name="Kim", number=""),
    "una@contoso.example": Place(id="id-una", name="Una", number=""),
}


@pytest.mark.parametrize(
    ("person", "queues"),
    [
        ("id-sam", ("sales", "support", "night")),
        ("ID-SAM", ("sales", "support", "night")),
        ("id-kim", ("sales", "support")),
        (LEE_ID.lower(), ("sales",)),
        ("id-una", ()),
        ("", ()),
    ],
    ids=["plan", "any case", "queues", "object id", "no supervisor", "nobody"],
)
def test_who_supervises_what(person: str, queues: tuple[str, ...]) -> None:
    assert supervised(PLAN, ADDRESSES, person) == queues


def test_one_whom_the_directory_does_not_know_supervises_nothing() -> None:
    assert supervised(PLAN, {}, "id-sam") == ()
