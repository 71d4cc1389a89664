"""Leaving a message: asked first, recorded, chosen, kept; and every way in which it ends."""

from __future__ import annotations

import pytest
from kit.floor_desk import Desk
from kit.voicemail_desk import (
    DURATIONS,
    GREETING,
    asked,
    choosing,
    desk,
    discarded,
    ended,
    fetched,
    hangs_up,
    left,
    listed,
    press,
    recording,
    says,
    told,
)

from routing.action import Action, ActionKind
from routing.commands import (
    CloseMedia,
    DropRecording,
    FetchRecording,
    HangUp,
    ListVoicemail,
    Play,
    Record,
    SetRecording,
    TellTeam,
)
from routing.events import (
    CommandDone,
    PromptEnded,
    RecordingAllowed,
    RecordingEnded,
)
from routing.facts import FactKind
from routing.state import ContactState, Outcome
from routing.voicemail import (
    ASKED_WITHIN_MS,
    CHOICE_WITHIN_MS,
    CHOICES_AT_MOST,
    KEPT,
    LOST,
    MENU,
    NOTHING,
    TAKES_AT_MOST,
)
from routing.voicemail_end import AFTER_HANG_UP_MS

# -- before the beep -------------------------------------------------------------------------------


def test_the_platform_is_told_before_anything_is_recorded() -> None:
    at = desk()
    assert at.contact().state is ContactState.RECORDING
    assert at.last(SetRecording).on
    assert at.count(Record) == 0
    asked(at)
    record = at.last(Record)
    assert (record.say.prompt, record.most_ms) == (GREETING, 120_000)


def test_its_word_may_come_as_a_notification() -> None:
    at = desk()
    at.ok(at.last(SetRecording))
    assert at.count(Record) == 0
    at.give(RecordingAllowed(call="caller1", context=at.last(SetRecording).id, ok=True))
    assert at.count(Record) == 1


def test_without_its_yes_nothing_is_recorded_and_the_wish_is_listed() -> None:
    at = desk()
    asked(at, ok=False)
    assert at.count(Record) == 0
    assert says(at) == LOST
    assert (left(at), listed(at), told(at)) == (["failed"], ["failed"], ["voicemail_failed"])


@pytest.mark.parametrize("problem", ["refused", "unavailable", "too_late", "unknown"])
def test_an_answer_that_is_no_yes_is_a_no(problem: str) -> None:
    at = desk()
    at.ok(at.last(SetRecording), problem=problem)
    assert (at.count(Record), left(at)) == (0, ["failed"])


def test_its_silence_is_a_no() -> None:
    at = desk()
    at.ok(at.last(SetRecording))
    at.wait(ASKED_WITHIN_MS)
    assert (at.count(Record), left(at)) == (0, ["failed"])


def test_a_late_yes_records_nothing() -> None:
    at = desk()
    at.wait(ASKED_WITHIN_MS)
    asked(at)
    assert at.count(Record) == 0


def test_the_wait_of_who_leaves_a_message_ends_with_the_queue() -> None:
    at = recording()
    contact = at.contact()
    queued_at = contact.queued_at
    assert queued_at is not None
    at.wait(20_000)
    assert contact.state is ContactState.RECORDING
    assert contact.left_queue_at == queued_at + 10_000
    hangs_up(at)
    assert at.records[-1].left_queue_at == queued_at + 10_000
    assert at.records[-1].ended_at == queued_at + 30_000


def test_who_waits_in_a_second_queue_waits_on() -> None:
    at = desk(on_max_wait=Action(kind=ActionKind.QUEUE, ref="support"))
    contact = at.contact()
    assert contact.queue == "support"
    assert contact.left_queue_at is None


def test_where_the_settings_do_not_allow_it_nobody_is_asked() -> None:
    at = desk(allowed=False)
    assert (at.count(SetRecording), at.count(Record)) == (0, 0)
    assert at.contact().state is ContactState.LEAVING
    assert says(at) == "system:technical_problem"
    assert left(at) == []


