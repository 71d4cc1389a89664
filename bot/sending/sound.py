"""What a recording holds: how long it is, and how much of it is speech, by loudness alone.

A recording always has silence in it, the pause that ended it at least; so its length does not say
whether anybody spoke.
"""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass

BLOCK_MS = 20
LEAST_LEVEL = 0.006
"""-44 dBFS: under it is what a quiet telephone line sounds like."""
OF_THE_LOUDEST = 0.1
"""20 dB under the loudest block are breath and echo."""
FULL_SCALE = 32_768.0
SIXTEEN_BIT = 2


@dataclass(frozen=True, slots=True)
class Sound:
    """`speech_ms` is all of it where nobody can tell."""

    length_ms: int
    speech_ms: int


UNKNOWN = Sound(0, 120_000)
"""Of what is no WAV that we can read: it counts as spoken, for a person to listen to."""


def measure(content: bytes) -> Sound:
    """How long, and how much of it is speech. Takes milliseconds: not for the event loop."""
    import numpy as np  # noqa: PLC0415 - slow to import, and only needed where messages are left

    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            rate, channels = file.getframerate(), file.getnchannels()
            if file.getsampwidth() != SIXTEEN_BIT or not rate or not channels:
                return UNKNOWN
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError, RuntimeError, struct.error):
        # A part that says that it is longer than all there is: `wave` raises a bare RuntimeError.
        return UNKNOWN
    samples = np.frombuffer(frames[: len(frames) // 2 * 2], dtype="<i2").astype(np.float32)
    block = max(1, rate * channels * BLOCK_MS // 1000)
    whole = samples[: samples.size // block * block].reshape(-1, block) / FULL_SCALE
    length_ms = samples.size * 1000 // (rate * channels)
    if not whole.size:
        return Sound(length_ms, 0)
    levels = np.sqrt(np.mean(np.square(whole), axis=1))
    loud = levels > max(LEAST_LEVEL, float(levels.max()) * OF_THE_LOUDEST)
    return Sound(length_ms, int(np.count_nonzero(loud)) * BLOCK_MS)
