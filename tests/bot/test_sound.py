"""What a recording holds: its length, and how much of it is speech by loudness."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sending.sound import UNKNOWN, measure
from emulator.recordings import wav_of


@pytest.mark.parametrize(
    ("length_ms", "speech", "least", "most"),
    [
        (10_000, ((2_000, 6_000),), 3_500, 4_200),
        (10_000, ((0, 10_000),), 9_000, 10_000),
        (8_000, ((1_000, 1_400),), 300, 500),
        (8_000, (), 0, 0),
        (0, (), 0, 0),
        (10_000, ((1_000, 2_000), (5_000, 7_000)), 2_500, 3_200),
    ],
)
def test_speech_is_told_from_silence(
    length_ms: int, speech: tuple[tuple[int, int], ...], least: int, most: int
) -> None:
    found = measure(wav_of(length_ms, speech))
    assert found.length_ms == length_ms
    assert least <= found.speech_ms <= most


def test_the_hiss_of_a_line_is_no_speech() -> None:
    hiss = bytes((n * 37 % 256) if n % 2 == 0 else 0 for n in range(2 * 16_000 * 5))
    assert measure(wav(hiss)).speech_ms == 0


def test_whoever_speaks_softly_is_heard_all_the_same() -> None:
    loud = wav_of(5_000, ((1_000, 4_000),))
    with wave.open(io.BytesIO(loud)) as file:
        frames = file.readframes(file.getnframes())
    soft = b"".join(
        (int.from_bytes(frames[n : n + 2], "little", signed=True) // 12).to_bytes(
            2, "little", signed=True
        )
        for n in range(0, len(frames), 2)
    )
    assert measure(wav(soft)).speech_ms > 2_000


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"<html>", b"ID3" + bytes(5_000), wav_of(1_000, ())[:20]]
)
def test_what_is_no_wav_counts_as_spoken(content: bytes) -> None:
    assert measure(content) == UNKNOWN


@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_whatever_is_written_in_its_head_a_recording_can_be_listened_to(
    changes: list[tuple[int, int]], kept: int
) -> None:
    content = bytearray(wav_of(20, ((0, 20),)))
    for place, value in changes:
        content[place] = value
    assert measure(bytes(content[:kept])).speech_ms >= 0


def test_a_part_that_says_it_is_longer_than_the_file_is_no_wav() -> None:
    """Cut off by a connection that broke, say."""
    junk = b"LIST" + (1_000_000).to_bytes(4, "little") + b"cut"
    riff = b"RIFF" + (100).to_bytes(4, "little") + b"WAVE"
    assert measure(riff + junk) == UNKNOWN


def wav(frames: bytes) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(frames)
    return target.getvalue()
