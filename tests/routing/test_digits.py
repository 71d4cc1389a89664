"""Digits keyed in: read back, confirmed, kept; extensions; pauses, tries, the operator."""

from __future__ import annotations

import pytest
from kit.flow_desk import BYE, MUSIC, SALES, FlowDesk, flow

from routing.action import Action, ActionKind
from routing.commands import Play
from routing.events import Address, CallEnded
from routing.facts import FactKind
from routing.flow_steps import Collect, Flow
from routing.state import ContactState

READ_BACK = ["system:digits_read_back", "digits", "system:digits_confirm"]
FRONT = Action(kind=ActionKind.QUEUE, ref="sales")


def account(**fields: object) -> Flow:
    given = {"then": SALES, "otherwise": BYE, "least": 4, "most": 6, **fields}
    step = Collect(name="main", prompt="plan:main", into="account", **given)  # type: ignore[arg-type]
    return flow(collects=(step,), operator=FRONT)


def desk_of(**fields: object) -> FlowDesk:
    desk = FlowDesk(account(**fields))
    desk.arrives()
    return desk


def read_back(desk: FlowDesk) -> str:
    return next(s.digits for s in desk.commands[-2].say if s.prompt == "digits")  # type: ignore[union-attr]


def test_digits_are_read_back_confirmed_and_kept() -> None:
    desk = desk_of()
    desk.presses_keys("12345#")
    assert desk.says() == READ_BACK
    assert read_back(desk) == "12345"
    desk.presses_keys("1")
    contact = desk.contact()
    assert contact.attributes == {"account": "12345"}
    assert contact.queue == "sales"
    assert contact.flow is not None
    assert contact.flow.keyed == ""
    assert desk.fact(FactKind.FLOW_COLLECTED).detail["attribute"] == "account"
    assert "12345" not in str(desk.facts) + str(desk.records)


def test_the_last_possible_digit_ends_the_number() -> None:
    desk = desk_of(confirm=False)
    desk.presses_keys("123456")
    assert desk.contact().attributes == {"account": "123456"}


def test_a_pause_ends_the_number() -> None:
    desk = desk_of()
    desk.presses_keys("1234")
    desk.wait(3_999)
    assert desk.said() == ["plan:main"]
    desk.wait(1)
    assert desk.says() == READ_BACK


def test_the_first_digit_stops_the_prompt_to_quiet_music() -> None:
    desk = desk_of()
    desk.presses_keys("1")
    assert not desk.contact().playing
    last = desk.last(Play)
    assert (last.say[0].prompt, last.fresh) == (MUSIC, True)
    plays = desk.count(Play)
    desk.presses_keys("2")
    assert desk.count(Play) == plays


def test_too_few_digits_are_asked_for_again() -> None:
    desk = desk_of()
    desk.presses_keys("12#")
    assert desk.says() == ["system:invalid_digits", "plan:main"]
    desk.presses_keys("1234#")
    assert read_back(desk) == "1234"


def test_2_is_wrong_and_starts_again_until_the_tries_are_over() -> None:
    desk = desk_of(tries=2)
    desk.presses_keys("1234#2")
    assert desk.says() == ["plan:main"]
    desk.presses_keys("4321#2")
    assert desk.said()[-1] == "plan:bye"
    assert desk.fact(FactKind.FLOW_OTHERWISE).detail["why"] == "corrected"
    assert desk.contact().attributes == {}


def test_another_key_reads_back_again() -> None:
    desk = desk_of()
    desk.presses_keys("1234#7")
    assert desk.said() == ["plan:main", *READ_BACK, *READ_BACK]
    assert read_back(desk) == "1234"


def test_silence_after_the_read_back_never_confirms() -> None:
    desk = desk_of(tries=2)
    desk.presses_keys("1234#")
    for _ in range(2):
        desk.prompt_ends()
        desk.wait(8_000)
    assert desk.said()[-1] == "plan:bye"
    assert desk.contact().attributes == {}


