"""A plan's prompts are rendered once, found again, and never leave a caller without a sound."""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from kit.prompt_stores import FolderPromptStore, MemoryPromptStore
from kit.sounds import encoded, sine
from kit.voices import CountingVoice

from bot.prompts.catalog import PromptCatalog
from bot.prompts.errors import NoVoice, SpeechFailed
from bot.prompts.publishing import GIVE_UP_AFTER, Publisher
from bot.prompts.speech import Silent
from bot.prompts.wanted import Recording, Spoken, Wanted
from bot.prompts.wav import duration_ms
from routing.commands import Say

GREETING = Wanted(name="plan:welcome", source=Spoken(text="Welcome to Contoso."))
SALES = Wanted(name="queue:sales", source=Spoken(text="Sales"))


@dataclass(slots=True)
class Plan:
    """A publisher with its parts at hand."""

    store: MemoryPromptStore = field(default_factory=MemoryPromptStore)
    voice: CountingVoice = field(default_factory=CountingVoice)

    def publisher(self, **more: dict[str, str]) -> Publisher:
        return Publisher(self.store, self.voice, **more)


async def test_everything_published_is_kept_under_its_content() -> None:
    plan = Plan()

    book, findings = await plan.publisher().publish([GREETING, SALES])

    assert findings == []
    for clip in book.clips.values():
        wav = plan.store.wavs[clip.sha]
        assert sha256(wav).hexdigest() == clip.sha
        assert duration_ms(wav) == clip.duration_ms > 0


async def test_publishing_again_renders_nothing() -> None:
    plan = Plan()
    first, _ = await plan.publisher().publish([GREETING], ["ko"])
    said, puts = len(plan.voice.said), plan.store.puts

    again, _ = await plan.publisher().publish([GREETING], ["ko"])

    assert again.clips == first.clips
    assert (len(plan.voice.said), plan.store.puts) == (said, puts)


async def test_a_new_process_finds_what_the_last_one_rendered(tmp_path: Path) -> None:
    first, _ = await Publisher(FolderPromptStore(tmp_path), CountingVoice()).publish([GREETING])
    voice = CountingVoice()

    again, _ = await Publisher(FolderPromptStore(tmp_path), voice).publish([GREETING])

    assert again.clips == first.clips
    assert voice.said == []


async def test_a_changed_text_is_the_only_one_rendered() -> None:
    plan = Plan()
    await plan.publisher().publish([GREETING, SALES])
    plan.voice.said.clear()
    changed = Wanted(name="plan:welcome", source=Spoken(text="Hello from Contoso."))

    await plan.publisher().publish([changed, SALES])

    assert plan.voice.said == [("Hello from Contoso.", "en", None)]


async def test_another_voice_renders_anew_in_its_own_name() -> None:
    plan = Plan()
    before, _ = await plan.publisher().publish([GREETING])
    plan.voice.said.clear()

    await plan.publisher(voices={"en": "Ava"}).publish([GREETING])

    assert {voice for _, _, voice in plan.voice.said} == {"Ava"}
    assert len(plan.voice.said) == sum(1 for name, tag in before.clips if tag == "en")


async def test_one_broken_text_is_a_finding_and_the_rest_plays() -> None:
    plan = Plan(voice=CountingVoice(fails=SpeechFailed("The voice", "broke"), fails_on="Contoso"))

    book, findings = await plan.publisher().publish([GREETING, SALES])

    assert [(f.name, f.language, f.message, f.fatal) for f in findings] == [
        ("plan:welcome", "en", "The voice broke.", True)
    ]
    assert ("queue:sales", "en") in book.clips
    assert ("system:hold", "en") in book.clips


async def test_a_queue_that_cannot_be_named_is_a_warning_and_is_the_queue() -> None:
    plan = Plan(voice=CountingVoice(fails=SpeechFailed("The voice", "broke"), fails_on="Sales"))

    book, findings = await plan.publisher().publish([SALES])

    assert [(f.name, f.fatal) for f in findings] == [("queue:sales", False)]
    whisper = PromptCatalog(book).clips(Say(prompt="whisper", queue="sales"))
    assert whisper[1] == book.clips["system:queue", "en"]


