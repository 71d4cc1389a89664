"""The agent: missed offers, back-offs, their own word, presumed talks and wrap-up."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.commands import CreateCall, HangUp
from routing.events import (
    CallEnded,
    PresenceRead,
    Reading,
)
from routing.facts import FactKind
from routing.plan import Queue, SignIn
from routing.state import AgentState, ContactState
from routing.word_events import (
    AgentSet,
)


def desk_of(agents: int = 1, **queue: object) -> Desk:
    return Desk(plan(Queue(name="sales", **queue)), agents=agents)  # type: ignore[arg-type]


def miss(desk: Desk) -> None:
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))


def test_a_missed_offer_makes_not_responding_until_the_agents_word() -> None:
    desk = desk_of()
    desk.arrives()
    miss(desk)
    assert desk.agent().state is AgentState.NOT_RESPONDING
    desk.wait(3_600_000)
    assert desk.count(CreateCall) == 1
    desk.present()
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.agent().state is AgentState.RESERVED
    assert desk.count(CreateCall) == 2


def test_presence_that_stays_available_brings_nobody_back_but_away_and_back_does() -> None:
    desk = desk_of()
    desk.arrives()
    miss(desk)
    desk.present("a0")
    assert desk.agent().state is AgentState.NOT_RESPONDING
    desk.present("a0", as_="Away")
    assert desk.agent().state is AgentState.NOT_RESPONDING
    desk.present("a0")
    assert desk.agent().state is AgentState.RESERVED


def test_return_after_brings_back_exactly_then() -> None:
    desk = desk_of(return_after_ms=40_000)
    desk.arrives()
    miss(desk)
    desk.present()
    desk.wait(39_999)
    assert desk.agent().state is AgentState.NOT_RESPONDING
    desk.wait(1)
    assert desk.agent().state is not AgentState.NOT_RESPONDING


def test_a_second_chance_where_the_plan_gives_one() -> None:
    desk = desk_of(not_responding_after=2)
    desk.arrives()
    miss(desk)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().back_off == "no answer"
    desk.wait(30_000)
    desk.present()
    miss(desk)
    assert desk.agent().state is AgentState.NOT_RESPONDING


def test_an_answered_offer_forgives_earlier_misses() -> None:
    desk = desk_of(not_responding_after=2)
    desk.arrives()
    miss(desk)
    desk.wait(30_000)
    desk.present()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    assert desk.agent().missed == 0


def test_not_ready_takes_effect_at_once_and_ends_by_itself() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch", until=desk.now + 900_000))
    desk.arrives()
    assert desk.count(CreateCall) == 0
    desk.wait(899_999)
    desk.present()
    assert desk.count(CreateCall) == 0
    desk.wait(1)
    assert desk.agent().ready


def test_not_ready_while_the_phone_rings_is_a_no() -> None:
    desk = desk_of(agents=2)
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.IDLE
    assert not desk.agent().ready


def test_not_ready_after_saying_yes_does_not_cut_the_caller() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.give(AgentSet(agent="a0", ready=False))
    desk.linked(leg=leg)
    assert desk.contact().state is ContactState.CONNECTED


def test_manual_sign_in_waits_for_the_word() -> None:
    desk = Desk(plan(Queue(name="sales"), sign_in=SignIn.MANUAL), agents=1)
    desk.arrives()
    assert desk.count(CreateCall) == 0
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.count(CreateCall) == 1


def test_the_word_of_a_stranger_is_ignored() -> None:
    desk = desk_of()
    desk.give(AgentSet(agent="nobody", ready=True))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "not an agent"


def test_a_presumed_talk_ends_by_two_readings_five_seconds_apart() -> None:
    desk = desk_of()
    desk.connected()
    desk.present("a0", as_="Busy", activity="InACall")
    desk.now += 3_000
    desk.present("a0")
    left = desk.now
    desk.now += 4_999
    desk.present()
    assert desk.contact().state is ContactState.CONNECTED
    desk.now += 1
    desk.present()
    assert desk.contact().state is ContactState.ENDED
    assert desk.contact().talk_ended_at == left


def test_presence_that_flickers_does_not_end_a_talk() -> None:
    desk = desk_of()
    desk.connected()
    for _ in range(5):
        desk.present("a0", as_="Busy", activity="InACall")
        desk.now += 4_000
        desk.present("a0")
        desk.now += 4_000
    assert desk.contact().state is ContactState.CONNECTED


def test_presence_that_was_never_seen_in_a_call_frees_nobody_for_two_minutes() -> None:
    desk = desk_of()
    desk.connected()
    connected = desk.contact().connected_at or 0
    while desk.now < connected + 119_000:
        desk.now += 3_000
        desk.present()
        if desk.now < connected + 120_000:
            assert desk.agent().state is AgentState.PRESUMED
    desk.wait(5_000)
    assert desk.contact().end_reason == "unverified"
    assert desk.agent().back_off == "unverified"


def test_a_talk_seen_in_a_call_lasts_as_long_as_presence_says() -> None:
    desk = desk_of()
    desk.connected()
    desk.present("a0", as_="Busy", activity="InACall")
    desk.wait(3 * 3_600_000)
    assert desk.contact().state is ContactState.CONNECTED
    desk.wait(5 * 3_600_000)
    assert desk.contact().state is ContactState.ENDED


def test_wrap_up_is_timed_and_starts_with_the_end_of_the_talk() -> None:
    desk = desk_of(wrap_up_ms=20_000)
    desk.connected()
    desk.talk_seen_over()
    assert desk.agent().state is AgentState.WRAP_UP
    desk.present()
    desk.wait(19_999)
    assert desk.agent().state is AgentState.WRAP_UP
    desk.wait(1)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().idle_since == desk.now


def test_the_word_ready_ends_wrap_up() -> None:
    desk = desk_of(wrap_up_ms=20_000)
    desk.connected()
    desk.talk_seen_over()
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.agent().state is AgentState.IDLE


def test_an_agent_held_by_a_talk_is_offered_nothing_whatever_presence_says() -> None:
    desk = desk_of()
    desk.connected()
    desk.arrives()
    for _ in range(10):
        desk.now += 3_000
        desk.present("a0")
    assert desk.count(CreateCall) == 1


def test_a_stale_reading_never_undoes_a_newer_one() -> None:
    desk = desk_of()
    desk.present("a0", as_="Away")
    old = Reading(agent="a0", availability="Available", activity="Available")
    desk.give(PresenceRead(read_at=desk.now - 1, readings=(old,)))
    desk.arrives()
    assert desk.count(CreateCall) == 0


@pytest.mark.parametrize("ending", ["declined", "busy"])
def test_a_back_off_leaves_longest_idle_as_it_was(ending: str) -> None:
    desk = desk_of()
    idle_since = desk.agent().idle_since
    desk.arrives()
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending=ending))
    assert desk.agent().idle_since == idle_since


def test_an_agent_in_a_presumed_talk_is_watched_also_when_not_ready_for_the_next() -> None:
    desk = desk_of()
    desk.connected()
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    assert desk.engine.watched() == ["a0"]
    desk.talk_seen_over()
    assert desk.contact().state is ContactState.ENDED
    assert desk.engine.watched() == []
