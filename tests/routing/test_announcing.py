"""What a waiting caller is told between the music, and what never."""

from __future__ import annotations

from typing import Any

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import Play, Transfer
from routing.events import (
    CallEnded,
    CallEstablished,
    PlanChanged,
    PromptEnded,
)
from routing.facts import FactKind
from routing.plan import Queue
from routing.state import ContactState
from routing.waiting_rules import Announcements
from routing.word_events import (
    AcceptedByCard,
)

EVERY = Announcements(first_after_ms=10_000, every_ms=20_000, prompts=("plan:a", "plan:b"))
PLACES = Announcements(first_after_ms=10_000, every_ms=10_000, position=True)


def desk_of(announce: Announcements, *others: Queue, agents: int = 1, **queue: Any) -> Desk:
    the_plan = plan(Queue(name="sales", announce=announce, **queue), *others)
    desk = Desk(the_plan, agents=agents)
    desk.present(*(f"a{n}" for n in range(agents)), as_="Away")
    return desk


def said(desk: Desk, number: int = 1) -> list[tuple[str, ...]]:
    """What each announcement was made of."""
    call = desk.contact(number).call
    plays = (c for c in desk.commands if isinstance(c, Play) and c.call == call)
    return [tuple(s.prompt for s in play.say) for play in plays if len(play.say) > 1]


def test_prompts_come_in_turn_each_with_music_right_behind_it() -> None:
    desk = desk_of(EVERY)
    desk.arrives()
    desk.wait(9_999)
    assert said(desk) == []
    desk.wait(40_001)
    assert said(desk) == [
        ("plan:a", "music:default"),
        ("plan:b", "music:default"),
        ("plan:a", "music:default"),
    ]
    assert desk.last(Play).fresh
    assert desk.contact().music == desk.last(Play).id


def test_the_music_behind_an_announcement_is_followed_by_more() -> None:
    desk = desk_of(EVERY)
    desk.arrives()
    desk.wait(10_000)
    desk.give(PromptEnded(call="caller1", context=desk.contact().music, ok=True), after=5_000)
    assert [s.prompt for s in desk.last(Play).say] == ["music:default"]
    assert desk.contact().music == desk.last(Play).id


def test_music_whose_end_is_lost_behind_an_announcement_begins_again() -> None:
    the_plan = plan(Queue(name="sales", announce=EVERY), durations={"music:default": 8_000})
    desk = Desk(the_plan, agents=0)
    desk.arrives()
    desk.wait(10_000)
    assert said(desk) == [("plan:a", "music:default")]
    desk.wait(4_000)
    assert [s.prompt for s in desk.last(Play).say] == ["music:default"]
    assert not desk.last(Play).fresh


def test_the_place_is_told_as_it_comes_nearer() -> None:
    desk = desk_of(PLACES)
    for _ in range(3):
        desk.arrives()
    desk.wait(10_000)
    assert [said(desk, n) for n in (1, 2, 3)] == [
        [(f"position:{place}", "music:default")] for place in (1, 2, 3)
    ]
    desk.give(CallEnded(call="caller1"))
    desk.wait(10_000)
    assert said(desk, 3)[-1] == ("position:2", "music:default")
    assert desk.contact(3).announced.position == 2
    fact = desk.fact(FactKind.CONTACT_ANNOUNCED)
    assert (fact.contact, fact.detail) == (desk.contact(3).id, {"position": 2})


def test_a_place_that_became_worse_is_not_told() -> None:
    urgent = Queue(
        name="urgent",
        max_length=0,
        on_overflow=Action(kind=ActionKind.QUEUE, ref="sales", priority=1),
    )
    desk = desk_of(PLACES, urgent)
    desk.arrives()
    desk.wait(10_000)
    desk.arrives(account="account-urgent")
    desk.wait(10_000)
    assert said(desk, 1) == [("position:1", "music:default")]
    assert said(desk, 2) == [("position:1", "music:default")]
    desk.give(CallEnded(call="caller2"))
    desk.wait(10_000)
    assert said(desk, 1)[-1] == ("position:1", "music:default")
    assert len(said(desk, 1)) == 2


def test_a_worse_place_in_the_next_queue_is_not_told_either() -> None:
    following = Queue(name="next", announce=PLACES)
    desk = desk_of(
        PLACES,
        following,
        max_wait_ms=15_000,
        on_max_wait=Action(kind=ActionKind.QUEUE, ref="next", priority=5),
    )
    desk.arrives(account="account-next")
    desk.arrives()
    desk.wait(30_000)
    assert desk.contact(2).queue == "next"
    assert said(desk, 2) == [("position:1", "music:default")]
    assert said(desk, 1)[-1] == ("position:1", "music:default")


def test_who_is_being_rung_for_is_first() -> None:
    desk = desk_of(PLACES)
    for _ in range(2):
        desk.arrives()
    desk.present("a0")
    desk.phone_rings()
    desk.wait(10_000)
    assert said(desk, 1) == [("position:1", "music:default")]
    assert said(desk, 2) == [("position:1", "music:default")]


def test_nothing_is_spoken_into_a_link_and_all_goes_on_when_it_fails() -> None:
    desk = desk_of(EVERY)
    desk.present("a0")
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.CONNECTING
    assert said(desk) == []
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    desk.wait(20_000)
    assert said(desk) == [("plan:a", "music:default")]


def test_nothing_is_spoken_once_an_agent_has_said_yes_on_the_card() -> None:
    desk = desk_of(EVERY)
    desk.present("a0")
    offer = desk.offered_by_card()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.wait(10_000)
    assert desk.contact().state is ContactState.QUEUED
    assert said(desk) == []


def test_nothing_is_spoken_to_who_talks_or_leaves() -> None:
    desk = desk_of(EVERY, max_wait_ms=12_000)
    desk.present("a0")
    desk.connected()
    assert "announce" not in desk.contact().timers
    desk.arrives()
    desk.wait(40_000)
    assert said(desk, 1) == []
    assert said(desk, 2) == [("plan:a", "music:default")]
    for number in (1, 2):
        assert "announce" not in desk.contact(number).timers


def test_a_queue_that_says_nothing_any_more_falls_silent() -> None:
    desk = desk_of(EVERY)
    desk.arrives()
    desk.give(PlanChanged(plan=plan(Queue(name="sales"))))
    desk.wait(60_000)
    assert said(desk) == []


def test_without_anything_to_say_the_music_is_left_alone() -> None:
    desk = desk_of(Announcements(first_after_ms=5_000, every_ms=5_000, expected_wait=True))
    desk.arrives()
    desk.wait(30_000)
    assert desk.count(Play) == 1


@pytest.mark.parametrize("state", ["arranging", "gone"])
def test_who_has_no_ear_for_it_is_told_nothing(state: str) -> None:
    from routing.contact import ContactInput, move
    from routing.state import CallState

    desk = desk_of(EVERY)
    desk.arrives()
    contact = desk.contact()
    if state == "arranging":
        move(desk.engine.floor, contact, ContactInput.ARRANGE)
    else:
        desk.engine.floor.caller_leg(contact).state = CallState.ENDED
    desk.wait(20_000)
    assert said(desk) == []
    assert "announce" in contact.timers
