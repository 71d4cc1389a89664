"""Longest idle: since the last work or the sign-in, whatever else happened in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from kit.floor_desk import Desk, plan

from routing.commands import CreateCall, HangUp
from routing.events import (
    CallEnded,
    CallEstablished,
)
from routing.plan import Delivery, Queue, SignIn
from routing.state import AgentState
from routing.word_events import (
    AgentSet,
)

WRAP_UP_MS = 20_000


def desk_of(agents: int = 1, *, sign_in: SignIn = SignIn.AUTOMATIC, **queue: object) -> Desk:
    the_plan = plan(
        Queue(name="sales", return_after_ms=40_000, **queue),  # type: ignore[arg-type]
        sign_in=sign_in,
    )
    return Desk(the_plan, agents=agents)


def rung(desk: Desk) -> str:
    return desk.last(CreateCall).target.id


def caller_gives_up(desk: Desk) -> None:
    desk.give(CallEnded(call=f"caller{desk.calls}"))
    desk.ok(desk.last(HangUp))


# -- what happens to an agent that is no work; each ends with the agent available again


def misses_and_says_ready(desk: Desk) -> None:
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING
    caller_gives_up(desk)
    desk.give(AgentSet(agent="a0", ready=True))


def misses_and_returns_by_the_clock(desk: Desk) -> None:
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    caller_gives_up(desk)
    desk.wait(40_000)


def misses_and_returns_by_presence(desk: Desk) -> None:
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    caller_gives_up(desk)
    desk.present("a0", as_="Away")
    desk.present("a0")


def declines(desk: Desk) -> None:
    desk.arrives()
    desk.give(CallEnded(call=desk.phone_rings(), ending="declined"))
    assert desk.agent().back_off == "declined"
    caller_gives_up(desk)
    desk.wait(30_000)


def is_busy_and_says_ready(desk: Desk) -> None:
    desk.arrives()
    desk.give(CallEnded(call=desk.phone_rings(), ending="busy"))
    caller_gives_up(desk)
    desk.give(AgentSet(agent="a0", ready=True))


def is_rung_for_a_caller_who_hangs_up(desk: Desk) -> None:
    desk.arrives()
    desk.phone_rings()
    caller_gives_up(desk)
    desk.wait(1_000)


def takes_a_break(desk: Desk) -> None:
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    desk.wait(10_000)
    desk.give(AgentSet(agent="a0", ready=True))


def takes_a_break_for_a_time(desk: Desk) -> None:
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch", until=desk.now + 10_000))
    desk.wait(10_000)


def says_ready_once_more(desk: Desk) -> None:
    desk.give(AgentSet(agent="a0", ready=True))


def goes_away_and_comes_back(desk: Desk) -> None:
    desk.present("a0", as_="Offline")
    desk.wait(10_000)
    desk.present("a0")


def has_a_call_of_their_own(desk: Desk) -> None:
    desk.present("a0", as_="Busy", activity="InACall")
    desk.wait(10_000)
    desk.present("a0")


def moves_to_another_place_in_the_plan(desk: Desk) -> None:
    desk.members = tuple(replace(m, position=1 - m.position) for m in desk.members)
    desk.enlist()


NO_WORK = [
    misses_and_says_ready,
    misses_and_returns_by_the_clock,
    misses_and_returns_by_presence,
    declines,
    is_busy_and_says_ready,
    is_rung_for_a_caller_who_hangs_up,
    takes_a_break,
    takes_a_break_for_a_time,
    says_ready_once_more,
    goes_away_and_comes_back,
    has_a_call_of_their_own,
    moves_to_another_place_in_the_plan,
]


@pytest.mark.parametrize("happens", NO_WORK, ids=lambda story: story.__name__)
def test_what_is_no_work_costs_no_place(happens: Callable[[Desk], None]) -> None:
    """Who worked earlier is rung first, also after this; before the other one who worked later."""
    desk = desk_of(agents=2)
    for agent in ("a0", "a1"):
        desk.now += 1_000
        desk.present()
        desk.connected()
        assert rung(desk) == agent
        desk.talk_seen_over(agent)
    idle_since = desk.agent().idle_since
    assert idle_since < desk.agent("a1").idle_since
    happens(desk)
    assert desk.agent().state is AgentState.IDLE
    assert desk.agent().idle_since == idle_since
    desk.present(*{m.agent for m in desk.members})
    desk.arrives()
    assert rung(desk) == "a0"


@pytest.mark.parametrize("wrap_up_ms", [0, WRAP_UP_MS])
def test_work_ends_with_the_wrap_up(wrap_up_ms: int) -> None:
    desk = desk_of(wrap_up_ms=wrap_up_ms)
    desk.connected()
    desk.talk_seen_over()
    talk_over = desk.now
    desk.wait(WRAP_UP_MS)
    assert desk.agent().idle_since == talk_over + wrap_up_ms


def test_wrap_up_ended_by_the_agents_word_ends_then() -> None:
    desk = desk_of(wrap_up_ms=WRAP_UP_MS)
    desk.connected()
    desk.talk_seen_over()
    desk.give(AgentSet(agent="a0", ready=True), after=5_000)
    assert desk.agent().idle_since == desk.now


def test_a_talk_of_which_nothing_was_seen_is_work_too() -> None:
    desk = desk_of()
    desk.connected()
    desk.wait(120_000)
    assert desk.agent().back_off == "unverified"
    ended = desk.now
    desk.wait(60_000)
    assert desk.agent().idle_since == ended


def test_a_link_that_failed_is_no_work() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    idle_since = desk.agent().idle_since
    desk.arrives()
    desk.ok(desk.commands[-1])
    desk.give(CallEstablished(call="caller1", code=500, subcode=7000), after=3_000)
    assert desk.agent().idle_since == idle_since


def test_where_agents_sign_in_they_are_idle_since_then() -> None:
    """Listed first, signed in last: rung last."""
    desk = desk_of(agents=3, sign_in=SignIn.MANUAL)
    for agent in ("a2", "a1", "a0"):
        desk.give(AgentSet(agent=agent, ready=True), after=60_000)
        assert desk.agent(agent).idle_since == desk.now
    desk.present("a0", "a1", "a2")
    order = []
    for _ in range(3):
        desk.arrives()
        order.append(rung(desk))
    assert order == ["a2", "a1", "a0"]


def test_a_pause_of_who_had_signed_in_costs_no_place_either() -> None:
    desk = desk_of(agents=1, sign_in=SignIn.MANUAL)
    desk.give(AgentSet(agent="a0", ready=True), after=60_000)
    signed_in = desk.now
    desk.give(AgentSet(agent="a0", ready=False, reason="lunch"), after=60_000)
    desk.give(AgentSet(agent="a0", ready=True), after=60_000)
    assert desk.agent().idle_since == signed_in
