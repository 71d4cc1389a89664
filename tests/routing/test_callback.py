"""A callback from the wish to the talk: the place kept, agent first, then the customer."""

from __future__ import annotations

from dataclasses import replace

from kit.callback_desk import CallbackDesk, callback_plan
from kit.floor_desk import NUMBER
from kit.twin_engine import saved

from routing.commands import CreateCall, HangUp, TargetKind, Transfer
from routing.engine import Engine
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CommandDone,
    OwnerChanged,
    PlanChanged,
    PromptEnded,
)
from routing.facts import FactKind
from routing.hours import Hours, Span
from routing.state import AgentState, CallRole, ContactState, Outcome

SECOND = Caller(kind=CallerKind.NUMBER, id="+4930222222")


def ends_of(desk: CallbackDesk) -> list[FactKind]:
    over = (FactKind.CALLBACK_CONNECTED, FactKind.CALLBACK_EXPIRED, FactKind.CALLBACK_CANCELED)
    return [fact.kind for fact in desk.facts if fact.kind in over]


def test_a_waiting_caller_is_told_of_the_callback_and_asks_for_it_by_its_key() -> None:
    desk = CallbackDesk()
    contact = desk.waits()
    assert "system:callback_offer" in desk.heard("caller1")
    assert desk.heard("caller1")[-1] == "music:default"
    desk.keys("caller1", "1")
    assert contact.state is ContactState.ARRANGING
    assert contact.visiting
    assert desk.heard("caller1")[-4:] == [
        "system:callback_this_number",
        "system:callback_other_number",
        "system:callback_wait_on",
        "music:default",
    ]


def test_confirmed_the_visit_ends_as_callback_and_the_contact_waits_without_a_call() -> None:
    desk = CallbackDesk()
    contact = desk.wants()
    left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
    assert left.detail["outcome"] == "callback"
    assert desk.heard("caller1")[-1] == "system:callback_promised"
    assert contact.state is ContactState.ARRANGING
    desk.give(PromptEnded(call="caller1", context=contact.playing, ok=True))
    assert desk.last(HangUp).call == contact.call
    assert contact.state is ContactState.QUEUED
    desk.give(CallEnded(call="caller1", code=0, ending="completed"))
    assert contact.state is ContactState.QUEUED
    assert not contact.visiting
    assert ends_of(desk) == []


def test_who_hangs_up_during_the_last_words_is_called_back_all_the_same() -> None:
    desk = CallbackDesk()
    contact = desk.wants()
    desk.give(CallEnded(call="caller1", code=0, subcode=540000, ending="completed"))
    assert contact.state is ContactState.QUEUED
    desk.taken()
    assert desk.dial().target.id == NUMBER.id


def test_who_hangs_up_before_it_is_settled_has_abandoned() -> None:
    desk = CallbackDesk()
    contact = desk.wants(keys="1")
    desk.give(CallEnded(call="caller1", code=0, subcode=540000, ending="completed"))
    assert contact.outcome is Outcome.ABANDONED
    assert desk.fact(FactKind.CONTACT_LEFT_QUEUE).detail["outcome"] == "abandoned"
    assert ends_of(desk) == [FactKind.CALLBACK_CANCELED]


def test_the_agent_first_then_the_customer_from_the_accounts_number() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    assert desk.count(CreateCall) == 0
    agent = desk.taken()
    dial = desk.dial()
    assert (dial.target.kind, dial.target.id) == (TargetKind.NUMBER, NUMBER.id)
    assert dial.source is not None
    assert (dial.source.kind, dial.source.id) == (TargetKind.ACCOUNT, "account-id")
    assert contact.state is ContactState.CONNECTING
    assert desk.heard(agent)[-2:] == ["system:callback_dialing", "music:default"]
    customer = desk.customer_picks_up()
    heard = desk.heard(customer)
    assert heard[:3] == ["system:callback_hello", "queue:sales", "system:callback_press_1"]
    assert heard[-1] == "music:default"
    assert desk.count(Transfer) == 0
    desk.customer_linked(agent, customer)
    transfer = desk.last(Transfer)
    assert transfer.call == contact.call
    assert transfer.replaces == desk.engine.call_of(agent)
    assert contact.state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.PRESUMED
    assert ends_of(desk) == [FactKind.CALLBACK_CONNECTED]
    desk.talk_seen_over()
    assert contact.outcome is Outcome.ANSWERED
    assert ends_of(desk) == [FactKind.CALLBACK_CONNECTED]