def test_the_visit_ends_as_it_was_left_and_so_does_the_contact() -> None:
    at = choosing()
    [visit] = [f for f in at.facts if f.kind is FactKind.CONTACT_LEFT_QUEUE]
    assert visit.detail["outcome"] == "timed_out"
    press(at, "1")
    at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=True))
    assert at.records[-1].outcome == Outcome.TIMED_OUT


# -- the recording ---------------------------------------------------------------------------------


def test_the_sound_is_fetched_at_once_and_recording_is_over() -> None:
    at = choosing()
    fetch = at.last(FetchRecording)
    assert (fetch.location, fetch.token) == ("https://graph.example/r1", "opens")
    assert fetch.voicemail == at.last(Record).id
    assert not at.last(SetRecording).on
    assert says(at) == MENU


def test_what_opens_a_recording_is_printed_nowhere() -> None:
    at = choosing()
    assert "opens" not in repr(at.last(FetchRecording))
    event = RecordingEnded(call="c", context="x", ok=True, location="https://x/y", token="opens")
    assert "opens" not in repr(event)
    assert "x/y" not in repr(event)
    assert "opens" not in repr(at.engine.state)
    assert not [f for f in at.facts if "opens" in str(f) or "graph.example" in str(f)]


def test_a_recording_that_the_platform_refuses_is_a_failed_message() -> None:
    at = desk()
    asked(at)
    at.ok(at.last(Record), problem="refused")
    assert (says(at), left(at), told(at)) == (LOST, ["failed"], ["voicemail_failed"])


def test_a_recording_in_doubt_is_waited_for() -> None:
    at = desk()
    asked(at)
    at.ok(at.last(Record), problem="unknown")
    assert left(at) == []
    at.wait(20_000)
    ended(at)
    assert says(at) == MENU


def test_news_that_never_comes_is_a_failed_message() -> None:
    at = recording()
    at.wait(10 * 60_000)
    assert (left(at), told(at)) == (["failed"], ["voicemail_failed"])


def test_who_says_nothing_at_all_wanted_to_be_called() -> None:
    at = recording()
    at.wait(15_000)
    ended(at, ok=False)
    assert (says(at), left(at), told(at)) == (NOTHING, ["wish"], ["voicemail_wish"])
    assert at.count(FetchRecording) == 0


def test_a_recording_that_fails_may_have_cut_somebody_off() -> None:
    at = recording()
    at.wait(15_000)
    ended(at, ok=False, subcode=9999)
    lost = "system:voicemail_lost"
    assert (says(at), left(at), told(at)) == (lost, ["failed"], ["voicemail_failed"])


def test_less_than_a_second_of_speech_is_no_message_but_a_wish() -> None:
    at = choosing()
    fetched(at, speech_ms=900)
    assert (says(at), left(at), told(at)) == (NOTHING, ["wish"], ["voicemail_wish"])
    assert at.last(DropRecording).voicemail == at.last(Record).id


# -- the menu --------------------------------------------------------------------------------------


def test_1_keeps_the_message() -> None:
    at = choosing()
    fetched(at)
    press(at, "1")
    assert says(at) == KEPT
    assert (left(at), listed(at), told(at)) == (["message"], ["message"], ["voicemail_message"])
    told_team = at.last(TellTeam)
    assert told_team.detail["voicemail"] == at.last(Record).id
    assert told_team.detail["length_ms"] == "14000"


def test_silence_keeps_it() -> None:
    at = choosing()
    fetched(at)
    at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=True))
    at.wait(CHOICE_WITHIN_MS - 1)
    assert left(at) == []
    at.wait(1)
    assert left(at) == ["message"]


def test_2_plays_it_and_the_menu_comes_again() -> None:
    at = choosing()
    fetched(at)
    press(at, "2")
    assert says(at) == f"voicemail:{at.last(Record).id}"
    at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=True))
    assert at.last(CloseMedia).voicemail == at.last(Record).id
    assert says(at) == MENU


