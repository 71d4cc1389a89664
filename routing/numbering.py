"""A country's telephone numbers: which of them are ordinary, and how people there key them in.

`bot/plan_file/numbering.py` takes this from the `phonenumbers` library when a plan is read, so that
the engine can judge a number at once, with nothing but the standard library: what would be billed
at a premium, shared or unknown rate is not dialed, whatever a caller keys in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 15
"""Digits of a number in E.164 (ITU-T E.164, 6.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """One country's numbers."""

    country: str
    """Two letters, as in ISO 3166."""
    code: str
    """`+49`."""
    trunk: str = ""
    """What is keyed before a national number: a regular expression such as `0`; empty: nothing."""
    abroad: str = ""
    """What is keyed before another country's code: a regular expression such as `00`."""
    ordinary: str = ""
    """The national numbers that may be called: a regular expression."""


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def from_keys(keyed: str, home: Numbering | None) -> str:
    """What was keyed in, in E.164: a national number, or one with another country's code. Empty
    when nobody can tell."""
    if home is None or not keyed.isascii() or not keyed.isdigit():
        return ""
    before = _pattern(home.abroad).match(keyed) if home.abroad else None
    if before is not None and before.end() > 0:
        number = f"+{keyed[before.end() :]}"
    else:
        trunk = _pattern(home.trunk).match(keyed)
        number = home.code + (keyed[trunk.end() :] if trunk is not None else keyed)
    return number if len(number) - 1 <= LONGEST else ""


def from_wire(number: str, home: Numbering | None) -> str:
    """A caller's number in E.164, also where the platform leaves out the plus; empty: none."""
    if number.startswith("+"):
        return number
    if home is None or not number.isascii() or not number.isdigit():
        return ""
    for found in (f"+{number}", from_keys(number, home)):
        if is_ordinary(found, home):
            return found
    return ""


def is_ordinary(number: str, country: Numbering) -> bool:
    """Whether the number is one of that country's, and not one that costs extra."""
    if not number.startswith(country.code) or not country.ordinary:
        return False
    return _pattern(country.ordinary).fullmatch(number.removeprefix(country.code)) is not None
