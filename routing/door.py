"""The door: who is not answered at all. Decided while the call still rings, so it costs no minute.

A caller on a block list, one who withholds the number where that is not wanted, a call outside the
hours or for a queue that nobody serves: the plan's first rule that holds says busy, or sends the
call elsewhere unanswered.
"""

from __future__ import annotations

from routing.floor import Floor
from routing.flow_steps import Condition
from routing.flow_when import holds
from routing.plan import DoorRule, EntryPoint
from routing.state import Contact


def turned_away(floor: Floor, contact: Contact, entry: EntryPoint) -> DoorRule | None:
    """The rule by which this call is not answered; None: it is."""
    return next((rule for rule in entry.door if holds(floor, contact, rule.when)), None)


def reason_of(rule: DoorRule) -> str:
    """Why, for the fact and the record: what the rule asks for, in the plan's own names."""
    when = rule.when
    asked = [
        _told("list", when.caller_lists),
        _told("caller", when.kinds),
        _told("number", when.prefixes),
        _told("language", when.languages),
        _hours(when),
        f"queue {when.queue}" if when.queue else "",
    ]
    return f"door: {', '.join(filter(None, asked)) or 'every call'}"


def _told(what: str, names: tuple[str, ...]) -> str:
    return f"{what} {' or '.join(names)}" if names else ""


def _hours(when: Condition) -> str:
    return f"{when.hours} {'closed' if when.closed else 'open'}" if when.hours else ""
