"""What a timeline says of a flow: what was chosen and that something was keyed in, never a key."""

from __future__ import annotations

from kit.flow_desk import BYE, SALES, FlowDesk, flow, menu, to
from kit.past_facts import past, stored

from console.timeline import timeline
from routing.commands import AskWebhook
from routing.events import WebhookAnswered
from routing.flow_steps import Ask, Collect, Webhook
from routing.plan import Notice


def said_of(desk: FlowDesk) -> list[str]:
    return [line.text for line in timeline([f for f in stored(desk.facts) if f.contact])]


def test_the_way_through_a_flow_can_be_read() -> None:
    number = Collect(name="number", prompt="plan:n", into="order", then=to("ask"), otherwise=BYE)
    desk = FlowDesk(
        flow(
            menus=(menu("main", {"1": to("number", language="ko", attributes={"topic": "x"})}),),
            collects=(number,),
            asks=(Ask(name="ask", webhook="crm", then=SALES, otherwise=BYE),),
        ),
        webhooks=(Webhook(name="crm", url="https://crm.contoso.example"),),
        entry={"notice": Notice(prompt="plan:notice", object_key="9")},
    )
    desk.arrives()
    desk.presses_keys("1471108#1")
    ask = desk.last(AskWebhook)
    values = {"tier": "gold", "owner": "ada"}
    desk.give(WebhookAnswered(command=ask.id, call=ask.call, contact=ask.contact, values=values))
    desk.presses_keys("9")
    desk.prompt_ends()
    said = said_of(desk)
    assert said[2:-1] == [
        "In flow main",
        "Chose number at main of flow main",
        "Noted: topic, language ko",
        "Keyed in order",
        "Webhook crm is asked",
        "Webhook crm told owner, tier",
        "Leaves flow main: sales",
        "Objects to what the notice says",
    ]
    assert "471108" not in str(said)


def test_who_keys_in_nothing_can_be_read() -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"1": SALES}, tries=1),)))
    desk.arrives()
    desk.wait(30_000)
    assert "Led on at main of flow main: nothing was keyed in" in said_of(desk)


def test_what_went_wrong_can_be_read() -> None:
    facts = [
        past("flow.answered", webhook="crm", problem="too_large"),
        past("contact.noticed", heard=False),
        past("contact.noticed", heard=True),
        past("flow.otherwise", flow="main", step="n", why="corrected"),
        past("flow.noted", priority=1, attributes=["a", 7]),
    ]
    assert [line.text for line in timeline(facts)] == [
        "No use came of webhook crm (too large)",
        "The notice could not be played",
        "Heard the notice",
        "Led on at n of flow main: it was never right",
        "Noted: a, priority 1",
    ]
