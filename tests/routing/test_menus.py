"""Menus: keys, barge-in, silence, keys that mean nothing, back, repeat, operator, language."""

from __future__ import annotations

import pytest
from kit.flow_desk import BYE, MUSIC, SALES, FlowDesk, flow, menu, speak, to

from routing.action import Action, ActionKind
from routing.commands import HangUp, Play, SubscribeTones, Transfer
from routing.events import Address, CallEnded, CommandDone, Problem, PromptEnded
from routing.facts import FactKind
from routing.flow_steps import Enter, Goto, Note, Turn
from routing.state import ContactState, Outcome

MAIN = menu("main", {"1": SALES, "2": to("more"), "9": Goto(turn=Turn.REPEAT)})
MORE = menu("more", {"1": SALES, "*": Goto(turn=Turn.BACK)})


def desk_of(**fields: object) -> FlowDesk:
    return FlowDesk(flow(menus=(MAIN, MORE), **fields))


def test_a_key_during_the_prompt_leads_on_at_once() -> None:
    desk = desk_of()
    desk.arrives()
    assert desk.says() == ["plan:main"]
    desk.presses_keys("1")
    contact = desk.contact()
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "sales")
    last = desk.last(Play)
    assert (last.say[0].prompt, last.fresh) == (MUSIC, True)


def test_the_keys_are_subscribed_to_before_the_prompt_once() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("2*2")
    order = [type(c) for c in desk.commands if isinstance(c, (Play, SubscribeTones))]
    assert order[0] is SubscribeTones
    assert desk.count(SubscribeTones) == 1


def test_music_stands_behind_every_prompt() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("2*92")
    plays = [c for c in desk.commands if isinstance(c, Play)]
    assert [p.say[0].prompt for p in plays[1::2]] == [MUSIC] * 5
    assert not any(p.fresh for p in plays[1::2])
    assert all(p.fresh for p in plays[2::2])


def test_a_key_after_the_prompt_leads_on_too() -> None:
    desk = desk_of()
    desk.arrives()
    desk.prompt_ends()
    desk.presses_keys("1", after=4_999)
    assert desk.contact().queue == "sales"


def test_silence_repeats_the_prompt_and_leads_otherwise_after_the_last_try() -> None:
    desk = desk_of()
    desk.arrives()
    for _ in range(2):
        desk.prompt_ends()
        desk.wait(5_000)
        assert desk.says() == ["plan:main"]
    desk.prompt_ends()
    desk.wait(5_000)
    assert desk.said() == ["plan:main"] * 3 + ["plan:bye"]
    assert desk.fact(FactKind.FLOW_OTHERWISE).detail["why"] == "silence"
    assert desk.contact().outcome is Outcome.SERVED


def test_what_is_said_on_silence_comes_before_the_prompt() -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"1": SALES}, on_silence="plan:hello"),)))
    desk.arrives()
    desk.prompt_ends()
    desk.wait(5_000)
    assert desk.says() == ["plan:hello", "plan:main"]


@pytest.mark.parametrize(("own", "said"), [("", "system:invalid_key"), ("plan:no", "plan:no")])
def test_a_key_that_means_nothing_is_said_so(own: str, said: str) -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"1": SALES}, on_invalid=own, tries=2),)))
    desk.arrives()
    desk.presses_keys("7")
    assert desk.says() == [said, "plan:main"]
    desk.presses_keys("8")
    assert desk.fact(FactKind.FLOW_OTHERWISE).detail["why"] == "invalid"
    assert desk.says() == ["plan:bye"]


def test_a_handful_of_wrong_keys_is_one_try() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("7")
    desk.presses_keys("88888", after=200)
    assert desk.contact().state is ContactState.IN_FLOW
    assert desk.said() == ["plan:main", "system:invalid_key", "plan:main"]
    desk.presses_keys("1", after=100)
    assert desk.contact().queue == "sales"


def test_a_wrong_key_of_the_menu_before_is_no_excuse_for_one_here() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("7")
    desk.presses_keys("27", after=300)
    assert desk.said()[-3:] == ["plan:more", "system:invalid_key", "plan:more"]


