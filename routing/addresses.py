"""What the plan names by name or address, as the directory resolved it."""

from __future__ import annotations

from routing.action import Action, ActionKind
from routing.commands import Target, TargetKind
from routing.floor import Floor
from routing.ledger import Ledger
from routing.plan import EntryPoint


def entry_for(floor: Floor, account: str) -> EntryPoint | None:
    """The entry point of a resource account (object id; empty: the bot itself was called)."""
    for entry in floor.plan.entry_points:
        if account and any(place_id(floor, each) == account.lower() for each in entry.accounts):
            return entry
    return floor.entries.get(floor.plan.default_entry_point)


def called(floor: Floor, account: str) -> str:
    """The account that was rung as people know it: its number, its name, or how the plan
    writes it; empty when the directory has not told of it."""
    for ref, place in floor.state.tenant.addresses.items():
        if account and place.id.lower() == account.lower():
            return place.number or place.name or ref
    return ""


def place_id(floor: Ledger, ref: str) -> str:
    place = floor.state.tenant.addresses.get(ref.lower())
    return (place.id if place else ref).lower()


def target_of(floor: Floor, action: Action) -> Target | None:
    """Where an action leads, or None when its reference is not resolved."""
    if action.kind is ActionKind.NUMBER:
        return Target(kind=TargetKind.NUMBER, id=action.ref)
    place = floor.state.tenant.addresses.get(action.ref.lower())
    if place is None:
        return None
    if action.kind is ActionKind.USER:
        return Target(kind=TargetKind.USER, id=place.id, name=place.name)
    number = action.number or place.number
    return Target(kind=TargetKind.ACCOUNT, id=place.id, name=place.name, number=number)
