"""Branches: by the caller, language, attributes, and by how a queue stands."""

from __future__ import annotations

import pytest
from kit.flow_desk import SALES, FlowDesk, flow, speak, to

from routing.events import Address, Caller, CallerKind
from routing.flow_steps import Branch, CallerList, Case, Condition
from routing.plan import Queue
from routing.state import ContactState

NUMBER = Caller(kind=CallerKind.NUMBER, id="+4930123456")
ANNA = Caller(kind=CallerKind.INTERNAL, id="ANNA-ID")
WITHHELD = Caller(kind=CallerKind.WITHHELD, id="+4930123456")
ENCRYPTED = Caller(kind=CallerKind.ENCRYPTED, id="+4930123456")
NAMELESS = Caller(kind=CallerKind.INTERNAL)
VIPS = CallerList(name="vips", entries=("+4930123456", "+4989*", "anna@contoso.example", "bob-id"))


def taken(when: Condition, caller: Caller = NUMBER, **fields: object) -> bool:
    """Whether the caller goes by the case."""
    branch = Branch(name="main", cases=(Case(when=when, then=SALES),), otherwise=to("other"))
    parts = flow(branches=(branch,), speaks=(speak("other", SALES),))
    desk = FlowDesk(parts, caller_lists=(VIPS,), **fields)
    desk.enlist(Address(ref="anna@contoso.example", id="anna-id", name="Anna"))
    desk.arrives(caller)
    return desk.contact().state is ContactState.QUEUED


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (NUMBER, True),
        (Caller(kind=CallerKind.NUMBER, id="+49891"), True),
        (Caller(kind=CallerKind.NUMBER, id="+4930123457"), False),
        (ANNA, True),
        (Caller(kind=CallerKind.GUEST, id="bob-id"), True),
        (Caller(kind=CallerKind.INTERNAL, id="+4989"), False),
        (WITHHELD, False),
        (ENCRYPTED, False),
        (NAMELESS, False),
    ],
)
def test_a_list_holds_numbers_prefixes_and_people_and_nobody_anonymous(
    caller: Caller, expected: bool
) -> None:
    assert taken(Condition(caller_lists=("none", "vips")), caller) is expected


@pytest.mark.parametrize(
    ("caller", "expected"), [(NUMBER, True), (ANNA, False), (WITHHELD, False), (ENCRYPTED, False)]
)
def test_a_prefix_is_of_numbers_that_are_shown(caller: Caller, expected: bool) -> None:
    assert taken(Condition(prefixes=("+1", "+4930")), caller) is expected


@pytest.mark.parametrize(
    ("caller", "kinds", "expected"),
    [
        (NUMBER, ("number",), True),
        (NUMBER, ("guest", "federated"), False),
        (ANNA, ("internal",), True),
        (NUMBER, ("anonymous",), False),
        (WITHHELD, ("anonymous",), True),
        (ENCRYPTED, ("anonymous",), True),
        (NAMELESS, ("anonymous",), True),
        (WITHHELD, ("withheld",), True),
        (WITHHELD, ("number",), False),
    ],
)
def test_kinds_of_callers(caller: Caller, kinds: tuple[str, ...], expected: bool) -> None:
    assert taken(Condition(kinds=kinds), caller) is expected


def test_all_that_is_given_must_hold() -> None:
    assert taken(Condition(kinds=("number",), languages=("en",)))
    assert not taken(Condition(kinds=("number",), languages=("ko",)))
    assert not taken(Condition(attribute="tier"))
    assert taken(Condition())


WAITING = Condition(queue="sales", waiting_at_least=1)


def test_how_many_wait_and_how_long() -> None:
    branch = Branch(
        name="main",
        cases=(
            Case(when=Condition(queue="sales", longest_wait_ms=15_000), then=to("other")),
            Case(when=WAITING, then=SALES),
        ),
        otherwise=SALES,
    )
    desk = FlowDesk(flow(branches=(branch,), speaks=(speak("other", SALES),)), agents=1)
    desk.arrives()
    assert not taken(WAITING)
    desk.phone_rings()
    desk.wait(14_999)
    desk.arrives()
    assert desk.contact(2).state is ContactState.QUEUED
    desk.wait(1)
    assert desk.contact().offer  # who is being offered waits all the same
    desk.arrives()
    assert desk.contact(3).state is ContactState.IN_FLOW


def test_a_queue_that_the_plan_has_not_is_in_no_state() -> None:
    assert not taken(Condition(queue="gone", waiting_at_least=0))
    assert taken(Condition(queue="sales", waiting_at_least=0), queues=(Queue(name="sales"),))


def test_whether_anybody_is_there_and_it_is_open() -> None:
    assert not taken(Condition(queue="sales", nobody_there=False))
    assert taken(Condition(queue="sales", nobody_there=True))
    assert taken(Condition(queue="sales", queue_open=True))
    assert not taken(Condition(queue="sales", queue_open=False))


def test_an_expected_wait_that_nobody_knows_is_not_long() -> None:
    assert not taken(Condition(queue="sales", expected_wait_ms=1))
