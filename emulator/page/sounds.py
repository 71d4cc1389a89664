"""Sounds for the page: the prompts that the emulator plays, and the tones of a telephone.

A prompt has a short key made from its samples, so that a browser may keep it for ever and no
address of the service appears on the page. Tones are made from arithmetic, once.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.shell import RATE, Prompt, write_prompt

KEY_LENGTH = 16
WINDOW = RATE // 20
STRIDE = 8
"""every eighth sample is enough to tell loud from silent"""
SILENT = 250
"""of 32,768: quieter than any voice on a telephone"""
PAUSES = 0.04
"""the share of silent windows from which on a sound is no music: words have gaps"""
MUSIC_MS = 10_000
"""music is at least so long"""
LEVEL = 3_000
"""-20 dBFS: a tone must not startle"""


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound."""

    key: str
    ms: int
    like: str
    """music or prompt, guessed from the samples alone; tone: a telephone's own"""
    samples: bytes
    name: str = ""
    """a prompt's, as whoever serves it calls it"""

    def wav(self) -> bytes:
        return write_prompt(self.samples)


class Sounds:
    def __init__(self, prompts: Mapping[str, Prompt | None]) -> None:
        """`prompts` by address, as the shell keeps them."""
        self._prompts = prompts
        self._by_uri: dict[str, Clip] = {}
        self._by_key: dict[str, Clip] = {}
        self._tones: dict[str, Clip] = {}

    def of_prompt(self, uri: str) -> Clip | None:
        """The clip at this address; None while it is not here, or when it cannot be played."""
        found = self._by_uri.get(uri)
        if found is not None:
            return found
        prompt = self._prompts.get(uri)
        if prompt is None:
            return None
        key = hashlib.sha256(prompt.samples).hexdigest()[:KEY_LENGTH]
        clip = Clip(key, prompt.ms, likeness(prompt.samples), prompt.samples, prompt.name)
        self._by_uri[uri] = self._by_key[key] = clip
        return clip

    def of_tone(self, what: str) -> Clip | None:
        """What a telephone makes itself: ringback, phone (it rings), hold_music, beep."""
        if what not in TONES:
            return None
        if what not in self._tones:
            samples = TONES[what]()
            self._tones[what] = Clip(what, len(samples) * 1000 // (2 * RATE), "tone", samples)
        return self._tones[what]

    def by_key(self, key: str) -> Clip | None:
        return self._by_key.get(key) or self.of_tone(key)


def likeness(samples: bytes) -> str:
    """music: long and without pauses; prompt: anything else."""
    values = array("h")
    values.frombytes(samples)
    if len(values) * 1000 < MUSIC_MS * RATE:
        return "prompt"
    windows = [
        max(abs(value) for value in values[start : start + WINDOW : STRIDE])
        for start in range(0, len(values) - WINDOW + 1, WINDOW)
    ]
    silent = sum(1 for loudest in windows if loudest < SILENT)
    return "music" if silent < PAUSES * len(windows) else "prompt"


def _cadence(frequencies: tuple[float, ...], on_ms: int, whole_ms: int) -> bytes:
    """Frequencies together for so long, then silence to the end of the period."""
    values = array("h", bytes(2 * RATE * whole_ms // 1000))
    length, soft = RATE * on_ms // 1000, RATE // 50
    for n in range(length):
        swell = min(1.0, n / soft, (length - n) / soft)
        level = sum(math.sin(2 * math.pi * f * n / RATE) for f in frequencies) / len(frequencies)
        values[n] = round(LEVEL * swell * level)
    return values.tobytes()


def _ringback() -> bytes:
    """Two seconds of 440 and 480 Hz, four of silence, as in North America."""
    return _cadence((440.0, 480.0), 2_000, 6_000)


def _phone() -> bytes:
    """A phone that rings: two quick warbles, then a pause."""
    return _cadence((784.0, 988.0), 350, 600) + _cadence((784.0, 988.0), 350, 2_400)


def _hold_music() -> bytes:
    """Teams' own hold music is not ours to copy: four soft notes stand for it."""
    notes = (261.6, 329.6, 392.0, 329.6)
    return b"".join(_cadence((note, 2 * note), 480, 500) for note in notes)


def _beep() -> bytes:
    return _cadence((1_000.0,), 300, 300)


TONES: Mapping[str, Callable[[], bytes]] = {
    "ringback": _ringback,
    "phone": _phone,
    "hold_music": _hold_music,
    "beep": _beep,
}
