"""Every form of every word, and what each is taken for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.words import LONGEST_MS, REASON_LENGTH, Word, understand

SEOUL = ZoneInfo("Asia/Seoul")
NOW = int(datetime(2026, 11, 22, 13, 0, tzinfo=SEOUL).timestamp() * 1000)
MIN = 60_000


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ready", Word.READY),
        ("READY!", Word.READY),
        ("  Ready.  ", Word.READY),
        ("/ready", Word.READY),
        ("I'm ready", Word.READY),
        ("I\u2019m ready", Word.READY),
        ("ｒｅａｄｙ", Word.READY),
        ("준비", Word.READY),
        ("준비 완료", Word.READY),
        ("not ready", Word.NOT_READY),
        ("NOT\u00a0READY", Word.NOT_READY),
        ("not-ready", Word.NOT_READY),
        ("notready", Word.NOT_READY),
        ("I am not ready", Word.NOT_READY),
        ("unavailable", Word.NOT_READY),
        ("준비 안 됨", Word.NOT_READY),
        ("준비 안됨", Word.NOT_READY),
        ("준비안됨", Word.NOT_READY),
        ("자리비움", Word.NOT_READY),
        ("부재", Word.NOT_READY),
        ("status", Word.STATUS),
        ("Status?", Word.STATUS),
        ("상태", Word.STATUS),
        ("help", Word.HELP),
        ("?", Word.HELP),
        ("도움말", Word.HELP),
    ],
)
def test_a_word_in_any_form_is_understood(text: str, word: Word) -> None:
    said = understand(text, now=NOW)
    assert (said.word, said.understood, said.reason, said.until) == (word, True, "", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "\0",
        "readyish",
        "not readyish",
        "ready?",
        "get ready",
        "never ready",
        "not",
        "부재중전화",
        "준비 안 한 사람",
        "almost not ready",
        "<b>",
        "😀",
        "statuses",
    ],
)
def test_anything_else_is_not_understood_and_gets_help(text: str) -> None:
    said = understand(text, now=NOW)
    assert (said.word, said.understood) == (Word.HELP, False)


@pytest.mark.parametrize(
    ("rest", "reason", "minutes"),
    [
        ("lunch", "lunch", None),
        ("Lunch with Bob!", "Lunch with Bob", None),
        (": lunch", "lunch", None),
        ("15m", "", 15),
        ("15 min", "", 15),
        ("1h", "", 60),
        ("1h30m", "", 90),
        ("for 1 hour 30 minutes", "", 90),
        ("2 HOURS", "", 120),
        ("lunch 15m", "lunch", 15),
        ("15m lunch", "lunch", 15),
        ("lunch, 15m", "lunch", 15),
        ("until 14:30", "", 90),
        ("till 14.30 dentist", "dentist", 90),
        ("dentist until 14:30", "dentist", 90),
        ("until 2:30 pm", "", 90),
        ("until 2:30", "", 90),
        ("until 2", "", 60),
        ("until 12", "", 11 * 60),
        ("until 02:30", "", 13 * 60 + 30),
        ("until 9am", "", 20 * 60),
        ("until 12 am", "", 11 * 60),
        ("until 12:59", "", 11 * 60 + 59),
        ("until 13:00", "", 24 * 60),
        ("room 15", "room 15", None),
        ("team 5 meeting", "team 5 meeting", None),
        ("until the end", "until the end", None),
    ],
)
def test_reason_and_time_of_an_absence(rest: str, reason: str, minutes: int | None) -> None:
    said = understand(f"not ready {rest}", now=NOW, zone=SEOUL)
    until = None if minutes is None else NOW + minutes * MIN
    assert (said.word, said.reason, said.until) == (Word.NOT_READY, reason, until)
    assert not said.time_dropped


@pytest.mark.parametrize(
    ("rest", "reason", "minutes"),
    [
        ("점심", "점심", None),
        ("15분", "", 15),
        ("15분 동안", "", 15),
        ("1시간", "", 60),
        ("1시간 30분", "", 90),
        ("점심 1시간", "점심", 60),
        ("14:30까지", "", 90),
        ("점심 14:30 까지", "점심", 90),
        ("2시까지", "", 60),
        ("2시 30분까지 병원", "병원", 90),
        ("오후 2시까지", "", 60),
        ("오전 9시까지", "", 20 * 60),
    ],
)
def test_reason_and_time_in_korean(rest: str, reason: str, minutes: int | None) -> None:
    said = understand(f"준비 안 됨 {rest}", now=NOW, zone=SEOUL)
    until = None if minutes is None else NOW + minutes * MIN
    assert (said.word, said.reason, said.until) == (Word.NOT_READY, reason, until)
    assert said.language == "ko"


@pytest.mark.parametrize(
    "rest", ["0m", "99h", "25 hours", "until 25:00", "until 14:75", "until 13pm"]
)
def test_an_impossible_time_is_dropped_but_the_absence_counts(rest: str) -> None:
    said = understand(f"not ready {rest}", now=NOW, zone=SEOUL)
    assert (said.word, said.until, said.time_dropped) == (Word.NOT_READY, None, True)


def test_a_clock_time_is_the_agents_own() -> None:
    here = understand("not ready until 14:30", now=NOW, zone=SEOUL).until
    there = understand("not ready until 14:30", now=NOW, zone=UTC).until
    assert here == NOW + 90 * MIN
    assert there == NOW + (10 * 60 + 30) * MIN


def test_a_clock_time_is_of_the_agents_own_day() -> None:
    zone = ZoneInfo("America/New_York")
    evening = int(datetime(2026, 11, 22, 20, 0, tzinfo=zone).timestamp() * 1000)
    until = understand("not ready until 22:00", now=evening, zone=zone).until
    assert until == evening + 120 * MIN


def test_a_clock_time_across_the_change_of_clocks_is_what_the_clock_shows() -> None:
    zone = ZoneInfo("Europe/Berlin")
    evening = int(datetime(2026, 10, 24, 20, 0, tzinfo=zone).timestamp() * 1000)
    until = understand("not ready until 08:00", now=evening, zone=zone).until
    assert until == evening + 13 * 60 * MIN


def test_the_answer_is_in_the_language_that_was_written() -> None:
    assert understand("ready", now=NOW, language="ko").language == "ko"
    assert understand("준비", now=NOW, language="en").language == "ko"
    assert understand("ready", now=NOW).language == "en"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_an_absence_with_any_words_behind_it_is_an_absence(rest: str) -> None:
    said = understand(f"not ready {rest}", now=NOW, zone=SEOUL)
    assert said.word is Word.NOT_READY
    assert len(said.reason) <= REASON_LENGTH
    assert said.until is None or NOW < said.until <= NOW + LONGEST_MS
    assert "\0" not in said.reason


@given(st.text(max_size=5000))
def test_nothing_written_breaks_it(text: str) -> None:
    assert understand(text, now=NOW).word in Word
