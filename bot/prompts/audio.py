"""Turns any recording into what Graph plays: WAV, mono, 16-bit, 16 kHz.

Graph plays nothing else, and a wrong format is heard as silence
(learn.microsoft.com/graph/api/resources/mediainfo), so everything passes through here before it is
published.
Imports numpy: import this module where a prompt is rendered, not where one is played.
"""

import io

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from bot.prompts.errors import AudioRefused
from bot.prompts.wav import pcm_to_wav, samples_of

Samples = NDArray[np.float32]
"""Mono, 16 kHz, full scale is 1."""

RATE = 16_000
SHORTEST = RATE // 50
MAX_MS = 5 * 60 * 1_000
MIN_INPUT_RATE = 4_000
MAX_INPUT_RATE = 192_000  # keeps a crafted header from asking for gigabytes
MAX_CHANNELS = 8
FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")
TAKEN = "WAV, FLAC, OGG or MP3"

TARGET_RMS = 0.1  # -20 dBFS while sound is present: the usual level of Teams' own prompts
MAX_GAIN = 4.0  # 12 dB: a whisper becomes audible, a noise floor does not become a roar
PEAK = 0.89  # -1 dBFS, room for what a codec adds
LEAVE_ALONE = 1.12  # within 1 dB of the target a recording stays as its maker left it
FULL_SCALE = 32_768.0
LEVEL_BLOCK = RATE // 20  # 50 ms
LEVEL_GATE = 0.1  # blocks 20 dB under the loudest are pauses and do not count


def convert(content: bytes, *, name: str) -> bytes:
    """A WAV, FLAC, OGG or MP3 recording as a playable WAV, its loudness evened out gently.

    `name` is what the refusal calls it. Raises AudioRefused.
    """
    if not content:
        raise AudioRefused(name, "is empty")
    return to_wav(level(_decode(content, name)))


def to_wav(samples: Samples) -> bytes:
    """The samples as a WAV file."""
    whole = np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    return pcm_to_wav(whole.astype("<i2").tobytes(), RATE)


def without_edges(wav: bytes, *, keep_ms: int) -> bytes:
    """A playable WAV without the near-silence at both ends, but for `keep_ms` of it.

    For synthetic speech alone: its pauses would make a number read from clips crawl.
    """
    samples = np.frombuffer(samples_of(wav)[0], dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > FULL_SCALE / 200)
    if not loud.size:
        return wav
    keep = RATE * keep_ms // 1_000
    start, end = max(0, int(loud[0]) - keep), int(loud[-1]) + 1 + keep
    return pcm_to_wav(samples[start:end].tobytes(), RATE)


def level(samples: Samples) -> Samples:
    """The samples at an even loudness: changed by 12 dB at most, silence not at all."""
    peak = float(np.max(np.abs(samples))) if samples.size else 0.0
    if peak == 0.0:
        return samples
    blocks = np.array_split(samples, max(1, samples.size // LEVEL_BLOCK))
    powers = np.array([float(np.mean(np.square(block))) for block in blocks])
    sounding = powers[powers >= powers.max() * LEVEL_GATE**2]
    gain = TARGET_RMS / float(np.sqrt(sounding.mean()))
    if 1 / LEAVE_ALONE < gain < LEAVE_ALONE and peak <= 1.0:
        return samples
    gain = min(max(gain, 1 / MAX_GAIN), MAX_GAIN, PEAK / peak)
    return np.asarray(samples * np.float32(gain), dtype=np.float32)


def _decode(content: bytes, name: str) -> Samples:
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _refuse_shape(file, name)
            return _read(file, name)
    except soundfile.SoundFileError as error:
        raise AudioRefused(name, f"is not audio that can be read; give {TAKEN}") from error


def _refuse_shape(file: soundfile.SoundFile, name: str) -> None:
    if file.format not in FORMATS:
        raise AudioRefused(name, f"is {file.format} audio; give {TAKEN}")
    if (
        not 1 <= file.channels <= MAX_CHANNELS
        or not MIN_INPUT_RATE <= file.samplerate <= MAX_INPUT_RATE
    ):
        raise AudioRefused(
            name,
            f"has {file.channels} channels at {file.samplerate} Hz; "
            "give mono or stereo at 8 to 48 kHz",
        )


def _read(file: soundfile.SoundFile, name: str) -> Samples:
    """All of the file as mono 16 kHz, a second at a time: a small file may unpack to hours."""
    resampler = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32")
    left = file.samplerate * MAX_MS // 1_000
    pieces: list[Samples] = []
    while True:
        block: NDArray[np.float32] = file.read(file.samplerate, dtype="float32", always_2d=True)
        left -= len(block)
        if left < 0:
            raise AudioRefused(name, "is longer than 5 minutes")
        mono = np.nan_to_num(block.mean(axis=1, dtype=np.float32), posinf=1.0, neginf=-1.0)
        last = len(block) < file.samplerate
        # At the right rate already: exactly what its maker recorded.
        pieces.append(
            mono if file.samplerate == RATE else resampler.resample_chunk(mono, last=last)
        )
        if last:
            break
    samples = np.concatenate(pieces)
    if samples.size < SHORTEST:
        raise AudioRefused(name, "is empty" if not samples.size else "is too short to be heard")
    return samples
