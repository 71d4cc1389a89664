"""Where a contact goes next, and why it left where it was."""

from __future__ import annotations

from dataclasses import dataclass

from routing.action import Action
from routing.bulletin import Bulletin
from routing.state import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """A decision that `routing/journey.py` carries out."""

    action: Action
    outcome: Outcome
    """What the visit to the queue ends as, if one is open, and the contact unless more comes."""
    closure: Bulletin | None = None
    """The supervisors' words that are heard before, in place of the action's own."""
