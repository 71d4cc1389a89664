"""The project's own hold music: a minute that joins its own end, made from arithmetic.

Nobody has to license it, and it is the same bytes on every run. Written for a telephone: everything
that matters lies between 150 and 3,400 Hz. Imports numpy.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bot.prompts.audio import RATE, Samples, to_wav

VERSION = 1
"""Part of the key under which the music is kept; raise it whenever the sound changes."""

BEATS_A_MINUTE = 80
BEAT = 60 * RATE // BEATS_A_MINUTE
BEATS_A_BAR = 4
PEAK = 0.25  # -12 dBFS: a caller who hears a voice next must not be startled by it
BEND = 0.03  # seconds over which a note swells, so that it does not tick

# Twenty bars of 4 beats at 80 a minute are one minute. Chords as MIDI notes, the bass first.
C, AM = (48, 64, 67, 71, 74), (45, 60, 64, 67, 71)
F, G = (53, 64, 67, 69, 72), (43, 62, 65, 69, 71)
EM, DM = (52, 62, 67, 71, 74), (50, 60, 65, 69, 72)
FM = (53, 60, 65, 68, 72)
CHORDS = (C, AM, F, G, C, EM, F, G, AM, EM, F, C, DM, G, EM, AM, F, FM, C, C)

# (bar, beat, note, beats): four short thoughts with air between them. The last bar rests, so that a
# gap which Graph may leave between two prompts falls into a decay and not into a note.
MELODY = (
    (0, 0.0, 79, 1.5), (0, 1.5, 76, 0.5), (0, 2.0, 74, 2.0), (1, 1.0, 76, 1.0),
    (1, 2.0, 79, 2.0), (2, 0.0, 81, 1.5), (2, 1.5, 79, 0.5), (2, 2.0, 76, 2.0),
    (3, 0.5, 74, 3.0), (5, 0.0, 83, 1.0), (5, 1.0, 79, 1.0), (5, 2.0, 76, 2.0),
    (6, 0.0, 77, 1.0), (6, 1.0, 79, 1.0), (6, 2.0, 81, 2.0), (7, 0.0, 79, 1.5),
    (7, 1.5, 74, 2.5), (8, 1.0, 72, 0.5), (8, 1.5, 74, 0.5), (8, 2.0, 76, 2.0),
    (9, 1.0, 79, 1.0), (9, 2.0, 74, 2.0), (10, 0.0, 76, 1.0), (10, 1.0, 77, 1.0),
    (10, 2.0, 81, 1.0), (10, 3.0, 84, 1.0), (11, 0.0, 79, 4.0), (13, 0.0, 74, 0.5),
    (13, 0.5, 76, 0.5), (13, 1.0, 77, 1.0), (13, 2.0, 81, 2.0), (14, 0.0, 79, 1.5),
    (14, 1.5, 76, 2.5), (15, 1.0, 72, 1.0), (15, 2.0, 76, 2.0), (16, 0.0, 77, 2.0),
    (16, 2.0, 76, 2.0), (17, 0.0, 77, 1.0), (17, 1.0, 75, 1.0), (17, 2.0, 72, 2.0),
    (18, 0.0, 72, 3.0),
)  # fmt: skip
ARPEGGIO = (1, 2, 3, 4, 3, 2, 4, 3)  # which of the chord's notes each half beat plucks

Note = tuple[float, int, float, float]
"""Start in beats, MIDI pitch, length in beats, loudness."""


def hold_music() -> bytes:
    """One minute of hold music as a playable WAV. Played end to end with itself it has no seam."""
    track = np.zeros(len(CHORDS) * BEATS_A_BAR * BEAT, dtype=np.float32)
    for start, pitch, beats, loudness in _notes():
        _add(track, int(start * BEAT), _pluck(pitch, beats) * np.float32(loudness))
    return to_wav(track * np.float32(PEAK / float(np.max(np.abs(track)))))


def _notes() -> Iterator[Note]:
    for bar, chord in enumerate(CHORDS):
        resting = bar == len(CHORDS) - 1
        yield bar * BEATS_A_BAR, chord[0] + 12, 6.0 if resting else 3.5, 0.45
        for step, which in enumerate(ARPEGGIO[:5] if resting else ARPEGGIO):
            yield (
                bar * BEATS_A_BAR + step / 2,
                chord[which],
                3.0 if resting else 2.0,
                0.22 if step % 4 else 0.3,
            )
    for bar, beat, pitch, beats in MELODY:
        yield bar * BEATS_A_BAR + beat, pitch, beats + 0.5, 0.5


def _pluck(pitch: int, beats: float) -> Samples:
    """One note of a soft electric piano: partials that fade the faster the higher they are."""
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    seconds: NDArray[np.float32] = np.arange(int(beats * BEAT), dtype=np.float32) / np.float32(RATE)
    tone = np.zeros_like(seconds)
    for partial, strength, fade in ((1, 1.0, 1.6), (2, 0.32, 3.0), (3, 0.12, 5.0), (4, 0.05, 8.0)):
        if hertz * partial < RATE * 0.45:
            angle = np.float32(2 * np.pi * hertz * partial) * seconds
            tone += np.float32(strength) * np.sin(angle) * np.exp(np.float32(-fade) * seconds)
    swell = np.minimum(1.0, seconds / np.float32(BEND))
    release = np.minimum(1.0, seconds[::-1] / np.float32(0.15))
    return np.asarray(tone * swell * release, dtype=np.float32)


def _add(track: Samples, start: int, note: Samples) -> None:
    """Mixes the note in; what runs over the end sounds on at the beginning: no seam."""
    head = note[: len(track) - start]
    track[start : start + len(head)] += head
    tail = note[len(head) :]
    track[: len(tail)] += tail
