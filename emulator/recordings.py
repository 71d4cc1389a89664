"""What callers said into recordings: real sound, for whoever has the token, for a while.

A person's speech is a hum that comes and goes like syllables: loud enough for anybody who measures
it to hear words, and silent where nobody spoke.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import dataclass, field
from functools import lru_cache

from emulator.exchange import Call, Exchange
from emulator.refusals import (
    Reply,
    Request,
    bad_request,
    check_words,
    not_possible,
    text,
)
from emulator.shapes import operation

RATE = 16_000
HUM_HZ, SYLLABLE_MS = 180.0, 240
LOUD = 9_000
"""-11 dBFS at the height of a syllable"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    id: str
    token: str
    length_ms: int
    speech: tuple[tuple[int, int], ...]
    """(from, to) in ms from its beginning"""


@dataclass(slots=True)
class Recordings:
    """By id; a recording is thrown away soon after its call."""

    exchange: Exchange
    kept: dict[str, Recording] = field(default_factory=dict[str, Recording])
    told: int = 0
    """how many there were"""
    tokens: list[str] = field(default_factory=list[str])
    """of all of them"""

    def keep(self, call: Call, name: str, began: int, speech: list[tuple[int, int]]) -> str:
        """What was said on the call since `began`; the token that opens it."""
        x = self.exchange
        said = tuple((start - began, min(end, x.now) - began) for start, end in speech)
        kept = Recording(id=name, token=x.new_id(), length_ms=x.now - began, speech=said)
        self.kept[name] = kept
        self.told += 1
        self.tokens.append(kept.token)

        def gone() -> None:
            x.later(x.config.timings.recording_kept_ms, lambda: self.drop(name))

        if call.state == "terminated":
            gone()
        else:
            call.on_end.append(gone)
        return kept.token

    def update_status(self, request: Request, call: Call) -> Reply:
        """updateRecordingStatus needs policy-based recording: a switch says whether it is there."""
        x = self.exchange
        body = request.object_body()
        check_words("updateRecordingStatus", body)
        how = x.switches["recording_status"]
        if how == "refused":
            raise not_possible(f"Call {call.id} is not under policy-based recording.")
        status = text(body, "status")
        if status not in ("notRecording", "recording", "failed"):
            raise bad_request("status must be notRecording, recording or failed.")
        call.recording_status = status
        kind, op_id = "updateRecordingStatusOperation", x.new_id()
        context = text(body, "clientContext")
        done = operation(kind, op_id, "completed", context)
        if how == "notified":
            x.notify(call, "operation", done, change="deleted", part=f"/operations/{op_id}")
            return Reply(200, operation(kind, op_id, "notStarted", context))
        return Reply(200, done)

    def drop(self, recording: str) -> None:
        self.kept.pop(recording, None)

    def read(self, recording: str, bearer: str) -> bytes | int:
        """The WAV, or the status of the refusal."""
        found = self.kept.get(recording)
        if found is None:
            return 404
        if bearer != found.token:
            return 401
        return wav_of(found.length_ms, found.speech)


@lru_cache(maxsize=8)
def wav_of(length_ms: int, speech: tuple[tuple[int, int], ...]) -> bytes:
    """Mono, 16-bit, 16 kHz."""
    samples = bytearray(2 * (length_ms * RATE // 1000))
    for start_ms, end_ms in speech:
        _hum(samples, start_ms * RATE // 1000, end_ms * RATE // 1000)
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(samples))
    return target.getvalue()


@lru_cache(maxsize=1)
def _second() -> bytes:
    """One second of speech; all the others are like it."""
    syllable = SYLLABLE_MS * RATE // 1000
    values = [
        int(
            LOUD
            * (0.35 + 0.65 * abs(math.sin(math.pi * n / syllable)))
            * math.sin(2 * math.pi * HUM_HZ * n / RATE)
        )
        for n in range(RATE)
    ]
    return struct.pack(f"<{RATE}h", *values)


def _hum(samples: bytearray, start: int, end: int) -> None:
    second = _second()
    for at in range(start, end, RATE):
        count = min(RATE, end - at)
        part = second[: 2 * count]
        room = len(samples) - 2 * at
        samples[2 * at : 2 * at + min(len(part), max(0, room))] = part[: max(0, room)]
