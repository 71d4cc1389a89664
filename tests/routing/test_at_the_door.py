"""A caller who rings: until when each way out is tried, and what is left when it fails."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.arriving import (
    ANSWER_WITHIN_MS,
    KNOWN_WITHIN_MS,
    REDIRECT_WITHIN_MS,
    REJECT_WITHIN_MS,
)
from routing.commands import Answer, AskCall, HangUp, Redirect, Reject
from routing.events import CallEnded, CallEstablished, CallSeen, CommandDone, Problem
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import ContactState, Outcome

TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")
GRAPH_GIVES_UP_MS = 15_000
PROBLEMS = [
    Problem.REFUSED,
    Problem.THROTTLED,
    Problem.UNAVAILABLE,
    Problem.TOO_LATE,
    Problem.WRONG_TENANT,
]


def desk_of(*, fallback: bool = True) -> Desk:
    entry = {"fallback": TO_NUMBER} if fallback else {}
    return Desk(plan(Queue(name="sales"), entry=entry), agents=0)


def ringing(*, fallback: bool = True) -> tuple[Desk, int, Answer]:
    """A desk at which somebody rings: since when, and the answer that was commanded."""
    desk = desk_of(fallback=fallback)
    desk.rings()
    return desk, desk.now, desk.last(Answer)


def outcome(desk: Desk, command: Answer | Redirect | Reject, problem: str, *, after: int) -> None:
    desk.give(CommandDone(command=command.id, call=command.call, problem=problem), after=after)


def wanted(desk: Desk, command: Answer | Redirect | Reject) -> bool:
    return desk.engine.wants(command.call, command.id)


def failures(desk: Desk) -> list[object]:
    return [f.detail["reason"] for f in desk.facts if f.kind is FactKind.REFUSAL_FAILED]


def test_each_way_out_leaves_time_for_the_next() -> None:
    assert (
        ANSWER_WITHIN_MS
        < KNOWN_WITHIN_MS
        < REDIRECT_WITHIN_MS
        < REJECT_WITHIN_MS
        < GRAPH_GIVES_UP_MS
    )


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("after", [0, 5_000, 12_000])
def test_every_deadline_counts_from_the_callers_arrival(problem: Problem, after: int) -> None:
    desk, rang_at, answer = ringing()
    outcome(desk, answer, problem, after=after)
    redirect = desk.last(Redirect)
    outcome(desk, redirect, problem, after=1_000)
    reject = desk.last(Reject)
    assert answer.deadline - rang_at == 12_000
    assert redirect.deadline - rang_at == 13_500
    assert reject.deadline - rang_at == 14_500


def test_whoever_finds_the_house_full_is_sent_on_in_the_same_time() -> None:
    desk = desk_of()
    for _ in range(91):
        desk.rings()
    assert desk.last(Redirect).deadline - desk.now == 13_500
    outcome(desk, desk.last(Redirect), Problem.THROTTLED, after=200)
    assert desk.last(Reject).deadline - desk.now == 14_300


def test_without_a_fallback_busy_has_all_the_time() -> None:
    desk, rang_at, answer = ringing(fallback=False)
    outcome(desk, answer, Problem.THROTTLED, after=200)
    assert desk.last(Reject).deadline - rang_at == 14_500


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_refusal_and_each_that_failed_is_told_with_its_reason(problem: Problem) -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, problem, after=200)
    assert desk.contact().outcome is Outcome.REFUSED
    assert desk.fact(FactKind.CONTACT_ENDED).detail["reason"] == f"answer: {problem.value}"
    assert failures(desk) == []
    outcome(desk, desk.last(Redirect), problem, after=200)
    outcome(desk, desk.last(Reject), problem, after=200)
    assert failures(desk) == [f"redirect: {problem.value}", f"reject: {problem.value}"]
    assert desk.count(Reject) == 1
    assert desk.fact(FactKind.REFUSAL_FAILED).contact == desk.contact().id
    assert desk.fact(FactKind.REFUSAL_FAILED).queue == "sales"


@pytest.mark.parametrize("refused_by", [Redirect, Reject])
def test_a_refusal_that_found_nobody_frees_the_leg_and_is_no_failure(refused_by: type) -> None:
    desk, _, answer = ringing(fallback=refused_by is Redirect)
    outcome(desk, answer, Problem.THROTTLED, after=200)
    outcome(desk, desk.last(refused_by), Problem.GONE, after=200)
    assert failures(desk) == []
    assert desk.engine.floor.legs["app"] == 0


def test_a_redirect_of_unknown_outcome_is_followed_by_busy() -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, Problem.THROTTLED, after=200)
    outcome(desk, desk.last(Redirect), Problem.UNKNOWN, after=200)
    assert wanted(desk, desk.last(Reject))


# -- nobody knows whether the answer was given


def test_an_answer_of_which_nothing_is_heard_gives_way_in_time_and_is_never_sent_after() -> None:
    desk, _, answer = ringing()
    desk.wait(12_499)
    assert wanted(desk, answer)
    desk.wait(1)
    assert not wanted(desk, answer), "waiting for its turn, or to be sent again"
    assert wanted(desk, desk.last(Redirect))
    assert desk.contact().end_reason == "answer: unknown"
    outcome(desk, answer, Problem.UNWANTED, after=1)
    assert desk.count(Redirect) == 1


def test_a_refused_caller_whose_answer_ran_all_the_same_is_not_left_in_silence() -> None:
    desk, _, answer = ringing()
    desk.wait(12_500)
    outcome(desk, answer, "", after=10)
    desk.give(CallEstablished(call="caller1"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == "caller1"


@pytest.mark.parametrize("heard", ["accepted", "sound"])
def test_an_answer_that_was_given_is_not_refused_when_the_time_is_up(heard: str) -> None:
    desk, _, answer = ringing()
    if heard == "accepted":
        outcome(desk, answer, "", after=11_900)
    else:
        desk.give(CallEstablished(call="caller1"), after=11_900)
    desk.wait(3_000)
    assert desk.count(Redirect) == 0
    assert desk.contact().state is not ContactState.ENDED


def test_in_doubt_the_call_is_asked_for_every_second_until_the_time_is_up() -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, Problem.UNKNOWN, after=3_000)
    asked = desk.count(AskCall)
    assert asked == 1
    desk.wait(9_000)
    assert desk.count(AskCall) == asked + 9
    assert desk.count(Redirect) == 0
    desk.wait(500)
    assert desk.count(AskCall) == asked + 9
    assert desk.count(Redirect) == 1


def test_in_doubt_with_no_time_left_the_caller_is_sent_on_without_asking() -> None:
    desk, _, answer = ringing()
    desk.now += 12_500
    outcome(desk, answer, Problem.UNKNOWN, after=0)
    assert desk.count(AskCall) == 0
    assert desk.count(Redirect) == 1


def test_an_answer_given_again_has_the_same_time_as_the_first() -> None:
    desk, rang_at, first = ringing()
    outcome(desk, first, Problem.UNKNOWN, after=8_000)
    desk.give(CallSeen(call="caller1", state="incoming"), after=100)
    again = desk.last(Answer)
    assert again.deadline == first.deadline
    asked = desk.count(AskCall)
    desk.wait(rang_at + 12_499 - desk.now)
    assert desk.count(AskCall) == asked, "its outcome will be told"
    assert wanted(desk, again)
    desk.wait(1)
    assert not wanted(desk, again)
    assert desk.count(Redirect) == 1


def test_seen_ringing_twice_in_doubt_it_is_answered_once() -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, Problem.UNKNOWN, after=3_000)
    for _ in range(2):
        desk.give(CallSeen(call="caller1", state="incoming"))
    assert desk.count(Answer) == 2


def test_a_caller_who_was_refused_and_rings_still_is_not_answered() -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, Problem.THROTTLED, after=200)
    desk.give(CallSeen(call="caller1", state="incoming"))
    assert desk.count(Answer) == 1
    assert desk.count(Redirect) == 1


def test_a_caller_who_hangs_up_in_doubt_is_abandoned_and_not_sent_on() -> None:
    desk, _, answer = ringing()
    outcome(desk, answer, Problem.UNKNOWN, after=3_000)
    desk.give(CallEnded(call="caller1"))
    desk.wait(20_000)
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.count(Redirect) == 0
