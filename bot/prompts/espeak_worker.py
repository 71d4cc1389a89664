"""Speaks through eSpeak NG in a process of its own: requests on stdin, samples on stdout.

eSpeak NG is GPL-3. It is loaded here and nowhere else, so the service never links it; it also keeps
global state and may crash on odd input, which then ends this process and not the service. Run as a
file, it needs nothing of the project.

One request is a line of JSON `{"text", "voice"}`. One answer is a line of JSON, `{"error"}` or
`{"rate", "bytes"}` and then that many bytes of 16-bit mono samples. The end of stdin ends it.
"""

import ctypes
import json
import os
import sys
from typing import BinaryIO, Protocol

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when the callback has had it all
CHARS_UTF8 = 1
RATE_PARAMETER, WORDS_A_MINUTE = 1, 170
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Engine(Protocol):
    """Renders one text."""

    rate: int

    def render(self, text: str, voice: str) -> bytes:
        """16-bit samples; raises ValueError for a voice that is not there."""


class Espeak:
    """The library, loaded once."""

    def __init__(self) -> None:
        """Raises ImportError or RuntimeError if it cannot be loaded."""
        import espeakng_loader  # noqa: PLC0415 so that its absence is told and not raised at import

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
        self.rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), 0)
        if self.rate <= 0:
            message = f"found no data in {data}"
            raise RuntimeError(message)
        self._samples = bytearray()
        self._callback = CALLBACK(self._hear)  # kept: the library holds only a bare pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def render(self, text: str, voice: str) -> bytes:
        """16-bit samples; raises ValueError for a voice that is not there."""
        self._samples.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            message = f"has no voice {voice!r}"
            raise ValueError(message)
        self._library.espeak_SetParameter(RATE_PARAMETER, WORDS_A_MINUTE, 0)
        spoken = text.replace("\0", " ").encode() + b"\0"
        self._library.espeak_Synth(spoken, len(spoken), 0, 1, 0, CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._samples)

    def _hear(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)  # type: ignore[arg-type]
        return 0  # go on


def serve(engine: Engine, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers each request until there are no more."""
    for line in requests:
        try:
            asked = json.loads(line)
            samples = engine.render(str(asked["text"]), str(asked["voice"]))
        except (ValueError, KeyError, TypeError) as error:
            _answer(answers, {"error": str(error)})
            continue
        _answer(answers, {"rate": engine.rate, "bytes": len(samples)}, samples)


def _answer(answers: BinaryIO, header: dict[str, object], samples: bytes = b"") -> None:
    answers.write(json.dumps(header).encode() + b"\n" + samples)
    answers.flush()


def main() -> None:
    """Runs as the service's child."""
    # The library's own complaints would land among the samples: only we keep the real stdout.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        engine = Espeak()
    except (ImportError, OSError, RuntimeError) as error:
        _answer(
            answers,
            {
                "error": f"cannot be loaded ({error}); install teams-switchboard[laptop]",
                "absent": True,
            },
        )
        return
    serve(engine, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
