"""How numbers begin that may be rung: for callbacks, and by a queue's agents."""

from __future__ import annotations

from bot.plan_file.lists import texts
from bot.plan_file.numbering import CODE, countries_behind, numbering_of
from bot.plan_file.section import Section
from routing.numbering import Numbering
from routing.plan import NO_DIAL, Dial


def read_prefixes(section: Section, key: str) -> tuple[str, ...]:
    """The prefixes under a key, each with the country's code."""
    found = texts(section, key)
    for text in found:
        digits = text.removeprefix("+")
        if not text.startswith("+") or not digits.isdigit() or not CODE.match(text):
            remedy = "write + and the country code first, such as `+49`"
            section.error(key, f"{text!r} begins no number: {remedy}")
        elif not countries_behind(text):
            section.error(key, f"{text!r} is no country's code")
    return tuple(found)


def numbering_behind(prefixes: tuple[str, ...]) -> tuple[Numbering, ...]:
    """What is ordinary in the countries whose numbers begin so."""
    countries = dict.fromkeys(c for prefix in prefixes for c in countries_behind(prefix))
    return tuple(numbering_of(country) for country in countries)


def read_dial(section: Section) -> Dial:
    """Which numbers a queue's agents may bring into a call; without the key, none."""
    prefixes = read_prefixes(section, "dial")
    return Dial(prefixes=prefixes, numbering=numbering_behind(prefixes)) if prefixes else NO_DIAL
