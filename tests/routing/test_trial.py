"""The test call: rung, told one sentence, let go; and never a contact."""

from typing import Any

import pytest
from kit.floor_desk import Desk, plan

from routing.commands import AskCall, CreateCall, HangUp, Play
from routing.engine import Engine
from routing.events import (
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    InviteEnded,
    OwnerChanged,
    Phase,
    PromptEnded,
    RecordingAllowed,
    RecordingEnded,
    RosterChanged,
    ToneHeard,
)
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import State
from routing.subscriber import Subscriber, is_for
from routing.trial import CREATED_WITHIN_MS, REMEMBERED_MS, RING_MS, SPEAK_WITHIN_MS
from routing.word_events import TestCallAsked

TEST = "test-1"
LEG = "wire-1"


@pytest.fixture
def desk() -> Desk:
    return Desk(plan(Queue(name="support")))


def asked(desk: Desk, user: str = "a0", **fields: Any) -> None:
    given: dict[str, Any] = {"id": TEST, "until": desk.now + 10_000} | fields
    desk.give(TestCallAsked(user=user, upn=f"{user}@contoso.example", app="app", **given))


def steps(desk: Desk) -> list[str]:
    return [
        " ".join(str(fact.detail[name]) for name in ("step", "why") if fact.detail.get(name))
        for fact in desk.facts
        if fact.kind is FactKind.TEST_CALL
    ]


def answered(desk: Desk) -> None:
    asked(desk)
    desk.ok(desk.last(CreateCall), wire=LEG)
    desk.give(CallEstablished(call=LEG), after=1_200)


def test_somebody_is_rung_hears_one_sentence_and_is_let_go(desk: Desk) -> None:
    answered(desk)
    play = desk.last(Play)
    assert [say.prompt for say in play.say] == ["system:test_call"]
    desk.ok(play)
    desk.give(PromptEnded(call=LEG, context=play.id, ok=True), after=4_000)
    desk.ok(desk.last(HangUp))
    desk.give(CallEnded(call=LEG, ending="completed"))
    assert steps(desk) == ["asked", "created", "answered", "spoken", "ended"]
    assert desk.count(Play) == desk.count(HangUp) == 1


def test_it_is_no_contact_no_record_and_reserves_nobody(desk: Desk) -> None:
    answered(desk)
    desk.give(PromptEnded(call=LEG, context=desk.last(Play).id, ok=True))
    desk.ok(desk.last(HangUp))
    state = desk.engine.state
    assert state.contacts == {}
    assert state.offers == {}
    assert desk.records == []
    assert {each.kind for each in desk.facts if each.contact == TEST} == {FactKind.TEST_CALL}
    assert desk.agent().state == "idle"


def test_callers_are_served_meanwhile(desk: Desk) -> None:
    asked(desk, user="somebody")
    desk.connected()
    assert desk.contact().state == "connected"


@pytest.mark.parametrize("first", [0, 1, 2])
def test_notifications_may_come_twice_and_in_any_order(desk: Desk, first: int) -> None:
    asked(desk)
    create = desk.last(CreateCall)
    news: list[Any] = [
        CallEstablished(call=LEG, command=create.id),
        CallProgressed(call=LEG, command=create.id, phase=Phase.ESTABLISHING),
        CallEstablished(call=LEG, command=create.id),
    ]
    for event in (*news[first:], *news[:first]):
        desk.give(event)
    desk.ok(create, wire=LEG)
    assert desk.count(Play) == 1
    desk.give(PromptEnded(call=LEG, context=desk.last(Play).id, ok=True))
    desk.give(PromptEnded(call=LEG, context=desk.last(Play).id, ok=True))
    assert desk.count(HangUp) == 1
    desk.give(CallEnded(call=LEG, ending="completed"))
    desk.give(CallEnded(call=LEG, ending="completed"))
    assert steps(desk).count("ended") == 1


def test_graphs_refusal_is_told(desk: Desk) -> None:
    asked(desk)
    desk.ok(desk.last(CreateCall), problem="refused", code=403)
    assert steps(desk) == ["asked", "failed Graph: refused"]


def test_a_request_that_may_have_run_is_adopted_by_its_leg(desk: Desk) -> None:
    asked(desk)
    create = desk.last(CreateCall)
    desk.ok(create, problem="unknown")
    desk.give(CallEstablished(call=LEG, command=create.id))
    assert steps(desk) == ["asked", "answered"]
    assert desk.count(CreateCall) == 1


def test_a_leg_that_comes_after_it_was_given_up_is_ended(desk: Desk) -> None:
    asked(desk)
    create = desk.last(CreateCall)
    desk.wait(CREATED_WITHIN_MS)
    assert steps(desk) == ["asked", "failed the call was not made"]
    desk.ok(create, wire=LEG)
    assert desk.count(HangUp) == 1
    desk.give(CallProgressed(call=LEG, phase=Phase.RINGING))
    desk.give(CallEstablished(call=LEG))
    assert desk.count(HangUp) == 3
    assert desk.count(Play) == 0


def test_nobody_picks_up(desk: Desk) -> None:
    asked(desk)
    desk.ok(desk.last(CreateCall), wire=LEG)
    desk.wait(RING_MS)
    assert steps(desk) == ["asked", "created", "failed nobody picked up"]
    desk.ok(desk.last(HangUp))
    assert steps(desk)[-1] == "ended"


