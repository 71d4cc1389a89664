"""Sounds to test with: made with numpy, written in any format that soundfile knows."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from bot.prompts.wav import samples_of

FULL_SCALE = 32_768.0


def sine(
    *, hertz: float = 440.0, ms: int = 1_000, rate: int = 16_000, peak: float = 0.1414
) -> NDArray[np.float64]:
    """A tone; the usual peak is that of the loudness which conversion aims at."""
    count = rate * ms // 1_000
    return peak * np.sin(np.arange(count) * (2 * np.pi * hertz / rate))


def encoded(samples: NDArray[np.float64], rate: int, format_: str, subtype: str = "") -> bytes:
    """The samples as a file's content."""
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format=format_, subtype=subtype or None)
    return target.getvalue()


def decoded(wav: bytes) -> NDArray[np.float64]:
    """The samples of a playable WAV, full scale 1."""
    return np.frombuffer(samples_of(wav)[0], dtype="<i2") / FULL_SCALE


def loudest_hertz(samples: NDArray[np.float64], rate: int = 16_000) -> float:
    """The frequency that carries most."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum)) * rate / len(samples)


def rms(samples: NDArray[np.float64]) -> float:
    """How loud the samples are."""
    return float(np.sqrt(np.mean(np.square(samples))))
