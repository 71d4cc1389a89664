"""Arriving, waiting, leaving: the door, the line, and every way out."""

from __future__ import annotations

import pytest
from kit.floor_desk import NUMBER, Desk, plan

from routing.action import Action, ActionKind
from routing.commands import (
    Answer,
    CreateCall,
    HangUp,
    Invite,
    Play,
    Redirect,
    Reject,
    TargetKind,
    Transfer,
)
from routing.events import (
    Address,
    CallEnded,
    CallEstablished,
    CallIncoming,
    InviteEnded,
    Problem,
    PromptEnded,
)
from routing.facts import FactKind
from routing.plan import Delivery, EntryPoint, Plan, Queue
from routing.state import AgentState, ContactState, Outcome

BILLING = Address(ref="billing@contoso", id="billing-id", name="Billing", number="+49302")
BOSS = Address(ref="boss@contoso", id="boss-id", name="Boss")
TO_BOSS = Action(kind=ActionKind.USER, ref="boss@contoso")
TO_BILLING = Action(kind=ActionKind.ACCOUNT, ref="billing@contoso")


def desk_of(agents: int = 0, entry: dict[str, object] | None = None, **queue: object) -> Desk:
    the_plan = plan(Queue(name="sales", **queue), entry=entry or {})  # type: ignore[arg-type]
    desk = Desk(the_plan, agents=agents)
    desk.enlist(BILLING, BOSS)
    desk.present(*(f"a{i}" for i in range(agents)))
    return desk


def test_the_greeting_comes_before_the_queue_and_music_right_behind_it() -> None:
    desk = desk_of(1, entry={"greeting": "plan:welcome"})
    desk.arrives()
    prompts = [c.say[0].prompt for c in desk.commands if isinstance(c, Play)]
    assert prompts == ["plan:welcome", "music:default"]
    assert desk.count(CreateCall) == 0
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.count(CreateCall) == 1


def test_a_greeting_whose_end_is_lost_ends_by_its_length() -> None:
    the_plan = plan(
        Queue(name="sales"), entry={"greeting": "plan:welcome"}, durations={"plan:welcome": 4_000}
    )
    desk = Desk(the_plan, agents=1)
    desk.arrives()
    desk.wait(6_999)
    assert desk.contact().state is ContactState.GREETING
    desk.wait(1)
    assert desk.contact().state is ContactState.QUEUED


def test_the_same_incoming_call_again_is_answered_once() -> None:
    desk = desk_of()
    desk.rings()
    for _ in range(2):
        desk.give(CallIncoming(call="caller1", app="app", account="", caller=NUMBER))
    assert desk.count(Answer) == 1
    assert len(desk.engine.state.contacts) == 1


def test_a_caller_who_hangs_up_before_the_answer_leaves_nothing_to_do() -> None:
    desk = desk_of(1)
    desk.rings()
    answer = desk.last(Answer)
    desk.give(CallEnded(call="caller1"), after=5)
    assert not desk.engine.wants(answer.call, answer.id)
    assert desk.contact().outcome is Outcome.ABANDONED
    desk.ok(answer, problem=Problem.GONE)
    assert desk.engine.floor.legs["app"] == 0


def test_sound_after_the_caller_was_given_up_is_ended() -> None:
    desk = desk_of()
    desk.rings()
    desk.ok(desk.last(Answer))
    desk.wait(25_000)
    assert desk.contact().end_reason == "never established"
    desk.give(CallEstablished(call="caller1"))
    assert desk.count(HangUp) >= 1
    assert desk.contact().state is ContactState.ENDED


@pytest.mark.parametrize("problem", [Problem.REFUSED, Problem.THROTTLED, Problem.TOO_LATE])
def test_an_answer_that_cannot_be_given_goes_to_the_fallback(problem: Problem) -> None:
    desk = desk_of(entry={"fallback": TO_BOSS})
    desk.rings()
    desk.ok(desk.last(Answer), problem=problem)
    assert desk.last(Redirect).target.id == "boss-id"
    assert desk.contact().outcome is Outcome.REFUSED


def test_without_fallback_the_caller_hears_busy() -> None:
    desk = desk_of()
    desk.rings()
    desk.ok(desk.last(Answer), problem=Problem.UNAVAILABLE)
    assert desk.count(Reject) == 1


