"""Who comes from another queue to one in which a callback of theirs is open."""

from __future__ import annotations

from kit.callback_desk import GERMANY, CallbackDesk
from kit.floor_desk import plan

from routing.action import Action, ActionKind
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import ContactState


def from_front_to_sales() -> CallbackDesk:
    """A callback is open in `sales`; its caller rings `front`, waits there, and presses 5."""
    keys = {"5": Action(kind=ActionKind.QUEUE, ref="sales")}
    sales = Queue(name="sales", callback=CallbackRules(offer=CallbackOffer(key="1")))
    desk = CallbackDesk(plan(Queue(name="front", keys=keys), sales, entry={"numbering": GERMANY}))
    desk.promised(keys="511")
    desk.waits()
    desk.wait(30_000)
    desk.keys("caller2", "5")
    return desk


def test_who_comes_from_another_queue_is_asked_as_well_and_may_keep_the_callback() -> None:
    desk = from_front_to_sales()
    first, second = desk.contact(1), desk.contact(2)
    assert (second.state, second.visiting) == (ContactState.ARRANGING, False)
    assert "system:callback_known" in desk.heard("caller2")
    left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
    assert (left.queue, left.detail["outcome"]) == ("front", "exit")
    assert sum(desk.engine.floor.lengths.values()) == 0
    desk.keys("caller2", "1")
    assert (first.state, second.state) == (ContactState.QUEUED, ContactState.LEAVING)


def test_who_comes_from_another_queue_and_stays_holds_one_place_the_callbacks() -> None:
    desk = from_front_to_sales()
    first, second = desk.contact(1), desk.contact(2)
    seniority = first.seniority_at
    desk.keys("caller2", "2")
    assert (first.state, first.end_reason) == (ContactState.ENDED, "callback: rang again")
    assert (second.queue, second.state) == ("sales", ContactState.QUEUED)
    assert second.seniority_at == seniority


def test_taking_over_a_callback_does_not_make_anybody_wait_longer() -> None:
    """They had waited in another queue before the callback was asked for."""
    desk = from_front_to_sales()
    second = desk.contact(2)
    second.seniority_at = 1
    desk.keys("caller2", "2")
    assert second.seniority_at == 1
