"""Where in its flow a contact is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class FlowPlace:
    """Where in its flow a contact is, and how it came there."""

    flow: str
    step: str = ""
    tries: int = 0
    """Of this step: how often nothing usable was keyed in."""
    keyed: str = ""
    """What was keyed in so far; emptied when the step is over (docs/adr/0011)."""
    confirming: bool = False
    """It was read back, and a key says whether it is right."""
    asked: str = ""
    """Command id of the question to a webhook."""
    back: tuple[str, ...] = ()
    """The menus passed, `flow/step`, newest last."""
    returns: tuple[str, ...] = ()
    """Where the flows that called this one go on, `flow/step`, innermost last."""
    unasked: int = 0
    """Steps since the caller last did something: bounded, so that a flow always ends."""
