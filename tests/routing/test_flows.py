"""Flows as wholes: flows that call others, bounds, plans that change, owners that change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.callback_desk import GERMANY
from kit.flow_desk import BYE, MENU_MS, MUSIC, SALES, FlowDesk, flow, flow_plan, menu, speak, to

from routing.action import Action, ActionKind
from routing.callback_rules import CallbackRules
from routing.commands import AskWebhook, Invite, Play, SubscribeTones
from routing.events import (
    CallEnded,
    CallSeen,
    InviteEnded,
    OwnerChanged,
    PlanChanged,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    Tick,
)
from routing.facts import FactKind
from routing.flow import UNASKED_AT_MOST
from routing.flow_steps import Ask, Collect, Enter, Goto, Note, Turn, Webhook
from routing.plan import Delivery, Queue
from routing.state import ContactState, Outcome

TO_MAIN = Action(kind=ActionKind.FLOW, ref="main")
RETURN = Goto(turn=Turn.RETURN)
MAIN = menu("main", {"1": SALES, "2": to("more")})
MORE = menu("more", {"1": SALES})


def lost(desk: FlowDesk, *, epoch: int = 2) -> None:
    """The owner changes, and the caller's leg is found alive."""
    desk.give(OwnerChanged(epoch=epoch))
    desk.give(CallSeen(call="caller1", state="established"))


# -- flows that call flows


def test_a_flow_that_was_called_goes_back_to_where_it_was_called() -> None:
    inner = flow("inner", speaks=(speak("news", RETURN),))
    outer = flow(
        enters=(Enter(name="call", flow="inner", then=to("after")),),
        speaks=(speak("after", SALES),),
        start="call",
    )
    desk = FlowDesk(outer, inner)
    desk.arrives()
    desk.prompt_ends()
    assert desk.says() == ["plan:after"]
    entered = [f.detail["flow"] for f in desk.facts if f.kind is FactKind.FLOW_ENTERED]
    assert entered == ["main", "inner"]
    desk.prompt_ends()
    assert desk.contact().queue == "sales"


def test_a_flow_that_nobody_called_returns_to_nowhere() -> None:
    desk = FlowDesk(flow(speaks=(speak("news", RETURN),)))
    desk.arrives()
    desk.prompt_ends()
    assert desk.says() == ["system:goodbye"]


def test_a_flow_that_calls_itself_for_ever_ends() -> None:
    desk = FlowDesk(
        flow(
            enters=(Enter(name="call", flow="main", then=BYE),), on_limit=Action(prompt="plan:end")
        )
    )
    desk.arrives()
    assert desk.says() == ["plan:end"]
    assert desk.contact().outcome is Outcome.TIMED_OUT


def test_one_flow_leads_into_another() -> None:
    first = menu(
        "main", {"1": Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.FLOW, ref="b"))}
    )
    second = flow("b", menus=(menu("other", {"1": SALES, "*": Goto(turn=Turn.BACK)}),))
    desk = FlowDesk(flow(menus=(first,)), second)
    desk.arrives()
    desk.presses_keys("1")
    assert desk.says() == ["plan:other"]
    desk.presses_keys("*")
    assert desk.says() == ["plan:main"]
    assert desk.count(SubscribeTones) == 1


def test_a_flow_that_the_plan_has_not_is_an_apology() -> None:
    lead = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.FLOW, ref="gone"))
    desk = FlowDesk(flow(menus=(menu("main", {"1": lead}),)))
    desk.arrives()
    desk.presses_keys("1")
    assert desk.says() == ["system:technical_problem"]
    assert desk.contact().outcome is Outcome.FAILED


# -- bounds


def test_steps_that_take_no_time_go_round_no_more_than_so_often() -> None:
    desk = FlowDesk(flow(notes=(Note(name="a", then=to("b")), Note(name="b", then=to("a")))))
    desk.arrives()
    assert desk.says() == ["system:goodbye"]


