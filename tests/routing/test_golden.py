"""Whole contacts, event by event, against what was recorded.

`make golden` writes the recordings anew; the difference is for a reviewer. A change that alters
a command or a fact of an ordinary contact shows here in one line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.floor_desk import Desk, plan
from kit.flow_desk import BYE, SALES, FlowDesk, flow, menu, to

from routing.action import Action, ActionKind
from routing.commands import AskWebhook, Command, HangUp, Invite, Reject, Transfer
from routing.engine import Step
from routing.events import (
    CallEnded,
    CallEstablished,
    CallSeen,
    Event,
    InviteEnded,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    WebhookAnswered,
)
from routing.facts import Fact
from routing.flow_steps import Ask, Collect, Condition, Webhook
from routing.plan import Delivery, DoorRule, Notice, Queue
from routing.word_events import AcceptedByCard, AgentSet, DoneByCard

RECORDINGS = Path(__file__).parents[1] / "golden"


class RecordingDesk(Desk):
    """A desk that writes down what it hands in and what comes out."""

    lines: list[str]

    def give(self, event: Event, *, after: int = 0) -> Step:
        step = super().give(event, after=after)
        lines = self.__dict__.setdefault("lines", [])
        lines.append(f"{self.now - 1_000_000:>7} {type(event).__name__}")
        lines.extend(f"          -> {_command(c)}" for c in step.commands)
        lines.extend(f"           . {_fact(f)}" for f in step.facts)
        return step


def _command(command: Command) -> str:
    detail = ", ".join(s.prompt for s in getattr(command, "say", ()))
    target = getattr(command, "target", None)
    if target is not None:
        detail = f"{target.kind.value} {target.id}"
    return f"{type(command).__name__} {command.id} on {command.call} {detail}".rstrip()


def _fact(fact: Fact) -> str:
    names = ("outcome", "reason", "why", "rule", "delivery", "to", "wins", "state")
    names += ("flow", "step", "choice", "attribute", "webhook", "heard")
    told = [f"{n}={fact.detail[n]}" for n in names if n in fact.detail]
    return " ".join([fact.kind.value, *filter(None, [fact.contact, fact.agent]), *told])


def desk_of(**queue: object) -> RecordingDesk:
    return RecordingDesk(plan(Queue(name="sales", wrap_up_ms=5_000, **queue)))  # type: ignore[arg-type]


def answered_by_consult() -> RecordingDesk:
    desk = desk_of()
    desk.connected()
    desk.talk_seen_over()
    desk.wait(5_000)
    return desk


def missed_declined_and_taken() -> RecordingDesk:
    desk = desk_of()
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.present()
    leg = desk.picks_up()
    desk.presses(leg, "2")
    desk.ok(desk.last(HangUp))
    desk.give(AgentSet(agent="a0", ready=True))
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    return desk


def link_that_failed_once() -> RecordingDesk:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    return desk


def abandoned_in_the_ring() -> RecordingDesk:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521), after=2_000)
    desk.give(CallEnded(call=leg, ending="completed"))
    return desk


def group_call_until_the_agent_leaves() -> RecordingDesk:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    caller = RosterEntry(participant="p1", kind="phone", id="+49")
    agent = RosterEntry(participant="p2", kind="user", id="a0")
    desk.arrives()
    desk.ok(desk.last(Invite))
    desk.give(RosterChanged(call="caller1", people=(caller, agent)), after=4_000)
    desk.give(InviteEnded(call="caller1", context=desk.last(Invite).id, ok=True))
    desk.give(RosterChanged(call="caller1", people=(caller,)), after=60_000)
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(caller,)))
    desk.wait(5_000)
    return desk


def blind_transfer() -> RecordingDesk:
    desk = desk_of(delivery=Delivery.TRANSFER)
    desk.arrives()
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", code=0, subcode=7015), after=3_000)
    return desk


def missed_then_accepted_by_card() -> RecordingDesk:
    desk = desk_of()
    desk.offered_by_card()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.present()
    offer = desk.card_taken()
    desk.give(AcceptedByCard(offer=offer, agent="a1"), after=800)
    leg = desk.picks_up()
    desk.linked(leg=leg)
    desk.talk_seen_over("a1")
    desk.give(DoneByCard(offer=offer, agent="a1", note="calls back"), after=2_000)
    return desk


def waited_out_to_a_number() -> RecordingDesk:
    desk = desk_of(max_wait_ms=30_000, on_max_wait=Action(kind=ActionKind.NUMBER, ref="+49301"))
    desk.present("a0", "a1", as_="Away")
    desk.arrives()
    desk.wait(30_000)
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", subcode=7015))
    return desk


def waited_out_and_told_so() -> RecordingDesk:
    desk = desk_of(max_wait_ms=30_000)
    desk.present("a0", "a1", as_="Away")
    desk.arrives()
    desk.wait(30_000)
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True), after=3_000)
    desk.ok(desk.last(HangUp))
    return desk


class FlowRecording(RecordingDesk, FlowDesk):
    """The same, of a caller who goes through a flow."""


def through_a_flow_to_an_agent() -> RecordingDesk:
    crm = Webhook(name="crm", url="https://crm.contoso.example", send=("attributes",))
    desk = FlowRecording(
        flow(
            menus=(menu("main", {"1": to("number"), "2": to("main", language="ko")}),),
            collects=(
                Collect(name="number", prompt="plan:n", into="n", then=to("ask"), otherwise=BYE),
            ),
            asks=(Ask(name="ask", webhook="crm", then=SALES, otherwise=BYE),),
        ),
        webhooks=(crm,),
        agents=1,
        entry={"greeting": "plan:hi", "notice": Notice(prompt="plan:notice", object_key="9")},
    )
    desk.arrives()
    desk.prompt_ends()
    desk.presses_keys("8")
    desk.wait(12_000)
    desk.presses_keys("1234#1")
    ask = desk.last(AskWebhook)
    answer = {"tier": "gold"}
    desk.give(
        WebhookAnswered(command=ask.id, call=ask.call, contact=ask.contact, values=answer),
        after=200,
    )
    desk.presses_keys("9")
    desk.present()
    desk.prompt_ends(after=2_000)
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    return desk


def silent_in_a_menu() -> RecordingDesk:
    desk = FlowRecording(flow(menus=(menu("main", {"1": SALES}),)))
    desk.arrives()
    desk.wait(40_000)
    desk.prompt_ends()
    desk.ok(desk.last(HangUp))
    return desk


def turned_away_at_the_door() -> RecordingDesk:
    rule = DoorRule(when=Condition(kinds=("number",)))
    desk = FlowRecording(entry={"door": (rule,)})
    desk.rings()
    desk.ok(desk.last(Reject))
    return desk


CONTACTS: list[Callable[[], RecordingDesk]] = [
    answered_by_consult,
    missed_declined_and_taken,
    link_that_failed_once,
    abandoned_in_the_ring,
    group_call_until_the_agent_leaves,
    blind_transfer,
    missed_then_accepted_by_card,
    waited_out_to_a_number,
    waited_out_and_told_so,
    through_a_flow_to_an_agent,
    silent_in_a_menu,
    turned_away_at_the_door,
]


@pytest.mark.parametrize("contact", CONTACTS, ids=lambda c: c.__name__)
def test_golden_contact(contact: Callable[[], RecordingDesk]) -> None:
    text = "\n".join(contact().lines) + "\n"
    recording = RECORDINGS / f"{contact.__name__}.txt"
    if os.environ.get("SWITCHBOARD_WRITE_GOLDEN"):
        RECORDINGS.mkdir(exist_ok=True)
        recording.write_text(text, encoding="utf-8")
    assert text == recording.read_text(encoding="utf-8")


def test_golden_recordings_are_all_played() -> None:
    assert {p.stem for p in RECORDINGS.glob("*.txt")} == {c.__name__ for c in CONTACTS}
