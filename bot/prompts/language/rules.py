"""What every language provides: texts for its clips, and which clips make a duration or a whisper.

A caller's path only ever joins clips that were rendered before, so each language decides what its
smallest well-sounding pieces are: "3 minutes" is one clip and not two, because a voice drops its
pitch at the end of each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from routing.estimate import MINUTES
from routing.events import CallerKind

MAX_CLIPS = 20
"""Graph plays at most 20 prompts a request (learn.microsoft.com/graph/api/call-playprompt)."""

ENDING_DIGITS = 8  # of a number too long for one request: enough to recognise it
SPOKEN_PLACES = 20
"""Places in the queue that have a clip of their own; beyond, `position.many`."""

DAY_S = 24 * 60 * 60
HOUR_S = 60 * 60
MINUTE_S = 60

ANNOUNCED = (
    CallerKind.WITHHELD,
    CallerKind.INTERNAL,
    CallerKind.GUEST,
    CallerKind.FEDERATED,
)
"""Kinds with a clip of their own. A name is never spoken: it would have to be synthesized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperClips:
    """The clips of a whisper's parts, before a language puts them into its order."""

    queue: str
    waited: Sequence[str]
    caller: Sequence[str]
    callback: bool = False
    """They are to be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language's texts and rules."""

    code: str
    texts: Mapping[str, str]
    """Clip name -> what the voice reads."""
    arrange: Callable[[WhisperClips], list[str]]
    """Puts a whisper into this language's word order, the keys last."""

    def whisper(
        self, queue: str, waited_ms: int, caller_kind: str, caller: str, *, callback: bool = False
    ) -> list[str]:
        """The clips of a whisper, never more than one request plays. `queue` is itself a clip."""
        waited = duration(waited_ms)
        bare = WhisperClips(queue=queue, waited=waited, caller=("caller.number",))
        room = MAX_CLIPS - len(self.arrange(bare))
        spoken = caller_clips(caller_kind, caller, room)
        if callback:
            first = spoken[0].replace("caller.number", "callback.number")
            spoken = [first, *spoken[1:]]
        clips = WhisperClips(queue=queue, waited=waited, caller=spoken, callback=callback)
        return self.arrange(clips)


def duration(ms: int) -> list[str]:
    """The clips for a duration, at most two units, rounded down; below zero is zero.

    Hours and minutes, or minutes and seconds, or seconds; a unit that is zero is not said.
    """
    seconds = max(0, ms) // 1_000
    if seconds >= DAY_S:
        return ["duration.day"]
    hours, minutes = seconds // HOUR_S, seconds % HOUR_S // MINUTE_S
    if hours:
        pairs = (("hours", hours), ("minutes", minutes))
    else:
        pairs = (("minutes", minutes), ("seconds", seconds % MINUTE_S))
    return [f"{unit}.{count}" for unit, count in pairs if count] or ["seconds.0"]


def digits(number: str) -> list[str]:
    """One clip for each digit of a telephone number; everything else in it is passed over."""
    return [f"digit.{character}" for character in number if character in "0123456789"]


def caller_clips(kind: str, number: str, room: int) -> list[str]:
    """Who calls. A number with more digits than `room` is given by its last eight."""
    spoken = digits(number) if kind == CallerKind.NUMBER else []
    if spoken:
        if len(spoken) <= room:
            return ["caller.number", *spoken]
        return ["caller.number_ending", *spoken[-ENDING_DIGITS:]]
    return [f"caller.{kind}" if kind in ANNOUNCED else "caller.unknown"]


def position(place: int) -> str:
    """The clip for a place in the queue; 1 is next."""
    return f"position.{place}" if 1 <= place <= SPOKEN_PLACES else "position.many"


def wait_range(low: int, high: int) -> list[str]:
    """The clips for an expected wait, in minutes that have clips of their own."""
    return [f"wait.from.{low}", f"wait.to.{high}"] if low else [f"wait.most.{high}"]


def minutes_told(
    first: Callable[[int], str], last: Callable[[int], str], most: Callable[[int], str]
) -> dict[str, str]:
    """Texts for the two halves of a range of minutes, and for one that begins at nothing."""
    told = {f"wait.from.{count}": first(count) for count in MINUTES[1:-1]}
    told |= {f"wait.to.{count}": last(count) for count in MINUTES[2:]}
    return told | {f"wait.most.{count}": most(count) for count in MINUTES[1:]}


def counted(unit: str, first: int, last: int, say: Callable[[int], str]) -> dict[str, str]:
    """Texts for `unit.first` to `unit.last`."""
    return {f"{unit}.{count}": say(count) for count in range(first, last + 1)}
