"""Whom we may call back, and from which number: against toll fraud and for nobody's nuisance.

A number is dialed only if its beginning is allowed and it is an ordinary one there, only so often a
day, and only from a resource account: Graph shows that account's number. A withheld or encrypted
caller has none of their own. Our own numbers are not called: we would answer ourselves.
"""

from __future__ import annotations

from routing.addresses import place_id
from routing.callback_end import lately, rules_of
from routing.callback_rules import CallbackRules
from routing.callback_state import Callback
from routing.commands import Target, TargetKind
from routing.events import CallerKind
from routing.floor import Floor
from routing.ledger import Ledger
from routing.numbering import from_wire, is_ordinary
from routing.state import Contact


def own_number(floor: Floor, contact: Contact) -> tuple[str, bool]:
    """Where the caller calls from, and whether that is a colleague's Teams. Empty: nobody knows."""
    caller = contact.caller
    if caller.kind is CallerKind.INTERNAL and caller.id:
        return caller.id, True
    if caller.kind is not CallerKind.NUMBER:
        return "", False
    entry = floor.entries.get(contact.entry_point)
    return from_wire(caller.id, entry.numbering if entry else None), False


def refusal(floor: Ledger, entry_point: str, rules: CallbackRules, number: str) -> str:
    """A reason's code why a number is not dialed; empty: it may be."""
    if is_ours(floor, number):
        return "number_is_ours"
    return "" if _may_call(floor, entry_point, rules, number) else "number_not_allowed"


def is_ours(floor: Ledger, number: str) -> bool:
    """Whether callers reach ourselves at this number: we would call back, and answer."""
    digits = _digits(number)
    refs = (ref for entry in floor.entries.values() for ref in entry.accounts)
    places = (floor.state.tenant.addresses.get(ref.lower()) for ref in refs)
    numbers = (each for place in places if place for each in (place.number, *place.phones))
    return bool(digits) and any(_digits(each) == digits for each in numbers)


def _digits(number: str) -> str:
    """A directory writes numbers with spaces and brackets as its people like it."""
    return "".join(filter(str.isdigit, number))


def _may_call(floor: Ledger, entry_point: str, rules: CallbackRules, number: str) -> bool:
    """Whether a number may be dialed: its beginning is allowed, and it costs nothing extra."""
    entry = floor.entries.get(entry_point)
    if not rules.allowed_prefixes:
        home = entry.numbering if entry else None
        return home is not None and is_ordinary(number, home)
    begins = any(number.startswith(prefix) for prefix in rules.allowed_prefixes)
    return begins and any(is_ordinary(number, country) for country in rules.numbering)


def source_of(floor: Ledger, entry_point: str) -> Target | None:
    """The resource account that we call from; None: callers rang the bot itself."""
    entry = floor.entries.get(entry_point)
    if entry is None or not entry.account:
        return None
    place = floor.state.tenant.addresses.get(entry.account.lower())
    name = place.name if place else ""
    return Target(kind=TargetKind.ACCOUNT, id=place_id(floor, entry.account), name=name)


def own_allowed(floor: Floor, contact: Contact) -> bool:
    number, internal = own_number(floor, contact)
    if internal:
        return True
    called_us = bool(number) and source_of(floor, contact.entry_point) is not None
    return called_us and not refusal(floor, contact.entry_point, rules_of(floor, contact), number)


def other_allowed(floor: Floor, contact: Contact) -> bool:
    entry = floor.entries.get(contact.entry_point)
    home = entry.numbering if entry else None
    account = source_of(floor, contact.entry_point)
    return rules_of(floor, contact).other_number and home is not None and account is not None


def impossible(floor: Floor, contact: Contact) -> str:
    """Why there is no use in asking; empty: there is."""
    if not own_allowed(floor, contact) and not other_allowed(floor, contact):
        return "no number to call"
    if own_allowed(floor, contact) and not other_allowed(floor, contact):
        return too_many(
            floor, rules_of(floor, contact), contact.callback, own_number(floor, contact)[0]
        )
    return ""


def too_many(floor: Ledger, rules: CallbackRules, callback: Callback | None, number: str) -> str:
    """Why this number is not called once more; empty: it may be."""
    queue = callback.queue if callback else ""
    if (queue, number) in floor.callbacks:
        return "open already"
    return "too often" if lately(floor, number) >= rules.per_day else ""