def test_each_key_belongs_to_the_step_in_which_it_arrives() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("21", after=10)
    assert desk.contact().queue == "sales"
    chosen = [f.detail["choice"] for f in desk.facts if f.kind is FactKind.FLOW_CHOSE]
    assert chosen == ["more", "sales"]


def test_a_prompt_that_was_not_asked_for_yet_is_not_any_more() -> None:
    desk = desk_of()
    desk.arrives()
    first = next(c for c in desk.commands if isinstance(c, Play))
    desk.presses_keys("2", after=10)
    assert not desk.engine.wants(first.call, first.id)
    assert desk.engine.wants(first.call, desk.contact().playing)


def test_the_end_of_an_earlier_prompt_is_no_news() -> None:
    desk = desk_of()
    desk.arrives()
    early = desk.contact().playing
    desk.presses_keys("2")
    desk.give(PromptEnded(call="caller1", context=early, ok=False))
    desk.wait(4_999)  # the wait of `more` has not begun
    assert desk.said() == ["plan:main", "plan:more"]


def test_back_is_the_menu_before_and_repeat_this_one() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("2*")
    assert desk.says() == ["plan:main"]
    desk.presses_keys("9")
    assert desk.said() == ["plan:main", "plan:more", "plan:main", "plan:main"]


def test_back_at_the_first_menu_is_the_same_as_repeat() -> None:
    back = menu("main", {"*": Goto(turn=Turn.BACK)})
    desk = FlowDesk(flow(menus=(back,)))
    desk.arrives()
    desk.presses_keys("*")
    assert desk.said() == ["plan:main", "plan:main"]


def test_back_goes_out_of_the_flow_that_was_called() -> None:
    inner = flow("inner", menus=(menu("deep", {"*": Goto(turn=Turn.BACK)}),))
    outer = flow(
        menus=(menu("main", {"1": to("call"), "2": SALES}),),
        enters=(Enter(name="call", flow="inner", then=BYE),),
    )
    desk = FlowDesk(outer, inner)
    desk.arrives()
    desk.presses_keys("1*")
    place = desk.contact().flow
    assert place is not None
    assert (place.flow, place.returns) == ("main", ())
    desk.presses_keys("2")
    assert desk.said() == ["plan:main", "plan:deep", "plan:main"]
    assert desk.contact().queue == "sales"


def test_back_passes_over_the_menus_of_a_flow_that_has_returned() -> None:
    """They were another flow's, and who goes into them would not know where that leads."""
    inner = flow(
        "inner",
        menus=(menu("deep", {"1": to("thanks")}),),
        speaks=(speak("thanks", Goto(turn=Turn.RETURN)),),
    )
    outer = flow(
        menus=(menu("main", {"1": to("call")}), menu("after", {"*": Goto(turn=Turn.BACK)})),
        enters=(Enter(name="call", flow="inner", then=to("after")),),
    )
    desk = FlowDesk(outer, inner)
    desk.arrives()
    desk.presses_keys("11")
    desk.prompt_ends()
    desk.presses_keys("*")
    assert desk.said() == ["plan:main", "plan:deep", "plan:thanks", "plan:after", "plan:main"]
    place = desk.contact().flow
    assert place is not None
    assert (place.flow, place.returns) == ("main", ())


OPERATOR = Action(kind=ActionKind.USER, ref="front@contoso.example")
BACK_OFFICE = Action(kind=ActionKind.USER, ref="back@contoso.example")


def reached_operator(desk: FlowDesk) -> bool:
    desk.enlist(Address(ref="front@contoso.example", id="f0", name="Front"))
    desk.presses_keys("0")
    return any(isinstance(c, Transfer) and c.target.id == "f0" for c in desk.commands)


