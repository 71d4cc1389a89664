"""Customers who were called back and are on the line again: like any other caller there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.callback_desk import CallbackDesk, callback_plan
from kit.floor_desk import NUMBER

from routing.action import Action, ActionKind
from routing.callback_state import CallbackStage
from routing.commands import HangUp, Transfer
from routing.events import CallEnded, CallEstablished
from routing.plan import Plan, Queue
from routing.state import Contact, ContactState, OfferState
from routing.word_events import DropCallback


def waits_again(the_plan: Plan) -> tuple[CallbackDesk, Contact, str]:
    """A customer was called back, the link failed, and they wait on the line; with their leg."""
    desk = CallbackDesk(the_plan)
    contact = desk.promised()
    agent = desk.taken()
    customer = desk.customer_picks_up()
    desk.keys(customer, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call=customer, code=500, subcode=7700))
    desk.give(CallEnded(call=agent, code=0, ending="completed"))
    assert contact.state is ContactState.QUEUED
    assert not contact.visiting
    return desk, contact, customer


@pytest.mark.parametrize("way", ["a key", "the longest wait"])
def test_who_goes_to_another_queue_during_a_ring_leaves_no_phone_ringing(way: str) -> None:
    other = Action(kind=ActionKind.QUEUE, ref="other")
    queue = {"keys": {"9": other}, "on_max_wait": other, "max_wait_ms": 600_000}
    the_plan = callback_plan(queue=queue)
    two = replace(the_plan, queues=(*the_plan.queues, Queue(name="other")))
    desk, contact, customer = waits_again(two)
    desk.nobody()
    desk.wait(590_000)
    desk.somebody()
    leg = desk.phone_rings()
    offer = desk.engine.state.offers[contact.offer]
    if way == "a key":
        desk.keys(customer, "9")
    else:
        desk.wait(15_000)
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "other")
    assert offer.state is OfferState.RESCINDING
    assert desk.last(HangUp).call == desk.engine.call_of(leg)


def test_an_offer_that_is_not_the_contacts_any_more_cannot_be_accepted() -> None:
    desk = CallbackDesk()
    contact = desk.waits()
    desk.somebody()
    leg = desk.picks_up()
    offer = desk.engine.state.offers[contact.offer]
    contact.offer = "another"
    desk.presses(leg, "1")
    assert contact.state is ContactState.QUEUED
    assert offer.state is OfferState.RESCINDING
    assert desk.count(Transfer) == 0
    assert desk.last(HangUp).call == offer.call


def test_who_rings_again_does_not_cut_off_the_customer_whom_the_callback_reached() -> None:
    desk = CallbackDesk()
    contact = desk.promised()
    desk.taken()
    customer = desk.customer_picks_up()
    again = desk.contact(desk.rings())
    desk.ok(desk.commands[-1])
    desk.give(CallEstablished(call="caller2"))
    assert again.state is ContactState.ARRANGING
    desk.keys(customer, "1")
    desk.keys("caller2", "2")
    assert contact.state is ContactState.CONNECTING
    assert again.state is ContactState.QUEUED
    assert again.seniority_at != contact.seniority_at
    assert not desk.engine.state.calls[contact.call].hanging_up


def test_who_was_called_back_may_be_promised_another_callback_with_all_its_tries() -> None:
    queue = {"keys": {"9": Action(kind=ActionKind.CALLBACK)}}
    desk, contact, customer = waits_again(callback_plan(queue=queue, tries=1))
    desk.nobody()
    desk.keys(customer, "9")
    callback = contact.callback
    assert callback is not None
    assert callback.stage is CallbackStage.GOODBYE
    assert (callback.here_at, callback.ringing_at, callback.dials) == (None, None, 0)
    assert desk.engine.floor.callbacks == {("sales", NUMBER.id): contact.id}
    desk.give(CallEnded(call=customer, code=0, subcode=540000, ending="completed"))
    assert contact.state is ContactState.QUEUED
    desk.give(DropCallback(contact=contact.id))
    assert contact.end_reason == "callback: dropped"
