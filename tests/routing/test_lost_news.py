"""One piece of news never comes: it is asked for, or what should have happened is taken for done.

Transfers that failed have a file of their own, `test_lost_failures.py`.
"""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.commands import AskCall, CancelMedia, CreateCall, HangUp, Invite, Play, Transfer
from routing.events import (
    CallEstablished,
    CallSeen,
    InviteEnded,
    PromptEnded,
    RosterChanged,
    RosterEntry,
)
from routing.plan import Delivery, Queue
from routing.state import AgentState, ContactState, Outcome

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
AGENT = RosterEntry(participant="p-a0", kind="user", id="a0")
TARGET = RosterEntry(participant="p-target", kind="phone", id="+49303")
PLEASE_HOLD = Action(kind=ActionKind.NUMBER, ref="+49303", prompt="plan:please_hold")
MUSIC_MS = 600_000


def desk_of(agents: int = 2, **queue: object) -> Desk:
    the_plan = plan(
        Queue(name="sales", **queue),  # type: ignore[arg-type]
        durations={"music:default": MUSIC_MS, "plan:please_hold": 2_000},
    )
    return Desk(the_plan, agents=agents)


def group(agents: int = 1, **queue: object) -> Desk:
    return desk_of(agents, delivery=Delivery.GROUP_CALL, **queue)


def seen(desk: Desk, *people: RosterEntry, asked_ago: int = 0) -> None:
    """The platform answers: the caller's leg lives, with these people in it."""
    asked_at = desk.now - asked_ago
    desk.give(CallSeen(call="caller1", state="established", people=people, asked_at=asked_at))


def asked(desk: Desk) -> list[str]:
    """The legs asked for, by the platform's ids."""
    return [desk.engine.wire_of(c.call) for c in desk.commands if isinstance(c, AskCall)]


def music(desk: Desk) -> list[Play]:
    plays = [c for c in desk.commands if isinstance(c, Play)]
    return [p for p in plays if p.say[0].prompt == "music:default"]


# -- music


def test_music_whose_end_is_never_told_goes_on() -> None:
    desk = desk_of(0)
    desk.arrives()
    for pieces in (1, 2, 3):
        desk.wait(MUSIC_MS + 2_999)
        assert len(music(desk)) == pieces
        desk.wait(1)
        assert len(music(desk)) == pieces + 1
    assert not any(p.fresh for p in music(desk)), "behind what may still play"


def test_the_end_of_an_earlier_piece_does_not_start_another() -> None:
    desk = desk_of(0)
    desk.arrives()
    desk.wait(MUSIC_MS + 3_000)
    first, second = music(desk)
    desk.give(PromptEnded(call="caller1", context=first.id, ok=True))
    assert len(music(desk)) == 2
    desk.give(PromptEnded(call="caller1", context=second.id, ok=True))
    assert len(music(desk)) == 3


def test_music_of_unknown_length_is_waited_for() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=0)
    desk.arrives()
    desk.wait(3_600_000)
    assert len(music(desk)) == 1


def test_whoever_talks_hears_no_music_again() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.wait(3 * MUSIC_MS)
    assert len(music(desk)) == 1


# -- while a phone rings


def test_a_phone_that_was_declined_unheard_of_is_known_after_five_seconds() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    desk.wait(4_999)
    assert asked(desk) == []
    desk.wait(1)
    assert sorted(asked(desk)) == sorted([leg, "caller1"])
    desk.present()
    desk.give(CallSeen(call=leg, state="gone"))
    assert desk.count(CreateCall) == 2


def test_a_phone_that_was_picked_up_unheard_of_hears_the_whisper() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    desk.wait(5_000)
    desk.give(CallSeen(call=leg, state="established"))
    assert desk.last(Play).say[0].prompt == "whisper"
    desk.wait(5_000)
    assert asked(desk).count(leg) == 2, "and is looked at while they decide"
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.wait(2_900)
    assert asked(desk).count(leg) == 2


def test_a_phone_picked_up_before_its_ring_was_confirmed_is_looked_at_too() -> None:
    desk = desk_of()
    desk.arrives()
    create = desk.last(CreateCall)
    desk.give(CallEstablished(call="leg", command=create.id))
    desk.ok(create, wire="leg")
    desk.wait(5_000)
    assert sorted(asked(desk)) == ["caller1", "leg"]


