"""Numbers, durations and whispers in both languages, and that every clip they name has a text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.plan_file.vocabulary import SYSTEM_PROMPTS
from bot.prompts.errors import UnknownLanguage
from bot.prompts.language import LANGUAGES, language_for
from bot.prompts.language.en import amount
from bot.prompts.language.ko import native, ordinal, sino
from bot.prompts.language.rules import MAX_CLIPS, Language, duration, position, wait_range
from routing.estimate import MINUTES
from routing.events import CallerKind

both = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def read(language: Language, clips: list[str]) -> str:
    return " ".join(language.texts.get(clip, f"<{clip}>") for clip in clips)


@pytest.mark.parametrize(
    ("ms", "english", "korean"),
    [
        (-5, "0 seconds", "영 초"),
        (0, "0 seconds", "영 초"),
        (999, "0 seconds", "영 초"),
        (1_000, "1 second", "일 초"),
        (10_000, "10 seconds", "십 초"),
        (11_000, "11 seconds", "십일 초"),
        (20_999, "20 seconds", "이십 초"),
        (21_000, "21 seconds", "이십일 초"),
        (59_999, "59 seconds", "오십구 초"),
        (60_000, "1 minute", "일 분"),
        (61_000, "1 minute 1 second", "일 분 일 초"),
        (80_000, "1 minute 20 seconds", "일 분 이십 초"),
        (200_000, "3 minutes 20 seconds", "삼 분 이십 초"),
        (3_599_999, "59 minutes 59 seconds", "오십구 분 오십구 초"),
        (3_600_000, "1 hour", "한 시간"),
        (3_659_000, "1 hour", "한 시간"),
        (6_000_000, "1 hour 40 minutes", "한 시간 사십 분"),
        (12 * 3_600_000 + 300_000, "12 hours 5 minutes", "열두 시간 오 분"),
        (20 * 3_600_000, "20 hours", "스무 시간"),
        (86_399_999, "23 hours 59 minutes", "스물세 시간 오십구 분"),
        (86_400_000, "more than a day", "하루 이상"),
        (10**12, "more than a day", "하루 이상"),
    ],
)
def test_durations(ms: int, english: str, korean: str) -> None:
    assert read(LANGUAGES["en"], duration(ms)) == english
    assert read(LANGUAGES["ko"], duration(ms)) == korean


@pytest.mark.parametrize(
    ("count", "sino_korean", "native_korean"),
    [
        (1, "일", "한"),
        (4, "사", "네"),
        (10, "십", "열"),
        (11, "십일", "열한"),
        (19, "십구", "열아홉"),
        (20, "이십", "스무"),
        (21, "이십일", "스물한"),
        (30, "삼십", "서른"),
        (42, "사십이", "마흔두"),
        (99, "구십구", "아흔아홉"),
    ],
)
def test_korean_counts_two_ways(count: int, sino_korean: str, native_korean: str) -> None:
    assert sino(count) == sino_korean
    assert native(count) == native_korean


def test_places_in_line() -> None:
    assert LANGUAGES["en"].texts[position(1)] == "You are next in line."
    assert LANGUAGES["en"].texts[position(3)] == "You are number 3 in line."
    assert "세 번째" in LANGUAGES["ko"].texts[position(3)]
    assert (ordinal(1), ordinal(20), ordinal(21)) == ("첫 번째", "스무 번째", "스물한 번째")
    assert position(0) == position(21) == position(-1) == "position.many"


@pytest.mark.parametrize("code", ["en", "ko"])
def test_every_range_of_minutes_that_can_be_told_has_its_clips(code: str) -> None:
    texts = LANGUAGES[code].texts
    ranges = [(low, high) for low in MINUTES for high in MINUTES if low < high]
    assert [r for r in ranges if not texts.keys() >= set(wait_range(*r))] == []
    assert len({texts[name] for r in ranges for name in wait_range(*r)}) == 26 + 26 + 27


def test_an_expected_wait_is_said_as_people_say_it() -> None:
    def said(code: str, low: int, high: int) -> str:
        return " ".join(LANGUAGES[code].texts[name] for name in wait_range(low, high))

    assert said("en", 3, 10) == "We expect that you will wait between 3 and 10 minutes."
    assert said("en", 0, 1) == "We expect that you will wait 1 minute at most."
    assert said("ko", 3, 10) == "예상 대기 시간은 삼 분에서 십 분 사이입니다."
    assert said("ko", 90, 120) == "예상 대기 시간은 구십 분에서 백이십 분 사이입니다."
    assert said("ko", 0, 5) == "예상 대기 시간은 오 분 이내입니다."
    assert amount(1, "minute") == "1 minute"


def test_telephone_digits_are_said_one_by_one_with_gong_for_zero() -> None:
    english = LANGUAGES["en"].whisper("queue:q", 0, "number", "+49 (0)30-12")
    korean = LANGUAGES["ko"].whisper("queue:q", 0, "number", "tel:010-2")

    assert "From the number four nine zero three zero one two Press" in read(
        LANGUAGES["en"], english
    )
    assert "발신 번호 공 일 공 이 받으시려면" in read(LANGUAGES["ko"], korean)


@pytest.mark.parametrize(
    ("kind", "caller", "heard"),
    [
        ("withheld", "", "The number is withheld."),
        ("internal", "Megan Bowen", "From a colleague."),
        ("guest", "", "From a guest."),
        ("federated", "", "From another organization."),
        ("encrypted", "", "From an unknown caller."),
        ("bot", "", "From an unknown caller."),
        ("", "", "From an unknown caller."),
        ("number", "", "From an unknown caller."),
        ("number", "٣٤", "From an unknown caller."),
    ],
)
def test_a_caller_without_a_number_is_announced_by_kind(kind: str, caller: str, heard: str) -> None:
    clips = LANGUAGES["en"].whisper("queue:sales", 5_000, kind, caller)

    assert read(LANGUAGES["en"], clips) == (
        f"Call for <queue:sales> Waiting for 5 seconds {heard} Press 1 to accept, or 2 to decline."
    )


def test_a_korean_whisper_has_korean_order() -> None:
    clips = LANGUAGES["ko"].whisper("queue:sales", 83_000, "internal", "")

    assert read(LANGUAGES["ko"], clips).startswith(
        "<queue:sales> 전화입니다. 대기 시간 일 분 이십삼 초 사내 전화입니다."
    )


@both
def test_a_number_is_read_whole_while_it_fits_one_request(language: Language) -> None:
    thirteen, fifteen = "+4915112345678", "+491511234567890"
    fits = language.whisper("queue:q", 83_000, "number", thirteen)
    long = language.whisper("queue:q", 83_000, "number", fifteen)

    assert [clip[-1] for clip in fits if clip.startswith("digit.")] == list(thirteen[1:])
    assert len(fits) == MAX_CLIPS
    assert [clip[-1] for clip in long if clip.startswith("digit.")] == list("34567890")
    assert "caller.number_ending" in long


@both
@pytest.mark.parametrize("length", range(1, 22))
@pytest.mark.parametrize("waited_ms", [0, 83_000, 7_500_000, 10**10])
def test_no_length_of_number_overflows_a_request(
    language: Language, length: int, waited_ms: int
) -> None:
    clips = language.whisper("queue:q", waited_ms, "number", "7" * length)

    assert len(clips) <= MAX_CLIPS
    assert clips.count("digit.7") in (length, 8)


@both
@example(waited_ms=83_000, kind="number", caller="+123456789012345")
@example(waited_ms=83_000, kind="number", caller="9" * 10_000)
@given(
    waited_ms=st.integers(min_value=-(10**6), max_value=10**13),
    kind=st.sampled_from([*CallerKind, "", "nonsense"]),
    caller=st.one_of(st.text(max_size=40), st.from_regex(r"\+?[0-9]{0,40}", fullmatch=True)),
)
def test_a_whisper_fits_one_request_and_every_clip_exists(
    language: Language, waited_ms: int, kind: str, caller: str
) -> None:
    clips = language.whisper("queue:sales", waited_ms, kind, caller)

    assert len(clips) <= MAX_CLIPS
    back = language.whisper("queue:sales", waited_ms, kind, caller, callback=True)
    assert len(back) == len(clips)
    assert back != clips
    assert set(back) - {"queue:sales"} <= set(language.texts)

    assert clips[-1] == "keys"
    assert "queue:sales" in clips
    assert {clip for clip in clips if clip != "queue:sales"} <= set(language.texts)


def test_both_languages_have_the_same_prompts() -> None:
    own_word_order = {"whisper.call", "whisper.call_for"}
    own_word_order |= {"whisper.callback", "whisper.callback_for"}

    assert set(LANGUAGES["en"].texts) ^ set(LANGUAGES["ko"].texts) == own_word_order
    assert all(text.strip() for one in LANGUAGES.values() for text in one.texts.values())


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("en-US", "en"), ("EN_gb", "en"), ("ko-KR", "ko")]
)
def test_a_tag_finds_its_language(tag: str, code: str) -> None:
    assert language_for(tag).code == code


@pytest.mark.parametrize("tag", ["de-DE", "", "english", "kok"])
def test_an_unwritten_language_is_refused_by_name(tag: str) -> None:
    with pytest.raises(UnknownLanguage, match="has no system prompts; en, ko have"):
        language_for(tag)


@both
def test_whatever_a_plan_may_name_has_words(language: Language) -> None:
    assert [name for name in SYSTEM_PROMPTS if name not in language.texts] == []
