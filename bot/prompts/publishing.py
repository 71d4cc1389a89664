"""Renders what a plan plays and returns it as a Book. Whatever was rendered before is found again.

Every rendering is kept under a key that names all it was made from (voice, text, or the file's
content), the moment it is done: a process that dies here goes on from there at its next start, and
a start that changes nothing renders nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from bot.prompts.catalog import DEFAULT_MUSIC, Book, Clip, PromptStore
from bot.prompts.errors import NoVoice, PromptError, SpeechFailed, UnknownLanguage
from bot.prompts.language import language_for
from bot.prompts.language.rules import Language
from bot.prompts.recording import read_recording
from bot.prompts.speech import Speech
from bot.prompts.wanted import Finding, Recording, Spoken, Wanted
from bot.prompts.wav import duration_ms

if TYPE_CHECKING:
    from bot.prompts.rendering import Renderer

MADE = "2"
"""Part of every key; raise it when rendering changes, and everything is rendered anew."""

AT_ONCE = 4  # texts with the voice: Azure allows many more, a laptop has few cores
GIVE_UP_AFTER = 3  # failures in a row: a voice that is down must not hold up the start text by text
THE_TEXT, EVERY_LANGUAGE = "The text", "*"
TONES = ("accept", "error", "attention", "waiting", "pause")
DEFAULT_LANGUAGE = "en"

Render = Callable[[], Awaitable["Rendering"]]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Publisher:
    """Publishes plans with one voice into one store."""

    store: PromptStore
    speech: Speech
    voices: Mapping[str, str] = field(default_factory=dict[str, str])
    """Language tag -> the voice's name; without one the engine chooses."""

    async def publish(
        self,
        wanted: Sequence[Wanted] = (),
        languages: Iterable[str] = (),
        *,
        default_language: str = DEFAULT_LANGUAGE,
    ) -> tuple[Book, list[Finding]]:
        """A complete book and what is wrong with it: what failed is heard as a tone.

        `languages` are the tags that system prompts and whispers are needed in; those of `wanted`
        and the default come by themselves.
        """
        tags = list(
            dict.fromkeys((default_language, *languages, *(one.language for one in wanted)))
        )
        kept = {key: Clip(*found) for key, found in (await self.store.named()).items()}
        edition = _Edition(self, default_language, kept)
        try:
            await edition.sounds()
            await edition.plan(wanted)
            await edition.system(tags)
        finally:
            await self.speech.close()  # a voice's process is of no use until the next plan
        return edition.book(), edition.findings

    async def say(self, text: str, language: str) -> Clip:
        """One text, spoken now and kept like any other. Raises PromptError, StoreError."""
        kept = {key: Clip(*found) for key, found in (await self.store.named()).items()}
        return await _Edition(self, language, kept).spoken(text, language)