def test_a_phone_stops_when_its_caller_had_hung_up_unheard_of() -> None:
    desk = desk_of()
    desk.arrives()
    leg = desk.phone_rings()
    desk.wait(5_000)
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg


def test_an_invitation_asks_who_is_in_the_call() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.wait(5_000)
    assert desk.last(AskCall).roster
    seen(desk, BOT, CALLER, AGENT)
    assert desk.contact().state is ContactState.CONNECTED
    assert desk.agent().state is AgentState.ON_CONTACT


def test_a_blind_ring_is_watched_as_a_link_alone() -> None:
    desk = desk_of(delivery=Delivery.TRANSFER)
    desk.arrives()
    desk.ok(desk.last(Transfer))
    assert set(next(iter(desk.engine.state.offers.values())).timers) == {"ring", "link"}


# -- rosters


def test_who_joined_unseen_is_looked_for_and_then_seen_to_leave() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    desk.wait(1_000)
    assert desk.last(AskCall).roster
    seen(desk, BOT, CALLER, AGENT)
    assert desk.contact().talk_time_source == "roster"
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)))
    desk.wait(2_000)
    seen(desk, BOT, CALLER)
    assert desk.contact().end_reason == "agent left"


def test_an_agent_whom_presence_shows_out_of_the_call_is_looked_for() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.present("a0", as_="Busy", activity="InACall")
    before = len(asked(desk))
    desk.present("a0")
    assert len(asked(desk)) == before + 1
    seen(desk, BOT, CALLER)
    desk.wait(2_000)
    seen(desk, BOT, CALLER)
    assert desk.contact().end_reason == "agent left"


def test_presence_alone_ends_no_talk_that_a_roster_shows() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    assert desk.engine.urgent(), "it is read every 3 s all the same"
    desk.talk_seen_over()
    desk.wait(60_000)
    assert desk.contact().state is ContactState.CONNECTED


def test_an_answer_from_before_somebody_was_missed_does_not_prove_that_they_left() -> None:
    desk = group()
    desk.arrives()
    desk.invited()
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, AGENT)))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER)), after=1_000)
    seen(desk, BOT, CALLER, asked_ago=1)
    assert desk.contact().state is ContactState.CONNECTED
    desk.wait(2_000)
    seen(desk, BOT, CALLER, asked_ago=0)
    assert desk.contact().end_reason == "agent left"


@pytest.mark.parametrize("shown", [True, False])
def test_a_target_who_joined_unseen_is_looked_for(shown: bool) -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=Action(kind=ActionKind.NUMBER, ref="+49303"))
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    invite = desk.last(Invite)
    desk.ok(invite)
    if shown:
        desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True))
    before = len(asked(desk))
    desk.wait(1_000)
    assert len(asked(desk)) == before + (not shown)
    seen(desk, BOT, CALLER, TARGET)
    for _ in range(2):
        desk.wait(2_000)
        seen(desk, BOT, CALLER)
    assert desk.contact().end_reason == "target left"


# -- on the way out


def test_music_goes_on_behind_the_last_words_while_the_target_is_invited() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=PLEASE_HOLD)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    assert desk.last(Play).fresh, "the last words stop the music"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert len(music(desk)) == 2
    assert not music(desk)[-1].fresh
    desk.give(PromptEnded(call="caller1", context=music(desk)[-1].id, ok=True))
    assert len(music(desk)) == 3
    desk.ok(desk.last(Invite))
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, TARGET)))
    assert desk.count(CancelMedia) == 1
    desk.wait(2 * MUSIC_MS)
    assert len(music(desk)) == 3, "and none once they talk"


def test_a_target_is_invited_to_the_music_that_plays() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=Action(kind=ActionKind.NUMBER, ref="+49303"))
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    assert desk.last(Invite).target.id == "+49303"
    assert len(music(desk)) == 1
    desk.give(PromptEnded(call="caller1", context=music(desk)[-1].id, ok=True))
    assert len(music(desk)) == 2


def test_a_transferred_caller_is_played_no_music_of_ours() -> None:
    desk = desk_of(0, max_wait_ms=10_000, on_max_wait=PLEASE_HOLD)
    desk.arrives()
    desk.wait(10_000)
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.last(Transfer).target.id == "+49303"
    assert len(music(desk)) == 1
