"""A question to a webhook: told, answered in time, late, not at all, or after the step is over."""

from __future__ import annotations

import pytest
from kit.floor_desk import NUMBER
from kit.flow_desk import BYE, MUSIC, SALES, FlowDesk, flow, menu, speak, to

from routing.action import Action, ActionKind
from routing.commands import AskWebhook, Play
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    PromptEnded,
    WebhookAnswered,
)
from routing.facts import FactKind
from routing.flow_steps import Ask, Branch, Case, Condition, Goto, Turn, Webhook
from routing.state import ContactState

CRM = Webhook(
    name="crm",
    url="https://crm.contoso.example/who",
    send=("caller", "caller_kind", "entry_point", "called", "attributes"),
)
ASK = Ask(name="main", webhook="crm", then=to("tier"), otherwise=to("sorry"))
GOLD = Condition(attribute="tier", values=("gold",))
TIER = Branch(name="tier", cases=(Case(when=GOLD, then=SALES),), otherwise=BYE)
FRONT = Action(kind=ActionKind.QUEUE, ref="sales")


def desk_of(caller: Caller = NUMBER, **fields: object) -> FlowDesk:
    parts = flow(
        asks=(ASK,), branches=(TIER,), speaks=(speak("sorry", SALES),), operator=FRONT, **fields
    )
    desk = FlowDesk(parts, webhooks=(CRM,))
    desk.arrives(caller)
    return desk


def answers(desk: FlowDesk, problem: str = "", **values: str) -> None:
    ask = desk.last(AskWebhook)
    desk.give(
        WebhookAnswered(
            command=ask.id, call=ask.call, contact=ask.contact, problem=problem, values=values
        ),
        after=300,
    )


def test_what_a_webhook_answers_becomes_attributes_to_branch_on() -> None:
    desk = desk_of()
    ask = desk.last(AskWebhook)
    assert ask.tell == {
        "caller": "+4930123456",
        "caller_kind": "number",
        "entry_point": "front",
        "called": "",
    }
    assert ask.webhook == CRM
    assert ask.deadline == desk.now + 2_000
    answers(desk, tier="gold", owner="anna")
    assert desk.contact().queue == "sales"
    assert desk.contact().attributes == {"tier": "gold", "owner": "anna"}
    answered = desk.fact(FactKind.FLOW_ANSWERED)
    assert answered.detail["attributes"] == ["owner", "tier"]
    assert "gold" not in str(desk.facts)


def test_the_caller_hears_music_while_a_webhook_thinks() -> None:
    desk = desk_of()
    assert desk.contact().music
    assert desk.contact().state is ContactState.IN_FLOW


@pytest.mark.parametrize("problem", ["timeout", "status", "too_large"])
def test_a_webhook_that_is_of_no_use_leads_otherwise(problem: str) -> None:
    desk = desk_of()
    answers(desk, problem=problem)
    assert desk.says() == ["plan:sorry"]
    assert desk.fact(FactKind.FLOW_ANSWERED).detail["problem"] == problem


def test_no_word_at_all_leads_otherwise_half_a_second_past_the_deadline() -> None:
    desk = desk_of()
    ask = desk.last(AskWebhook)
    desk.wait(2_499)
    assert desk.engine.wants(ask.call, ask.id)
    desk.wait(1)
    assert desk.says() == ["plan:sorry"]
    assert not desk.engine.wants(ask.call, ask.id)
    answers(desk, tier="gold")
    assert desk.contact().attributes == {}
    assert desk.fact(FactKind.IGNORED).detail["event"] == "WebhookAnswered"


def test_a_webhook_that_answers_after_the_flow_was_left_changes_nothing() -> None:
    desk = desk_of()
    desk.presses_keys("0")
    assert desk.contact().state is ContactState.QUEUED
    ask = desk.last(AskWebhook)
    assert not desk.engine.wants(ask.call, ask.id)
    answers(desk, tier="gold")
    assert desk.contact().attributes == {}


