"""What callers hear: recordings, a voice, the format Graph plays, and that Graph can fetch it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import wave
from pathlib import Path

import aiohttp

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.plan_file import PromptText
from bot.prompts import espeak
from bot.prompts.errors import NoVoice, PromptError
from bot.prompts.recording import read_recording
from bot.prompts.speech import AzureSettings, Silent
from bot.prompts.voices import VoiceSettings, choose_voice
from bot.settings import PREFIX
from store.archive import Archive
from store.errors import StoreError
from store.prompts import Named

RATE, WIDTH, CHANNELS = 16_000, 2, 1
"""learn.microsoft.com/graph/api/resources/mediainfo"""
LOOKED_AT = 20
OK = 200


async def check_recordings(patient: Patient) -> list[Line]:
    """The files that the plan plays."""
    reading = patient.reading
    named = [each for each in reading.prompts if each.audio]
    lines: list[Line] = []
    for prompt in named:
        why = await asyncio.to_thread(_unusable, Path(reading.file).parent / prompt.audio)
        if why:
            lines.append(_of_file(patient, prompt, why))
    if named and not lines:
        lines.append(Well("prompts", f"{len(named)} recording(s) can be played"))
    return lines


async def check_voice(patient: Patient) -> list[Line]:
    """Who speaks."""
    settings = patient.settings
    key = settings.speech_key
    voices = VoiceSettings(
        voice=settings.voice,
        azure=AzureSettings(
            region=settings.speech_region,
            endpoint=settings.speech_url or "",
            key=key.get_secret_value() if key else "",
        ),
        graph_url=settings.graph_url,
    )
    where = f"{PREFIX}VOICE"
    try:
        voice = choose_voice(voices, patient.http)
    except NoVoice as error:
        return [Finding(code="prompts.no_voice", seen=str(error), where=where)]
    await voice.close()
    if voice.engine == Silent.engine:
        return [Finding(code="prompts.no_voice", where=where)]
    if voice.engine == espeak.EspeakSpeech.engine and patient.is_real:
        return [Finding(code="prompts.laptop_voice", where=where)]
    return [Well("prompts", f"spoken by {voice.engine}")]


async def check_rendered(patient: Patient) -> list[Line]:
    """What was rendered: its format, and that it comes under the public address as it is."""
    try:
        archive = await patient.archive.get()
    except (StoreError, OSError):
        return []  # the check of the database says why
    named = await archive.prompts.named() if archive else []
    if archive is None or not named:
        return [Finding(code="prompts.unpublished")]
    chosen = sorted({each.sha256: each for each in named}.values(), key=_length)[:LOOKED_AT]
    lines: list[Line] = []
    for each in chosen:
        prompt = await archive.prompts.get(each.sha256)
        if prompt is not None and (wrong := _wrong_format(prompt.body)):
            lines.append(Finding(code="prompts.format", about=each.key, seen=wrong))
    if not lines:
        lines.append(Well("prompts", f"{len(named)} rendered, 16 kHz, 16 bit, one channel"))
    return [*lines, *await _fetched(patient, archive, chosen[0])]


async def _fetched(patient: Patient, archive: Archive, named: Named) -> list[Line]:
    """The shortest prompt, fetched as Graph does: without a token."""
    kept = await archive.prompts.get(named.sha256)
    url = f"{patient.settings.public_url}/prompts/{named.sha256}.wav"
    try:
        async with (
            asyncio.timeout(patient.patience_s),
            patient.http.get(url, allow_redirects=False) as answer,
        ):
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        seen = str(error) or type(error).__name__
        return [Finding(code="prompts.unreachable", about=url, seen=seen)]
    if status != OK:
        return [Finding(code="prompts.unreachable", about=url, seen=f"answered with {status}")]
    if kept is None or hashlib.sha256(body).hexdigest() != named.sha256:
        return [Finding(code="prompts.unreachable", about=url, seen="other bytes were sent")]
    return [Well("prompts", "can be fetched without a token, unchanged")]


def _wrong_format(wav: bytes) -> str:
    """What is wrong with it; empty: nothing."""
    try:
        with wave.open(io.BytesIO(wav), "rb") as file:
            rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
    except (wave.Error, EOFError) as error:
        return f"not a WAV file: {error}"
    if (rate, width, channels) == (RATE, WIDTH, CHANNELS):
        return ""
    return f"{rate} Hz, {8 * width} bit, {channels} channel(s)"


def _unusable(path: Path) -> str:
    from bot.prompts.audio import convert  # noqa: PLC0415 - numpy, which most checks do without

    try:
        convert(read_recording(path), name=path.name)
    except PromptError as error:
        return str(error)
    return ""


def _of_file(patient: Patient, prompt: PromptText, why: str) -> Finding:
    where = f"{patient.reading.file}:{prompt.line} prompts.{prompt.name}"
    return Finding(code="prompts.file", about=prompt.audio, seen=why, where=where)


def _length(named: Named) -> tuple[int, str]:
    return named.duration_ms, named.sha256
