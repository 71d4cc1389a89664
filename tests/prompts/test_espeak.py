"""eSpeak NG speaks both languages from its own process, which may die, hang or be missing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from kit.prompt_stores import MemoryPromptStore
from kit.sounds import decoded, rms

from bot.prompts.catalog import PromptCatalog
from bot.prompts.errors import NoVoice, SpeechFailed
from bot.prompts.espeak import LONGEST_TEXT, EspeakSpeech
from bot.prompts.publishing import Publisher
from bot.prompts.wav import duration_ms, samples_of
from routing.commands import Say


@pytest.fixture
async def voice() -> AsyncIterator[EspeakSpeech]:
    speech = EspeakSpeech()
    yield speech
    await speech.close()


def pid_of(speech: EspeakSpeech) -> int:
    assert speech._process is not None
    return speech._process.pid


def worker(tmp_path: Path, program: str, *, answer_s: float = 20.0) -> EspeakSpeech:
    path = tmp_path / "worker.py"
    path.write_text("import json, os, sys, time\n" + program)
    return EspeakSpeech(command=(sys.executable, "-I", str(path)), answer_s=answer_s)


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("en", "three", "Everyone is busy right now. Please hold."),
        ("en-US", "three", "Everyone is busy right now. Please hold."),
        ("ko", "삼", "지금은 모든 상담원이 통화 중입니다. 기다려 주세요."),
        ("ko-KR", "삼", "지금은 모든 상담원이 통화 중입니다. 기다려 주세요."),
    ],
)
async def test_it_speaks(voice: EspeakSpeech, language: str, short: str, long: str) -> None:
    word, sentence = (
        await voice.render(short, language, None),
        await voice.render(long, language, None),
    )

    assert 150 < duration_ms(word) < 1_000
    assert 2_000 < duration_ms(sentence) < 10_000
    assert rms(decoded(sentence)) > 0.02


async def test_different_texts_sound_different_and_the_same_text_alike(
    voice: EspeakSpeech,
) -> None:
    texts = ("일 분", "오십구 분", "일 분")
    one, two, again = [await voice.render(text, "ko", None) for text in texts]

    # The engine adds a breath of chance: no two renderings are byte for byte the same.
    assert duration_ms(one) == pytest.approx(duration_ms(again), rel=0.03)
    assert abs(duration_ms(one) - duration_ms(two)) > 10


async def test_markup_is_read_and_not_obeyed(voice: EspeakSpeech) -> None:
    plain = await voice.render("press 1", "en", None)
    marked = await voice.render('<break time="9s"/> press 1', "en", None)

    assert duration_ms(plain) < duration_ms(marked) < 9_000


@pytest.mark.parametrize(
    "text", ["line\nbreak", "nul\0inside", "🙂 fine", "\ud800 fine", "a" * 900]
)
async def test_odd_text_is_spoken_or_refused_and_the_next_one_works(
    voice: EspeakSpeech, text: str
) -> None:
    try:
        assert duration_ms(await voice.render(text, "en", None)) > 0
    except SpeechFailed:
        assert "\ud800" in text

    assert duration_ms(await voice.render("still here", "en", None)) > 100


@pytest.mark.parametrize("text", ["", " ", "\n"])
async def test_nothing_to_say_is_refused(voice: EspeakSpeech, text: str) -> None:
    with pytest.raises(SpeechFailed, match="nothing to say"):
        await voice.render(text, "en", None)


async def test_a_voice_that_does_not_exist_and_a_text_too_long_are_refused(
    voice: EspeakSpeech,
) -> None:
    with pytest.raises(SpeechFailed, match="eSpeak NG has no voice 'klingon-x'"):
        await voice.render("hello", "en", "klingon-x")
    with pytest.raises(SpeechFailed, match="takes no text longer"):
        await voice.render("a" * (LONGEST_TEXT + 1), "en", None)


async def test_many_at_once_get_each_their_own_words(voice: EspeakSpeech) -> None:
    texts = ["word " * (1 + count % 5) for count in range(20)]
    together = await asyncio.gather(*(voice.render(text, "en", None) for text in texts))
    alone = [await voice.render(text, "en", None) for text in texts]

    assert [duration_ms(wav) for wav in together] == pytest.approx(
        [duration_ms(wav) for wav in alone], rel=0.03
    )


async def test_a_worker_that_died_is_replaced(voice: EspeakSpeech) -> None:
    before = await voice.render("hello", "en", None)
    pid = pid_of(voice)
    assert voice._process is not None
    voice._process.kill()
    await voice._process.wait()

    again = await voice.render("hello", "en", None)
    assert duration_ms(again) == pytest.approx(duration_ms(before), rel=0.03)
    assert pid_of(voice) != pid


async def test_a_worker_that_dies_on_a_text_is_given_up_for_that_text_alone(
    tmp_path: Path,
) -> None:
    speech = worker(
        tmp_path,
        """
