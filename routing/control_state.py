"""What agents do to a call while they talk: who else is brought in, and whether the caller holds.

Everything here is replaced, never changed in place. See `controlling.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.aim import Aim


class Mode(StrEnum):
    """Why somebody else is brought into the call."""

    ADD = "add"
    """To talk as three; who leaves first leaves the others talking."""
    TRANSFER = "transfer"
    """To take over: the agent is taken out as soon as they are there."""
    CONSULT = "consult"
    """To talk with the agent first, while the caller is on hold."""


class Stage(StrEnum):
    WAITS = "waits"
    """Rung as soon as the caller is on hold."""
    RINGS = "rings"
    HERE = "here"
    GOING = "going"
    """Not wanted any more: their phone may still ring, or they are being taken out."""


class Hold(StrEnum):
    OFF = "off"
    STARTS = "starts"
    ON = "on"
    STOPS = "stops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is being brought into the call, or is in it beside caller and agent."""

    aim: Aim
    mode: Mode
    stage: Stage = Stage.RINGS
    by: str = ""
    """The name of whoever asked for them."""
    offer: str = ""
    """Of an agent: what keeps them reserved, and rings them."""
    command: str = ""
    """Of anybody else: the invitation."""
    participant: str = ""
    """In the call's roster."""
    shown_as: str = ""
    """Their identity there, which may spell a number otherwise."""
    removed_by: str = ""
    """The command that takes them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    party: Party | None = None
    caller: str = ""
    """The caller in the call's roster; empty: it never showed them."""
    hold: Hold = Hold.OFF
    hold_command: str = ""
    """The request whose answer is awaited."""
    held_since: int | None = None
    held_ms: int = 0
    """So long the caller was on hold while this agent had them."""
    to_queue: str = ""
    """Where the caller goes as soon as the agent is out of the call."""
    asked_by: str = ""
    """The name of whoever asked for that."""
    out_by: str = ""
    """The command that takes the agent out."""
    ending: str = ""
    """Why the call is being ended for all."""
    ending_by: str = ""
    """The command that takes the caller out: then the rest is hung up."""
    problem: str = ""
    """What came to nothing last: shown to the agent until the next act."""


UNTOUCHED = Control()


def held(control: Control, now: int) -> int:
    """How long the caller was on hold so far, with this agent."""
    since = control.held_since
    return control.held_ms + (0 if since is None else max(0, now - since))