@dataclass(slots=True)
class _Edition:
    """One publication while it is being made."""

    publisher: Publisher
    default_language: str
    kept: dict[str, Clip]
    """By key: what the store has."""
    clips: dict[tuple[str, str], Clip] = field(default_factory=dict[tuple[str, str], Clip])
    languages: dict[str, Language] = field(default_factory=dict[str, Language])
    findings: list[Finding] = field(default_factory=list[Finding])
    failures: dict[str, int] = field(default_factory=dict[str, int])
    """Of the voice, in a row, by language tag."""
    gave_up: dict[str, PromptError] = field(default_factory=dict[str, PromptError])
    """Language tags that are not asked for any more, and why."""
    earlier: list[PromptError] = field(default_factory=list[PromptError])
    """Why an earlier rendering, by another voice, stands in."""
    _by_text: dict[str, Clip] = field(default_factory=dict[str, Clip])

    def __post_init__(self) -> None:
        said = (item for item in self.kept.items() if item[0].startswith("say/"))
        self._by_text = {key.rsplit("/", 2)[0]: clip for key, clip in said}

    def book(self) -> Book:
        return Book(
            clips=self.clips, languages=self.languages, default_language=self.default_language
        )

    async def sounds(self) -> None:
        """What the project makes by itself: it needs no voice and cannot fail."""
        self.clips[DEFAULT_MUSIC, ""] = await self._kept(
            f"music/default/{MADE}", lambda: _off_loop(lambda make: make.hold_music())
        )
        for name in TONES:
            self.clips[f"tone:{name}", ""] = await self._kept(
                f"tone/{name}/{MADE}", partial(_tone, name)
            )

    async def plan(self, wanted: Sequence[Wanted]) -> None:
        """The plan's own prompts; each failure is a finding."""

        async def one(item: Wanted) -> Clip | PromptError:
            try:
                return await self._make(item)
            except PromptError as error:
                return error

        for item, made in zip(wanted, await _few_at_once(one, wanted), strict=True):
            if isinstance(made, PromptError):
                heard = not item.name.startswith("queue:")  # a whisper can say "the queue"
                self.findings.append(_finding(item.name, item.language, made, fatal=heard))
                continue
            tag = "" if item.name.startswith("music:") else item.language
            self.clips[item.name, tag] = made
            self.clips.setdefault((item.name, ""), made)

    async def system(self, tags: Sequence[str]) -> None:
        """Every language's own prompts; without a voice one finding, and tones."""
        jobs: list[tuple[str, str, str]] = []
        for tag in tags:
            try:
                language = language_for(tag)
            except UnknownLanguage as error:
                self.findings.append(_finding("system", tag, error, fatal=False))
                continue
            self.languages[tag] = language
            jobs += [(tag, name, text) for name, text in language.texts.items()]

        async def one(job: tuple[str, str, str]) -> PromptError | None:
            tag, name, text = job
            try:
                self.clips[f"system:{name}", tag] = await self.spoken(text, tag)
            except PromptError as error:
                return error
            return None

        failed = [error for error in await _few_at_once(one, jobs) if error is not None]
        self._told(failed, "system prompts are tones until then")
        self._told(self.earlier, "prompts play as another voice rendered them")

    def _told(self, errors: Sequence[PromptError], instead: str) -> None:
        """One finding for many texts that failed in the same way."""
        if errors:
            message = f"{errors[0]} {len(errors)} {instead}."
            self.findings.append(Finding(name="system", language="", message=message, fatal=False))

    async def _make(self, item: Wanted) -> Clip:
        match item.source:
            case Spoken(text=text):
                return await self.spoken(text, item.language)
            case Recording(path=path):
                return await self._recorded(path, repeated=item.name.startswith("music:"))

    async def _recorded(self, path: Path, *, repeated: bool) -> Clip:
        content = await asyncio.to_thread(read_recording, path)
        key = f"audio/{sha256(content).hexdigest()}/{'music' if repeated else 'prompt'}/{MADE}"
        return await self._kept(key, partial(_recording, content, str(path), repeated=repeated))

    async def spoken(self, text: str, tag: str) -> Clip:
        """The text in the publisher's voice; if that fails, as any voice once rendered it."""
        text = text.encode(errors="replace").decode()  # half a surrogate pair has no sound
        if not text.strip():
            raise SpeechFailed(THE_TEXT, "is empty")
        engine, voice = self.publisher.speech.engine, self.publisher.voices.get(tag)
        spoken = f"say/{tag}/{sha256(text.encode()).hexdigest()}/{MADE}"
        key = f"{spoken}/{engine}/{quote(voice or '', safe='')}"
        try:
            return await self._kept(key, lambda: self._voiced(text, tag, voice))
        except PromptError as error:
            before = self._by_text.get(spoken)
            if before is None:
                raise
            self.earlier.append(error)
            return before

    async def _voiced(self, text: str, tag: str, voice: str | None) -> "Rendering":
        for given_up in (tag, EVERY_LANGUAGE):
            if given_up in self.gave_up:
                raise self.gave_up[given_up]
        try:
            wav = await self.publisher.speech.render(text, tag, voice)
        except NoVoice as error:
            self.gave_up[EVERY_LANGUAGE] = error
            raise
        except SpeechFailed as error:
            self.failures[tag] = self.failures.get(tag, 0) + 1
            if self.failures[tag] >= GIVE_UP_AFTER:
                self.gave_up[tag] = error
            raise
        self.failures[tag] = 0
        return await _off_loop(lambda make: make.speech(wav, text))

    async def _kept(self, key: str, render: Render) -> Clip:
        """What the store has under the key, else what `render` makes, kept under it."""
        found = self.kept.get(key)
        if found is not None:
            return found
        made = await render()
        await self.publisher.store.put(made.sha, made.wav, made.duration_ms, key)
        self.kept[key] = clip = Clip(made.sha, made.duration_ms)
        return clip


@dataclass(frozen=True, slots=True)
class Rendering:
    """A playable WAV and what is known of it."""

    wav: bytes
    sha: str
    duration_ms: int


async def _off_loop(render: Callable[["Renderer"], bytes]) -> Rendering:
    """Renders in a thread: five minutes of audio take longer than the loop may stand still."""

    def run() -> Rendering:
        # numpy and what it carries cost 60 MB and 0.2 s, and a warm start renders nothing.
        from bot.prompts.rendering import Renderer  # noqa: PLC0415

        wav = render(Renderer())
        return Rendering(wav, sha256(wav).hexdigest(), duration_ms(wav))

    return await asyncio.to_thread(run)


async def _tone(name: str) -> Rendering:
    return await _off_loop(lambda make: make.tone(name))


async def _recording(content: bytes, name: str, *, repeated: bool) -> Rendering:
    return await _off_loop(lambda make: make.recording(content, name, repeated=repeated))


def _finding(name: str, language: str, error: PromptError, *, fatal: bool) -> Finding:
    return Finding(name=name, language=language, message=str(error), fatal=fatal)


async def _few_at_once(
    work: Callable[[Item], Awaitable[Result]], items: Sequence[Item]
) -> list[Result]:
    """The results in order. The first error ends all the others: none goes on unseen."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> Result:
        async with gate:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