for line in sys.stdin:
    if "bomb" in line:
        os._exit(139)
    sys.stdout.buffer.write(b'{"rate": 22050, "bytes": 4}\\n\\1\\0\\2\\0')
    sys.stdout.buffer.flush()
""",
    )

    with pytest.raises(SpeechFailed, match="stopped twice"):
        await speech.render("bomb", "en", None)
    assert samples_of(await speech.render("fine", "en", None)) == (b"\1\0\2\0", 22_050)
    await speech.close()


async def test_a_worker_that_dies_in_the_middle_of_an_answer_is_asked_again(
    tmp_path: Path,
) -> None:
    flag = tmp_path / "died"
    speech = worker(
        tmp_path,
        f"""
for line in sys.stdin:
    first = not os.path.exists({str(flag)!r})
    open({str(flag)!r}, "w").close()
    rest = b"" if first else b"\\2\\0"
    sys.stdout.buffer.write(b'{{"rate": 22050, "bytes": 4}}\\n\\1\\0' + rest)
    sys.stdout.buffer.flush()
    if first:
        os._exit(1)
""",
    )

    assert samples_of(await speech.render("fine", "en", None))[0] == b"\1\0\2\0"
    await speech.close()


async def test_a_worker_that_hangs_is_killed_and_replaced(tmp_path: Path) -> None:
    speech = worker(
        tmp_path,
        """
for line in sys.stdin:
    if "slow" in line:
        time.sleep(3600)
    sys.stdout.buffer.write(b'{"rate": 22050, "bytes": 2}\\n\\1\\0')
    sys.stdout.buffer.flush()
""",
        answer_s=0.5,
    )

    with pytest.raises(SpeechFailed, match=r"longer than 0\.5 s"):
        await speech.render("slow", "en", None)
    assert await speech.render("quick", "en", None)
    await speech.close()


async def test_a_cancelled_rendering_does_not_answer_the_next_one(voice: EspeakSpeech) -> None:
    expected = await voice.render("second", "en", None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await voice.render("first " * 1_000, "en", None)

    second = await voice.render("second", "en", None)
    assert duration_ms(second) == pytest.approx(duration_ms(expected), rel=0.03)


async def test_a_missing_library_is_told_with_the_remedy(tmp_path: Path) -> None:
    speech = worker(
        tmp_path,
        """
sys.stdout.write(json.dumps({"error": "cannot be loaded (No module)", "absent": True}) + "\\n")
sys.stdout.flush()
sys.stdin.read()
""",
    )

    with pytest.raises(NoVoice, match="eSpeak NG cannot be loaded"):
        await speech.render("hello", "en", None)
    await speech.close()


async def test_a_worker_that_cannot_be_started_is_a_failed_text() -> None:
    speech = EspeakSpeech(command=("/nonexistent/program",))

    with pytest.raises(SpeechFailed, match="stopped twice"):
        await speech.render("hello", "en", None)
    await speech.close()


async def test_closing_leaves_no_process_behind(voice: EspeakSpeech) -> None:
    await voice.render("hello", "en", None)
    process = voice._process
    assert process is not None

    await voice.close()
    await voice.close()

    assert process.returncode is not None


def test_the_library_is_loaded_in_the_worker_alone() -> None:
    program = """
import asyncio, sys
from bot.prompts.espeak import EspeakSpeech
async def main():
    speech = EspeakSpeech()
    await speech.render("hello", "en", None)
    maps = open("/proc/self/maps").read()
    await speech.close()
    print("espeakng_loader" in sys.modules, "espeak" in maps)
asyncio.run(main())
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["False", "False"]


async def test_a_whisper_in_both_languages_takes_a_moment(voice: EspeakSpeech) -> None:
    store = MemoryPromptStore()
    book, findings = await Publisher(store, voice).publish(languages=["en", "ko"])
    catalog = PromptCatalog(book)

    assert findings == []
    for language in ("en", "ko"):
        whisper = Say(
            prompt="whisper",
            language=language,
            waited_ms=83_000,
            caller_kind="number",
            caller="+4930123456",
        )
        clips = catalog.clips(whisper)
        assert catalog.duration_ms(whisper) < 16_000
        assert all(np.abs(decoded(store.wavs[clip.sha])).max() > 0.05 for clip in clips)