def test_announcements_that_go_round_end() -> None:
    desk = FlowDesk(flow(speaks=(speak("a", to("b")), speak("b", to("a")))))
    desk.arrives()
    for _ in range(UNASKED_AT_MOST):
        desk.prompt_ends()
    assert desk.says() == ["system:goodbye"]


def test_a_full_queue_that_leads_back_into_the_flow_ends() -> None:
    full = Queue(name="sales", max_length=0, on_overflow=TO_MAIN)
    desk = FlowDesk(flow(speaks=(speak("news", SALES),)), queues=(full,))
    desk.arrives()
    for _ in range(UNASKED_AT_MOST):
        desk.prompt_ends()
    assert desk.contact().state is ContactState.LEAVING


def test_who_keeps_pressing_keys_is_not_taken_for_silent() -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"9": Goto(turn=Turn.REPEAT)}),)))
    desk.arrives()
    for _ in range(UNASKED_AT_MOST + 5):
        desk.presses_keys("9")
    assert desk.says() == ["plan:main"]


def test_a_queue_that_sends_back_into_the_flow_starts_counting_anew() -> None:
    slow = Queue(name="sales", max_wait_ms=600_000, on_max_wait=TO_MAIN)
    desk = FlowDesk(flow(speaks=(speak("news", SALES),)), queues=(slow,))
    desk.arrives()
    for _ in range(UNASKED_AT_MOST + 5):
        desk.prompt_ends()
        desk.wait(600_000)
    assert desk.contact().state is ContactState.IN_FLOW
    left = [f.detail["outcome"] for f in desk.facts if f.kind is FactKind.CONTACT_LEFT_QUEUE]
    assert set(left) == {"timed_out"}


def test_a_caller_who_keeps_pressing_keys_is_led_on_at_the_limit() -> None:
    repeat = menu("main", {"9": Goto(turn=Turn.REPEAT)})
    end = Action(kind=ActionKind.QUEUE, ref="sales")
    desk = FlowDesk(flow(menus=(repeat,), limit_ms=60_000, on_limit=end))
    desk.arrives()
    for _ in range(29):
        desk.presses_keys("9", after=2_000)
    assert desk.contact().state is ContactState.IN_FLOW
    desk.wait(2_000)
    assert desk.contact().queue == "sales"
    assert not {"flow", "flow_limit"} & set(desk.contact().timers)


def test_from_flow_to_flow_the_limit_goes_on() -> None:
    lead = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.FLOW, ref="b"))
    back = Goto(turn=Turn.ACTION, action=TO_MAIN)
    first = flow(menus=(menu("main", {"1": lead}),), limit_ms=60_000)
    second = flow("b", menus=(menu("other", {"1": back}),), limit_ms=600_000)
    desk = FlowDesk(first, second)
    desk.arrives()
    for _ in range(29):
        desk.presses_keys("1", after=2_000)
    desk.wait(2_000)
    assert desk.contact().state is ContactState.LEAVING


def test_who_says_nothing_for_an_hour_is_not_there_any_more() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    desk.wait(3_600_000)
    assert FactKind.CONTACT_ENDED in desk.kinds()
    assert not desk.engine.state.contacts


# -- the plan changes


def test_a_step_that_was_dropped_begins_the_flow_anew() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    desk.presses_keys("2")
    desk.give(PlanChanged(plan=flow_plan(flow(menus=(MAIN,)))))
    assert desk.says() == ["plan:main"]
    desk.presses_keys("1")
    assert desk.contact().queue == "sales"


def test_a_step_that_stayed_goes_on_as_the_new_plan_says() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    said = len(desk.said())
    other = menu("main", {"5": SALES})
    desk.give(PlanChanged(plan=flow_plan(flow(menus=(other,)))))
    assert len(desk.said()) == said
    desk.presses_keys("5")
    assert desk.contact().queue == "sales"


