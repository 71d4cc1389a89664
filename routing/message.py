"""A message that a caller leaves for a team: how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    ASKING = "asking"
    """The platform is being told that we record: without its yes nothing is recorded."""
    RECORDING = "recording"
    """Greeting, beep, the caller's words."""
    CHOOSING = "choosing"
    """Keep it, hear it, say it again?"""
    HEARING = "hearing"
    OVER = "over"
    """The caller has decided, or is gone; the sound may still be on its way to us."""


class Result(StrEnum):
    """What a team finds in its list."""

    FETCHING = "fetching"
    """There is a message, and its sound is still on its way."""
    MESSAGE = "message"
    WISH = "wish"
    """Nobody spoke, but somebody wanted to be called."""
    FAILED = "failed"
    """Somebody may have spoken, and there is no sound."""


@dataclass(slots=True, kw_only=True)
class Message:
    """Nested in the contact, and saved with it."""

    queue: str
    """Whose team it is for."""
    outcome: str
    """What the contact ends as when the message is left."""
    greeting: str = ""
    """Said before the first beep; empty: what the queue's rules say."""
    stage: Stage = Stage.ASKING
    asked: str = ""
    """Command id of the question whether we may record."""
    id: str = ""
    """Command id of the recording, by which the list knows the message too."""
    takes: int = 0
    """Recordings begun, this one included."""
    choices: int = 0
    """How often the menu was said."""
    began_at: int | None = None
    """The platform took the recording."""
    recorded: bool = False
    """It told where the sound is."""
    fetched: bool = False
    """The sound is in our store."""
    problem: str = ""
    """Why there is no sound."""
    length_ms: int = 0
    speech_ms: int = 0
    to_hear: bool = False
    """The caller wants to hear it as soon as it is here."""
    listed: bool = False
    """The list shows it as being fetched."""
    lost: bool = False
    """A take was lost on the way to us: who gives up after that has left a message all the same."""
    settled: bool = False
    """It has ended: kept, discarded, or failed and listed."""
