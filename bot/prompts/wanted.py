"""What a plan wants to have played, and what publishing found wrong with it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A text for the voice (`say:` in the plan)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file to convert (`audio:` in the plan)."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One prompt of the plan."""

    name: str
    """`plan:NAME`; `queue:NAME`, a queue's title as a whisper says it; or `music:NAME`, which is
    repeated until it lasts a minute, so that one request (20 of them) fills ten minutes."""
    source: Spoken | Recording
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a prompt, in one sentence."""

    name: str
    language: str
    message: str
    fatal: bool
    """The plan asked for something that nobody would hear; False where a tone stands in."""