def test_0_is_the_operator_in_a_menu_and_while_something_is_said() -> None:
    desk = FlowDesk(flow(menus=(MAIN, MORE), operator=OPERATOR))
    desk.arrives()
    assert reached_operator(desk)
    desk = FlowDesk(flow(speaks=(speak("news", BYE),), operator=OPERATOR))
    desk.arrives()
    assert reached_operator(desk)
    assert desk.fact(FactKind.FLOW_CHOSE).detail["choice"] == "operator"


def test_0_is_the_callers_operator_in_a_flow_without_one() -> None:
    inner = flow("inner", menus=(menu("deep", {"1": SALES}),))
    outer = flow(enters=(Enter(name="call", flow="inner", then=BYE),), operator=OPERATOR)
    desk = FlowDesk(outer, inner)
    desk.arrives()
    assert reached_operator(desk)


def test_of_two_flows_around_one_without_an_operator_the_nearer_one_counts() -> None:
    inner = flow("inner", menus=(menu("deep", {"1": SALES}),))
    middle = flow("middle", enters=(Enter(name="in", flow="inner", then=BYE),), operator=OPERATOR)
    outer = flow(enters=(Enter(name="call", flow="middle", then=BYE),), operator=BACK_OFFICE)
    desk = FlowDesk(outer, middle, inner)
    desk.arrives()
    desk.enlist(Address(ref="back@contoso.example", id="b0", name="Back"))
    assert reached_operator(desk)


def test_0_with_a_meaning_of_its_own_is_no_operator() -> None:
    desk = FlowDesk(flow(menus=(menu("main", {"0": SALES}),), operator=OPERATOR))
    desk.arrives()
    assert not reached_operator(desk)
    assert desk.contact().queue == "sales"


def test_without_an_operator_0_means_nothing() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("0")
    assert desk.says() == ["system:invalid_key", "plan:main"]


def test_keys_while_something_is_said_are_left_alone() -> None:
    desk = FlowDesk(flow(speaks=(speak("news", SALES),)))
    desk.arrives()
    desk.presses_keys("12#")
    assert desk.contact().state is ContactState.IN_FLOW
    desk.prompt_ends()
    assert desk.contact().queue == "sales"


def test_the_chosen_language_is_spoken_from_then_on() -> None:
    first = menu("main", {"1": to("more"), "2": to("more", language="ko")})
    desk = FlowDesk(flow(menus=(first, MORE)))
    desk.arrives()
    desk.presses_keys("2")
    assert {s.language for c in desk.commands[-2:] for s in c.say} == {"ko"}  # type: ignore[union-attr]
    assert desk.contact().language == "ko"
    assert desk.fact(FactKind.FLOW_NOTED).detail["language"] == "ko"


def test_a_choice_carries_attributes_and_priority_into_the_queue() -> None:
    note = Note(name="note", then=Goto(turn=Turn.ACTION, action=SALES.action, priority=1))
    first = menu("main", {"1": to("note", attributes={"topic": "billing"})})
    desk = FlowDesk(flow(menus=(first,), notes=(note,)))
    desk.arrives()
    desk.presses_keys("1")
    contact = desk.contact()
    assert (contact.attributes["topic"], contact.priority) == ("billing", 1)
    noted = [f.detail for f in desk.facts if f.kind is FactKind.FLOW_NOTED]
    assert noted[0]["attributes"] == ["topic"]
    assert "billing" not in str(desk.facts)


def test_a_priority_is_kept_through_the_steps_after() -> None:
    first = menu("main", {"1": to("more", priority=1)})
    desk = FlowDesk(flow(menus=(first, menu("more", {"1": SALES}))))
    desk.arrives()
    desk.presses_keys("11")
    assert desk.contact().priority == 1


def test_of_many_choices_the_last_ten_are_kept() -> None:
    keys = {"1": to("main", choice="again"), "2": to("main", choice="other"), "3": SALES}
    desk = FlowDesk(flow(menus=(menu("main", keys),)))
    desk.arrives()
    desk.presses_keys("1" * 10 + "23")
    assert desk.contact().attributes["choice"].split(" > ") == ["again"] * 8 + ["other", "sales"]


