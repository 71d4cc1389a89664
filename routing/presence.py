"""Presence as a gate: what Graph's two strings mean, and who they let through.

Both published vocabularies are read (learn.microsoft.com/graph/api/resources/presence), in either
field and any case. A value nobody knows closes the gate. Presence lags by minutes, so it is only
ever a gate: it never says that somebody is free of a call that we gave them.
"""

from __future__ import annotations

from enum import StrEnum

from routing.plan import Preset


class Presence(StrEnum):
    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    BE_RIGHT_BACK = "be right back"
    OFFLINE = "offline"
    IN_CALL = "in a call"
    PRESENTING = "presenting"
    DO_NOT_DISTURB = "do not disturb"
    FOCUSING = "focusing"
    OUT_OF_OFFICE = "out of office"
    UNKNOWN = "unknown"


# Values that decide wherever they stand, strongest first.
_BLOCKING: dict[str, Presence] = {
    "inacall": Presence.IN_CALL,
    "inaconferencecall": Presence.IN_CALL,
    "inameeting": Presence.IN_CALL,
    "presenting": Presence.PRESENTING,
    "donotdisturb": Presence.DO_NOT_DISTURB,
    "urgentinterruptionsonly": Presence.DO_NOT_DISTURB,
    "focusing": Presence.FOCUSING,
    "outofoffice": Presence.OUT_OF_OFFICE,
}
_AVAILABILITY: dict[str, Presence] = {
    "available": Presence.AVAILABLE,
    "availableidle": Presence.AVAILABLE,
    "busy": Presence.BUSY,
    "busyidle": Presence.BUSY,
    "away": Presence.AWAY,
    "berightback": Presence.BE_RIGHT_BACK,
    "offline": Presence.OFFLINE,
}
# The closed end last: of two plain values the more restrictive one counts.
_RANK = (
    Presence.AVAILABLE,
    Presence.BUSY,
    Presence.AWAY,
    Presence.BE_RIGHT_BACK,
    Presence.OFFLINE,
    Presence.UNKNOWN,
)
_ACTIVITY: dict[str, Presence] = {
    **_AVAILABILITY,
    "offwork": Presence.OFFLINE,
    "inactive": Presence.AVAILABLE,  # says only that hands are off the keyboard
    "": Presence.AVAILABLE,
}

_OPEN: dict[Preset, frozenset[Presence]] = {
    Preset.STRICT: frozenset({Presence.AVAILABLE}),
    Preset.BUSY_OK: frozenset({Presence.AVAILABLE, Presence.BUSY, Presence.AWAY}),
    Preset.NEVER_IN_CALL: frozenset(
        {Presence.AVAILABLE, Presence.BUSY, Presence.AWAY, Presence.BE_RIGHT_BACK}
    ),
}


def classify(availability: str, activity: str) -> Presence:
    """The one presence that both strings together mean; `UNKNOWN` when either is new to us."""
    first, second = availability.strip().lower(), activity.strip().lower()
    for value, presence in _BLOCKING.items():
        if value in (first, second):
            return presence
    pair = (
        _AVAILABILITY.get(first, Presence.UNKNOWN),
        _ACTIVITY.get(second, Presence.UNKNOWN),
    )
    return max(pair, key=_RANK.index)


def lets_through(preset: Preset, presence: Presence) -> bool:
    """Whether an agent with this presence may be offered a contact under `preset`."""
    return presence in _OPEN[preset]


def in_call(presence: Presence) -> bool:
    """Whether Graph shows the person on a call or in a meeting."""
    return presence is Presence.IN_CALL