def test_the_place_is_the_one_they_would_have_had_on_the_line() -> None:
    desk = CallbackDesk()
    first = desk.promised()
    second = desk.waits(SECOND)
    desk.somebody()
    offers = [f for f in desk.facts if f.kind is FactKind.OFFER_CREATED]
    assert offers[-1].contact == first.id
    assert (first.seniority_at or 0) < (second.seniority_at or 0)


def test_a_callback_takes_no_room_in_the_queue() -> None:
    desk = CallbackDesk(callback_plan(queue={"max_length": 1}))
    desk.promised()
    second = desk.waits(SECOND)
    assert second.state is ContactState.QUEUED
    agent = desk.taken()
    customer = desk.customer_rings()
    desk.give(CallEnded(call=customer, code=486, ending="busy"), after=3_000)
    desk.give(CallEnded(call=agent, code=0, ending="completed"))
    assert desk.engine.floor.lengths["sales"] == 1


def test_the_customer_confirms_with_1_alone() -> None:
    desk = CallbackDesk()
    desk.promised()
    desk.taken()
    customer = desk.customer_picks_up()
    desk.keys(customer, "2*9")
    assert desk.count(Transfer) == 0


def test_a_machine_presses_nothing_and_the_agent_hears_so() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    agent = desk.taken()
    customer = desk.customer_picks_up()
    desk.wait(21_000)
    assert desk.fact(FactKind.CALLBACK_FAILED).detail["why"] == "machine"
    assert desk.engine.call_of(customer) in {c.call for c in desk.commands if isinstance(c, HangUp)}
    assert desk.heard(agent)[-1] == "system:callback_machine"
    assert contact.callback is not None
    assert contact.callback.resting


def failed_once(ending: str) -> tuple[CallbackDesk, str]:
    desk = CallbackDesk()
    desk.promised()
    agent = desk.taken()
    customer = desk.customer_rings()
    desk.give(CallEnded(call=customer, code=486, ending=ending), after=3_000)
    return desk, agent


def test_the_agent_is_told_and_free_at_once_with_nothing_held_against_them() -> None:
    for ending, word in (("busy", "busy"), ("no_answer", "no_answer"), ("declined", "refused")):
        desk, agent = failed_once(ending)
        assert desk.heard(agent)[-1] == f"system:callback_{word}"
        assert desk.fact(FactKind.CALLBACK_FAILED).detail["why"] == word
        desk.wait(40_000)
        desk.give(CallEnded(call=agent, code=0, ending="completed"))
        desk.wait(200)
        assert desk.agent().state is AgentState.IDLE
        assert desk.agent().missed == 0
        assert desk.agent().back_off == ""
        assert desk.fact(FactKind.OFFER_ENDED).detail["outcome"] == "not_reached"


def test_the_agents_phone_is_hung_up_when_they_have_heard_why() -> None:
    desk, agent = failed_once("busy")
    hung_up = desk.count(HangUp)
    offer = next(iter(desk.engine.state.offers.values()))
    desk.give(PromptEnded(call=agent, context=offer.whisper, ok=True))
    assert desk.count(HangUp) == hung_up + 1
    assert desk.last(HangUp).call == offer.call


def test_it_rests_and_comes_back_to_the_same_place() -> None:
    desk, agent = failed_once("busy")
    desk.give(CallEnded(call=agent, code=0, ending="completed"))
    second = desk.waits(SECOND)
    assert second.state is ContactState.QUEUED
    desk.wait(10 * 60_000)
    desk.somebody()
    offers = [f for f in desk.facts if f.kind is FactKind.OFFER_CREATED]
    assert [f.contact for f in offers] == [desk.contact(1).id, desk.contact(1).id]