def test_a_step_that_is_of_another_kind_now_begins_as_that() -> None:
    webhook = Webhook(name="crm", url="https://crm.example/")
    asked = Ask(name="main", webhook="crm", then=SALES, otherwise=SALES)
    spoken = speak("main", SALES)
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    desk.give(PlanChanged(plan=flow_plan(flow(asks=(asked,)), webhooks=(webhook,))))
    assert desk.last(AskWebhook).webhook == webhook
    desk.give(PlanChanged(plan=flow_plan(flow(speaks=(spoken,)))))
    assert desk.says() == [spoken.prompt]
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().queue == "sales"


def test_without_their_flow_callers_go_where_others_go_now() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    desk.give(PlanChanged(plan=flow_plan(flow("new", menus=(MORE,)))))
    assert desk.says() == ["plan:more"]
    desk.give(PlanChanged(plan=flow_plan()))
    assert desk.contact().queue == "sales"


def test_without_flow_and_queue_callers_are_told_so() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    plan = flow_plan()
    desk.give(PlanChanged(plan=replace(plan, entry_points=())))
    assert desk.says() == ["system:technical_problem"]


def test_the_flow_that_called_is_dropped() -> None:
    inner = flow("inner", menus=(menu("deep", {"1": RETURN, "*": Goto(turn=Turn.BACK)}),))
    outer = flow(
        menus=(menu("main", {"1": to("call")}),),
        enters=(Enter(name="call", flow="inner", then=SALES),),
    )
    desk = FlowDesk(outer, inner)
    desk.arrives()
    desk.presses_keys("1")
    desk.give(PlanChanged(plan=flow_plan(inner)))
    desk.presses_keys("*")
    assert desk.says() == ["plan:deep"]
    desk.presses_keys("1")
    assert desk.says() == ["system:goodbye"]


# -- the owner changes


@pytest.mark.parametrize("heard", [False, True])
def test_after_a_change_of_owner_the_menu_is_said_again_and_no_try_is_lost(heard: bool) -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"1": SALES}, tries=1),)))
    desk.arrives()
    if heard:
        desk.prompt_ends()
    desk.now += MENU_MS + 60_000  # nobody was there to hear the key
    lost(desk)
    assert desk.said() == ["plan:main"] * 2
    assert desk.last(Play).say[0].prompt == MUSIC
    desk.prompt_ends()
    desk.presses_keys("1")
    assert desk.contact().queue == "sales"


def test_it_is_said_again_once() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE)))
    desk.arrives()
    lost(desk)
    desk.give(CallSeen(call="caller1", state="established"))
    assert desk.said() == ["plan:main"] * 2


def test_an_announcement_and_a_webhook_survive_a_change_of_owner() -> None:
    crm = Webhook(name="crm", url="https://crm.contoso.example", within_ms=9_000)
    ask = Ask(name="ask", webhook="crm", then=SALES, otherwise=BYE)
    desk = FlowDesk(flow(speaks=(speak("news", to("ask")),), asks=(ask,)), webhooks=(crm,))
    desk.arrives()
    lost(desk)
    assert desk.says() == ["plan:news"]
    desk.prompt_ends()
    asked = desk.last(AskWebhook)
    lost(desk, epoch=3)
    assert desk.engine.wants(asked.call, asked.id)
    assert desk.last(Play).say[0].prompt == MUSIC
    desk.wait(9_500)
    assert desk.says() == ["plan:bye"]


def test_digits_keyed_before_a_change_of_owner_are_kept() -> None:
    step = Collect(name="main", prompt="plan:main", into="account", then=SALES, otherwise=BYE)
    desk = FlowDesk(flow(collects=(step,)))
    desk.arrives()
    desk.presses_keys("12")
    lost(desk)
    assert desk.last(Play).say[0].prompt == MUSIC
    desk.presses_keys("34#", after=2_000)
    lost(desk, epoch=3)
    assert desk.says() == ["system:digits_read_back", "digits", "system:digits_confirm"]
    desk.presses_keys("1")
    assert desk.contact().attributes == {"account": "1234"}


