"""Short signals made from arithmetic: heard beside a voice, and instead of one. Imports numpy."""

import numpy as np

from bot.prompts.audio import RATE, Samples, to_wav

VERSION = 1
"""Part of the key under which a tone is kept; raise it whenever the sound changes."""

LEVEL = 0.18  # about -15 dBFS: clear beside speech, never sharp
EDGE_MS = 12  # fading in and out, so that a tone does not tick

# Each tone: (hertz, milliseconds) in order; 0 hertz is a pause.
TONES: dict[str, tuple[tuple[int, int], ...]] = {
    "accept": ((660, 120), (0, 40), (880, 180), (0, 100)),
    "error": ((330, 220), (0, 80), (262, 320), (0, 120)),
    "attention": ((523, 160), (0, 60), (659, 260), (0, 120)),
    "waiting": ((440, 400), (0, 200), (440, 400), (0, 600)),
    "pause": ((0, 250),),
}


def tone(name: str) -> bytes:
    """The tone as a playable WAV; one of TONES."""
    return to_wav(np.concatenate([_piece(hertz, ms) for hertz, ms in TONES[name]]))


def _piece(hertz: int, ms: int) -> Samples:
    count = RATE * ms // 1_000
    wave = np.sin(np.arange(count) * (2 * np.pi * hertz / RATE))
    edge = RATE * EDGE_MS // 1_000
    ramp = np.minimum(1.0, np.arange(count) / edge)
    return np.asarray(LEVEL * wave * ramp * ramp[::-1], dtype=np.float32)
