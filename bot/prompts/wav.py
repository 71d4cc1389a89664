"""WAV headers: samples in, length out. Needs no numpy, so playing and serving may use it."""

import io
import wave


def pcm_to_wav(pcm: bytes, rate: int) -> bytes:
    """Little-endian 16-bit mono samples with a WAV header before them."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return target.getvalue()


def samples_of(wav: bytes) -> tuple[bytes, int]:
    """The samples and their rate, the reverse of `pcm_to_wav`."""
    with wave.open(io.BytesIO(wav), "rb") as file:
        return file.readframes(file.getnframes()), file.getframerate()


def duration_ms(wav: bytes) -> int:
    """How long the WAV plays, in milliseconds, rounded down."""
    with wave.open(io.BytesIO(wav), "rb") as file:
        return file.getnframes() * 1_000 // file.getframerate()


def repeat_to(wav: bytes, at_least_ms: int) -> bytes:
    """The WAV end to end with itself until it lasts `at_least_ms`."""
    pcm, rate = samples_of(wav)
    times = -(-at_least_ms // max(1, duration_ms(wav)))
    return wav if times <= 1 else pcm_to_wav(pcm * times, rate)
