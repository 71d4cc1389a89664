"""A caller's wish to be called back, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallbackStage(StrEnum):
    OFFERED = "offered"
    """Waiting on the line, and told by which key they can be called back."""
    KNOWN = "known"
    """Rang again while a callback is open: to keep or drop it?"""
    NUMBER = "number"
    """Asked whether to be called back at this number."""
    KEYING = "keying"
    CONFIRM = "confirm"
    """The number keyed in was read back."""
    TIME = "time"
    """Asked when."""
    GOODBYE = "goodbye"
    """Promised; hears the last words."""
    WAITING = "waiting"
    """Waits without a call: in the line, or resting."""
    DIALING = "dialing"
    """An agent took it; the customer's phone rings."""
    ASKING = "asking"
    """Somebody or something picked up: a key is awaited."""
    HERE = "here"
    """On the line again: like any other caller from here on."""
    OVER = "over"


_PROMISED = frozenset(
    {
        CallbackStage.GOODBYE,
        CallbackStage.WAITING,
        CallbackStage.DIALING,
        CallbackStage.ASKING,
        CallbackStage.HERE,
    }
)
_AWAY = frozenset({CallbackStage.WAITING, CallbackStage.DIALING, CallbackStage.ASKING})
_REQUESTED = _PROMISED | {
    CallbackStage.NUMBER,
    CallbackStage.KEYING,
    CallbackStage.CONFIRM,
    CallbackStage.TIME,
}


@dataclass(slots=True, kw_only=True)
class Callback:
    """One wish to be called back."""

    stage: CallbackStage = CallbackStage.OFFERED
    queue: str = ""
    number: str = ""
    """E.164; for a colleague: the directory's object id."""
    internal: bool = False
    """`number` is a colleague's id: they are rung in Teams."""
    keyed: str = ""
    """What was keyed in so far; emptied when it is over (docs/adr/0011)."""
    misses: int = 0
    """How often nothing usable was keyed in, at this step."""
    taken_back: int = 0
    """How many numbers were keyed in, read back, and were not it."""
    may_wait: bool = False
    """The caller can go on waiting instead."""
    times: tuple[int, ...] = ()
    """The instants that the caller can choose."""
    not_before: int = 0
    requested_at: int = 0
    promised_at: int | None = None
    expires_at: int = 0
    resting: bool = False
    """Out of the line until the timer `callback_due`."""
    closed: bool = False
    """It rests because its queue is closed."""
    dials: int = 0
    ringing_at: int | None = None
    """The customer's phone rings since then."""
    here_at: int | None = None
    """On the line again since then."""
    over: bool = False
    """It has ended one way or the other."""
    agent: str = ""
    """The agent who asked for it, and who alone is rung."""
    other: str = ""
    """KNOWN: the contact whose callback is open."""


def promised(callback: Callback | None) -> bool:
    """Whether a callback was promised and is not over."""
    return callback is not None and callback.stage in _PROMISED and not callback.over


def away(callback: Callback | None) -> bool:
    """Whether whoever waits is not on the line."""
    return callback is not None and callback.stage in _AWAY


def requested(callback: Callback | None) -> bool:
    """Whether there is a wish that has not ended one way or the other."""
    return callback is not None and callback.stage in _REQUESTED and not callback.over


def may_be_dropped(callback: Callback | None) -> bool:
    """Whether it can be taken back: a customer who is on the line again is not cut off."""
    return callback is not None and requested(callback) and callback.here_at is None


def dialing(callback: Callback | None) -> bool:
    """Whether an agent waits for the customer."""
    stages = (CallbackStage.DIALING, CallbackStage.ASKING)
    return callback is not None and callback.stage in stages
