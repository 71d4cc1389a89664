"""What flows need written down: it comes back as it was, and the answer of a webhook settles it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.flow_desk import BYE, SALES, FlowDesk, flow, flow_plan, menu, speak, to

from bot.owner.bodies import CODEC
from bot.owner.step_batch import DONE, Gathered
from bot.owner.takeover import call_of
from routing.action import Action, ActionKind
from routing.commands import AskWebhook
from routing.events import PlanChanged, WebhookAnswered
from routing.flow_steps import (
    Ask,
    Branch,
    CallerList,
    Case,
    Collect,
    Condition,
    Enter,
    Note,
    Webhook,
)
from routing.plan import DoorRule, Notice
from routing.step import Step

CRM = Webhook(name="crm", url="https://crm.contoso.example", send=("attributes", "caller"))
EVERYTHING = flow(
    menus=(menu("main", {"1": to("number"), "*": SALES}),),
    collects=(
        Collect(
            name="number",
            prompt="plan:n",
            into="n",
            extensions={"12": Action(kind=ActionKind.USER, ref="a@contoso.example")},
            then=to("ask"),
            otherwise=BYE,
        ),
    ),
    asks=(Ask(name="ask", webhook="crm", then=to("who"), otherwise=BYE),),
    branches=(
        Branch(
            name="who",
            cases=(Case(when=Condition(queue="sales", nobody_there=True), then=BYE),),
            otherwise=to("note"),
        ),
    ),
    notes=(Note(name="note", then=to("enter", attributes={"topic": "x"}, priority=1)),),
    enters=(Enter(name="enter", flow="main", then=to("news")),),
    speaks=(speak("news", SALES),),
    operator=Action(kind=ActionKind.QUEUE, ref="sales"),
)


def asking() -> FlowDesk:
    """A caller for whom a webhook is being asked."""
    desk = FlowDesk(replace(EVERYTHING, start="ask"), webhooks=(CRM,))
    desk.arrives()
    return desk


def test_a_plan_with_every_kind_of_step_comes_back() -> None:
    plan = flow_plan(
        EVERYTHING,
        webhooks=(CRM,),
        caller_lists=(CallerList(name="vips", entries=("+49*",)),),
        entry={
            "door": (DoorRule(when=Condition(caller_lists=("vips",))),),
            "notice": Notice(prompt="plan:n", object_key="9"),
        },
    )
    event = PlanChanged(plan=plan)
    assert CODEC.decode("PlanChanged", CODEC.encode(event)) == event


def test_a_contact_in_a_flow_comes_back_with_its_place() -> None:
    contact = asking().contact()
    assert contact.flow is not None
    assert contact.flow.asked
    contact.flow.waits_for = Action(kind=ActionKind.QUEUE, ref="sales", priority=2)
    contact.flow.back, contact.flow.returns = ("0:main/main",), ("main/enter",)
    assert CODEC.decode("contact", CODEC.encode(contact)) == contact


def test_a_question_and_its_answer_come_back() -> None:
    ask = asking().last(AskWebhook)
    assert CODEC.decode("AskWebhook", CODEC.encode(ask)) == ask
    answer = WebhookAnswered(
        command=ask.id, call=ask.call, contact=ask.contact, values={"tier": "gold"}
    )
    assert CODEC.decode("WebhookAnswered", CODEC.encode(answer)) == answer


@pytest.mark.parametrize(("problem", "outcome"), [("", DONE), ("timeout", "timeout")])
def test_the_answer_of_a_webhook_settles_the_question(problem: str, outcome: str) -> None:
    ask = asking().last(AskWebhook)
    gathered = Gathered()
    answer = WebhookAnswered(command=ask.id, call=ask.call, contact=ask.contact, problem=problem)
    gathered.add(answer, Step(), 5)
    (settled,) = gathered.batch("contoso", 1, 0).outcomes
    assert (settled.command, settled.outcome) == (ask.id, outcome)


def test_an_answer_that_cannot_be_handled_sends_its_caller_on() -> None:
    desk = asking()
    ask = desk.last(AskWebhook)
    answer = WebhookAnswered(command=ask.id, call=ask.call, contact=ask.contact)
    assert call_of(answer, desk.engine.state) == "caller1"