def test_a_fallback_that_cannot_be_reached_is_busy_too() -> None:
    desk = desk_of(entry={"fallback": TO_BOSS})
    desk.rings()
    desk.ok(desk.last(Answer), problem=Problem.REFUSED)
    desk.ok(desk.last(Redirect), problem=Problem.REFUSED)
    assert desk.count(Reject) == 1


def test_a_full_application_sends_new_callers_to_the_fallback() -> None:
    desk = desk_of(entry={"fallback": TO_BOSS})
    for _ in range(100):
        desk.rings()
    refused = [c for c in desk.engine.state.contacts.values() if c.outcome is Outcome.REFUSED]
    # 100 legs, 5 kept for ringing agents, 5 spare.
    assert desk.count(Answer) == 90
    assert {c.end_reason for c in refused} == {"full"}
    assert desk.count(Redirect) == 10


def test_an_unknown_account_goes_to_the_default_entry_point() -> None:
    desk = desk_of()
    desk.rings(account="somebody-else")
    assert desk.contact().entry_point == "sales"


def test_without_a_default_an_unknown_account_is_busy() -> None:
    the_plan = Plan(
        tenant="t",
        entry_points=(EntryPoint(name="sales", account="known", queue="sales"),),
        queues=(Queue(name="sales"),),
    )
    desk = Desk(the_plan, agents=0)
    desk.rings(account="unknown")
    assert desk.count(Reject) == 1
    assert desk.contact().end_reason == "no entry point"


# -- maximum wait and length


def test_the_maximum_wait_is_exact() -> None:
    desk = desk_of(max_wait_ms=45_000)
    desk.arrives()
    desk.wait(44_999)
    assert desk.contact().state is ContactState.QUEUED
    desk.wait(1)
    assert desk.last(Play).say[0].prompt == "system:nobody_available"
    assert desk.last(Play).fresh
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.count(HangUp) == 1
    assert desk.contact().outcome is Outcome.TIMED_OUT


def test_the_maximum_wait_stops_a_ringing_phone() -> None:
    desk = desk_of(1, max_wait_ms=10_000)
    desk.arrives()
    leg = desk.phone_rings()
    desk.wait(10_000)
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.contact().state is ContactState.LEAVING


def test_the_maximum_wait_holds_after_failed_offers() -> None:
    desk = desk_of(1, max_wait_ms=60_000, busy_back_off_ms=10_000)
    desk.arrives()
    start = desk.now
    while desk.contact().state is ContactState.QUEUED:
        desk.present()
        if desk.contact().offer:
            leg = desk.phone_rings()
            desk.give(CallEnded(call=leg, ending="busy"))
        desk.wait(1_000)
    assert desk.now - start == 60_000


def test_a_link_under_way_at_the_maximum_wait_may_still_succeed() -> None:
    desk = desk_of(1, max_wait_ms=10_000)
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.wait(9_000)
    assert desk.contact().state is ContactState.CONNECTING
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_a_link_that_fails_after_the_maximum_wait_leaves_at_once() -> None:
    desk = desk_of(1, max_wait_ms=10_000)
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.wait(9_000)
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    assert desk.contact().state is ContactState.LEAVING


def test_one_caller_too_many_overflows_and_the_others_keep_waiting() -> None:
    desk = desk_of(max_length=2)
    for _ in range(3):
        desk.arrives()
    assert desk.contact(3).outcome is Outcome.OVERFLOWED
    assert desk.last(Play).say[0].prompt == "system:queue_full"
    assert desk.contact(1).state is ContactState.QUEUED
    assert desk.contact(2).state is ContactState.QUEUED


# -- the way out


def leaving(action: Action, **queue: object) -> Desk:
    desk = desk_of(max_wait_ms=10_000, on_max_wait=action, **queue)
    desk.arrives()
    desk.wait(10_000)
    return desk


def test_a_user_is_reached_by_transfer() -> None:
    desk = leaving(TO_BOSS)
    assert desk.last(Transfer).target.id == "boss-id"
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().end_reason == "handed over: user"


def test_a_resource_account_that_is_refused_is_tried_by_its_number() -> None:
    desk = leaving(TO_BILLING)
    assert desk.last(Transfer).target.kind is TargetKind.ACCOUNT
    desk.ok(desk.last(Transfer), problem=Problem.WRONG_TENANT)
    assert desk.last(Transfer).target.kind is TargetKind.NUMBER
    assert desk.last(Transfer).target.id == "+49302"


