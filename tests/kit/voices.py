"""A voice for tests: instant, counted, and able to fail."""

from dataclasses import dataclass, field

from kit.sounds import encoded, sine

from bot.prompts.errors import PromptError


@dataclass(slots=True)
class CountingVoice:
    """Says every text as a tone whose length grows with it; the same text is the same tone."""

    engine: str = "counting"
    said: list[tuple[str, str, str | None]] = field(
        default_factory=list[tuple[str, str, str | None]]
    )
    fails: PromptError | None = None
    """Raised in place of every rendering while it is set."""
    fails_on: str = "\0"
    """A part of a text that alone cannot be rendered (with `fails`)."""

    async def render(self, text: str, language: str, voice: str | None) -> bytes:
        self.said.append((text, language, voice))
        if self.fails is not None and (self.fails_on == "\0" or self.fails_on in text):
            raise self.fails
        hertz = 300 + sum(text.encode()) % 900
        return encoded(sine(hertz=hertz, ms=100 + 20 * len(text)), 16_000, "WAV")

    closed: int = 0

    async def close(self) -> None:
        self.closed += 1
