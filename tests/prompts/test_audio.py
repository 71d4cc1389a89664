"""Every recording becomes mono 16-bit 16 kHz, and whatever cannot is refused in a sentence."""

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest
from kit.sounds import decoded, encoded, loudest_hertz, rms, sine

from bot.prompts.audio import convert, level, without_edges
from bot.prompts.errors import AudioRefused
from bot.prompts.recording import MAX_BYTES, read_recording
from bot.prompts.wav import duration_ms, pcm_to_wav, repeat_to


def shape(wav: bytes) -> tuple[int, int, int]:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnchannels(), file.getsampwidth(), file.getframerate()


@pytest.mark.parametrize(
    ("format_", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("WAV", "ULAW"),
        ("WAVEX", "PCM_16"),
        ("FLAC", "PCM_24"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_taken_format_becomes_what_graph_plays(
    format_: str, subtype: str, rate: int, channels: int
) -> None:
    mono = sine(hertz=600, ms=2_000, rate=rate)
    content = encoded(np.column_stack([mono] * channels), rate, format_, subtype)

    wav = convert(content, name="greeting")

    assert shape(wav) == (1, 2, 16_000)
    assert abs(duration_ms(wav) - 2_000) <= 120  # lossy formats pad by a frame or two
    assert abs(loudest_hertz(decoded(wav)) - 600) < 5
    assert 0.07 < rms(decoded(wav)) < 0.13


def test_a_recording_that_fits_already_stays_sample_for_sample() -> None:
    original = encoded(sine(ms=700), 16_000, "WAV", "PCM_16")

    assert np.array_equal(decoded(convert(original, name="x")), decoded(original))


def test_left_and_right_are_both_heard() -> None:
    left, right = sine(hertz=400), sine(hertz=1_500)

    heard = decoded(convert(encoded(np.column_stack([left, right]), 16_000, "WAV"), name="x"))

    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum[400] > 10 * spectrum[900]
    assert spectrum[1_500] > 10 * spectrum[900]


@pytest.mark.parametrize(("peak", "low", "high"), [(0.02, 0.05, 0.11), (0.99, 0.08, 0.2)])
def test_loudness_is_evened_out(peak: float, low: float, high: float) -> None:
    wav = convert(encoded(sine(peak=peak), 16_000, "WAV"), name="x")

    assert low < rms(decoded(wav)) < high


def test_loudness_changes_by_12_db_at_most_and_never_clips() -> None:
    faint = decoded(convert(encoded(sine(peak=0.001), 16_000, "WAV", "FLOAT"), name="x"))
    clicks = np.zeros(16_000)
    clicks[::800] = 0.5
    loud = decoded(convert(encoded(clicks, 16_000, "WAV"), name="x"))
    hot = decoded(convert(encoded(sine(peak=3.0), 16_000, "WAV", "FLOAT"), name="x"))

    assert 0.003 < np.abs(faint).max() <= 0.0045
    assert np.abs(loud).max() <= 0.9
    assert np.abs(hot).max() <= 0.9
    assert loudest_hertz(hot) == pytest.approx(440, abs=2)


def test_pauses_do_not_make_speech_louder() -> None:
    speech = np.concatenate([sine(ms=500, peak=0.14), np.zeros(16_000 * 5)])

    assert np.array_equal(level(speech.astype(np.float32)), speech.astype(np.float32))


def test_silence_stays_silence_and_broken_samples_become_sound() -> None:
    silent = convert(encoded(np.zeros(1_600), 16_000, "WAV"), name="x")
    broken = sine(ms=200)
    broken[10], broken[20] = np.nan, np.inf

    assert not decoded(silent).any()
    assert np.isfinite(decoded(convert(encoded(broken, 16_000, "WAV", "FLOAT"), name="x"))).all()


def test_nothing_is_trimmed_from_a_recording() -> None:
    padded = np.concatenate([np.zeros(8_000), sine(ms=200), np.zeros(8_000)])

    assert duration_ms(convert(encoded(padded, 16_000, "WAV"), name="x")) == 1_200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"this is a letter, not a sound", "is not audio"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "is not audio"),
        (b"\x00" * 4_096, "is not audio"),
        (encoded(np.zeros(9), 16_000, "WAV"), "is too short to be heard"),
        (encoded(np.zeros(0), 16_000, "WAV"), "is empty"),
        (encoded(sine(), 16_000, "AIFF"), "is AIFF audio; give WAV, FLAC, OGG or MP3"),
        (encoded(sine(), 16_000, "CAF"), "is CAF audio"),
        (encoded(np.zeros((160, 12)), 16_000, "WAV"), "has 12 channels at 16000 Hz"),
        (encoded(np.zeros(160), 400_000, "WAV"), "has 1 channels at 400000 Hz"),
        (encoded(np.zeros(8_000 * 301), 8_000, "FLAC"), "is longer than 5 minutes"),
    ],
)
def test_a_refusal_names_the_file_and_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(AudioRefused) as refusal:
        convert(content, name="sales.wav")

    assert str(refusal.value).startswith(f"sales.wav {reason}")
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_five_minutes_are_taken() -> None:
    content = encoded(np.zeros(8_000 * 300), 8_000, "FLAC")

    assert duration_ms(convert(content, name="x")) == 300_000


@pytest.mark.parametrize("cut", [30, 44, 60, 500, 5_000])
@pytest.mark.parametrize("format_", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_truncated_file_is_played_as_far_as_it_goes_or_refused(format_: str, cut: int) -> None:
    content = encoded(sine(ms=3_000), 16_000, format_)[:cut]

    try:
        played_ms = duration_ms(convert(content, name="x"))
    except AudioRefused:
        played_ms = None

    assert played_ms is None or 0 < played_ms <= 3_200


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    for path, reason in (
        (tmp_path / "none.wav", "is not a file"),
        (tmp_path, "is not a file"),
        (pipe, "is not a file"),
        (Path("/dev/zero"), "is not a file"),
        (Path("a\0b"), "is not a file|cannot be read"),
        (big, "is over 20 MB"),
    ):
        with pytest.raises(AudioRefused, match=reason):
            read_recording(path)


def test_speech_loses_the_quiet_at_its_edges_but_for_a_little() -> None:
    quiet = np.zeros(16_000)
    spoken = convert(encoded(np.concatenate([quiet, sine(ms=400), quiet]), 16_000, "WAV"), name="x")

    assert duration_ms(without_edges(spoken, keep_ms=60)) == pytest.approx(520, abs=5)
    assert without_edges(pcm_to_wav(b"\0\0" * 160, 16_000), keep_ms=60)


def test_short_music_is_repeated_whole_until_it_is_long_enough() -> None:
    wav = pcm_to_wav(b"\1\0" * 16_000 * 7, 16_000)

    assert duration_ms(repeat_to(wav, 60_000)) == 63_000
    assert repeat_to(wav, 7_000) == wav
