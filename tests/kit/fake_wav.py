"""A tenth of a second of a tone, as a WAV of any shape."""

import io
import math
import struct
import wave


def wav(*, rate: int, channels: int, seconds: float = 0.2) -> bytes:
    target = io.BytesIO()
    count = int(rate * seconds)
    samples = [int(9_000 * math.sin(math.tau * 440 * n / rate)) for n in range(count)]
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", each) * channels for each in samples))
    return target.getvalue()
