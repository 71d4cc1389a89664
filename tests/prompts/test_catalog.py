"""On a caller's path clips are only looked up: at once, at most 20, and always something."""

import asyncio
import logging
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.prompt_stores import MemoryPromptStore
from kit.voices import CountingVoice

import routing
from bot.prompts.catalog import Book, Clip, PromptCatalog
from bot.prompts.durations import durations
from bot.prompts.language import LANGUAGES
from bot.prompts.publishing import Publisher
from bot.prompts.wanted import Spoken, Wanted
from routing.commands import Say
from routing.events import CallerKind

WANTED = (
    Wanted(name="plan:welcome", source=Spoken(text="Welcome."), language="en"),
    Wanted(name="plan:welcome", source=Spoken(text="어서 오세요."), language="ko"),
    Wanted(name="queue:sales", source=Spoken(text="Sales"), language="en"),
    Wanted(name="queue:sales", source=Spoken(text="영업"), language="ko"),
)
WHISPER = Say(
    prompt="whisper",
    queue="sales",
    waited_ms=200_000,
    caller_kind=CallerKind.NUMBER,
    caller="+4930123456",
)


class Published:
    """A catalog with what stands behind it."""

    def __init__(self, book: Book, store: MemoryPromptStore, voice: CountingVoice) -> None:
        self.catalog = PromptCatalog(book)
        self.book = book
        self.store = store
        self.voice = voice
        self.names = {clip: name for (name, _), clip in book.clips.items()}

    def heard(self, say: Say) -> list[str]:
        return [self.names[clip] for clip in self.catalog.clips(say)]


@pytest.fixture(scope="module")
def printed() -> tuple[Book, MemoryPromptStore, CountingVoice]:
    store, voice = MemoryPromptStore(), CountingVoice()
    book, findings = asyncio.run(Publisher(store, voice).publish(WANTED, ["en", "ko"]))
    assert findings == []
    return book, store, voice


@pytest.fixture
def published(printed: tuple[Book, MemoryPromptStore, CountingVoice]) -> Published:
    return Published(*printed)


def test_nothing_is_rendered_or_read_while_a_caller_waits(published: Published) -> None:
    store, said = published.store, len(published.voice.said)
    before = (store.gets, store.puts, store.lookups)
    says = [WHISPER, Say(prompt="plan:welcome"), Say(prompt="music:default"), Say(prompt="?")]

    for language in ("en", "ko", "de-DE", ""):
        for say in says:
            assert published.catalog.clips(
                Say(
                    prompt=say.prompt,
                    language=language,
                    queue=say.queue,
                    waited_ms=say.waited_ms,
                    caller_kind=say.caller_kind,
                    caller=say.caller,
                )
            )

    assert (store.gets, store.puts, store.lookups) == before
    assert len(published.voice.said) == said


def test_a_whisper_is_queue_wait_caller_and_keys(published: Published) -> None:
    clips = published.catalog.clips(WHISPER)
    spoken = published.book.clips

    assert clips[0] == spoken["system:whisper.call_for", "en"]
    assert clips[1] == spoken["queue:sales", "en"]
    assert clips[3:5] == [spoken["system:minutes.3", "en"], spoken["system:seconds.20", "en"]]
    assert clips[6:-1] == [spoken[f"system:digit.{d}", "en"] for d in "4930123456"]
    assert clips[-1] == spoken["system:keys", "en"]


def test_prompts_come_in_the_language_asked_for(published: Published) -> None:
    spoken, catalog = published.book.clips, published.catalog

    for language in ("en", "ko"):
        assert catalog.clips(Say(prompt="plan:welcome", language=language)) == [
            spoken["plan:welcome", language]
        ]
        assert catalog.clips(Say(prompt="system:closed", language=language)) == [
            spoken["system:closed", language]
        ]
    assert catalog.clips(Say(prompt="system:closed", language="ko-KR")) == [
        spoken["system:closed", "ko"]
    ]


def test_a_queue_without_a_spoken_name_is_the_queue(published: Published) -> None:
    clips = published.catalog.clips(Say(prompt="whisper", queue="unknown"))

    assert clips[1] == published.book.clips["system:queue", "en"]


