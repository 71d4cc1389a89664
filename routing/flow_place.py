"""Where in its flow a contact is."""

from __future__ import annotations

from dataclasses import dataclass

from routing.action import Action


@dataclass(slots=True, kw_only=True)
class FlowPlace:
    """Where in its flow a contact is, and how it came there. It stays when the flow is left."""

    flow: str = ""
    """Empty: not in a flow."""
    step: str = ""
    kind: str = ""
    """What kind of step that was when it began: another plan may have another of that name."""
    tries: int = 0
    """Of this step: how often it has been played."""
    keyed: str = ""
    """What was keyed in so far; emptied when the step is over (docs/adr/0011)."""
    confirming: bool = False
    """It was read back, and a key says whether it is right."""
    refused_at: int | None = None
    """When a key last meant nothing: the next ones of the same handful are no further tries."""
    asked: str = ""
    """Command id of the question to a webhook."""
    back: tuple[str, ...] = ()
    """The menus passed, `depth:flow/step`, newest last. The depth is the length of `returns`."""
    returns: tuple[str, ...] = ()
    """Where the flows that called this one go on, `flow/step`, innermost last."""
    unasked: int = 0
    """Steps since the caller last did something: bounded, so that a flow always ends."""
    noticed: bool = False
    """The notice was heard; it comes once."""
    waits_for: Action | None = None
    """Where the contact goes when the notice, or `says`, is over; None: neither is being heard."""
    says: str = ""
    """Why it is closed, in a supervisor's words; empty: the notice."""
    outcome: str = ""
    """After `says`: what the contact ends as unless more comes."""
