"""The world under a real clock: it posts what is due, fetches prompts, and wakes at deadlines."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import secrets
import time
import wave
from collections.abc import Coroutine
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import msgspec

from emulator.chat import Letter
from emulator.config import Config
from emulator.identity import Identity
from emulator.media import PENDING
from emulator.notices import Delivery
from emulator.poster import Poster
from emulator.tab import Errand
from emulator.tab_client import TabClient
from emulator.world import World

POST_WITHIN_S = 10.0
ANSWER_WITHIN_S = 15.0
"""for what somebody does in the chat, as Teams has it"""
FETCH_WITHIN_S = 10.0
FINISH_WITHIN_S = 2.0
VALIDATE_WITHIN_S = 10.0
PROMPT_AT_MOST = 32 * 1024 * 1024
NAME_AT_MOST = 80
FORGET_BAD_S = 2.0
"""a prompt that could not be fetched may be tried again after that"""
RATE, WIDTH, CHANNELS = 16_000, 2, 1


class BadPrompt(ValueError):
    """Not what Graph plays: mono, 16-bit, 16 kHz WAV."""


@dataclass(frozen=True, slots=True)
class Prompt:
    ms: int
    samples: bytes
    """16-bit little-endian, mono, 16 kHz"""
    name: str = ""
    """as whoever serves the file calls it"""


def read_prompt(content: bytes, name: str = "") -> Prompt:
    """Raises BadPrompt with what is wrong."""
    try:
        with wave.open(io.BytesIO(content)) as wav:
            shape = (wav.getnchannels(), wav.getsampwidth(), wav.getframerate())
            if shape != (CHANNELS, WIDTH, RATE):
                raise BadPrompt(f"{shape[0]} channels of {8 * shape[1]} bits at {shape[2]} Hz")
            samples = wav.readframes(wav.getnframes())
    except (wave.Error, EOFError) as wrong:
        raise BadPrompt(str(wrong) or "the file is cut off") from wrong
    return Prompt(len(samples) // WIDTH * 1000 // RATE, samples, name)


def write_prompt(samples: bytes) -> bytes:
    """The samples as the WAV file that Graph plays."""
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(CHANNELS)
        wav.setsampwidth(WIDTH)
        wav.setframerate(RATE)
        wav.writeframes(samples)
    return out.getvalue()


def _encoded(delivery: Delivery) -> bytes:
    """The body in the charset it claims: escapes are the same bytes in every one."""
    if "windows-1252" in delivery.headers["Content-Type"].lower():
        return json.dumps(delivery.body).encode("ascii")
    return msgspec.json.encode(delivery.body)


def _decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw) if raw else None
    except msgspec.DecodeError:
        return raw.decode(errors="replace")


class Shell:
    """Drives one world. All calls come from the event loop; nothing here awaits inside a step."""

    def __init__(
        self,
        config: Config,
        *,
        authority: str,
        seed: int = 0,
        switches: dict[str, str] | None = None,
        log_limit: int | None = None,
    ) -> None:
        self.world = World(
            config, seed, switches=switches, prompt_duration=self._length, log_limit=log_limit
        )
        self.identity = Identity(config, authority)
        self.prompts: dict[str, Prompt | None] = {}
        self.prompt_errors: dict[str, str] = {}
        self._offset_ms = int(time.time() * 1000) - time.monotonic_ns() // 1_000_000
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._session: aiohttp.ClientSession | None = None
        self.poster: Poster
        self._tab = TabClient(self.world, self.identity, lambda: self.session, self.now)
        self.world.advance(self.now())

    def now(self) -> int:
        """UTC milliseconds that never run backwards."""
        return self._offset_ms + time.monotonic_ns() // 1_000_000

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60)
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar()
        )
        self.poster = Poster(self._session)
        self.pump()

    async def stop(self) -> None:
        """Posts on their way may arrive; nothing new leaves."""
        self._stopping = True
        if self._handle is not None:
            self._handle.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_WITHIN_S)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self.poster.close()
            await self._session.close()

    def pump(self) -> None:
        """After every step of the world: let out what is due and set the alarm."""
        if self._stopping:
            return
        world = self.world
        world.advance(self.now())
        for delivery in world.take_deliveries():
            self._spawn(self._post(delivery))
        for letter in world.chat.take():
            self._spawn(self._bring(letter))
        for errand in world.tab.take():
            self._spawn(self._act(errand))
        due = world.next_deadline()
        if due == self._armed_for:
            return
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._armed_for = due
        if due is not None:
            wait = max(0, due - self.now()) / 1000
            self._handle = asyncio.get_running_loop().call_later(wait, self._alarm)

    def _alarm(self) -> None:
        self._handle = None
        self._armed_for = None
        self.pump()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the shell has not been started")
        return self._session

    # --- notifications

    async def _post(self, delivery: Delivery) -> None:
        started = self.now()
        headers = dict(delivery.headers)
        if delivery.issuer:
            token = self.identity.callback_token(
                delivery.app_id, delivery.tenant_id, delivery.issuer, started
            )
            headers["Authorization"] = f"Bearer {token}"
        content = _encoded(delivery)
        status = 0
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(POST_WITHIN_S):
                status = await self.poster.post(delivery.url, content, headers)
        now = self.now()
        self.world.delivered(delivery, status, now - started, now)
        self.pump()

    # --- the product's tab

    async def _act(self, errand: Errand) -> None:
        status, said = await self._tab.act(errand)
        self.world.advance(self.now())
        self.world.tab.answered(errand, status, said)
        self.pump()

    # --- chat

    async def _bring(self, letter: Letter) -> None:
        await self.bring(letter)

    async def bring(self, letter: Letter) -> tuple[int, object]:
        """Deliver what somebody does in the chat: status and answer; 0 and why when none came."""
        service = str(letter.activity["serviceUrl"])
        token = self.identity.channel_token(letter.application.id, service, self.now())
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = msgspec.json.encode(letter.activity)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async with self.session.post(
                    letter.application.messages, data=content, headers=headers
                ) as response:
                    status, answer = response.status, _decoded(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as failed:
            status, answer = 0, str(failed)
        self.world.advance(self.now())
        self.world.chat.answered(letter, status, answer, self.world.now)
        self.pump()
        return status, answer

    async def validates(self, url: str) -> bool:
        """Whether the address repeats a validation token, as text, within ten seconds."""
        token = secrets.token_urlsafe(24)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(VALIDATE_WITHIN_S):
                async with self.session.post(url, params={"validationToken": token}) as response:
                    return response.status == 200 and await response.text() == token
        return False

    # --- prompts

    def _length(self, uri: str) -> int | None:
        if uri in self.prompts:
            prompt = self.prompts[uri]
            return None if prompt is None else prompt.ms
        if uri not in self._fetching:
            self._fetching[uri] = self._spawn(self._fetch(uri))
        return PENDING

    async def known(self, uris: list[str]) -> None:
        """Wait until all of these have been fetched or given up."""
        for uri in uris:
            if self._length(uri) == PENDING:
                await asyncio.wait([self._fetching[uri]])

    async def _fetch(self, uri: str) -> None:
        prompt: Prompt | None = None
        try:
            prompt = read_prompt(*await self._download(uri))
        except BadPrompt as bad:
            self.prompt_errors[uri] = str(bad)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
            self.prompt_errors[uri] = f"{type(failed).__name__}: {failed}"
        self.prompts[uri] = prompt
        del self._fetching[uri]
        if prompt is None:
            loop = asyncio.get_running_loop()
            loop.call_later(FORGET_BAD_S, self.prompts.pop, uri, None)
        self.world.prompt_known(uri, self.now())
        self.pump()

    async def _download(self, uri: str) -> tuple[bytes, str]:
        """The file, and what it is called."""
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadPrompt("not an http address")
        async with asyncio.timeout(FETCH_WITHIN_S):
            async with self.session.get(uri, allow_redirects=False) as response:
                if response.status != 200:
                    raise BadPrompt(f"HTTP status {response.status}")
                told = response.content_disposition
                name = (told.filename or "") if told is not None else ""
                content = await response.content.read(PROMPT_AT_MOST + 1)
                while not response.content.at_eof() and len(content) <= PROMPT_AT_MOST:
                    content += await response.content.read(PROMPT_AT_MOST)
        if len(content) > PROMPT_AT_MOST:
            raise BadPrompt(f"longer than {PROMPT_AT_MOST} bytes")
        return content, name.removesuffix(".wav")[:NAME_AT_MOST]
