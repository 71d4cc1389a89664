"""Arranging a callback: which numbers, when, by which key, and what a wrong one leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.callback_desk import GERMANY, SPAIN, CallbackDesk, callback_plan
from kit.floor_desk import NUMBER, plan

from routing.action import Action, ActionKind
from routing.callback_request import may_request
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.callback_state import CallbackStage
from routing.commands import Answer, CreateCall, Play, TargetKind, TellTeam
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    PlanChanged,
    PromptEnded,
)
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import ContactState, Outcome
from routing.waiting_rules import Absence, NoAgent
from routing.word_events import AcceptedByCard, DropCallback, RequestCallback

WITHHELD = Caller(kind=CallerKind.WITHHELD)
PREMIUM = Caller(kind=CallerKind.NUMBER, id="+49900123456")
SPANISH = Caller(kind=CallerKind.NUMBER, id="+34912345678")
COLLEAGUE = Caller(kind=CallerKind.INTERNAL, id="colleague", name="Una")
HOUR_MS = 3_600_000


def number_of(desk: CallbackDesk) -> str:
    callback = desk.contact(desk.number).callback
    assert callback is not None
    return callback.number


def why_not(desk: CallbackDesk) -> object:
    return desk.fact(FactKind.CALLBACK_CANCELED).detail["why"]


def test_another_number_is_keyed_in_read_back_and_called() -> None:
    desk = CallbackDesk()
    desk.wants(keys="120301239999#")
    readback = [s for c in desk.commands if isinstance(c, Play) for s in c.say if s.digits]
    assert readback[-1].digits == "0301239999"
    desk.keys("caller1", "1")
    assert number_of(desk) == "+49301239999"
    desk.give(CallEnded(call="caller1", code=0, subcode=540000, ending="completed"))
    desk.taken()
    assert desk.dial().target.id == "+49301239999"


def test_a_wrong_number_is_keyed_in_again() -> None:
    desk = CallbackDesk()
    desk.wants(keys="12030123456#2030999999#1")
    assert number_of(desk) == "+4930999999"


def test_wrong_keys_at_one_question_are_not_counted_at_the_next() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="177212#")
    assert contact.callback is not None
    assert contact.callback.stage is CallbackStage.KEYING
    desk.keys("caller1", "030123456#1")
    assert number_of(desk) == "+4930123456"


def test_a_number_that_costs_extra_is_not_called_by_its_prefix_alone() -> None:
    """Toll fraud: whoever allows a country does not allow its premium numbers."""
    rules = {"allowed_prefixes": ("+49",), "numbering": (GERMANY,)}
    desk = CallbackDesk(callback_plan(**rules))
    contact = desk.wants(keys="120900123456#")
    assert "system:callback_wrong_number" in desk.heard("caller1")
    assert contact.callback is not None
    assert contact.callback.number == ""
    own = CallbackDesk(callback_plan(**rules))
    own.wants(PREMIUM, keys="1")
    assert "system:callback_this_number" not in own.heard("caller1")
    own.give(RequestCallback(number=PREMIUM.id, queue="sales"))
    assert own.fact(FactKind.ACT_REFUSED).detail["code"] == "number_not_allowed"


def test_whose_number_is_three_times_not_it_is_not_asked_again() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="12030123456#2030123456#2")
    assert contact.state is ContactState.ARRANGING
    desk.keys("caller1", "030123456#2")
    assert contact.state is ContactState.QUEUED
    assert why_not(desk) == "no number confirmed"
    assert "system:callback_not_possible" in desk.heard("caller1")


def test_a_number_that_is_right_at_the_third_time_is_called() -> None:
    desk = CallbackDesk()
    desk.wants(keys="12030123456#2030123456#2030999999#1")
    assert number_of(desk) == "+4930999999"


def test_the_first_digit_of_a_number_stops_the_question() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="12")
    asked = contact.playing
    assert asked
    desk.keys("caller1", "0")
    leg = desk.engine.state.calls[contact.call]
    assert asked not in leg.pending
    assert desk.heard("caller1")[-1] == "music:default"
    music = desk.last(Play)
    assert music.fresh
    desk.keys("caller1", "30123456#")
    assert "system:callback_right" in desk.heard("caller1")


@pytest.mark.parametrize("keyed", ["0900123456", "0034912345678", "12", ""])
def test_what_must_not_be_called_is_refused_and_asked_for_again(keyed: str) -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys=f"12{keyed}#")
    assert contact.callback is not None
    assert contact.callback.stage is CallbackStage.KEYING
    assert "system:callback_wrong_number" in desk.heard("caller1")


def test_allowed_prefixes_take_the_place_of_the_country() -> None:
    rules = {"allowed_prefixes": ("+34",), "numbering": (SPAIN,)}
    desk = CallbackDesk(callback_plan(**rules))
    desk.promised(SPANISH)
    assert number_of(desk) == SPANISH.id
    both = {"allowed_prefixes": ("+4930",), "numbering": (GERMANY, SPAIN)}
    berlin = CallbackDesk(callback_plan(**both))
    berlin.wants(keys="1215012345678#")
    assert "system:callback_wrong_number" in berlin.heard("caller1")
    other = CallbackDesk(callback_plan(**rules))
    contact = other.wants(NUMBER, keys="11")
    assert contact.callback is not None
    assert contact.callback.stage is CallbackStage.NUMBER, "their own number is not allowed"


def test_a_withheld_caller_is_only_called_at_a_number_they_key_in() -> None:
    desk = CallbackDesk()
    contact = desk.wants(WITHHELD, keys="1")
    assert "system:callback_this_number" not in desk.heard("caller1")
    desk.keys("caller1", "1")
    assert contact.callback is not None
    assert contact.callback.number == ""
    desk.keys("caller1", "2030123456#1")
    assert number_of(desk) == "+4930123456"


def test_nobody_is_asked_who_cannot_be_called() -> None:
    for caller in (WITHHELD, PREMIUM, SPANISH):
        desk = CallbackDesk(callback_plan(other_number=False))
        contact = desk.wants(caller, keys="1")
        assert contact.state is ContactState.QUEUED
        assert desk.heard("caller1")[-2:] == ["system:callback_not_possible", "music:default"]
        assert why_not(desk) == "no number to call"


def test_a_colleague_is_rung_in_teams() -> None:
    desk = CallbackDesk()
    desk.promised(COLLEAGUE)
    desk.taken()
    create = desk.last(CreateCall)
    assert (create.target.kind, create.target.id) == (TargetKind.USER, "colleague")
    assert create.source is None


def test_without_an_account_nobody_is_called() -> None:
    the_plan = callback_plan()
    desk = CallbackDesk(the_plan)
    entry = the_plan.entry_points[0]
    desk.give(PlanChanged(plan=replace(the_plan, entry_points=(replace(entry, account=""),))))
    desk.wants(keys="1")
    assert why_not(desk) == "no number to call"


def test_star_leads_back_to_the_same_place() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="1*")
    seniority = contact.seniority_at
    assert contact.state is ContactState.QUEUED
    assert contact.visiting
    assert desk.heard("caller1")[-1] == "music:default"
    desk.somebody()
    assert contact.offer
    assert contact.seniority_at == seniority


def test_silence_leads_back_to_waiting_and_three_questions_are_enough() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="1")
    desk.wait(600_000)
    assert contact.state is ContactState.QUEUED
    assert desk.heard("caller1").count("system:callback_this_number") == 3
    assert why_not(desk) == "no answer"


def test_whose_time_is_up_cannot_go_back_and_goes_where_the_plan_says() -> None:
    to_number = Action(kind=ActionKind.NUMBER, ref="+49301")
    callback = Action(kind=ActionKind.CALLBACK)
    queue = {"max_wait_ms": 30_000, "on_max_wait": callback}
    desk = CallbackDesk(callback_plan(queue=queue, offer=None, otherwise=to_number))
    contact = desk.waits()
    desk.wait(30_000)
    assert contact.state is ContactState.ARRANGING
    assert "system:callback_wait_on" not in desk.heard("caller1")
    desk.keys("caller1", "*")
    assert contact.state is ContactState.ARRANGING
    desk.wait(600_000)
    leaving = [fact for fact in desk.facts if fact.kind is FactKind.CONTACT_LEAVING]
    assert leaving[0].detail["to"] == "number"
    assert desk.fact(FactKind.CONTACT_LEFT_QUEUE).detail["outcome"] == Outcome.TIMED_OUT


def test_a_later_time_is_chosen_by_key() -> None:
    desk = CallbackDesk(callback_plan(in_ms=(HOUR_MS, 2 * HOUR_MS)))
    contact = desk.wants(keys="113")
    assert contact.callback is not None
    assert HOUR_MS < contact.callback.not_before - desk.now <= 2 * HOUR_MS
    desk.give(CallEnded(call="caller1", code=0, subcode=540000, ending="completed"))
    desk.somebody()
    desk.wait(HOUR_MS)
    assert desk.count(CreateCall) == 0
    desk.wait(HOUR_MS)
    desk.somebody()
    assert desk.count(CreateCall) == 1


def test_a_later_time_is_kept_however_soon_callbacks_expire() -> None:
    desk = CallbackDesk(callback_plan(in_ms=(2 * HOUR_MS,), expires_after_ms=HOUR_MS))
    desk.promised(keys="112")
    desk.wait(2 * HOUR_MS)
    desk.somebody()
    assert desk.count(CreateCall) == 1


def test_a_new_plan_calls_nobody_before_the_time_they_chose() -> None:
    the_plan = callback_plan(in_ms=(2 * HOUR_MS,))
    desk = CallbackDesk(the_plan)
    contact = desk.promised(keys="112")
    desk.somebody()
    desk.give(PlanChanged(plan=replace(the_plan, durations={"plan:new": 1_000})))
    assert contact.callback is not None
    assert contact.callback.resting
    assert desk.count(CreateCall) == 0


def test_one_open_callback_a_number_and_so_many_a_day() -> None:
    desk = CallbackDesk(callback_plan(per_day=2, expires_after_ms=60_000, other_number=False))
    for _ in range(2):
        contact = desk.promised()
        assert contact.callback is not None
        assert contact.callback.promised_at is not None
        desk.wait(61_000)
    desk.wants(keys="1")
    assert why_not(desk) == "too often"
    desk.give(CallEnded(call="caller3", code=0, subcode=540000, ending="completed"))
    desk.wait(24 * HOUR_MS)
    desk.promised()
    assert number_of(desk) == NUMBER.id


def test_who_rings_again_may_keep_the_callback() -> None:
    desk = CallbackDesk()
    first = desk.promised()
    second = desk.waits()
    assert second.state is ContactState.ARRANGING
    assert desk.heard("caller2")[0] == "system:callback_known"
    desk.keys("caller2", "1")
    assert second.state is ContactState.LEAVING
    assert first.state is ContactState.QUEUED


@pytest.mark.parametrize("keys", ["2", ""])
def test_who_rings_again_and_stays_waits_at_the_callbacks_place(keys: str) -> None:
    desk = CallbackDesk()
    first = desk.promised()
    seniority = first.seniority_at
    second = desk.waits()
    desk.keys("caller2", keys)
    if not keys:
        desk.wait(600_000)
    assert first.state is ContactState.ENDED
    assert (first.outcome, first.end_reason) == (Outcome.CALLBACK, "callback: rang again")
    assert second.state is ContactState.QUEUED
    assert second.seniority_at == seniority


def test_who_rings_again_takes_over_what_was_said_and_how_urgent_it_was() -> None:
    keys = {"5": Action(kind=ActionKind.QUEUE, ref="sales", priority=1)}
    sales = Queue(name="sales", callback=CallbackRules(offer=CallbackOffer(key="1")))
    desk = CallbackDesk(plan(Queue(name="front", keys=keys), sales, entry={"numbering": GERMANY}))
    first = desk.promised(keys="511")
    assert first.priority == 1
    first.attributes = {"order": "4711", "topic": "delay"}
    desk.rings(NUMBER, "account-id")
    desk.ok(desk.last(Answer))
    desk.give(CallEstablished(call="caller2"))
    second = desk.contact(2)
    second.attributes = {"topic": "refund"}
    desk.keys("caller2", "2")
    assert (second.queue, second.priority) == ("sales", 1)
    assert second.attributes == {"order": "4711", "topic": "refund"}


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        (CallbackOffer(), "always"),
        (CallbackOffer(length=1), "length"),
        (CallbackOffer(length=2), ""),
        (CallbackOffer(calls_per_agent=2), "calls_per_agent"),
        (CallbackOffer(calls_per_agent=3), "calls_per_agent"),
        (CallbackOffer(expected_wait_ms=1), ""),
    ],
)
def test_when_a_callback_is_offered_on_arrival(offer: CallbackOffer, told: str) -> None:
    """One waits already; the one agent is away, so nobody is on duty."""
    desk = CallbackDesk(callback_plan(offer=offer))
    desk.waits()
    before = len(desk.facts)
    desk.waits(Caller(kind=CallerKind.NUMBER, id="+4930777777"))
    offered = [f for f in desk.facts[before:] if f.kind is FactKind.CALLBACK_OFFERED]
    assert [f.detail["why"] for f in offered] == ([told] if told else [])


def test_a_callback_is_offered_after_a_wait() -> None:
    desk = CallbackDesk(callback_plan(offer=CallbackOffer(key="7", after_wait_ms=60_000)))
    contact = desk.waits()
    desk.keys("caller1", "7")
    assert contact.state is ContactState.QUEUED
    desk.wait(60_000)
    desk.keys("caller1", "7")
    assert contact.state is ContactState.ARRANGING


def test_no_key_asks_for_a_callback_once_an_agent_has_said_yes() -> None:
    desk = CallbackDesk()
    desk.somebody()
    offer = desk.offered_by_card()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.keys("caller1", "1")
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().offer == offer


def test_no_callback_is_offered_once_an_agent_has_said_yes_until_that_came_to_nothing() -> None:
    desk = CallbackDesk(callback_plan(offer=CallbackOffer(key="7", after_wait_ms=5_000)))
    desk.somebody()
    offer = desk.offered_by_card()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.wait(5_000)
    assert FactKind.CALLBACK_OFFERED not in desk.kinds()
    desk.nobody()
    desk.wait(120_000)
    assert not desk.contact().offer
    assert FactKind.CALLBACK_OFFERED in desk.kinds()


def test_who_is_to_be_called_back_stays_though_the_former_leg_is_still_there() -> None:
    goodbye = NoAgent(when=(Absence.OFF,), action=Action(kind=ActionKind.NUMBER, ref="+49301"))
    desk = CallbackDesk(callback_plan(queue={"no_agent": goodbye}))
    contact = desk.wants()
    desk.give(PromptEnded(call="caller1", context=contact.playing, ok=True))
    desk.present("a0", as_="Offline")
    assert contact.state is ContactState.QUEUED
    assert contact.callback is not None
    assert contact.callback.stage is CallbackStage.WAITING


@pytest.mark.parametrize("on", [ActionKind.QUEUE, ActionKind.NUMBER])
def test_a_queues_time_to_offer_a_callback_ends_with_the_wait_there(on: ActionKind) -> None:
    refs = {ActionKind.QUEUE: "b", ActionKind.NUMBER: "+49301"}
    early = CallbackRules(offer=CallbackOffer(key="7", after_wait_ms=60_000))
    late = CallbackRules(offer=CallbackOffer(key="7", expected_wait_ms=3_600_000))
    away = Action(kind=on, ref=refs[on])
    a = Queue(name="a", callback=early, max_wait_ms=20_000, on_max_wait=away)
    desk = CallbackDesk(plan(a, Queue(name="b", callback=late), entry={"numbering": GERMANY}))
    contact = desk.waits()
    assert "callback_offer" in contact.timers
    desk.wait(20_000)
    assert "callback_offer" not in contact.timers
    desk.wait(40_000)
    assert FactKind.CALLBACK_OFFERED not in desk.kinds()


def test_the_team_is_told_of_a_callback_that_came_to_nothing() -> None:
    desk = CallbackDesk(callback_plan(queue={"channel": "19:x"}, expires_after_ms=60_000))
    desk.promised()
    desk.wait(60_000)
    tell = desk.last(TellTeam)
    assert (tell.queue, tell.about) == ("sales", "callback_expired")
    assert tell.detail["number"] == NUMBER.id


def test_a_dropped_queue_ends_its_callbacks() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.give(PlanChanged(plan=plan(Queue(name="other"))))
    assert contact.end_reason == "callback: queue dropped"


def test_a_missed_call_is_called_back_by_the_agent_who_asks_for_it() -> None:
    desk = CallbackDesk(agents=2)
    desk.somebody()
    desk.give(RequestCallback(number="+4930123456", queue="sales", agent="a1", by="a1"))
    create = desk.last(CreateCall)
    assert create.target.id == "a1"
    leg = desk.picks_up()
    desk.presses(leg, "1")
    assert desk.dial().target.id == "+4930123456"
    customer = desk.customer_rings()
    desk.give(CallEnded(call=customer, code=486, ending="busy"), after=2_000)
    assert why_not(desk) == "busy"
    assert desk.count(TellTeam) == 0


def test_whoever_is_next_calls_back_a_missed_call_when_nobody_asks_for_it() -> None:
    desk = CallbackDesk()
    desk.somebody()
    desk.give(RequestCallback(number="+4930123456", queue="sales"))
    assert desk.last(CreateCall).target.id == "a0"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (RequestCallback(number="+49900123456", queue="sales"), "number_not_allowed"),
        (RequestCallback(number="+4930123456", queue="none"), "unknown_queue"),
        (
            RequestCallback(number="+4930123456", queue="sales", agent="a7"),
            "not_available_yourself",
        ),
    ],
)
def test_what_is_not_called_back(event: RequestCallback, why: str) -> None:
    desk = CallbackDesk()
    desk.somebody()
    assert may_request(desk.engine.state, desk.engine.plan, event, desk.now) == why
    desk.give(event)
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == why
    assert not desk.engine.state.contacts


def test_a_number_with_an_open_callback_is_not_called_twice() -> None:
    desk = CallbackDesk()
    desk.promised()
    again = RequestCallback(number=NUMBER.id, queue="sales")
    assert may_request(desk.engine.state, desk.engine.plan, again, desk.now) == "open_already"
    desk.give(again)
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == "open_already"


def test_what_may_be_called_back_says_so_before_it_is_asked_for() -> None:
    desk = CallbackDesk(agents=2)
    desk.somebody()
    event = RequestCallback(number="+4930123456", queue="sales", agent="a1", about="1-7")
    assert may_request(desk.engine.state, desk.engine.plan, event, desk.now) == ""
    desk.give(event)
    assert desk.fact(FactKind.CALLBACK_REQUESTED).detail["about"] == "1-7"


def test_a_dropped_callback_stops_the_phones() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.taken()
    desk.customer_rings()
    desk.give(DropCallback(contact=contact.id, by="sam@contoso.example"))
    assert contact.end_reason == "callback: dropped"
    assert desk.fact(FactKind.CALLBACK_CANCELED).detail["by"] == "sam@contoso.example"
    calls = desk.engine.state.calls.values()
    assert all(call.hanging_up or call.state.value == "ended" for call in calls)


def test_an_agent_is_not_rung_without_a_leg_to_spare_for_the_customer() -> None:
    desk = CallbackDesk(callback_plan(queue={}))
    desk.promised()
    desk.give(PlanChanged(plan=replace(desk.engine.plan, legs={"app": 1})))
    desk.somebody()
    assert desk.count(CreateCall) == 0
    desk.give(PlanChanged(plan=replace(desk.engine.plan, legs={"app": 2})))
    desk.somebody()
    assert desk.count(CreateCall) == 1


def test_a_callback_without_two_legs_holds_back_nobody_behind_it() -> None:
    desk = CallbackDesk(agents=2)
    first = desk.promised()
    second = desk.waits(Caller(kind=CallerKind.NUMBER, id="+4930777777"))
    desk.give(PlanChanged(plan=replace(desk.engine.plan, legs={"app": 2})))
    desk.present("a0")
    assert (first.offer, bool(second.offer)) == ("", True)
    desk.give(PlanChanged(plan=replace(desk.engine.plan, legs={"app": 4})))
    desk.present("a1")
    assert first.offer, "its place is kept for when there are two"


def test_a_callback_is_offered_as_soon_as_a_second_leg_is_free() -> None:
    desk = CallbackDesk()
    first = desk.promised()
    desk.waits(Caller(kind=CallerKind.NUMBER, id="+4930777777"))
    desk.give(PlanChanged(plan=replace(desk.engine.plan, legs={"app": 2})))
    desk.somebody()
    leg = desk.picks_up()
    desk.presses(leg, "2")
    desk.give(CallEnded(call=leg, ending="completed"))
    assert not first.offers
    desk.give(CallEnded(call="caller2", ending="completed"))
    desk.wait(60_000)
    assert first.offers == 1, "when the agent's pause for declining is over"


def test_keys_are_in_no_fact() -> None:
    desk = CallbackDesk()
    desk.wants(keys="12030987654#1")
    said = [str(fact.detail) for fact in desk.facts]
    assert not [text for text in said if "987654" in text]


@pytest.mark.parametrize("keys", ["1", "12", "12030987654#"])
def test_a_dropped_queue_arranges_no_callbacks_any_more(keys: str) -> None:
    desk = CallbackDesk(callback_plan(in_ms=(HOUR_MS,)))
    contact = desk.wants(keys=keys)
    desk.give(PlanChanged(plan=plan(Queue(name="other"))))
    assert contact.state is ContactState.LEAVING
    assert desk.heard("caller1")[-1] == "system:technical_problem"
    desk.keys("caller1", "1")
    desk.give(PromptEnded(call="caller1", context=contact.playing, ok=True))
    assert contact.outcome is Outcome.FAILED
    assert desk.fact(FactKind.CONTACT_LEFT_QUEUE).detail["outcome"] == "failed"
    desk.give(CallEnded(call="caller1", code=0, ending="completed"))
    assert desk.fact(FactKind.CALLBACK_CANCELED).contact == contact.id


def test_what_was_promised_by_a_dropped_queue_is_told_to_have_come_to_nothing() -> None:
    desk = CallbackDesk()
    contact = desk.wants()
    desk.give(PlanChanged(plan=plan(Queue(name="other"))))
    desk.give(PromptEnded(call="caller1", context=contact.playing, ok=True))
    assert contact.end_reason == "callback: queue dropped"