def test_2_before_the_sound_is_here_waits_for_it_with_music() -> None:
    at = choosing()
    press(at, "2")
    assert at.last(Play).say[0].prompt == "music:default"
    fetched(at)
    assert says(at).startswith("voicemail:")


def test_a_sound_that_never_comes_is_not_waited_for_without_end() -> None:
    at = choosing()
    press(at, "2")
    at.wait(60_000)
    assert left(at) == []
    assert listed(at) == ["fetching"]
    fetched(at)
    assert (left(at), listed(at)) == (["message"], ["fetching", "message"])


def test_3_throws_it_away_and_records_anew_when_that_is_allowed_again() -> None:
    at = choosing()
    fetched(at)
    first = at.last(Record).id
    press(at, "3")
    assert discarded(at) == ["recorded again"]
    assert at.last(DropRecording).voicemail == first
    assert at.last(SetRecording).on
    assert at.count(Record) == 1
    asked(at)
    assert at.count(Record) == 2
    assert at.last(Record).say.prompt == "system:voicemail_again"
    at.ok(at.last(Record))
    ended(at)
    fetched(at)
    press(at, "1")
    assert left(at) == ["message"]
    assert at.last(ListVoicemail).voicemail.id == at.last(Record).id != first


def music_ends(at: Desk) -> bool:
    """The music on the caller's leg is over; whether other music follows."""
    contact = at.contact()
    before = contact.music
    at.give(PromptEnded(call="caller1", context=before, ok=True), after=1_000)
    last = at.last(Play)
    return contact.music != before and last.id == contact.music


def test_music_that_ends_is_followed_by_more_until_the_beep_and_in_the_menu() -> None:
    at = desk()
    assert music_ends(at)
    asked(at)
    at.ok(at.last(Record))
    assert at.contact().music == ""
    at.wait(20_000)
    ended(at)
    at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=True))
    assert music_ends(at)
    press(at, "2")
    assert music_ends(at), "while the sound is on its way"


def test_who_wanted_to_hear_it_and_records_again_is_not_played_the_new_one_unasked() -> None:
    at = choosing()
    press(at, "2")
    press(at, "3")
    asked(at)
    at.ok(at.last(Record))
    at.wait(20_000)
    ended(at)
    fetched(at)
    assert says(at) == MENU


def test_a_second_recording_that_was_lost_is_not_listed_with_the_length_of_the_first() -> None:
    at = choosing()
    fetched(at)
    press(at, "3")
    asked(at)
    at.ok(at.last(Record))
    at.wait(20_000)
    hangs_up(at)
    at.wait(AFTER_HANG_UP_MS)
    line = at.last(ListVoicemail).voicemail
    assert (line.result, line.length_ms) == ("failed", 0)


def test_a_sound_that_comes_after_it_was_thrown_away_is_thrown_away_too() -> None:
    at = choosing()
    first = at.last(FetchRecording)
    press(at, "3")
    drops = at.count(DropRecording)
    at.ok(first, contact=first.contact, voicemail=first.voicemail, length_ms=1, speech_ms=2_000)
    assert at.count(DropRecording) == drops + 1
    assert left(at) == []


def test_nobody_records_again_without_end() -> None:
    at = choosing()
    for _ in range(10):
        press(at, "3")
        if at.contact().message is None or at.contact().state is not ContactState.RECORDING:
            break
        asked(at)
        ended(at)
    assert at.count(Record) == TAKES_AT_MOST


def test_nobody_listens_without_end() -> None:
    at = choosing()
    fetched(at)
    for _ in range(2 * CHOICES_AT_MOST):
        if at.contact().state is not ContactState.RECORDING:
            break
        press(at, "2")
        at.give(PromptEnded(call="caller1", context=at.contact().playing, ok=True))
    assert left(at) == ["message"]


@pytest.mark.parametrize("tone", ["#", "0", "9", "*"])
def test_other_keys_mean_nothing(tone: str) -> None:
    at = choosing()
    commands = len(at.commands)
    press(at, tone)
    assert len(at.commands) == commands


