"""One spelling per telephone number: E.164, before the engine compares it with anything.

Whose national numbers they are says the plan (`country` of the entry point), and which entry point
is called says the event: only here are both at hand. Who withholds the number, or whose identity is
encrypted, is nobody from here on: not by a name either, nor by the digits that some carriers send
instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from routing.events import Caller, CallerKind, CallIncoming, Event

ANONYMOUS_DIGITS = frozenset({"266696687", "2562533", "7378742833", "86282452253"})
"""What a keypad makes of "anonymous", "blocked", "restricted" and "unavailable": so some carriers
withhold a number. "Blocked" has seven digits only, which nobody's E.164 number has."""
_NAMELESS = (CallerKind.WITHHELD, CallerKind.ENCRYPTED)
REMEMBERED = 10_000


def settle(event: Event, country_of: Callable[[str], str]) -> Event:
    """The event with its caller's number in E.164, as far as that can be told. `country_of` takes
    the account that was called."""
    if not isinstance(event, CallIncoming):
        return event
    caller = event.caller
    if caller.kind is CallerKind.NUMBER:
        caller = _known(caller, country_of(event.account))
    if caller.kind in _NAMELESS and (caller.id or caller.name):
        caller = replace(caller, id="", name="")
    return event if caller is event.caller else replace(event, caller=caller)


def _known(caller: Caller, country: str) -> Caller:
    digits = caller.id.removeprefix("+")
    if digits in ANONYMOUS_DIGITS or not digits.strip("0"):
        return replace(caller, kind=CallerKind.WITHHELD, id="", name="")
    number = in_e164(caller.id, country)
    return caller if number == caller.id else replace(caller, id=number)


@lru_cache(maxsize=REMEMBERED)
def in_e164(number: str, country: str) -> str:
    """The number in E.164; as it stands where nobody can say: the extension of a private exchange,
    say, or a national number without a country."""
    # Slow to import; `warm` has done it before the first call.
    import phonenumbers  # noqa: PLC0415

    bare = _with_code(number, country)
    try:
        parsed = phonenumbers.parse(bare or number, country or None)
    except phonenumbers.NumberParseException:
        return number
    # With its country code it says itself what it is; without, only a number that exists is one.
    is_one = (
        phonenumbers.is_possible_number(parsed)
        if number.startswith("+")
        else phonenumbers.is_valid_number(parsed)
    )
    if not is_one or parsed.extension:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _with_code(number: str, country: str) -> str:
    """The number with its + where only that is missing; else empty.

    `4915112345678` may be a German number with or without its country code. Whoever writes one
    without dials a 0 before it, so what makes sense as a whole is whole.
    """
    import phonenumbers  # noqa: PLC0415

    code = phonenumbers.country_code_for_region(country) if country else 0
    if number.startswith("+") or not code or not number.startswith(str(code)):
        return ""
    try:
        whole = phonenumbers.parse(f"+{number}", None)
    except phonenumbers.NumberParseException:
        return ""
    return f"+{number}" if phonenumbers.is_valid_number(whole) else ""


def warm(countries: Iterable[str]) -> None:
    """Load what numbers of these countries need: it takes longer than the event loop may stand."""
    for country in ("US", *countries):
        in_e164("0123456789", country)
