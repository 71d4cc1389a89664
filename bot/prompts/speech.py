"""Voices: a text becomes a recording, when a plan is published and never while somebody waits.

Azure Speech is the voice of a real tenant, eSpeak NG (`espeak.py`) that of a laptop, and `Silent`
says what is missing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import aiohttp

from bot.prompts.errors import NoVoice, SpeechFailed
from bot.prompts.wav import pcm_to_wav

log = logging.getLogger(__name__)

Token = Callable[[], Awaitable[str]]
"""Fetches an Entra access token for https://cognitiveservices.azure.com/.default."""

AZURE_FORMAT = "raw-16khz-16bit-mono-pcm"
AZURE_RATE = 16_000
REQUEST_S = 15.0  # a sentence takes well under a second; ten tries of this still end a publication
MAX_REPLY_BYTES = 20 * 1024 * 1024
WAITS_S = (0.5, 2.0)  # before the second and the third try
LONGEST_WAIT_S = (
    10.0  # of a Retry-After; the free tier's is a minute, and publishing again goes on from there
)
SERVER_ERROR = 500
DEFAULT_VOICES = {
    "en": "en-US-AvaMultilingualNeural",
    "ko": "ko-KR-SunHiNeural",
}
DEFAULT_LOCALES = {"en": "en-US", "ko": "ko-KR"}


MISSING = (
    "is not set up: give SWITCHBOARD_SPEECH_REGION and SWITCHBOARD_SPEECH_KEY for Azure Speech, "
    "or on a laptop install teams-switchboard[laptop]"
)
VOICE, AZURE = "A voice", "Azure Speech"


class Speech(Protocol):
    """A voice."""

    engine: str
    """Part of the key under which a rendering is kept: `azure`, `espeak`."""

    async def render(self, text: str, language: str, voice: str | None) -> bytes:
        """The text as WAV, mono 16-bit at any rate. `voice` None: the engine's own choice.

        Raises SpeechFailed for this text, NoVoice when no text can be spoken at all.
        """

    async def close(self) -> None:
        """Lets go of what it holds; the next text takes it up again."""


class Silent:
    """No voice: every text is refused with what to set up. Tones and recordings still play."""

    engine = "none"

    async def render(self, text: str, language: str, voice: str | None) -> bytes:  # noqa: ARG002
        """Raises NoVoice."""
        raise NoVoice(VOICE, MISSING)

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSettings:
    """Where Azure Speech is and who we are to it. A region or an endpoint; a key or a token."""

    region: str = ""
    """Such as `westeurope`."""
    endpoint: str = ""
    """A custom domain (https://NAME.cognitiveservices.azure.com), or a server like it."""
    key: str = field(default="", repr=False)
    resource_id: str = ""
    """/subscriptions/.../accounts/NAME: wanted beside an Entra token."""


class AzureSpeech:
    """Azure Speech by its REST interface.

    learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech
    """

    engine = "azure"

    def __init__(
        self,
        settings: AzureSettings,
        session: aiohttp.ClientSession,
        *,
        token: Token | None = None,
        waits_s: tuple[float, ...] = WAITS_S,
        request_s: float = REQUEST_S,
    ) -> None:
        """Speaks through `session`, which stays the caller's to close."""
        if not settings.key and token is None:
            raise NoVoice(AZURE, "needs SWITCHBOARD_SPEECH_KEY or an Entra identity")
        self._url = _azure_url(settings)
        self._settings = settings
        self._session = session
        self._token = token
        self._waits_s = waits_s
        self._timeout = aiohttp.ClientTimeout(total=request_s)

    async def render(self, text: str, language: str, voice: str | None) -> bytes:
        """The text as WAV at 16 kHz; tried again a little on 429, 5xx and a broken connection."""
        body = ssml(text, language, voice).encode()
        for wait_s in (*self._waits_s, None):
            asked_s, problem = None, ""
            try:
                headers = await self._headers()
                async with self._session.post(
                    self._url, data=body, headers=headers, timeout=self._timeout
                ) as reply:
                    if reply.ok:
                        return await _audio(reply)
                    problem = f"answered {reply.status} {reply.reason}"
                    if reply.status != HTTPStatus.TOO_MANY_REQUESTS and reply.status < SERVER_ERROR:
                        raise _refused(reply, problem)
                    asked_s = _retry_after(reply)
            except (aiohttp.ClientError, TimeoutError) as error:
                problem = f"did not answer ({type(error).__name__})"
            if wait_s is None:
                break
            log.info("speech tried again", extra={"problem": problem})
            await asyncio.sleep(wait_s if asked_s is None else min(asked_s, LONGEST_WAIT_S))
        raise SpeechFailed(AZURE, f"{problem}, also when asked again")

    async def close(self) -> None:
        """The session belongs to whoever made it."""

    async def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": AZURE_FORMAT,
            "User-Agent": "teams-switchboard",
        }
        if self._settings.key:
            return headers | {"Ocp-Apim-Subscription-Key": self._settings.key}
        token = await self._token() if self._token else ""
        if self._settings.resource_id:  # an Entra token must name the resource beside it
            token = f"aad#{self._settings.resource_id}#{token}"
        return headers | {"Authorization": f"Bearer {token}"}


def ssml(text: str, language: str, voice: str | None) -> str:
    """The request's body. Whatever the text holds, it is read out and never markup."""
    family = language.split("-", 1)[0].lower()
    locale = language if "-" in language else DEFAULT_LOCALES.get(family, language)
    name = voice or DEFAULT_VOICES.get(family)
    if name is None:
        raise SpeechFailed(AZURE, f"has no default voice for {language!r}; name one in the plan")
    spoken = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return (
        '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
        f"xml:lang={quoteattr(locale)}>"
        f"<voice name={quoteattr(name)}>{escape(spoken)}</voice></speak>"
    )


def _azure_url(settings: AzureSettings) -> str:
    if not settings.endpoint:
        if not settings.region.isalnum():
            raise NoVoice(AZURE, "needs SWITCHBOARD_SPEECH_REGION, such as westeurope")
        return f"https://{settings.region}.tts.speech.microsoft.com/cognitiveservices/v1"
    endpoint = settings.endpoint.rstrip("/")
    host = urlsplit(endpoint).hostname or ""
    # A custom domain serves all of AI services, so its addresses name the service first.
    prefix = "/tts" if host.endswith(".cognitiveservices.azure.com") else ""
    return f"{endpoint}{prefix}/cognitiveservices/v1"


async def _audio(reply: aiohttp.ClientResponse) -> bytes:
    pcm = bytearray()
    async for piece in reply.content.iter_chunked(64 * 1024):
        pcm += piece
        if len(pcm) > MAX_REPLY_BYTES:
            raise SpeechFailed(AZURE, "sent more audio than a prompt may have")
    whole = len(pcm) // 2 * 2
    if not whole:
        raise SpeechFailed(AZURE, "sent no audio")
    return pcm_to_wav(bytes(pcm[:whole]), AZURE_RATE)


def _refused(reply: aiohttp.ClientResponse, problem: str) -> Exception:
    if reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NoVoice(AZURE, f"{problem}: check its key, region and role assignment")
    return SpeechFailed(AZURE, f"{problem}: check the voice's name and the text")


def _retry_after(reply: aiohttp.ClientResponse) -> float | None:
    value = reply.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
