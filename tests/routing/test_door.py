"""Who is not answered: block lists, anonymous callers, and where they are sent instead."""

from __future__ import annotations

import pytest
from kit.flow_desk import FlowDesk

from routing.action import Action, ActionKind
from routing.commands import Answer, Redirect, Reject, TargetKind
from routing.events import Address, Caller, CallerKind, Problem
from routing.facts import FactKind
from routing.flow_steps import CallerList, Condition
from routing.plan import DoorRule
from routing.state import Outcome

PEST = Caller(kind=CallerKind.NUMBER, id="+4930666")
GOOD = Caller(kind=CallerKind.NUMBER, id="+4930123")
WITHHELD = Caller(kind=CallerKind.WITHHELD)
BLOCKED = CallerList(name="blocked", entries=("+4930666",))
ELSEWHERE = Action(kind=ActionKind.NUMBER, ref="+4940")
LIST = DoorRule(when=Condition(caller_lists=("blocked",)))
HIDDEN = DoorRule(when=Condition(kinds=("anonymous",)), to=ELSEWHERE)


def desk_of(*rules: DoorRule, **entry: object) -> FlowDesk:
    return FlowDesk(entry={"door": rules, **entry}, caller_lists=(BLOCKED,))


def test_a_blocked_caller_hears_busy_and_is_never_answered() -> None:
    desk = desk_of(LIST, HIDDEN, fallback=ELSEWHERE)
    desk.rings(PEST)
    assert desk.last(Reject).busy
    assert (desk.count(Answer), desk.count(Redirect)) == (0, 0)
    assert desk.records[-1].outcome == Outcome.REFUSED
    assert desk.records[-1].end_reason == "door: list blocked"
    assert FactKind.CONTACT_QUEUED not in desk.kinds()


def test_the_first_rule_that_holds_says_where_to() -> None:
    desk = desk_of(LIST, HIDDEN)
    desk.rings(WITHHELD)
    assert (desk.last(Redirect).target.kind, desk.last(Redirect).target.id) == (
        TargetKind.NUMBER,
        "+4940",
    )
    assert desk.count(Reject) == 0


def test_everybody_else_is_answered() -> None:
    desk = desk_of(LIST, HIDDEN)
    desk.rings(GOOD)
    assert desk.count(Answer) == 1


def test_a_rule_without_a_condition_is_for_every_call() -> None:
    desk = desk_of(DoorRule(when=Condition()))
    desk.rings(GOOD)
    assert desk.records[-1].end_reason == "door: every call"


def test_a_target_that_cannot_be_reached_is_busy() -> None:
    desk = desk_of(HIDDEN)
    desk.rings(WITHHELD)
    desk.ok(desk.last(Redirect), problem=Problem.REFUSED)
    assert desk.last(Reject).busy
    unknown = DoorRule(when=Condition(), to=Action(kind=ActionKind.USER, ref="nobody@x"))
    desk = desk_of(unknown)
    desk.rings(GOOD)
    assert (desk.count(Redirect), desk.count(Reject)) == (0, 1)


@pytest.mark.parametrize("ref", ["one@contoso.example", "two@contoso.example"])
def test_every_account_of_an_entry_point_leads_to_it(ref: str) -> None:
    desk = desk_of(LIST, account="one@contoso.example", more_accounts=("two@contoso.example",))
    desk.enlist(
        Address(ref="one@contoso.example", id="id-one", name="One", number="+491"),
        Address(ref="two@contoso.example", id="id-two", name="Two"),
    )
    desk.rings(GOOD, account=f"id-{ref[:3]}")
    contact = desk.contact()
    assert contact.entry_point == "front"
    assert contact.called == {"one": "+491", "two": "Two"}[ref[:3]]