def test_a_flow_that_leads_to_a_callback_is_left() -> None:
    lead = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.CALLBACK, ref="sales"))
    rules = CallbackRules(allowed_prefixes=("+49",), numbering=(GERMANY,))
    queues = (Queue(name="sales", callback=rules),)
    entry = {"account": "front@contoso.example"}
    desk = FlowDesk(flow(menus=(menu("main", {"1": lead}),)), queues=queues, entry=entry)
    desk.arrives()
    desk.presses_keys("1")
    assert desk.contact().state is ContactState.ARRANGING
    assert not {"flow", "flow_limit"} & set(desk.contact().timers)
    assert FactKind.FLOW_LEFT in desk.kinds()


# -- a flow after a queue, also in a group call

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
AGENT = RosterEntry(participant="p-a0", kind="user", id="a0")


def in_meeting() -> FlowDesk:
    """A caller whom nobody took in a group call is in the flow that comes after."""
    after = Queue(
        name="sales", delivery=Delivery.GROUP_CALL, max_wait_ms=10_000, on_max_wait=TO_MAIN
    )
    desk = FlowDesk(flow(menus=(MAIN, MORE)), queues=(after,), agents=1)
    desk.arrives()
    desk.presses_keys("1")
    desk.ok(desk.last(Invite))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.IN_FLOW
    return desk


def test_a_caller_in_a_group_call_chooses_in_a_menu_too() -> None:
    desk = in_meeting()
    assert desk.says() == ["plan:main"]
    desk.presses_keys("2")
    assert desk.says() == ["plan:more"]


def test_an_agent_who_joins_during_the_menu_is_too_late() -> None:
    desk = in_meeting()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    assert desk.fact(FactKind.LATE_JOIN).detail["wins"] is False
    assert desk.contact().state is ContactState.IN_FLOW
    desk.give(InviteEnded(call="caller1", context=desk.last(Invite).id, ok=True))
    assert desk.contact().state is ContactState.IN_FLOW


def test_a_caller_who_leaves_a_group_call_during_the_menu_is_gone() -> None:
    desk = in_meeting()
    desk.give(RosterChanged(call="caller1", people=(BOT,)))
    desk.wait(2_000)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT,)))
    assert desk.contact().outcome is Outcome.ABANDONED


def test_seniority_is_kept_through_a_flow() -> None:
    desk = in_meeting()
    since = desk.contact().seniority_at
    desk.presses_keys("1", after=30_000)
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().seniority_at == since


def test_the_other_queues_music_takes_over() -> None:
    queues = (Queue(name="sales", music="music:jazz"),)
    desk = FlowDesk(flow(menus=(MAIN, MORE)), queues=queues)
    desk.arrives()
    desk.prompt_ends()
    desk.presses_keys("1")
    last = desk.last(Play)
    assert (last.say[0].prompt, last.fresh) == ("music:jazz", True)
    desk.give(Tick())


def test_music_that_ends_while_a_menu_waits_begins_again() -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"1": SALES}, wait_ms=60_000),)))
    desk.arrives()
    desk.prompt_ends()
    music = desk.contact().music
    desk.give(PromptEnded(call="caller1", context=music, ok=True), after=1_000)
    assert desk.contact().music != music
    assert desk.last(Play).say[0].prompt == MUSIC


@pytest.mark.parametrize("hangs_up", [False, True])
def test_music_goes_on_while_a_menu_waits(hangs_up: bool) -> None:
    patient = menu("main", {"1": SALES}, wait_ms=1_200_000)
    desk = FlowDesk(flow(menus=(patient,), limit_ms=3_600_000))
    desk.arrives()
    desk.prompt_ends()
    plays = desk.count(Play)
    if hangs_up:
        desk.give(CallEnded(call="caller1"))
    desk.wait(700_000)
    assert desk.count(Play) == plays + (not hangs_up)