def test_somebody_declines(desk: Desk) -> None:
    asked(desk)
    desk.ok(desk.last(CreateCall), wire=LEG)
    desk.give(CallEnded(call=LEG, ending="declined"))
    assert steps(desk) == ["asked", "created", "failed declined"]


@pytest.mark.parametrize(
    ("problem", "finished"), [("refused", ""), ("", "failed"), ("gone", ""), ("unavailable", "")]
)
def test_a_sentence_that_cannot_be_played_ends_it(desk: Desk, problem: str, finished: str) -> None:
    answered(desk)
    desk.ok(desk.last(Play), problem=problem, finished=finished)
    assert steps(desk)[-1] == "not_spoken"
    assert desk.count(HangUp) == 1


def test_a_sentence_that_needs_no_news_is_over_at_once(desk: Desk) -> None:
    answered(desk)
    desk.ok(desk.last(Play), finished="completed")
    assert steps(desk)[-1] == "spoken"


def test_no_news_of_the_sentence_ends_it(desk: Desk) -> None:
    answered(desk)
    desk.wait(SPEAK_WITHIN_MS)
    assert steps(desk)[-1] == "not_spoken no news of it"
    assert desk.count(HangUp) == 1


def test_our_own_question_stands_in_for_lost_news(desk: Desk) -> None:
    asked(desk)
    desk.ok(desk.last(CreateCall), wire=LEG)
    assert desk.engine.silent_calls(desk.now) != []
    desk.give(CallSeen(call=LEG, state="establishing"))
    desk.give(CallSeen(call=LEG, state="established"))
    assert desk.count(Play) == 1
    desk.give(CallSeen(call=LEG, state="gone"))
    assert steps(desk)[-1] == "failed gone"
    desk.give(CallSeen(call=LEG, state="established"))
    assert desk.count(Play) == 1


def test_a_hang_up_that_was_lost_is_sent_again(desk: Desk) -> None:
    answered(desk)
    desk.ok(desk.last(Play), finished="completed")
    desk.give(CallSeen(call=LEG, state="established"))
    assert desk.count(HangUp) == 2


@pytest.mark.parametrize(
    "event",
    [
        ToneHeard(call=LEG, sequence=1, tone="1"),
        InviteEnded(call=LEG, context="x", ok=True),
        RecordingAllowed(call=LEG, context="x", ok=True),
        RecordingEnded(call=LEG, context="x", ok=True),
        RosterChanged(call=LEG, people=("somebody",)),
        CallProgressed(call=LEG, phase=Phase.TRANSFERRING),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_means_nothing_to_it_changes_nothing(desk: Desk, event: Any) -> None:
    answered(desk)
    before = steps(desk), len(desk.commands)
    desk.give(event)
    assert (steps(desk), len(desk.commands)) == before


def test_that_its_end_is_near_changes_nothing(desk: Desk) -> None:
    answered(desk)
    desk.give(CallProgressed(call=LEG, phase=Phase.TERMINATING))
    assert steps(desk)[-1] == "answered"


def test_it_is_not_made_too_late(desk: Desk) -> None:
    asked(desk, until=desk.now - 1)
    assert steps(desk) == ["refused too late"]


def test_it_leaves_the_last_legs_to_callers() -> None:
    desk = Desk(plan(Queue(name="support"), legs={"app": 6}))
    desk.rings()
    asked(desk)
    assert steps(desk) == ["refused no leg to spare"]


def test_an_agent_with_a_contact_is_left_alone(desk: Desk) -> None:
    desk.arrives()
    asked(desk)
    assert steps(desk) == ["refused busy with a contact"]


def test_one_at_a_time_and_each_once(desk: Desk) -> None:
    asked(desk)
    asked(desk)
    assert desk.count(CreateCall) == 1
    asked(desk, id="test-2")
    assert steps(desk) == ["asked", "refused another test call is under way"]


def test_a_new_owner_goes_on_with_it(desk: Desk) -> None:
    answered(desk)
    saved = desk.engine.state
    desk.engine = Engine(desk.engine.plan, State(epoch=2, calls=dict(saved.calls)))
    desk.give(OwnerChanged(epoch=2), after=60_000)
    assert desk.count(AskCall) == 1
    desk.give(PromptEnded(call=LEG, context=desk.last(Play).id, ok=True))
    assert steps(desk)[-1] == "spoken"


def test_it_is_forgotten_after_a_while(desk: Desk) -> None:
    answered(desk)
    desk.ok(desk.last(Play), finished="completed")
    desk.ok(desk.last(HangUp))
    desk.wait(REMEMBERED_MS)
    state = desk.engine.state
    assert state.calls == {}
    assert desk.engine.floor.calls_of == {}
    assert desk.engine.call_of(LEG) == ""


@pytest.mark.parametrize(
    ("kinds", "told"),
    [((), False), (("call.*",), False), (("call.test",), True), (("contact.ended",), False)],
)
def test_other_systems_hear_of_it_only_when_they_ask_for_it_by_name(
    kinds: tuple[str, ...], told: bool
) -> None:
    subscriber = Subscriber(name="s", url="https://s.example", kinds=kinds)
    assert is_for(subscriber, FactKind.TEST_CALL.value, "") is told
    assert is_for(subscriber, "contact.ended", "") is ("contact.ended" in kinds or not kinds)
