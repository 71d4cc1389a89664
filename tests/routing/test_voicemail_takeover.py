"""A service that dies while somebody leaves a message: no silence, no lost wish."""

from __future__ import annotations

import copy

from kit.floor_desk import Desk
from kit.voicemail_desk import (
    asked,
    choosing,
    discarded,
    ended,
    fetched,
    hangs_up,
    left,
    press,
    recording,
    says,
)

from routing.commands import (
    Play,
    Record,
    SetRecording,
)
from routing.engine import Engine
from routing.events import (
    CallSeen,
    OwnerChanged,
    PromptEnded,
    RecordingEnded,
)
from routing.state import ContactState, Outcome
from routing.voicemail import (
    INTERRUPTED,
    LOST,
    MENU,
    TAKES_AT_MOST,
)
from routing.voicemail_end import AFTER_HANG_UP_MS


def taken_over(at: Desk, *, after: int = 3_000) -> None:
    """The service dies, another owner loads what it saved, and finds the caller on the line."""
    state = copy.deepcopy(at.engine.state)
    state.epoch, state.counted = 2, 0
    at.engine = Engine(at.engine.plan, state)
    at.commands.clear()
    at.give(OwnerChanged(epoch=2), after=after)
    at.give(CallSeen(call="caller1", state="established"))


def played_behind(at: Desk) -> list[str]:
    return [c.say[0].prompt for c in at.commands if isinstance(c, Play) and not c.fresh]


def sentence_over(at: Desk, *, ok: bool = True) -> None:
    at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=ok), after=2_000)


def spoken_for_nobody() -> Desk:
    """The recording was over while the service was dead."""
    at = recording()
    at.wait(20_000)
    taken_over(at)
    sentence_over(at)
    return at


def test_after_a_crash_words_are_queued_behind_the_recording_once_and_music_behind_them() -> None:
    at = recording()
    at.wait(20_000)
    taken_over(at)
    at.give(CallSeen(call="caller1", state="established"))
    assert played_behind(at) == [INTERRUPTED, "music:default"]


def test_a_recording_that_outlives_a_crash_is_kept() -> None:
    at = recording()
    at.wait(20_000)
    taken_over(at)
    record = at.contact().message
    assert record is not None
    at.give(
        RecordingEnded(
            call="caller1",
            context=record.id,
            ok=True,
            location="https://graph.example/r1",
            code=200,
        ),
        after=5_000,
    )
    assert says(at) == MENU
    press(at, "1")
    fetched(at)
    assert left(at) == ["message"]


def test_a_message_whose_end_a_crash_has_swallowed_is_said_again_within_seconds() -> None:
    at = spoken_for_nobody()
    assert discarded(at) == ["nobody told where the recording is"]
    asked(at)
    assert at.last(Record).say.prompt == "system:voicemail_again"
    at.ok(at.last(Record))
    at.wait(20_000)
    ended(at)
    press(at, "1")
    fetched(at)
    assert left(at) == ["message"]


def test_who_hangs_up_when_asked_to_say_it_again_is_listed() -> None:
    at = spoken_for_nobody()
    hangs_up(at)
    assert left(at) == ["failed"]
    assert at.records[-1].outcome == Outcome.TIMED_OUT.value


def test_who_hangs_up_before_the_second_beep_is_listed() -> None:
    at = spoken_for_nobody()
    asked(at)
    at.ok(at.last(Record))
    hangs_up(at)
    at.wait(AFTER_HANG_UP_MS)
    assert left(at) == ["failed"]


def test_words_that_could_not_be_played_prove_nothing() -> None:
    at = recording()
    at.wait(20_000)
    taken_over(at)
    sentence_over(at, ok=False)
    assert at.count(SetRecording) == 0
    assert at.contact().state is ContactState.RECORDING


def test_nobody_is_asked_again_without_end() -> None:
    at = recording()
    message = at.contact().message
    assert message is not None
    message.takes = TAKES_AT_MOST
    taken_over(at)
    sentence_over(at)
    assert says(at) == LOST
    assert left(at) == ["failed"]


def test_a_crash_in_the_menu_leaves_no_silence() -> None:
    at = choosing()
    taken_over(at)
    assert played_behind(at) == ["music:default"]
