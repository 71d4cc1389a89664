"""What the doctor says: findings, what was seen to be well, and what cannot be seen from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How bad it is."""

    FAILS = "fails"
    """Calls fail."""
    WORSE = "worse"
    """Calls go on, and something about them is worse."""
    NOTE = "note"
    """Good to know."""
    UNSEEN = "not_visible"
    """It cannot be seen from here, and is said rather than guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One line of docs/findings.md."""

    code: str
    weight: Weight
    means: str
    breaks: str
    mend: str

    @property
    def subject(self) -> str:
        """What it is about: the code's first part."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found."""

    code: str
    about: str = ""
    """Who or what: an address, a setting, a queue."""
    seen: str = ""
    """What was seen of it, in the words of whoever said so."""
    where: str = ""
    """The line of the plan, or the setting, where it can be mended."""
    breaks: str = ""
    """What it breaks, where that is more exact than what its kind says."""


@dataclass(frozen=True, slots=True)
class Well:
    """Something that was looked at and is in order."""

    subject: str
    text: str


Line = Finding | Well
