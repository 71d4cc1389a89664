"""The expected wait: what it is learned from, when nothing is said, and how true it was."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan
from kit.twin_engine import TwinEngine, saved

from routing.action import Action, ActionKind
from routing.announced import Quote
from routing.commands import Play
from routing.estimate import MINUTES, expected_wait
from routing.events import (
    RosterChanged,
    RosterEntry,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import Contact
from routing.wait_memory import JUDGED_KEPT, SAMPLES_KEPT, Sample, WaitMemory
from routing.waiting_rules import Announcements
from routing.word_events import (
    AgentSet,
)

MINUTE_MS = 60_000
ANNOUNCE = Announcements(first_after_ms=10_000, every_ms=60_000, expected_wait=True)


def desk_of(agents: int = 2, samples: int = 20, spread: float = 0.5, **queue: object) -> Desk:
    """A floor whose agents are all in calls of their own; a turn took 4 minutes, by answers within
    the last hour."""
    the_plan = plan(Queue(name="sales", delivery=Delivery.GROUP_CALL, announce=ANNOUNCE, **queue))  # type: ignore[arg-type]
    desk = Desk(the_plan, agents=agents)
    talk(desk, agents)
    memory = WaitMemory(id="sales", answered=answers(desk.now, samples, spread))
    desk.engine.state.waits["sales"] = memory
    return desk


def talk(desk: Desk, agents: int) -> None:
    """Each agent takes a caller and stays with them."""
    for _ in range(agents):
        number = desk.arrives()
        joins(desk, number)


def joins(desk: Desk, number: int) -> None:
    agent = desk.engine.state.offers[desk.contact(number).offer].agent
    people = (
        RosterEntry(participant="p-caller", kind="phone", id="+49"),
        RosterEntry(participant=f"p-{agent}", kind="user", id=agent),
    )
    desk.give(RosterChanged(call=f"caller{number}", people=people))


def answers(now: int, count: int, spread: float) -> tuple[Sample, ...]:
    """Waits of one turn each, from 4 minutes less `spread` of them to as much more."""
    return tuple(
        (
            now - 60_000,
            round(4 * MINUTE_MS * (1 + spread * (2 * place / max(1, count - 1) - 1))),
            1_000,
            0,
        )
        for place in range(count)
    )


def quote(desk: Desk, contact: Contact | None = None) -> Quote | None:
    return expected_wait(desk.engine.floor, desk.engine.floor.queues["sales"], contact)


def test_a_new_caller_waits_for_the_turns_before_them() -> None:
    desk = desk_of(agents=2)
    first = quote(desk)
    assert first is not None
    assert first.expected_ms == pytest.approx(2 * MINUTE_MS, rel=0.05)
    for _ in range(3):
        desk.arrives()
    fourth = quote(desk)
    assert fourth is not None
    assert fourth.expected_ms == pytest.approx(8 * MINUTE_MS, rel=0.05)
    told = quote(desk, desk.contact(4))
    assert told is not None
    assert told.expected_ms == pytest.approx(4 * MINUTE_MS, rel=0.05)


def test_staff_that_leaves_counts_at_once() -> None:
    desk = desk_of(agents=4)
    before = quote(desk)
    desk.give(AgentSet(agent="a0", ready=False))
    assert quote(desk) == before, "still talks with a caller of ours"
    desk.engine.state.agents["a0"].state = type(desk.agent("a0").state).IDLE
    desk.engine.floor.follow(desk.agent("a0"))
    after = quote(desk)
    assert before is not None
    assert after is not None
    assert after.expected_ms == pytest.approx(before.expected_ms * 4 / 3, rel=0.01)


def test_the_spread_shrinks_with_the_length_of_the_line() -> None:
    desk = desk_of(agents=1)
    short = quote(desk)
    for _ in range(15):
        desk.arrives()
    long = quote(desk)
    assert short is not None
    assert long is not None
    assert (short.low_ms, short.high_ms) == (2 * MINUTE_MS, 6 * MINUTE_MS)
    # 64 minutes of expected wait, and a quarter of the stray: 10 % instead of 40.
    assert (long.low_ms, long.high_ms) == (50 * MINUTE_MS, 90 * MINUTE_MS)


def test_nothing_is_said_on_fewer_than_twenty_answers() -> None:
    assert quote(desk_of(samples=19)) is None
    assert quote(desk_of(samples=20)) is not None


def test_answers_of_more_than_an_hour_ago_count_no_more() -> None:
    desk = desk_of()
    desk.now += 59 * MINUTE_MS - 1
    desk.present()
    assert quote(desk) is not None
    desk.now += 1
    desk.present()
    assert quote(desk) is None


def test_nothing_is_said_when_waits_differ_too_much() -> None:
    desk = desk_of()
    few = tuple((desk.now, ms, 1_000, 0) for ms in [MINUTE_MS] * 14 + [4 * MINUTE_MS] * 6)
    desk.engine.state.waits["sales"].answered = few
    assert quote(desk) is None
    few = tuple((desk.now, ms, 1_000, 0) for ms in [MINUTE_MS] * 14 + [2 * MINUTE_MS] * 6)
    desk.engine.state.waits["sales"].answered = few
    assert quote(desk) is not None


def test_nothing_is_said_while_nobody_is_on_duty() -> None:
    desk = desk_of(agents=1)
    desk.present("a0", as_="Offline")
    assert quote(desk) is not None
    agent = desk.agent()
    agent.state = type(agent.state).IDLE
    desk.engine.floor.follow(agent)
    assert quote(desk) is None


def test_nothing_is_said_while_somebody_is_free() -> None:
    desk = desk_of(agents=1)
    agent = desk.agent()
    agent.state = type(agent.state).IDLE
    desk.engine.floor.follow(agent)
    assert desk.engine.floor.pools["sales"].order
    assert quote(desk) is None


def test_a_wait_beyond_two_hours_is_not_quoted() -> None:
    desk = desk_of(agents=1)
    for _ in range(40):
        desk.arrives()
    assert quote(desk) is None


def test_a_range_is_spoken_in_minutes_that_have_clips() -> None:
    desk = desk_of(agents=1, spread=0.05)
    for length in range(25):
        told = quote(desk)
        assert told is not None, length
        assert told.low_ms < told.high_ms
        assert {told.low_ms // MINUTE_MS, told.high_ms // MINUTE_MS} <= set(MINUTES)
        desk.arrives()


def test_what_was_told_is_kept_and_judged_when_the_caller_is_answered() -> None:
    desk = desk_of(agents=1)
    number = desk.arrives()
    desk.wait(10_000)
    play = desk.last(Play)
    assert [s.prompt for s in play.say] == ["wait:2-6", "music:default"]
    (told,) = desk.contact(number).announced.quotes
    fact = desk.fact(FactKind.CONTACT_ANNOUNCED)
    assert fact.detail == {
        "expected_ms": told.expected_ms,
        "low_ms": 2 * MINUTE_MS,
        "high_ms": 6 * MINUTE_MS,
    }
    desk.now += 3 * MINUTE_MS
    answered(desk, number)
    judged = desk.fact(FactKind.WAIT_JUDGED).detail
    # The first and each minute's: the last ones were within a minute of the answer.
    assert judged["quotes"] == len(desk.contact(number).announced.quotes)
    memory = desk.engine.state.waits["sales"]
    assert memory.judged[0] == (desk.now, desk.now - told.at - told.expected_ms, 1)
    assert memory.answered[-1] == (desk.now, desk.now - (desk.contact(2).queued_at or 0), 1_000, 0)


def answered(desk: Desk, number: int) -> None:
    """The agent's talk ends and they take this caller."""
    from routing.events import CallEnded

    desk.give(CallEnded(call="caller1"))
    desk.present()
    joins(desk, number)