def test_after_so_many_tries_it_is_given_up() -> None:
    desk = CallbackDesk(callback_plan(tries=2, retry_after_ms=60_000))
    contact = desk.promised()
    for _ in range(2):
        agent = desk.taken()
        customer = desk.customer_rings()
        desk.give(CallEnded(call=customer, code=486, ending="busy"), after=3_000)
        desk.give(CallEnded(call=agent, code=0, ending="completed"))
        desk.nobody()
        desk.wait(61_000)
    assert contact.state is ContactState.ENDED
    assert (contact.outcome, contact.end_reason) == (Outcome.CALLBACK, "callback: busy")
    assert ends_of(desk) == [FactKind.CALLBACK_EXPIRED]


def test_it_expires_when_nobody_takes_it() -> None:
    desk = CallbackDesk(callback_plan(expires_after_ms=3_600_000))
    contact = desk.promised()
    desk.wait(3_600_000)
    assert (contact.outcome, contact.end_reason) == (Outcome.CALLBACK, "callback: expired")
    assert desk.fact(FactKind.CALLBACK_EXPIRED).detail["why"] == "expired"


def test_it_does_not_expire_in_the_hands_of_an_agent() -> None:
    desk = CallbackDesk(callback_plan(expires_after_ms=60_000))
    contact = desk.promised()
    desk.wait(45_000)
    agent = desk.taken()
    customer = desk.customer_picks_up()
    desk.wait(14_000)
    desk.customer_linked(agent, customer)
    assert contact.state is ContactState.CONNECTED


def test_it_expires_in_the_ring_when_the_agent_does_not_take_it() -> None:
    desk = CallbackDesk(callback_plan(expires_after_ms=60_000), agents=2)
    contact = desk.promised()
    desk.wait(59_000)
    desk.somebody()
    leg = desk.phone_rings()
    desk.wait(2_000)
    assert contact.state is ContactState.QUEUED
    desk.give(CallEnded(call=leg, code=603, ending="declined"))
    assert contact.end_reason == "callback: expired"
    assert desk.count(CreateCall) == 1


def test_after_a_restart_it_waits_on_and_is_still_known() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    state = saved(desk.engine.state)
    state.epoch += 1
    desk.engine = Engine(desk.engine.plan, state)
    desk.give(OwnerChanged(epoch=state.epoch))
    again = desk.waits()
    assert again.state is ContactState.ARRANGING
    desk.keys("caller2", "1")
    desk.taken()
    assert desk.dial().target.id == NUMBER.id
    assert desk.engine.state.contacts[contact.id].state is ContactState.CONNECTING


def test_the_customers_phone_rings_on_for_3_s_after_a_restart() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.taken()
    desk.customer_rings()
    state = saved(desk.engine.state)
    state.epoch += 1
    desk.engine = Engine(desk.engine.plan, state)
    desk.give(OwnerChanged(epoch=state.epoch), after=24_999)
    contact = desk.engine.state.contacts[contact.id]
    desk.wait(2_900)
    assert contact.state is ContactState.CONNECTING
    desk.wait(200)
    assert contact.state is ContactState.QUEUED


def test_nobody_is_called_while_the_queue_is_closed() -> None:
    """The desk's clock shows a Thursday, 0:16 in UTC."""
    opens = Hours(name="h", zone="UTC", week=((Span(opens=60, closes=120),),) * 7)
    the_plan = replace(callback_plan(queue={"hours": "h"}), hours=(opens,))
    desk = CallbackDesk(callback_plan())
    contact = desk.promised()
    desk.give(PlanChanged(plan=the_plan))
    desk.somebody()
    assert desk.count(CreateCall) == 0
    assert contact.timers["callback_due"] == 3_600_000
    desk.wait(3_600_000 - desk.now)
    desk.somebody()
    assert desk.count(CreateCall) == 1


def test_who_rests_until_the_queue_opens_is_called_when_a_new_plan_opens_it_earlier() -> None:
    opens = Hours(name="h", zone="UTC", week=((Span(opens=60, closes=120),),) * 7)
    closed = replace(callback_plan(queue={"hours": "h"}), hours=(opens,))
    desk = CallbackDesk(callback_plan())
    contact = desk.promised()
    desk.give(PlanChanged(plan=closed))
    desk.somebody()
    assert desk.count(CreateCall) == 0
    assert contact.callback is not None
    assert contact.callback.resting
    desk.give(PlanChanged(plan=callback_plan()))
    assert not contact.callback.resting
    assert desk.count(CreateCall) == 1


