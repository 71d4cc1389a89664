"""What a supervisor types is spoken at once, and kept before anybody is told that it is in force.

A prompt of the plan is rendered when the plan is published; a flood does not wait for that. The
recording is stored under its content, so any instance can serve it, also after a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.prompts.catalog import Clip
from bot.prompts.errors import PromptError

log = logging.getLogger(__name__)

SPEAK_WITHIN_S = 8.0
"""An emergency message is live within 10 s or its author hears why not."""
LONGEST_TEXT = 500
"""Characters: callers hear it before all else, and 500 take 40 s."""


class CannotSpeak(Exception):
    """The text was not spoken, so nothing was changed. The message is a sentence for its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Texts, and the recordings that were made of them."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    clips: dict[str, str] = field(default_factory=dict[str, str])
    """The content's SHA-256, by language."""
    lasts_ms: int = 0


class Speaker(Protocol):
    """Speaks and keeps; `bot.prompts.publishing.Publisher`."""

    async def say(self, text: str, language: str) -> Clip:
        """One text as a recording that is kept. Raises PromptError, StoreError."""
        ...


class Announcer:
    """Has texts spoken by the service's voice."""

    def __init__(self, speaker: Speaker, *, within_s: float = SPEAK_WITHIN_S) -> None:
        self._speaker = speaker
        self._within_s = within_s

    async def speak(self, texts: Mapping[str, str]) -> Spoken:
        """The texts, by language, as recordings that are kept. Raises CannotSpeak, StoreError."""
        clips: dict[str, str] = {}
        lasts_ms = 0
        try:
            async with asyncio.timeout(self._within_s):
                for language, text in texts.items():
                    clip = await self._speaker.say(text, language)
                    clips[language] = clip.sha
                    lasts_ms = max(lasts_ms, clip.duration_ms)
        except TimeoutError as error:
            late = f"The voice did not answer within {self._within_s:g} s."
            raise CannotSpeak(late) from error
        except PromptError as error:
            log.warning("a message could not be spoken", extra={"why": str(error)})
            raise CannotSpeak(str(error)) from error
        return Spoken(texts=dict(texts), clips=clips, lasts_ms=lasts_ms)


def language_of(text: str) -> str:
    """Which of our languages a text is written in."""
    return "ko" if any("가" <= sign <= "힣" for sign in text) else "en"