def test_the_lost_end_of_a_read_back_is_believed_after_all_of_its_parts() -> None:
    """Not while it is still being said: nobody can confirm what was not heard."""
    lasts = {"system:digits_read_back": 2_000, "system:digits_confirm": 5_000}
    desk = FlowDesk(account(wait_ms=8_000), durations=lasts)
    desk.arrives()
    desk.presses_keys("1234#")
    said = len(desk.said())
    # Each part with its grace, and a second for each digit; then the time to answer.
    desk.wait((2_000 + 3_000) + 4_000 + (5_000 + 3_000) + 8_000 - 1)
    assert len(desk.said()) == said
    desk.wait(1)
    assert desk.said()[said:] == READ_BACK


def test_silence_from_the_start_leads_otherwise_after_the_tries() -> None:
    desk = desk_of()
    for _ in range(3):
        desk.prompt_ends()
        desk.wait(8_000)
    assert desk.said() == ["plan:main"] * 3 + ["plan:bye"]


def test_the_key_that_is_not_the_end_key_starts_anew() -> None:
    desk = desk_of()
    desk.presses_keys("99*1234#")
    assert read_back(desk) == "1234"
    desk = desk_of(end_key="*")
    desk.presses_keys("99#1234*")
    assert read_back(desk) == "1234"


def test_digits_keyed_ahead_of_the_prompt_belong_to_it() -> None:
    desk = desk_of()
    desk.presses_keys("1234#1", after=20)
    assert desk.contact().attributes == {"account": "1234"}


@pytest.mark.parametrize("how", ["end key", "pause"])
def test_a_lone_0_is_the_operator(how: str) -> None:
    desk = desk_of()
    desk.presses_keys("0#" if how == "end key" else "0")
    desk.wait(4_000)
    assert desk.fact(FactKind.FLOW_CHOSE).detail["choice"] == "operator"
    assert desk.contact().state is ContactState.QUEUED


def test_0_is_the_operator_when_asked_whether_it_is_right() -> None:
    desk = desk_of()
    desk.presses_keys("1234#0")
    assert desk.fact(FactKind.FLOW_CHOSE).detail["choice"] == "operator"


def test_a_lone_0_that_could_be_meant_is_a_digit() -> None:
    desk = desk_of(least=1)
    desk.presses_keys("0#")
    assert read_back(desk) == "0"


def test_without_confirmation_the_number_is_kept_at_once() -> None:
    desk = desk_of(confirm=False)
    desk.presses_keys("1234#")
    assert desk.contact().attributes == {"account": "1234"}


def test_what_was_keyed_is_gone_when_the_caller_hangs_up() -> None:
    desk = desk_of()
    desk.presses_keys("9876")
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    place = desk.contact().flow
    assert place is not None
    assert place.keyed == ""
    assert "9876" not in str(desk.facts) + str(desk.records)


# -- extensions

ANNA = Action(kind=ActionKind.USER, ref="anna@contoso.example")
EXTENSIONS = {"12": ANNA, "123": FRONT, "45": FRONT, "0": FRONT}


def extensions(**fields: object) -> FlowDesk:
    return desk_of(extensions=EXTENSIONS, least=1, most=6, **fields)


def test_an_extension_reaches_who_has_it() -> None:
    desk = extensions()
    desk.enlist(Address(ref="anna@contoso.example", id="anna", name="Anna"))
    desk.presses_keys("12")
    assert desk.contact().state is ContactState.IN_FLOW  # it could still be 123
    desk.wait(4_000)
    assert desk.contact().leaving_target == "anna"
    assert desk.contact().attributes == {}


def test_an_extension_that_none_continues_needs_no_end() -> None:
    desk = extensions()
    desk.presses_keys("123")
    assert desk.contact().queue == "sales"
    desk = extensions()
    desk.presses_keys("45")
    assert desk.contact().queue == "sales"


def test_an_unknown_extension_is_said_so() -> None:
    desk = extensions()
    desk.presses_keys("7#")
    assert desk.says() == ["system:unknown_extension", "plan:main"]


def test_0_is_the_extension_where_there_is_one() -> None:
    desk = extensions()
    desk.presses_keys("0")
    assert desk.fact(FactKind.FLOW_CHOSE).detail["choice"] == "sales"