def test_places_are_spoken(published: Published) -> None:
    def heard(place: str) -> list[Clip]:
        return published.catalog.clips(Say(prompt=f"position:{place}"))

    assert heard("2") == [published.book.clips["system:position.2", "en"]]
    assert heard("500") == heard("x") == [published.book.clips["system:position.many", "en"]]


def test_an_expected_wait_is_two_clips_and_an_odd_one_a_tone(published: Published) -> None:
    clips = published.book.clips

    def heard(told: str) -> list[Clip]:
        return published.catalog.clips(Say(prompt=f"wait:{told}"))

    assert heard("3-10") == [clips["system:wait.from.3", "en"], clips["system:wait.to.10", "en"]]
    assert heard("0-2") == [clips["system:wait.most.2", "en"]]
    assert heard("a-b") == heard("9999-99999") == [clips["tone:attention", ""]]


def test_music_is_ten_minutes_in_one_request(published: Published) -> None:
    clips = published.catalog.clips(Say(prompt="music:default"))

    assert len(clips) <= 20
    assert sum(clip.duration_ms for clip in clips) >= 600_000
    assert published.catalog.clips(Say(prompt="music:unheard-of")) == clips


def test_an_unknown_prompt_is_a_tone_and_told_once(
    published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        first = published.heard(Say(prompt="plan:typo"))
        second = published.heard(Say(prompt="plan:typo"))

    assert first == second == ["tone:attention"]
    assert [record.message for record in caplog.records] == ["prompt missing"]


def test_several_instructions_share_one_request(published: Published) -> None:
    catalog = published.catalog
    greeting, hold, music = (
        Say(prompt="plan:welcome"),
        Say(prompt="system:hold"),
        Say(prompt="music:default"),
    )

    clips = catalog.all_clips((greeting, hold, music, music))

    assert len(clips) == 20
    assert clips[:2] == [*catalog.clips(greeting), *catalog.clips(hold)]
    assert catalog.all_clips((WHISPER, WHISPER)) == 2 * catalog.clips(WHISPER)
    assert len(catalog.all_clips([WHISPER] * 10)) <= 60


def test_digits_are_read_one_by_one_in_the_callers_language(published: Published) -> None:
    read = Say(prompt="digits", language="ko", digits="0174#x")
    clips = [published.book.clips[f"system:digit.{digit}", "ko"] for digit in "0174"]
    assert published.catalog.clips(read) == clips
    assert published.catalog.clips(read) != published.catalog.clips(
        Say(prompt="digits", language="en", digits="0174")
    )
    assert published.heard(Say(prompt="digits", digits="")) == []


def test_a_long_number_is_read_back_whole_with_what_is_said_around_it(
    published: Published,
) -> None:
    catalog = published.catalog
    before, number = Say(prompt="system:hold"), Say(prompt="digits", digits="9" * 20)
    clips = catalog.all_clips((before, number, before, Say(prompt="music:default")))
    assert clips[:22] == [
        *catalog.clips(before),
        *catalog.clips(number),
        *catalog.clips(before),
    ]
    music = catalog.clips(Say(prompt="music:default"))
    assert clips[22:] == music[:18]  # at most to the end of the second request


def test_durations_are_known_by_name(published: Published) -> None:
    known = durations(published.book)

    assert known["music:default"] == 600_000
    assert known["plan:welcome"] == max(
        published.book.clips["plan:welcome", tag].duration_ms for tag in ("en", "ko")
    )
    assert known["system:hold"] > 1_000
    whisper = published.catalog.clips(WHISPER)
    assert published.catalog.duration_ms(WHISPER) == sum(clip.duration_ms for clip in whisper)


@given(
    language=st.sampled_from(["en", "ko", "de"]),
    waited_ms=st.integers(min_value=0, max_value=2 * 86_400_000),
    caller_kind=st.sampled_from(CallerKind),
    caller=st.from_regex(r"\+[0-9]{0,18}", fullmatch=True),
    queue=st.sampled_from(["sales", "other"]),
)
def test_no_whisper_lasts_longer_than_the_longest(
    language: str, waited_ms: int, caller_kind: CallerKind, caller: str, queue: str
) -> None:
    say = Say(
        prompt="whisper",
        language=language,
        queue=queue,
        waited_ms=waited_ms,
        caller_kind=caller_kind,
        caller=caller,
    )

    assert PromptCatalog(uneven_book()).duration_ms(say) <= longest_whisper()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digit", "0123456789")
def test_no_digit_makes_a_whisper_longer_than_the_longest(language: str, digit: str) -> None:
    catalog = PromptCatalog(uneven_book())
    waits = [minutes * 60_000 + minutes % 60 * 1_000 for minutes in range(1, 200)]

    lasts = max(
        catalog.duration_ms(
            Say(
                prompt="whisper",
                language=language,
                queue="sales",
                waited_ms=waited_ms,
                caller_kind="number",
                caller=digit * 13,
            )
        )
        for waited_ms in waits
    )

    assert lasts <= longest_whisper()


@cache
def uneven_book() -> Book:
    """Clips whose lengths have no order, so that the longest has to be looked for."""
    texts = {(name, tag) for tag, one in LANGUAGES.items() for name in one.texts}
    clips = {
        (f"system:{name}", tag): Clip(
            sha256(f"{name}{tag}".encode()).hexdigest(), 100 + crc32(f"{name}{tag}".encode()) % 900
        )
        for name, tag in texts
    }
    clips["queue:sales", "en"] = Clip("c" * 64, 1_500)
    clips["system:digit.7", "en"] = clips["system:digit.7", "ko"] = Clip("d" * 64, 2_000)
    return Book(clips=clips, languages=LANGUAGES)


@cache
def longest_whisper() -> int:
    return durations(uneven_book())["whisper"]


def test_every_prompt_that_the_engine_names_is_written() -> None:
    named = {
        match
        for path in Path(routing.__file__).parent.glob("*.py")
        for match in re.findall(r"system:([a-z_]+)", path.read_text())
    }

    for language in LANGUAGES.values():
        assert named <= set(language.texts)


def test_a_clip_is_named_for_graph_by_its_content(published: Published) -> None:
    clip, other = published.catalog.clips(WHISPER)[:2]

    assert clip.uri_path == f"/prompts/{clip.sha}.wav"
    assert str(UUID(clip.resource_id)) == clip.resource_id
    assert clip.resource_id != other.resource_id


def test_a_new_book_takes_over_at_once(published: Published) -> None:
    replaced = Clip("a" * 64, 1_000)

    published.catalog.use(
        Book(clips={**published.book.clips, ("plan:welcome", "en"): replaced}, languages={})
    )

    assert published.catalog.clips(Say(prompt="plan:welcome")) == [replaced]


def test_before_the_first_book_there_is_nothing_to_play() -> None:
    catalog = PromptCatalog()

    assert catalog.clips(Say(prompt="system:hold")) == []
    assert catalog.clips(WHISPER) == []
    assert catalog.clips(Say(prompt="music:default")) == []


@given(
    prompt=st.one_of(
        st.text(max_size=30),
        st.sampled_from(["whisper", "position:", "position:٣", "music:", "system:", "queue:"]),
    ),
    language=st.text(max_size=8),
    queue=st.text(max_size=8),
    waited_ms=st.integers(),
    caller_kind=st.text(max_size=8),
    caller=st.text(max_size=40),
)
def test_no_instruction_fails_or_overflows(
    prompt: str, language: str, queue: str, waited_ms: int, caller_kind: str, caller: str
) -> None:
    tone = {("tone:attention", ""): Clip("b" * 64, 500)}
    say = Say(
        prompt=prompt,
        language=language,
        queue=queue,
        waited_ms=waited_ms,
        caller_kind=caller_kind,
        caller=caller,
    )

    assert 1 <= len(PromptCatalog(Book(clips=tone, languages={})).clips(say)) <= 20


def test_what_a_supervisor_said_plays_from_any_book_also_from_none() -> None:
    sha = sha256(b"flood").hexdigest()
    [clip] = PromptCatalog().clips(Say(prompt=f"clip:{sha}"))
    assert clip.uri_path == f"/prompts/{sha}.wav"
    assert clip.resource_id == str(UUID(sha[:32]))
