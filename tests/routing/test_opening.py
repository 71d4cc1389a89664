"""Closed doors, closed queues, and closing while somebody waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from kit.floor_desk import Desk, plan
from kit.twin_engine import TwinEngine

from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.commands import Answer, CreateCall, HangUp, Play, Redirect, Reject, Transfer
from routing.events import (
    Address,
    CallEnded,
    CallEstablished,
    CallSeen,
    OwnerChanged,
    PlanChanged,
    PromptEnded,
    ToneHeard,
)
from routing.facts import FactKind
from routing.flow_steps import Flow, Goto, Speak, Turn
from routing.hours import Hours, Span
from routing.plan import AtClose, Plan, Queue, WhenClosed
from routing.state import ContactState, Outcome, State
from routing.word_events import (
    BulletinLifted,
    BulletinSet,
)
from routing.zones import zone

WEEKDAYS = ((Span(opens=9 * 60, closes=17 * 60),),) * 5 + ((), ())
OFFICE = Hours(name="office", zone="Europe/Berlin", week=WEEKDAYS)
NUMBER = Action(kind=ActionKind.NUMBER, ref="+14255550100")
SHA, OTHER = "a" * 64, "b" * 64


def at(text: str) -> int:
    return (
        round(datetime.fromisoformat(text).replace(tzinfo=zone("Europe/Berlin")).timestamp()) * 1000
    )


CLOSES = at("2026-06-01T17:00")


class Office(Desk):
    """A desk whose clock shows `when`, with everything saved and loaded after every event."""

    def __init__(self, the_plan: Plan, when: int, agents: int = 2) -> None:
        super().__init__(the_plan, agents)
        self.engine = TwinEngine(the_plan, State(epoch=1))
        self.now = when
        self.give(OwnerChanged(epoch=1))
        self.enlist(Address(ref="sales@contoso.example", id="sales-id", name="Sales"))
        self.present(*{member.agent for member in self.members})
        self.commands.clear()
        self.facts.clear()

    def played(self) -> list[str]:
        """What the newest words are."""
        return [say.prompt for say in self.last(Play).say]

    def spoken(self) -> list[str]:
        """Everything that was asked to be played, without music."""
        prompts = [
            say.prompt for each in self.commands if isinstance(each, Play) for say in each.say
        ]
        return [prompt for prompt in prompts if not prompt.startswith("music:")]

    def words_end(self, number: int = 1) -> None:
        """The prompt that counts is over."""
        context = self.contact(number).playing
        assert context
        self.give(PromptEnded(call=f"caller{number}", context=context, ok=True))

    def close(self, **fields: Any) -> None:
        given: dict[str, Any] = {
            "closes": True,
            "scope": Scope.QUEUE,
            "name": "support",
            "texts": {"en": "flood"},
            "clips": {"en": SHA},
            "lasts_ms": 900,
            "by": "sam",
            "by_name": "sam.supervisor@contoso.example",
        }
        self.give(BulletinSet(**(given | fields)))

    def reopen(self, **fields: Any) -> None:
        given: dict[str, Any] = {"closes": True, "scope": Scope.QUEUE, "name": "support"}
        self.give(BulletinLifted(**(given | fields)))


def office(
    queue: dict[str, Any] | None = None,
    entry: dict[str, Any] | None = None,
    when: int = CLOSES - 3_600_000,
    **fields: Any,
) -> Office:
    known = {"name": "support"} | (queue or {})
    the_plan = plan(Queue(**known), entry={"greeting": "plan:hello"} | (entry or {}), **fields)
    the_plan = replace(the_plan, hours=(OFFICE,), durations={"plan:hello": 2_000})
    return Office(the_plan, when)


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


@pytest.mark.parametrize("kind", [ActionKind.QUEUE, ActionKind.FLOW, ActionKind.CALLBACK])
def test_a_closures_words_are_heard_before_the_caller_goes_on(kind: ActionKind) -> None:
    names = {ActionKind.QUEUE: "night", ActionKind.FLOW: "menu", ActionKind.CALLBACK: "support"}
    onward = Action(kind=kind, ref=names[kind])
    speak = Speak(name="one", prompt="plan:own", then=Goto(turn=Turn.RETURN))
    the_plan = plan(
        Queue(name="support", on_closed=onward, callback=CallbackRules()),
        Queue(name="night"),
        flows=(Flow(name="menu", start="one", speaks=(speak,)),),
    )
    desk = Office(the_plan, CLOSES)
    desk.close()
    desk.arrives()
    assert desk.spoken() == [f"clip:{SHA}"]
    desk.give(ToneHeard(call="caller1", sequence=1, tone="1"))
    desk.words_end()
    contact = desk.contact()
    if kind is ActionKind.QUEUE:
        assert (contact.queue, contact.state) == ("night", ContactState.QUEUED)
    elif kind is ActionKind.FLOW:
        assert desk.spoken()[1:] == ["plan:own"]
        desk.words_end()
        assert contact.state is not ContactState.IN_FLOW
    else:
        assert FactKind.CALLBACK_REQUESTED in desk.kinds()
    assert desk.kinds().count(FactKind.CONTACT_TOLD) == 1


def test_a_closures_words_do_not_take_the_place_of_the_notice_of_a_recording() -> None:
    voicemail = Action(kind=ActionKind.VOICEMAIL)
    desk = office({"on_closed": voicemail}, keeps_messages=True)
    desk.close()
    desk.arrives()
    assert desk.spoken()[-1:] == [f"clip:{SHA}"]
    desk.words_end()
    message = desk.contact().message
    assert message is not None
    assert (message.greeting, message.outcome) == ("", "closed")


def test_words_whose_end_nobody_tells_lead_on_all_the_same() -> None:
    the_plan = plan(
        Queue(name="support", on_closed=Action(kind=ActionKind.QUEUE, ref="night")),
        Queue(name="night"),
    )
    desk = Office(the_plan, CLOSES)
    desk.close()
    desk.arrives()
    desk.give(OwnerChanged(epoch=2))
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.spoken().count(f"clip:{SHA}") == 2
    desk.wait(60_000)
    assert (desk.contact().queue, desk.contact().state) == ("night", ContactState.QUEUED)


def test_queues_closed_into_each_other_say_so_once_and_end() -> None:
    def to(name: str) -> Action:
        return Action(kind=ActionKind.QUEUE, ref=name)

    desk = Office(
        plan(Queue(name="support", on_closed=to("b")), Queue(name="b", on_closed=to("support"))),
        CLOSES,
    )
    desk.close()
    desk.close(name="b", clips={"en": OTHER})
    desk.arrives()
    desk.words_end()
    desk.words_end()
    assert desk.contact().state is ContactState.LEAVING
    assert desk.spoken() == [f"clip:{SHA}", f"clip:{OTHER}", "system:technical_problem"]


def test_who_is_redirected_unheard_was_not_told() -> None:
    desk = office(entry={"when_closed": WhenClosed.REDIRECT, "on_closed": NUMBER})
    desk.close(scope=Scope.ENTRY_POINT, name=desk.engine.floor.plan.entry_points[0].name)
    desk.rings()
    assert desk.last(Redirect)
    assert FactKind.ENTRY_POINT_CLOSED in desk.kinds()
    assert FactKind.CONTACT_TOLD not in desk.kinds()


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


def announced(desk: Office, **fields: Any) -> None:
    desk.close(closes=False, **fields)


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


def test_the_offer_of_a_callback_does_not_cut_the_queues_message() -> None:
    to_other = Action(kind=ActionKind.QUEUE, ref="other")
    offers = CallbackRules(offer=CallbackOffer(key="1"))
    support = Queue(name="support", hours="office", on_closed=to_other)
    the_plan = plan(support, Queue(name="other", callback=offers))
    desk = Office(replace(the_plan, hours=(OFFICE,)), CLOSES)
    announced(desk, name="other")
    desk.arrives()
    plays = [each for each in desk.commands if isinstance(each, Play)]
    assert [([say.prompt for say in each.say], each.fresh) for each in plays] == [
        ([f"clip:{SHA}", "system:callback_offer", "system:digit.1"], True),
        (["music:default"], False),
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