def test_a_webhook_that_answers_when_the_caller_is_gone_changes_nothing() -> None:
    desk = desk_of()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    answers(desk, tier="gold")
    assert desk.contact().attributes == {}
    desk.wait(16 * 60_000)
    answers(desk, tier="gold")  # not even the contact is known any more
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "unknown contact"


def test_the_answer_to_an_earlier_question_is_not_that_of_this_one() -> None:
    again = Ask(name="main", webhook="crm", then=to("main2"), otherwise=BYE)
    second = Ask(name="main2", webhook="crm", then=SALES, otherwise=BYE)
    desk = FlowDesk(flow(asks=(again, second)), webhooks=(CRM,))
    desk.arrives()
    first = desk.last(AskWebhook)
    answers(desk, tier="gold")
    copy = WebhookAnswered(command=first.id, call=first.call, contact=first.contact, values={})
    desk.give(copy)
    assert desk.contact().state is ContactState.IN_FLOW


def test_a_webhook_is_told_attributes_only_where_it_wants_them() -> None:
    first = menu("main", {"1": to("ask", attributes={"topic": "billing"})})
    ask = Ask(name="ask", webhook="crm", then=SALES, otherwise=BYE)
    desk = FlowDesk(flow(menus=(first,), asks=(ask,)), webhooks=(CRM,))
    desk.arrives()
    desk.presses_keys("1")
    assert desk.last(AskWebhook).attributes == {"topic": "billing"}
    shy = Webhook(name="crm", url="https://crm.contoso.example/who", send=("language",))
    desk = FlowDesk(flow(menus=(first,), asks=(ask,)), webhooks=(shy,))
    desk.arrives()
    desk.presses_keys("1")
    assert (desk.last(AskWebhook).attributes, desk.last(AskWebhook).tell) == (
        {},
        {"language": "en"},
    )


def test_what_was_being_said_stops_when_a_webhook_is_asked() -> None:
    first = menu("main", {"1": to("ask")})
    ask = Ask(name="ask", webhook="crm", then=SALES, otherwise=BYE)
    desk = FlowDesk(flow(menus=(first,), asks=(ask,)), webhooks=(CRM,))
    desk.arrives()
    saying = desk.contact().playing
    desk.presses_keys("1")
    assert (desk.last(Play).say[0].prompt, desk.last(Play).fresh) == (MUSIC, True)
    desk.give(PromptEnded(call="caller1", context=saying, ok=False))
    desk.wait(2_500)
    assert desk.says() == ["plan:bye"]


def test_an_anonymous_caller_is_told_to_nobody() -> None:
    desk = desk_of(Caller(kind=CallerKind.ENCRYPTED, id="secret"))
    assert desk.last(AskWebhook).tell["caller"] == ""


def test_who_was_first_called_is_told() -> None:
    desk = FlowDesk(
        flow(asks=(ASK,), branches=(TIER,), speaks=(speak("sorry", SALES),)), webhooks=(CRM,)
    )
    desk.give(
        CallIncoming(
            call="caller1",
            app="app",
            account="",
            caller=NUMBER,
            on_behalf_of="+49305",
            forwarded_from="+49306",
        )
    )
    desk.give(CallEstablished(call="caller1"))
    assert desk.last(AskWebhook).tell["called"] == "+49305"
    desk.give(CallEnded(call="caller1"))
    assert (desk.records[-1].on_behalf_of, desk.records[-1].forwarded_from) == ("+49305", "+49306")


def test_a_webhook_that_the_plan_has_not_leads_otherwise() -> None:
    lost = Ask(
        name="main", webhook="gone", then=BYE, otherwise=Goto(turn=Turn.ACTION, action=FRONT)
    )
    desk = FlowDesk(flow(asks=(lost,)), webhooks=(CRM,))
    desk.arrives()
    assert desk.contact().queue == "sales"
