"""Closed doors, closed queues, and closing while somebody waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kit.floor_desk import plan
from kit.office_desk import CLOSES, NUMBER, OFFICE, OTHER, SHA, Office, announced, office

from routing import opening
from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.commands import Answer, CreateCall, HangUp, Play, Redirect, Reject, Transfer
from routing.events import (
    CallEnded,
    CallEstablished,
    PlanChanged,
)
from routing.facts import FactKind
from routing.hours import Span
from routing.plan import AtClose, Queue, WhenClosed
from routing.state import ContactState, Outcome

# -- the entry point -------------------------------------------------------------------------------


def test_in_the_closing_second_the_caller_is_in_time_and_a_millisecond_later_not() -> None:
    desk = office(entry={"hours": "office"}, when=CLOSES - 1)
    desk.arrives()
    assert desk.played() == ["music:default"]
    assert desk.spoken() == ["plan:hello"]
    desk.words_end()
    assert desk.contact().state is ContactState.QUEUED
    late = office(entry={"hours": "office"}, when=CLOSES)
    late.arrives()
    assert late.spoken() == ["system:closed"]
    assert late.contact().state is ContactState.LEAVING
    late.words_end()
    assert late.records[-1].outcome == "closed"
    assert late.fact(FactKind.ENTRY_POINT_CLOSED).detail["why"] == "hours"


def test_who_rang_in_time_is_in_time_however_long_the_greeting_takes() -> None:
    desk = office(entry={"hours": "office"}, when=CLOSES - 500)
    desk.arrives()
    desk.now = CLOSES + 1_500
    desk.words_end()
    assert desk.contact().state is ContactState.QUEUED


def test_who_rang_in_time_is_greeted_also_when_answered_after_the_closing() -> None:
    desk = office(entry={"hours": "office"}, when=CLOSES - 500)
    desk.rings()
    desk.ok(desk.last(Answer))
    desk.give(CallEstablished(call="caller1"), after=600)
    assert desk.now > CLOSES
    assert desk.spoken() == ["plan:hello"]


def test_a_closed_entry_point_sends_its_callers_where_the_plan_says() -> None:
    desk = office(
        entry={"hours": "office", "on_closed": replace(NUMBER, prompt="plan:bye")}, when=CLOSES
    )
    desk.arrives()
    assert desk.spoken() == ["plan:bye"]
    desk.words_end()
    assert desk.last(Transfer).target.id == NUMBER.ref


def test_busy_when_closed_never_answers() -> None:
    desk = office(entry={"hours": "office", "when_closed": WhenClosed.BUSY}, when=CLOSES)
    desk.rings()
    assert desk.count(Answer) == 0
    assert desk.last(Reject).busy
    assert (desk.records[-1].outcome, desk.records[-1].end_reason) == ("closed", "closed")


def test_redirected_when_closed_never_answers_and_busy_when_that_fails() -> None:
    entry = {"hours": "office", "when_closed": WhenClosed.REDIRECT, "on_closed": NUMBER}
    desk = office(entry=entry, when=CLOSES)
    desk.rings()
    assert desk.count(Answer) == 0
    redirect = desk.last(Redirect)
    assert redirect.target.id == NUMBER.ref
    desk.ok(redirect, problem="refused")
    assert desk.last(Reject).busy


@pytest.mark.parametrize("when_closed", list(WhenClosed))
def test_open_doors_answer_whatever_is_done_when_closed(when_closed: WhenClosed) -> None:
    desk = office(entry={"hours": "office", "when_closed": when_closed, "on_closed": NUMBER})
    desk.rings()
    assert desk.count(Answer) == 1


# -- the queue -------------------------------------------------------------------------------------


def test_a_closed_queue_takes_nobody_and_nobody_was_offered() -> None:
    desk = office({"hours": "office"}, when=CLOSES)
    desk.arrives()
    assert desk.spoken() == ["system:closed"]
    assert FactKind.CONTACT_QUEUED not in desk.kinds()
    desk.words_end()
    assert desk.contact().outcome is Outcome.CLOSED
    assert desk.fact(FactKind.QUEUE_CLOSED).detail["why"] == "hours"


def test_queues_that_close_into_each_other_end_with_an_apology() -> None:
    to_other = Action(kind=ActionKind.QUEUE, ref="other")
    back = Action(kind=ActionKind.QUEUE, ref="support")
    the_plan = plan(
        Queue(name="support", hours="office", on_closed=to_other),
        Queue(name="other", hours="office", on_closed=back),
    )
    desk = Office(replace(the_plan, hours=(OFFICE,)), CLOSES)
    desk.arrives()
    assert desk.spoken() == ["system:technical_problem"]


def test_who_waits_at_the_closing_is_served_unless_the_plan_moves_them() -> None:
    desk = office({"hours": "office", "on_closed": NUMBER})
    desk.present("a0", "a1", as_="Offline")
    desk.arrives()
    desk.words_end()
    desk.wait(2 * 3_600_000)
    assert desk.contact().state is ContactState.QUEUED
    desk.present("a0")
    assert desk.count(CreateCall) == 1


def moving(**fields: Any) -> Office:
    queue = {"hours": "office", "at_close": AtClose.MOVE, "on_closed": NUMBER}
    return office(queue | fields)


def test_at_close_move_takes_those_who_wait_in_the_closing_second() -> None:
    desk = moving()
    desk.present("a0", "a1", as_="Offline")
    desk.arrives()
    desk.words_end()
    desk.wait(CLOSES - 1 - desk.now)
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(1)
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Transfer).target.id == NUMBER.ref
    left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
    assert left.detail["outcome"] == "closed"


def test_who_is_moved_to_another_queue_has_left_the_first_as_closed() -> None:
    to_other = Action(kind=ActionKind.QUEUE, ref="other")
    the_plan = plan(
        Queue(name="support", hours="office", at_close=AtClose.MOVE, on_closed=to_other),
        Queue(name="other"),
    )
    desk = Office(replace(the_plan, hours=(OFFICE,)), CLOSES - 60_000, agents=0)
    desk.arrives()
    since = desk.contact().seniority_at
    desk.wait(60_000)
    assert desk.contact().queue == "other"
    assert desk.contact().seniority_at == since
    assert "closing" not in desk.contact().timers
    left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
    assert (left.queue, left.detail["outcome"]) == ("support", "closed")


def test_nobody_is_cut_in_a_ring_and_a_failed_ring_then_moves() -> None:
    desk = moving()
    desk.now = CLOSES - 5_000
    desk.arrives()
    desk.words_end()
    leg = desk.picks_up()
    desk.wait(6_000)
    assert desk.now > CLOSES
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().offer
    desk.presses(leg, "2")
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Transfer).target.id == NUMBER.ref


def test_nobody_is_cut_whom_an_agent_takes_after_the_closing() -> None:
    desk = moving()
    desk.now = CLOSES - 5_000
    desk.arrives()
    desk.words_end()
    leg = desk.picks_up()
    desk.wait(6_000)
    desk.presses(leg, "1")
    desk.linked(1, leg)
    desk.wait(60_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_a_link_that_fails_after_the_closing_moves() -> None:
    desk = moving()
    desk.now = CLOSES - 5_000
    desk.arrives()
    desk.words_end()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.wait(6_000)
    transfer = desk.last(Transfer)
    desk.ok(transfer)
    desk.give(CallEstablished(call="caller1", code=500, subcode=7000))
    assert desk.contact().state is ContactState.LEAVING
    assert desk.last(Transfer).target.id == NUMBER.ref


def test_a_new_plan_moves_the_closing() -> None:
    desk = moving()
    desk.present("a0", "a1", as_="Offline")
    desk.arrives()
    desk.words_end()
    longer = Span(opens=9 * 60, closes=18 * 60)
    later = replace(OFFICE, week=((longer,),) * 5 + ((), ()))
    desk.give(PlanChanged(plan=replace(desk.engine.plan, hours=(later,))))
    desk.wait(CLOSES + 1 - desk.now)
    assert desk.contact().state is ContactState.QUEUED
    desk.give(PlanChanged(plan=replace(desk.engine.plan, hours=(OFFICE,))))
    desk.wait(1)
    assert desk.contact().state is ContactState.LEAVING


# -- supervisors -----------------------------------------------------------------------------------


def test_a_closure_is_heard_instead_of_greeting_and_farewell() -> None:
    desk = office({"on_closed": replace(NUMBER, prompt="plan:bye")})
    desk.close()
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA}"]
    desk.words_end()
    assert desk.last(Transfer).target.id == NUMBER.ref
    assert desk.fact(FactKind.QUEUE_CLOSED).detail["why"] == "closure"
    assert desk.fact(FactKind.CONTACT_TOLD).contact == desk.contact().id


def test_a_closure_without_words_is_told_in_the_plans_words() -> None:
    desk = office()
    desk.close(texts={}, clips={})
    desk.arrives()
    assert desk.spoken() == ["system:closed"]


def test_a_closure_says_who_and_when_and_until() -> None:
    desk = office()
    desk.close(until=desk.now + 7_200_000)
    fact = desk.fact(FactKind.BULLETIN_SET)
    assert (fact.at, fact.queue, fact.detail["by"]) == (
        desk.now,
        "support",
        "sam.supervisor@contoso.example",
    )
    assert (fact.detail["until"], fact.detail["text"]) == (desk.now + 7_200_000, "flood")


def test_a_closure_ends_by_itself() -> None:
    desk = office()
    until = desk.now + 7_200_000
    desk.close(until=until)
    desk.wait(7_200_000 - 1)
    desk.arrives()
    assert desk.contact().state is ContactState.LEAVING
    desk.wait(1)
    assert desk.engine.state.bulletins == {}
    assert (
        desk.fact(FactKind.BULLETIN_ENDED).at,
        desk.fact(FactKind.BULLETIN_ENDED).detail["why"],
    ) == (
        until,
        "expired",
    )
    desk.arrives()
    assert desk.spoken()[-1] == "plan:hello"


def test_open_takes_it_back_and_says_who_did() -> None:
    desk = office()
    desk.close()
    desk.reopen(by="una", by_name="una@contoso.example")
    assert desk.fact(FactKind.BULLETIN_ENDED).detail["by"] == "una@contoso.example"
    desk.arrives()
    desk.words_end()
    assert desk.contact().state is ContactState.QUEUED


def test_open_where_nothing_is_closed_changes_nothing() -> None:
    desk = office()
    desk.reopen()
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "not in force"


def test_of_two_supervisors_the_later_word_counts_and_both_leave_a_fact() -> None:
    desk = office()
    desk.close(until=desk.now + 60_000)
    desk.close(texts={"en": "fire"}, clips={"en": OTHER}, by_name="una@contoso.example")
    assert [b.by_name for b in desk.engine.state.bulletins.values()] == ["una@contoso.example"]
    assert desk.kinds().count(FactKind.BULLETIN_SET) == 2
    desk.wait(60_000)
    desk.arrives()
    assert desk.spoken() == [f"clip:{OTHER}"]


def test_a_closure_moves_those_who_wait_only_where_the_plan_says_so() -> None:
    for at_close, state in (
        (AtClose.MOVE, ContactState.LEAVING),
        (AtClose.SERVE_WAITING, ContactState.QUEUED),
    ):
        desk = office({"at_close": at_close})
        desk.present("a0", "a1", as_="Offline")
        desk.arrives()
        desk.words_end()
        desk.close()
        desk.wait(1)
        assert desk.contact().state is state


def test_closing_everything_moves_those_who_wait_where_the_plan_says_so() -> None:
    desk = office({"at_close": AtClose.MOVE})
    desk.present("a0", "a1", as_="Offline")
    desk.arrives()
    desk.words_end()
    desk.close(scope=Scope.ALL, name="")
    desk.wait(1)
    assert desk.contact().state is ContactState.LEAVING


@pytest.mark.parametrize("scope", [Scope.ENTRY_POINT, Scope.QUEUE])
def test_what_is_said_of_a_place_goes_before_what_is_said_of_everything(scope: Scope) -> None:
    desk = office()
    desk.close(scope=Scope.ALL, name="", clips={"en": OTHER})
    desk.close(scope=scope)
    closure = opening.closure_of(desk.engine.state.bulletins, scope, "support")
    assert closure is not None
    assert closure.clips == {"en": SHA}
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA if scope is Scope.ENTRY_POINT else OTHER}"]


def test_a_closure_taken_back_in_time_moves_nobody() -> None:
    desk = office({"at_close": AtClose.MOVE})
    desk.present("a0", "a1", as_="Offline")
    desk.arrives()
    desk.words_end()
    desk.close()
    desk.reopen()
    desk.wait(10_000)
    assert desk.contact().state is ContactState.QUEUED


def test_closing_everything_closes_doors_and_queues() -> None:
    desk = office()
    desk.close(scope=Scope.ALL, name="")
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA}"]
    assert desk.fact(FactKind.ENTRY_POINT_CLOSED).detail["why"] == "closure"


def test_a_closed_entry_point_leaves_the_queue_open() -> None:
    desk = office()
    desk.close(scope=Scope.ENTRY_POINT, name="support")
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA}"]
    assert FactKind.QUEUE_CLOSED not in desk.kinds()


@pytest.mark.parametrize(
    ("scope", "name"),
    [(Scope.ALL, ""), (Scope.ENTRY_POINT, "support"), (Scope.QUEUE, "support")],
)
def test_a_message_comes_before_the_greeting_and_the_caller_goes_on(
    scope: Scope, name: str
) -> None:
    desk = office()
    announced(desk, scope=scope, name=name)
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA}", "plan:hello"]
    desk.words_end()
    assert desk.contact().state is ContactState.QUEUED
    assert desk.spoken() == [f"clip:{SHA}", "plan:hello"]
    assert desk.kinds().count(FactKind.CONTACT_TOLD) == 1


def test_a_message_is_waited_for_as_long_as_it_lasts() -> None:
    desk = office()
    announced(desk, lasts_ms=20_000)
    desk.arrives()
    desk.wait(20_000 + 2_000)
    assert desk.contact().state is ContactState.GREETING
    desk.wait(3_000)
    assert desk.contact().state is ContactState.QUEUED


def test_who_comes_to_a_queue_from_elsewhere_hears_its_message_there_with_music_behind() -> None:
    to_other = Action(kind=ActionKind.QUEUE, ref="other")
    the_plan = plan(Queue(name="support", hours="office", on_closed=to_other), Queue(name="other"))
    desk = Office(replace(the_plan, hours=(OFFICE,)), CLOSES)
    announced(desk, name="other")
    desk.arrives()
    plays = [each for each in desk.commands if isinstance(each, Play)]
    assert [(each.say[0].prompt, each.fresh) for each in plays] == [
        (f"clip:{SHA}", True),
        ("music:default", False),
    ]


def test_each_caller_hears_the_message_in_their_language_or_in_what_there_is() -> None:
    desk = office(entry={"language": "ko"})
    announced(desk, clips={"en": SHA, "ko": OTHER})
    desk.arrives()
    assert desk.spoken()[0] == f"clip:{OTHER}"
    announced(desk, clips={"en": SHA})
    desk.arrives()
    assert desk.spoken()[-2] == f"clip:{SHA}"


def test_another_text_is_heard_anew_and_silence_ends_it() -> None:
    desk = office()
    announced(desk)
    announced(desk, clips={"en": OTHER})
    desk.arrives()
    assert desk.spoken()[0] == f"clip:{OTHER}"
    desk.reopen(closes=False)
    desk.arrives()
    assert desk.spoken()[-1] == "plan:hello"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "nowhere"}, "no such place"),
        ({"scope": Scope.ALL, "name": "support"}, "no such place"),
        ({"until": 1}, "over"),
        ({"closes": False, "clips": {}}, "no words"),
    ],
)
def test_a_bulletin_that_makes_no_sense_changes_nothing(
    fields: dict[str, Any], reason: str
) -> None:
    desk = office()
    desk.close(**fields)
    assert desk.engine.state.bulletins == {}
    assert desk.fact(FactKind.IGNORED).detail["reason"] == reason


def test_a_queue_that_leaves_the_plan_takes_its_closure_along() -> None:
    desk = office()
    desk.close()
    others = plan(Queue(name="other"))
    desk.give(PlanChanged(plan=others))
    assert desk.engine.state.bulletins == {}
    assert desk.fact(FactKind.BULLETIN_ENDED).detail["why"] == "dropped from the plan"


def test_a_caller_who_hangs_up_while_told_that_it_is_closed_was_not_abandoned_in_a_queue() -> None:
    desk = office()
    desk.close()
    desk.arrives()
    desk.give(CallEnded(call="caller1", ending="completed"))
    assert desk.contact().state is ContactState.ENDED
    assert FactKind.CONTACT_LEFT_QUEUE not in desk.kinds()
    assert desk.count(HangUp) == 0