async def test_the_voice_is_let_go_of_when_all_is_rendered_and_when_it_fails() -> None:
    plan = Plan()
    await plan.publisher().publish([GREETING])
    assert plan.voice.closed == 1

    with pytest.raises(OSError, match="No space"):
        await Publisher(MemoryPromptStore(full_for=""), plan.voice).publish([GREETING])
    assert plan.voice.closed == 2


async def test_an_empty_text_is_a_finding() -> None:
    blank = Wanted(name="plan:blank", source=Spoken(text=" \n"))

    _, findings = await Plan().publisher().publish([blank])

    assert [f.message for f in findings] == ["The text is empty."]


async def test_a_voice_that_is_down_is_asked_a_few_times_and_not_for_every_text() -> None:
    plan = Plan(voice=CountingVoice(fails=SpeechFailed("Azure Speech", "answered 503")))

    _, findings = await plan.publisher().publish([GREETING], ["ko"])

    languages, at_once = 2, 4
    assert len(plan.voice.said) <= languages * (GIVE_UP_AFTER + at_once)
    assert [f.fatal for f in findings] == [True, False]


async def test_texts_that_fail_in_one_language_leave_the_others_alone() -> None:
    plan = Plan(voice=CountingVoice(fails=SpeechFailed("The voice", "broke"), fails_on="Tag"))
    german = [
        Wanted(name=f"plan:{count}", source=Spoken(text=f"Guten Tag {count}"), language="de-DE")
        for count in range(5)
    ]

    book, findings = await plan.publisher().publish(german)

    assert [f.language for f in findings if f.fatal] == ["de-DE"] * 5
    assert ("system:hold", "en") in book.clips


async def test_texts_that_fail_now_and_then_do_not_silence_the_voice() -> None:
    plan = Plan(voice=CountingVoice(fails=SpeechFailed("The voice", "broke"), fails_on="bad"))
    wanted = [
        Wanted(
            name=f"plan:{count}", source=Spoken(text=f"{'bad' if count % 6 == 0 else 'ok'} {count}")
        )
        for count in range(30)
    ]

    book, findings = await plan.publisher().publish(wanted)

    assert len(findings) == 5
    assert ("system:hold", "en") in book.clips


async def test_odd_texts_and_voices_are_kept_like_any_other() -> None:
    plan = Plan()
    odd = Wanted(name="plan:odd", source=Spoken(text="half \ud800 pair, nul \0"))

    publisher = plan.publisher(voices={"en": "a/b\0ü"})
    book, findings = await publisher.publish([odd])

    assert findings == []
    assert ("plan:odd", "en") in book.clips
    assert all(key.isprintable() and key.isascii() for key in plan.store.keys)


async def test_without_a_voice_it_is_said_once_what_is_missing_and_callers_hear_tones() -> None:
    store = MemoryPromptStore()

    book, findings = await Publisher(store, Silent()).publish([GREETING], ["en", "ko"])

    spoken, system = findings
    assert spoken.fatal
    assert "SWITCHBOARD_SPEECH_REGION" in spoken.message
    assert not system.fatal
    assert "system prompts are tones until then" in system.message
    catalog = PromptCatalog(book)
    for prompt in (
        "plan:welcome",
        "system:hold",
        "system:technical_problem",
        "whisper",
        "music:default",
    ):
        clips = catalog.clips(Say(prompt=prompt))
        assert clips
        assert all(clip.sha in store.wavs for clip in clips)


async def test_what_a_voice_once_rendered_still_plays_when_it_is_gone() -> None:
    plan = Plan()
    before, _ = await plan.publisher().publish([GREETING], ["en"])

    after, findings = await Publisher(plan.store, Silent()).publish([GREETING], ["en"])

    assert after.clips == before.clips
    (told,) = findings
    assert not told.fatal
    assert "prompts play as another voice rendered them" in told.message


async def test_a_revoked_key_ends_the_asking_at_once() -> None:
    plan = Plan(voice=CountingVoice(fails=NoVoice("Azure Speech", "answered 401")))

    await plan.publisher().publish([GREETING], ["ko"])

    assert len(plan.voice.said) == 1