def test_a_transfer_that_fails_goes_to_the_fallback_and_then_to_an_apology() -> None:
    desk = leaving(TO_BOSS, fallback=Action(kind=ActionKind.NUMBER, ref="+49303"))
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7000))
    assert desk.last(Transfer).target.id == "+49303"
    desk.ok(desk.last(Transfer), problem=Problem.REFUSED)
    assert desk.last(Play).say[0].prompt == "system:technical_problem"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().state is ContactState.ENDED
    assert desk.count(HangUp) == 1


def test_a_fallback_that_is_where_it_just_failed_is_not_tried_again() -> None:
    desk = leaving(TO_BOSS, fallback=TO_BOSS)
    desk.ok(desk.last(Transfer), problem=Problem.REFUSED)
    assert desk.count(Transfer) == 1
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_in_a_meeting_an_accounts_number_is_tried_once() -> None:
    desk = desk_of(1, delivery=Delivery.GROUP_CALL, max_wait_ms=10_000, on_max_wait=TO_BILLING)
    desk.enlist(Address(ref="billing@contoso", id="billing-id", name="Billing", number="+49302"))
    desk.arrives()
    agent = desk.invited()
    desk.give(InviteEnded(call="caller1", context=agent.id, ok=False, ending="busy"))
    desk.wait(10_000)
    assert desk.last(Invite).target.id == "+49302"
    desk.ok(desk.last(Invite), problem=Problem.REFUSED)
    assert [c.target.id for c in desk.commands if isinstance(c, Invite)] == ["a0", "+49302"]
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_a_target_nobody_could_resolve_goes_the_same_way() -> None:
    desk = leaving(Action(kind=ActionKind.USER, ref="unknown@contoso"))
    assert desk.count(Transfer) == 0
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_a_prompt_of_the_plan_is_spoken_before_handing_over() -> None:
    desk = leaving(Action(kind=ActionKind.USER, ref="boss@contoso", prompt="plan:sorry"))
    assert desk.count(Transfer) == 0
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.count(Transfer) == 1


def test_last_words_that_cannot_be_played_do_not_keep_the_caller() -> None:
    desk = leaving(Action())
    desk.wait(33_000)
    assert desk.contact().state is ContactState.ENDED


def test_a_target_that_never_answers_is_given_up() -> None:
    desk = leaving(TO_BOSS)
    desk.ok(desk.last(Transfer))
    desk.wait(75_000)
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


def test_every_ended_contact_is_forgotten_after_a_quarter_of_an_hour() -> None:
    desk = desk_of(1)
    desk.connected()
    desk.talk_seen_over()
    desk.wait(15 * 60_000)
    state = desk.engine.state
    assert (state.contacts, state.calls, state.offers) == ({}, {}, {})
    assert desk.agent().state is AgentState.IDLE


# -- blind transfer


def blind(agents: int = 2) -> Desk:
    desk = desk_of(agents, delivery=Delivery.TRANSFER)
    desk.arrives()
    return desk


def test_a_blind_transfer_connects_when_the_leg_leaves_us() -> None:
    desk = blind()
    assert desk.last(Transfer).replaces == ""
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", code=0, subcode=7015))
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.PRESUMED


def test_a_blind_transfer_that_fails_rings_the_next_agent() -> None:
    desk = blind()
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7000))
    assert desk.agent().state is AgentState.NOT_RESPONDING
    assert desk.count(Transfer) == 2
    assert desk.last(Transfer).target.id == "a1"


def test_the_caller_hangs_up_in_a_blind_ring() -> None:
    desk = blind()
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.agent().state is AgentState.IDLE


def test_leaving_facts_tell_where_to() -> None:
    desk = leaving(TO_BOSS)
    assert desk.fact(FactKind.CONTACT_LEAVING).detail == {"outcome": "timed_out", "to": "user"}


def test_the_record_tells_how_the_call_came_to_us() -> None:
    desk = desk_of()
    told = {"chain": "chain", "forwarded_from": "+49301", "transferred_by": "transferor"}
    desk.give(
        CallIncoming(call="caller1", app="app", account="", caller=NUMBER, on_behalf_of="x", **told)
    )
    desk.give(CallEnded(call="caller1"))
    (record,) = desk.records
    assert {name: getattr(record, name) for name in told} == told
    assert (record.caller_kind, record.caller) == ("number", NUMBER.id)
    assert desk.contact().on_behalf_of == "x"
