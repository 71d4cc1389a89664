"""Picks the voice that the settings ask for; says when it is the wrong one for a real tenant."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import aiohttp

from bot.prompts import espeak
from bot.prompts.errors import NoVoice
from bot.prompts.speech import MISSING, VOICE, AzureSettings, AzureSpeech, Silent, Speech, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """What the service's settings say about voices."""

    voice: Literal["auto", "azure", "laptop", "none"] = "auto"
    """`auto`: Azure if it is set up, else eSpeak NG if it is installed, else none."""
    azure: AzureSettings = field(default_factory=AzureSettings)
    graph_url: str = "https://graph.microsoft.com/v1.0"


def choose_voice(
    settings: VoiceSettings, session: aiohttp.ClientSession, token: Token | None = None
) -> Speech:
    """The voice to publish with. Raises NoVoice if one asked for by name is not there."""
    azure = settings.azure
    # Half a configuration must not keep a service from its callers: `auto` then looks further.
    whole = bool((azure.region or azure.endpoint) and (azure.key or token))
    if settings.voice == "azure" or (settings.voice == "auto" and whole):
        return AzureSpeech(azure, session, token=token)
    if settings.voice == "none":
        return Silent()
    if espeak.installed():
        return espeak.EspeakSpeech()
    if settings.voice == "laptop":
        raise NoVoice(VOICE, "for laptops is not installed: install teams-switchboard[laptop]")
    return Silent()


def voice_warning(settings: VoiceSettings, speech: Speech) -> str | None:
    """What an operator should know about the voice, in one sentence, or None."""
    host = urlsplit(settings.graph_url).hostname or ""
    if host in ("localhost", "::1") or host.startswith("127."):
        return None
    if speech.engine == espeak.EspeakSpeech.engine:
        return (
            "Callers of a real tenant will hear eSpeak NG, a robot's voice under GPL-3: "
            "set SWITCHBOARD_SPEECH_REGION and SWITCHBOARD_SPEECH_KEY for Azure Speech."
        )
    if speech.engine == Silent.engine:
        return f"{NoVoice(VOICE, MISSING)} Callers hear tones in place of system prompts."
    return None
