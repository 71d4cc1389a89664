"""Why it is closed, heard before a caller goes on: nothing is lost of it, nor to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.floor_desk import plan
from kit.office_desk import CLOSES, NUMBER, OFFICE, OTHER, SHA, Office, announced, office

from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.commands import Play, Redirect
from routing.events import (
    CallSeen,
    OwnerChanged,
    ToneHeard,
)
from routing.facts import FactKind
from routing.flow_steps import Flow, Goto, Speak, Turn
from routing.plan import Queue, WhenClosed
from routing.state import ContactState


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