def test_what_was_chosen_is_an_attribute_and_going_back_takes_it_back() -> None:
    first = menu("main", {"1": to("more", choice="orders"), "2": to("more", choice="returns")})
    last = menu("more", {"1": SALES, "*": Goto(turn=Turn.BACK, choice="back")})
    desk = FlowDesk(flow(menus=(first, last)))
    desk.arrives()
    desk.presses_keys("1*2")
    assert desk.contact().attributes == {"choice": "returns"}
    desk.presses_keys("1")
    assert desk.contact().attributes == {"choice": "returns > sales"}


def test_the_disconnect_of_a_flow_is_a_farewell() -> None:
    end = Goto(turn=Turn.ACTION, action=Action())
    desk = FlowDesk(flow(menus=(menu("main", {"1": end}),)))
    desk.arrives()
    desk.presses_keys("1")
    assert desk.says() == ["system:goodbye"]
    desk.prompt_ends()
    assert desk.count(HangUp) == 1
    assert desk.contact().outcome is Outcome.SERVED


def test_what_a_flow_was_saying_does_not_make_a_hang_up_of_a_transfer() -> None:
    number = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.NUMBER, ref="+49301"))
    desk = FlowDesk(flow(menus=(menu("main", {"1": number}),)))
    desk.arrives()
    desk.presses_keys("1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEnded(call="caller1", subcode=7015))
    assert desk.contact().end_reason == "handed over: number"


# -- what can go wrong


def test_a_prompt_that_cannot_be_played_leaves_the_time_for_a_key() -> None:
    desk = desk_of()
    desk.arrives()
    play = desk.contact().playing
    desk.give(CommandDone(command=play, call=desk.contact().call, problem=Problem.REFUSED))
    assert not desk.contact().playing
    desk.presses_keys("1", after=4_000)
    assert desk.contact().queue == "sales"


def test_the_lost_end_of_a_prompt_is_believed_after_its_length() -> None:
    desk = desk_of()
    desk.arrives()
    desk.wait(4_000 + 3_000 + 5_000 - 1)
    assert desk.said() == ["plan:main"]
    desk.wait(1)
    assert desk.said() == ["plan:main", "plan:main"]


def test_the_lost_end_of_an_announcement_leads_on() -> None:
    desk = FlowDesk(flow(speaks=(speak("news", SALES),)), durations={"plan:news": 2_000})
    desk.arrives()
    desk.wait(5_000)
    assert desk.contact().queue == "sales"


def test_keys_that_cannot_be_heard_lead_otherwise_by_time() -> None:
    desk = desk_of()
    desk.arrives()
    desk.ok(desk.last(SubscribeTones), problem=Problem.REFUSED)
    desk.prompt_ends()
    desk.wait(5_000)
    assert desk.count(SubscribeTones) == 2  # asked once more with the next try
    desk.wait(60_000)
    assert desk.said()[-1] == "plan:bye"


@pytest.mark.parametrize("when", ["prompt", "wait", "second try", "in the next menu"])
def test_a_caller_who_hangs_up_leaves_nothing_behind(when: str) -> None:
    desk = desk_of()
    desk.arrives()
    if when != "prompt":
        desk.prompt_ends()
    if when == "second try":
        desk.wait(5_000)
    if when == "in the next menu":
        desk.presses_keys("2")
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    contact = desk.contact()
    assert contact.outcome is Outcome.ABANDONED
    assert set(contact.timers) == {"forget"}
    assert desk.fact(FactKind.FLOW_LEFT).detail["to"] == "caller hung up"
    before = len(desk.commands)
    desk.presses_keys("1")
    desk.wait(60_000)
    assert len(desk.commands) == before


def test_no_key_is_ever_in_a_fact() -> None:
    desk = desk_of()
    desk.arrives()
    desk.presses_keys("7")
    desk.presses_keys("2*9")
    told = [str(v) for f in desk.facts for v in f.detail.values() if not isinstance(v, int)]
    assert not {"7", "2", "*", "9"} & set(told)
