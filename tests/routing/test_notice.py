"""The notice before the first queue, and the key by which a caller objects to it."""

from __future__ import annotations

import pytest
from kit.floor_desk import with_queue
from kit.flow_desk import MUSIC, SALES, FlowDesk, flow, menu

from routing.action import Action, ActionKind
from routing.commands import CreateCall, Play, SubscribeTones
from routing.events import CallEnded, CallSeen, OwnerChanged, PlanChanged
from routing.facts import FactKind
from routing.plan import Notice, Queue
from routing.state import ContactState, Outcome

NOTICE = Notice(prompt="plan:notice", object_key="9", attribute="no_recording", wait_ms=2_000)
PLAIN = Notice(prompt="plan:notice")


def desk_of(notice: Notice = NOTICE, agents: int = 0, **fields: object) -> FlowDesk:
    desk = FlowDesk(entry={"notice": notice}, agents=agents, **fields)
    desk.arrives()
    return desk


def test_the_notice_comes_before_the_queue_and_nobody_is_rung_meanwhile() -> None:
    desk = desk_of(PLAIN, agents=1)
    assert desk.says() == ["plan:notice"]
    assert desk.count(CreateCall) == 0
    assert desk.count(SubscribeTones) == 0
    desk.prompt_ends()
    assert desk.contact().state is ContactState.QUEUED
    assert desk.count(CreateCall) == 1
    assert desk.fact(FactKind.CONTACT_NOTICED).detail["heard"] is True


def test_after_a_greeting_and_a_menu_it_still_comes_first() -> None:
    desk = FlowDesk(
        flow(menus=(menu("main", {"1": SALES}),)),
        entry={"notice": PLAIN, "greeting": "plan:welcome"},
    )
    desk.arrives()
    desk.prompt_ends()
    desk.presses_keys("1")
    assert desk.said() == ["plan:welcome", "plan:main", "plan:notice"]
    desk.prompt_ends()
    assert desk.contact().queue == "sales"


@pytest.mark.parametrize("when", ["during the prompt", "after it"])
def test_who_objects_goes_on_all_the_same(when: str) -> None:
    desk = desk_of()
    if when == "after it":
        desk.prompt_ends()
    desk.presses_keys("9")
    contact = desk.contact()
    assert contact.attributes == {"no_recording": "yes"}
    assert desk.says() == ["system:objection_noted"]
    assert FactKind.CONTACT_OBJECTED in desk.kinds()
    desk.prompt_ends()
    assert contact.state is ContactState.QUEUED


def test_who_does_not_object_waits_a_moment_and_goes_on() -> None:
    desk = desk_of()
    desk.presses_keys("5")
    desk.prompt_ends()
    desk.wait(1_999)
    assert desk.contact().state is ContactState.IN_FLOW
    desk.wait(1)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().attributes == {}
    assert FactKind.CONTACT_OBJECTED not in desk.kinds()


def test_it_comes_once() -> None:
    front = Queue(
        name="sales", max_wait_ms=30_000, on_max_wait=Action(kind=ActionKind.QUEUE, ref="b")
    )
    desk = desk_of(PLAIN, queues=(front, Queue(name="b")))
    desk.prompt_ends()
    desk.wait(30_000)
    assert desk.contact().queue == "b"
    assert desk.said() == ["plan:notice"]


def test_a_notice_that_cannot_be_played_is_tried_twice() -> None:
    desk = desk_of()
    desk.prompt_ends(ok=False)
    assert desk.said() == ["plan:notice"] * 2
    desk.prompt_ends(ok=False)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.fact(FactKind.CONTACT_NOTICED).detail["heard"] is False


def test_the_lost_end_of_a_notice_does_not_keep_the_caller() -> None:
    desk = desk_of(PLAIN)
    desk.wait(33_000)
    assert desk.contact().state is ContactState.QUEUED


def test_the_caller_hangs_up_during_the_notice() -> None:
    desk = desk_of()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert FactKind.CONTACT_QUEUED not in desk.kinds()
    assert set(desk.contact().timers) == {"forget"}


def test_the_plan_drops_the_notice_while_it_is_heard() -> None:
    desk = desk_of()
    without = with_queue(FlowDesk().engine.plan, max_length=5)
    desk.give(PlanChanged(plan=without))
    desk.presses_keys("9")
    desk.prompt_ends()
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().attributes == {}


def test_after_a_change_of_owner_it_is_said_again() -> None:
    desk = desk_of()
    desk.give(OwnerChanged(epoch=2))
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.said() == ["plan:notice"] * 2
    assert desk.last(Play).say[0].prompt == MUSIC