async def test_a_recording_is_converted_and_kept_by_content(tmp_path: Path) -> None:
    plan, path = Plan(), tmp_path / "hello.mp3"
    path.write_bytes(encoded(sine(ms=3_000, rate=44_100), 44_100, "MP3"))
    wanted = Wanted(name="plan:hello", source=Recording(path=path))
    first, findings = await plan.publisher().publish([wanted])
    puts = plan.store.puts
    moved = path.rename(tmp_path / "moved.mp3")

    again, _ = await plan.publisher().publish(
        [Wanted(name="plan:hello", source=Recording(path=moved))]
    )

    assert findings == []
    assert 2_950 < first.clips["plan:hello", "en"].duration_ms < 3_100
    assert again.clips == first.clips
    assert plan.store.puts == puts


async def test_a_recording_that_cannot_be_played_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk")
    wanted = [
        Wanted(name="plan:a", source=Recording(path=tmp_path / "notes.txt")),
        Wanted(name="plan:b", source=Recording(path=tmp_path / "missing.wav")),
    ]

    _, findings = await Plan().publisher().publish(wanted)

    assert [(f.name, f.fatal) for f in findings] == [("plan:a", True), ("plan:b", True)]
    assert "is not audio that can be read; give WAV, FLAC, OGG or MP3." in findings[0].message
    assert "missing.wav is not a file." in findings[1].message


async def test_short_music_fills_ten_minutes_in_one_request(tmp_path: Path) -> None:
    path = tmp_path / "jingle.wav"
    path.write_bytes(encoded(sine(ms=7_000), 16_000, "WAV"))
    wanted = Wanted(name="music:sales", source=Recording(path=path))
    book, _ = await Plan().publisher().publish([wanted])

    clips = PromptCatalog(book).clips(Say(prompt="music:sales"))

    assert len({clip.sha for clip in clips}) == 1
    assert len(clips) <= 20
    assert sum(clip.duration_ms for clip in clips) >= 600_000


async def test_a_language_without_system_prompts_is_told_and_heard_in_the_default_one() -> None:
    plan = Plan()
    german = Wanted(name="plan:hallo", source=Spoken(text="Guten Tag."), language="de-DE")

    book, findings = await plan.publisher().publish([german])
    catalog = PromptCatalog(book)

    assert [(f.language, f.fatal) for f in findings] == [("de-DE", False)]
    assert catalog.clips(Say(prompt="system:hold", language="de-DE")) == [
        book.clips["system:hold", "en"]
    ]
    assert catalog.clips(Say(prompt="plan:hallo", language="en")) == [
        book.clips["plan:hallo", "de-DE"]
    ]


async def test_a_store_that_fails_ends_the_publication_and_leaves_nothing_running() -> None:
    voice = CountingVoice()
    with pytest.raises(OSError, match="No space left"):
        await Publisher(MemoryPromptStore(full_for="say/"), voice).publish(
            [GREETING, SALES], ["ko"]
        )

    assert len(voice.said) <= 4


async def test_a_publication_cut_off_goes_on_where_it_was() -> None:
    plan, reached = Plan(), asyncio.Event()

    class Stuck(CountingVoice):
        async def render(self, text: str, language: str, voice: str | None) -> bytes:
            if len(self.said) >= 50:
                reached.set()
                await asyncio.Event().wait()
            return await super().render(text, language, voice)

    async with asyncio.TaskGroup() as group:
        cut = group.create_task(Publisher(plan.store, Stuck()).publish([GREETING]))
        await reached.wait()
        cut.cancel()
    book, _ = await plan.publisher().publish([GREETING])

    spoken = sum(1 for name, tag in book.clips if tag == "en")
    in_hand = 4  # rendered, but not written down yet
    assert spoken - 50 <= len(plan.voice.said) <= spoken - 50 + in_hand


async def test_a_text_is_spoken_at_once_and_found_again() -> None:
    plan = Plan()
    clip = await plan.publisher().say("We have a flood.", "en")
    assert sha256(plan.store.wavs[clip.sha]).hexdigest() == clip.sha
    assert clip.duration_ms == duration_ms(plan.store.wavs[clip.sha])
    again = await plan.publisher().say("We have a flood.", "en")
    assert again == clip
    assert len(plan.voice.said) == 1


async def test_a_text_that_cannot_be_spoken_is_no_tone_in_its_place() -> None:
    plan = Plan()
    plan.voice.fails = SpeechFailed("The voice", "does not know this sign")
    with pytest.raises(SpeechFailed, match="does not know this sign"):
        await plan.publisher().say("☃", "en")
    with pytest.raises(SpeechFailed, match="is empty"):
        await plan.publisher().say("  ", "en")
    assert plan.store.wavs == {}
