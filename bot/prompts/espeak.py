"""eSpeak NG as a voice for laptops and tests, spoken to across a pipe.

The library is GPL-3 and crashes with the process it lives in, so it lives in `espeak_worker.py`:
killed when it takes too long, started again when it has died.
"""

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path

from bot.prompts.errors import NoVoice, SpeechFailed
from bot.prompts.wav import pcm_to_wav

WORKER = Path(__file__).with_name("espeak_worker.py")
ANSWER_S = 20.0  # five minutes of speech take about two seconds
END_S = 2.0
LONGEST_TEXT = 8_000  # characters: nearly ten minutes of speech
ESPEAK = "eSpeak NG"
VOICES = {"en": "en-us", "ko": "ko"}
IN_ANOTHER_PROCESS = (OSError, EOFError, asyncio.IncompleteReadError, ValueError, KeyError)


def installed() -> bool:
    """Whether the optional library is there; it is not loaded for this."""
    return find_spec("espeakng_loader") is not None


class EspeakSpeech:
    """eSpeak NG in its own process, started by the first text."""

    engine = "espeak"

    def __init__(
        self, *, command: tuple[str, ...] | None = None, answer_s: float = ANSWER_S
    ) -> None:
        """`command` starts another worker that speaks the same protocol."""
        # -I: the worker's folder stays off its path, where `audio` could shadow a library.
        self._command = command or (sys.executable, "-I", str(WORKER))
        self._answer_s = answer_s
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()  # one pipe: a request and its answer are never interleaved

    async def render(self, text: str, language: str, voice: str | None) -> bytes:
        """The text as WAV. A worker that died is replaced once before this text is given up."""
        if len(text) > LONGEST_TEXT:
            raise SpeechFailed(ESPEAK, f"takes no text longer than {LONGEST_TEXT} characters")
        name = voice or VOICES.get(language.split("-", 1)[0].lower(), language.lower())
        request = json.dumps({"text": text, "voice": name}).encode() + b"\n"
        async with self._turn:
            try:
                return await self._ask(request)
            except IN_ANOTHER_PROCESS:
                await self._end()
            try:
                return await self._ask(request)
            except IN_ANOTHER_PROCESS as error:
                await self._end()
                raise SpeechFailed(ESPEAK, "stopped twice on this text") from error

    async def close(self) -> None:
        """Ends the worker."""
        async with self._turn:
            await self._end()

    async def _ask(self, request: bytes) -> bytes:
        """One request and its answer. An interruption ends the worker: its pipe is out of step."""
        process = await self._running()
        done = False
        try:
            async with asyncio.timeout(self._answer_s):
                header, pcm = await _exchange(process, request)
            done = True
        except TimeoutError as error:
            raise SpeechFailed(ESPEAK, f"took longer than {self._answer_s:g} s") from error
        finally:
            if not done:
                await self._end()
        if "error" in header:
            kind = NoVoice if header.get("absent") else SpeechFailed
            raise kind(ESPEAK, str(header["error"]))
        if not pcm.strip(b"\0"):
            raise SpeechFailed(ESPEAK, "found nothing to say in this text")
        return pcm_to_wav(pcm, int(str(header["rate"])))

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._end()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()  # it holds nothing worth saving
        if process.stdin is not None:
            process.stdin.close()
        # Shielded: a cancelled publication must not leave a zombie behind.
        await asyncio.shield(asyncio.wait_for(process.wait(), END_S))


async def _exchange(
    process: asyncio.subprocess.Process, request: bytes
) -> tuple[dict[str, object], bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(request)
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    header: dict[str, object] = json.loads(line)
    return header, await process.stdout.readexactly(int(str(header.get("bytes", 0))))