def test_an_agent_who_hangs_up_meanwhile_has_declined_and_the_customers_phone_stops() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    agent = desk.taken()
    desk.customer_rings()
    ringing = contact.call
    desk.give(CallEnded(call=agent, code=0, subcode=4521, ending="completed"), after=1_000)
    assert desk.last(HangUp).call == ringing
    assert contact.state is ContactState.QUEUED
    assert contact.callback is not None
    assert not contact.callback.resting
    assert desk.agent().back_off == "declined"
    assert desk.fact(FactKind.CALLBACK_FAILED).detail["why"] == "agent_left"
    assert contact.callback.dials == 0


def test_a_link_that_fails_leaves_the_customer_waiting_on_the_line() -> None:
    desk = CallbackDesk(callback_plan(queue={"max_wait_ms": 600_000}))
    contact = desk.promised()
    desk.wait(700_000)
    agent = desk.taken()
    customer = desk.customer_picks_up()
    desk.keys(customer, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call=customer, code=500, subcode=7700))
    assert contact.state is ContactState.QUEUED
    assert desk.heard(customer)[-1] == "music:default"
    desk.give(CallEnded(call=agent, code=0, ending="completed"))
    desk.give(CallEnded(call=customer, code=0, subcode=540000, ending="completed"))
    assert contact.outcome is Outcome.CALLBACK
    assert ends_of(desk) == [FactKind.CALLBACK_CANCELED]


def test_a_second_failed_link_makes_it_a_group_call() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    agent = desk.taken()
    customer = desk.customer_picks_up()
    desk.keys(customer, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call=customer, code=500, subcode=7700))
    desk.give(CallEnded(call=agent, code=0, ending="completed"))
    desk.wait(11_000)
    again = desk.picks_up()
    desk.presses(again, "1")
    assert desk.count(Transfer) == 2
    desk.ok(desk.last(Transfer), problem="refused")
    assert contact.delivery == "group_call"


def test_one_acceptance_dials_once_also_when_nobody_knows_whether_it_was_sent() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.taken()
    create = desk.dial()
    desk.give(CommandDone(command=create.id, call=create.call, problem="unknown"))
    desk.wait(19_000)
    assert contact.state is ContactState.CONNECTING
    desk.wait(2_000)
    assert desk.fact(FactKind.CALLBACK_FAILED).detail["why"] == "failed"
    assert desk.dials() == 1


def test_a_leg_that_introduces_itself_is_taken() -> None:
    desk = CallbackDesk()
    desk.promised()
    agent = desk.taken()
    create = desk.dial()
    desk.give(CommandDone(command=create.id, call=create.call, problem="unknown"))
    desk.give(CallEstablished(call="late", command=create.id), after=5_000)
    desk.customer_linked(agent, "late")
    assert ends_of(desk) == [FactKind.CALLBACK_CONNECTED]


def test_a_leg_that_comes_after_it_was_given_up_is_ended() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.taken()
    create = desk.dial()
    desk.give(CommandDone(command=create.id, call=create.call, problem="unknown"))
    desk.wait(21_000)
    before = desk.count(HangUp)
    desk.give(CallEstablished(call="late", command=create.id))
    assert desk.count(HangUp) == before + 1
    assert desk.last(HangUp).call == create.call
    assert contact.state is ContactState.QUEUED


def test_a_refused_dial_frees_the_agent() -> None:
    desk = CallbackDesk()
    desk.promised()
    agent = desk.taken()
    desk.ok(desk.dial(), problem="refused", code=403, subcode=7507)
    assert desk.fact(FactKind.CALLBACK_FAILED).detail["why"] == "not_allowed"
    assert desk.heard(agent)[-1] == "system:callback_unreached"


def test_every_leg_of_a_former_call_is_let_go_of_when_it_is_forgotten() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    former = contact.call
    agent = desk.taken()
    customer = desk.customer_picks_up()
    assert desk.engine.state.calls[former].role is CallRole.FORMER
    desk.customer_linked(agent, customer)
    desk.talk_seen_over()
    desk.wait(16 * 60_000)
    assert not desk.engine.state.contacts
    assert not desk.engine.state.calls