def test_a_quote_that_was_too_low_raises_what_is_told_next() -> None:
    desk = desk_of(agents=1)
    number = desk.arrives()
    desk.wait(10_000)
    memory = desk.engine.state.waits["sales"]
    assert (memory.low, memory.high) == (100, 900)
    desk.engine.floor.disarm(desk.contact(number), "announce")
    desk.now += 7 * MINUTE_MS
    answered(desk, number)
    assert (memory.low, memory.high) == (101, 909)
    assert desk.fact(FactKind.WAIT_JUDGED).detail["held"] == 0


def test_what_was_told_of_an_earlier_wait_is_not_judged_by_a_later_one() -> None:
    """Whoever left the line and came back had another place than the one that was spoken of."""
    desk = desk_of(agents=1, keys={"1": Action(kind=ActionKind.QUEUE, ref="sales")})
    number = desk.arrives()
    desk.wait(10_000)
    assert desk.contact(number).announced.quotes
    desk.presses(f"caller{number}", "1")
    answered(desk, number)
    assert FactKind.WAIT_JUDGED not in desk.kinds()


def test_who_did_not_have_to_wait_says_nothing_about_others() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)), agents=1)
    joins(desk, desk.arrives())
    assert desk.engine.state.waits == {}


def test_what_is_remembered_is_bounded_and_saved() -> None:
    desk = desk_of(agents=1, samples=SAMPLES_KEPT)
    desk.engine = TwinEngine(desk.engine.plan, saved(desk.engine.state))
    memory = desk.engine.state.waits["sales"]
    memory.judged = ((0, 0, 1),) * JUDGED_KEPT
    desk.engine.disk.waits["sales"].judged = memory.judged
    number = desk.arrives()
    desk.wait(10_000)
    answered(desk, number)
    assert len(memory.answered) == SAMPLES_KEPT
    assert len(memory.judged) == JUDGED_KEPT
    assert memory.answered[-1][0] == memory.judged[-1][0] == desk.now