def test_keys_while_the_caller_speaks_are_the_platforms_business() -> None:
    at = recording()
    commands = len(at.commands)
    for tone in "123#":
        press(at, tone)
    assert len(at.commands) == commands


def test_a_failed_download_still_lists_the_callers_wish() -> None:
    at = choosing()
    press(at, "1")
    assert (left(at), listed(at)) == ([], ["fetching"])
    fetched(at, problem="gone")
    assert (left(at), listed(at), told(at)) == (
        ["failed"],
        ["fetching", "failed"],
        ["voicemail_failed"],
    )


def test_an_outcome_told_twice_changes_nothing() -> None:
    at = choosing()
    press(at, "1")
    fetched(at)
    fetched(at)
    ended(at)
    assert (left(at), at.count(DropRecording), at.count(FetchRecording)) == (["message"], 0, 1)


# -- hanging up ------------------------------------------------------------------------------------


def test_who_hangs_up_before_the_beep_left_nothing_and_wanted_nothing() -> None:
    at = recording()
    at.wait(DURATIONS[GREETING] - 1)
    hangs_up(at)
    at.wait(AFTER_HANG_UP_MS)
    assert (left(at), told(at), discarded(at)) == ([], [], ["hung up before the beep"])
    assert at.records[-1].outcome == Outcome.ABANDONED


def test_who_hangs_up_while_speaking_leaves_what_was_said_so_far() -> None:
    at = recording()
    at.wait(12_000)
    hangs_up(at)
    assert at.contact().state is ContactState.ENDED
    assert at.records[-1].outcome == Outcome.TIMED_OUT
    ended(at)
    assert listed(at) == ["fetching"]
    fetched(at)
    assert (left(at), told(at)) == (["message"], ["voicemail_message"])
    assert at.count(HangUp) == 0


def test_a_hang_up_of_which_no_recording_is_told_is_a_failed_message() -> None:
    at = recording()
    at.wait(12_000)
    hangs_up(at)
    at.wait(AFTER_HANG_UP_MS)
    assert (left(at), told(at)) == (["failed"], ["voicemail_failed"])
    ended(at)
    assert at.count(FetchRecording) == 0


def test_hanging_up_in_the_menu_keeps_the_message() -> None:
    at = choosing()
    fetched(at)
    hangs_up(at)
    assert left(at) == ["message"]


def test_hanging_up_while_hearing_it_keeps_it_and_closes_its_address() -> None:
    at = choosing()
    fetched(at)
    press(at, "2")
    hangs_up(at)
    assert (left(at), at.count(CloseMedia)) == (["message"], 1)


def test_a_tombstone_that_is_forgotten_leaves_no_message_open() -> None:
    at = choosing()
    hangs_up(at)
    assert (left(at), listed(at)) == ([], ["fetching"])
    at.wait(20 * 60_000)
    assert (left(at), listed(at)) == (["failed"], ["fetching", "failed"])
    assert at.engine.state.contacts == {}


def test_the_outcome_of_a_fetch_for_a_forgotten_contact_is_no_error() -> None:
    at = choosing()
    fetch = at.last(FetchRecording)
    hangs_up(at)
    at.wait(20 * 60_000)
    at.give(CommandDone(command=fetch.id, call="", contact=fetch.contact, voicemail="1-9"))


# -- for whom --------------------------------------------------------------------------------------


def test_a_message_may_be_for_another_queues_team() -> None:
    at = desk(on_max_wait=Action(kind=ActionKind.VOICEMAIL, ref="support"))
    asked(at)
    at.ok(at.last(Record))
    ended(at)
    fetched(at)
    press(at, "1")
    [fact] = [f for f in at.facts if f.kind is FactKind.VOICEMAIL_LEFT]
    assert fact.queue == at.last(ListVoicemail).voicemail.queue == "support"
    assert told(at) == []  # that team has no channel


def test_a_queue_that_is_not_there_takes_no_message() -> None:
    at = desk(on_max_wait=Action(kind=ActionKind.VOICEMAIL, ref="dropped"))
    assert at.count(SetRecording) == 0
    assert at.contact().state is ContactState.LEAVING
