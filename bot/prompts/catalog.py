"""What is played, ready to play: an instruction becomes clips without waiting or failing.

Everything here was rendered when the plan was published (`publishing.py`). A clip is named by its
content, so a page of an older plan stays valid while calls still hear it.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from bot.prompts.language.rules import (
    MAX_CLIPS,
    Language,
    digits,
    duration,
    position,
    wait_range,
)
from routing.bulletin import CLIP
from routing.commands import Say

log = logging.getLogger(__name__)

MUSIC_MS = 10 * 60 * 1_000
"""How long one request for music plays at least."""

MOST_CLIPS = 3 * MAX_CLIPS
"""Of one command: a longer speech is a mistake, and nobody could interrupt it in between."""
WAIT = re.compile(r"wait:(?P<low>[0-9]{1,4})-(?P<high>[0-9]{1,4})")
"""An expected wait, in minutes."""
ATTENTION = "tone:attention"
DEFAULT_MUSIC = "music:default"


class PromptStore(Protocol):
    """Where rendered prompts are kept. Several keys may name one content; put is idempotent."""

    async def get(self, sha: str) -> bytes | None:
        """The WAV with this SHA-256, in lower-case hex."""

    async def put(self, sha: str, wav: bytes, duration_ms: int, key: str) -> None:
        """Keeps the WAV and lets `key` name it from now on."""

    async def named(self) -> Mapping[str, tuple[str, int]]:
        """Key -> SHA-256 and milliseconds of everything kept."""


def family(tag: str) -> str:
    """`en` of `en-US`."""
    return tag.split("-", 1)[0]


@dataclass(frozen=True, slots=True)
class Clip:
    """One mediaPrompt."""

    sha: str
    duration_ms: int

    @property
    def uri_path(self) -> str:
        """To be put behind the public URL."""
        return f"/prompts/{self.sha}.wav"

    @property
    def resource_id(self) -> str:
        """A GUID under which Graph may keep the content: the same content, the same id."""
        return str(UUID(self.sha[:32]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The clips of one published plan."""

    clips: Mapping[tuple[str, str], Clip]
    """(name, language tag) -> clip. The tag is empty for what has no language, and for the first
    rendering of each of the plan's prompts."""
    languages: Mapping[str, Language]
    """Language tag -> its rules."""
    default_language: str = "en"

    def find(self, name: str, language: str) -> Clip | None:
        """The clip in that language or the one it belongs to, else in any, else in the default."""
        for tag in (language, family(language), "", self.default_language):
            clip = self.clips.get((name, tag))
            if clip is not None:
                return clip
        return None


@dataclass(slots=True)
class PromptCatalog:
    """Answers what to play. Give it a Book before the first call; replace it at any time."""

    book: Book = field(default_factory=lambda: Book(clips={}, languages={}))
    _missed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Told once and not on every call."""
    _names: dict[str, str] = field(default_factory=dict[str, str])
    """By content."""

    def use(self, book: Book) -> None:
        """From now on everything plays from this book."""
        self.book = book
        self._missed.clear()
        # Of several with the same words the first, the plan's before the service's own.
        self._names = {
            clip.sha: name for (name, _), clip in sorted(book.clips.items(), reverse=True)
        }

    def name_of(self, sha: str) -> str:
        """What this content is called, `plan:welcome` say; empty: no prompt of this book."""
        return self._names.get(sha, "")

    def clips(self, say: Say) -> list[Clip]:
        """The clips of one instruction, at most 20; of digits as many as there are.

        Never raises: what is missing is replaced by what resembles it and logged, because a caller
        on the line is worse served by an error than by a tone. Empty only without a book.
        """
        if say.prompt == "whisper":
            return self._whisper(say)
        if say.prompt.startswith("music:"):
            return self._music(say.prompt)
        if say.prompt.startswith(CLIP):
            # Rendered when a supervisor said it, so no book of a plan knows how long it lasts.
            return [Clip(say.prompt.removeprefix(CLIP), 0)]
        if say.prompt == "digits":
            return self._each([f"system:{name}" for name in digits(say.digits)], say.language)
        if say.prompt == "lasting":
            names = [f"system:{name}" for name in duration(say.waited_ms)]
            return self._each(names, say.language)
        if say.prompt.startswith("position:"):
            place = say.prompt.removeprefix("position:")
            name = position(int(place) if place.isascii() and place.isdigit() else 0)
            return self._each([f"system:{name}"], say.language)
        if told := WAIT.fullmatch(say.prompt):
            names = wait_range(int(told["low"]), int(told["high"]))
            return self._each([f"system:{name}" for name in names], say.language)
        return self._each([say.prompt], say.language)

    def all_clips(self, instructions: Iterable[Say]) -> list[Clip]:
        """The clips of several instructions in order, for as many requests as they take: digits
        that are read back are one clip each. Music is as long as what is left of a request."""
        clips: list[Clip] = []
        for say in instructions:
            more = self.clips(say)
            if say.prompt.startswith("music:"):
                room = -len(clips) % MAX_CLIPS if clips else MAX_CLIPS
                clips += more[:room]  # shorter music is music; half a sentence is none
            elif len(clips) + len(more) <= MOST_CLIPS:
                clips += more
            else:
                log.error("prompt left out of full requests", extra={"prompt": say.prompt})
        return clips

    def duration_ms(self, say: Say) -> int:
        """How long the instruction plays."""
        return sum(clip.duration_ms for clip in self.clips(say))

    def _whisper(self, say: Say) -> list[Clip]:
        language = self._language(say.language)
        if language is None:
            return self._each([ATTENTION], "")
        queue = f"queue:{say.queue}"
        names = language.whisper(
            queue, say.waited_ms, say.caller_kind, say.caller, callback=say.callback
        )
        whole = [name if name == queue else f"system:{name}" for name in names]
        return self._each(whole, say.language)

    def _music(self, name: str) -> list[Clip]:
        clip = self.book.find(name, "") or self.book.find(DEFAULT_MUSIC, "")
        if clip is None:
            return self._each([ATTENTION], "")
        times = -(-MUSIC_MS // max(1, clip.duration_ms))
        return [clip] * min(times, MAX_CLIPS)

    def _each(self, names: Iterable[str], language: str) -> list[Clip]:
        """The clip of every name; neighbours that are the same stand-in are played once."""
        clips: list[Clip] = []
        stand_in_before = False
        for name in names:
            clip = self.book.find(name, language)
            if clip is None and name.startswith("queue:"):
                clip = self.book.find("system:queue", language)
            stand_in = clip is None
            if clip is None:
                self._miss(name, language)
                clip = self.book.find(ATTENTION, "")
            if clip is not None and not (stand_in and stand_in_before):
                clips.append(clip)
            stand_in_before = stand_in
        return clips

    def _language(self, tag: str) -> Language | None:
        known = self.book.languages
        return known.get(tag) or known.get(family(tag)) or known.get(self.book.default_language)

    def _miss(self, name: str, language: str) -> None:
        if (name, language) not in self._missed:
            self._missed.add((name, language))
            log.warning("prompt missing", extra={"prompt": name, "language": language})
