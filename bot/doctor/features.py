"""Which features a plan uses, and which of Graph's permissions they need.

permissions.json is the one table of permissions: docs/permissions.md and the registration's script
read the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from bot.plan_file import Reading, ReferenceKind
from bot.plan_file.section import is_object_id
from bot.plan_file.voicemail_checks import taking_messages
from routing.plan import Accept, Delivery, Plan, Queue

TABLE = Path(__file__).with_name("permissions.json")


class Permission(msgspec.Struct, frozen=True):
    """One row of the table."""

    feature: str
    permission: str
    without: str
    needed: bool
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a plan uses a feature."""

    fails: bool
    """Whether calls fail without it, or something is only worse."""
    key: str = ""
    """The plan's key that asks for it."""


@lru_cache(maxsize=1)
def permissions() -> tuple[Permission, ...]:
    """The table."""
    return msgspec.json.decode(TABLE.read_bytes(), type=tuple[Permission, ...])


def features_of(reading: Reading) -> dict[str, Use]:
    """The features in use. Without a readable plan: what every plan needs."""
    uses = {each.feature: Use(fails=True) for each in permissions() if each.needed}
    plan = reading.plan
    if plan is None:
        return uses
    # Guests and callers of other organizations are in a group call whatever the queue says.
    uses["group_call"] = _first_queue(plan, Delivery.GROUP_CALL) or Use(fails=False)
    if (keys := _keys(plan)) is not None:
        uses["keys"] = keys
    uses["people"] = _people(reading)
    for reference in reading.references:
        if reference.kind is ReferenceKind.GROUP:
            uses.setdefault("groups", Use(fails=True, key=reference.key))
    if any(queue.delivery is not Delivery.GROUP_CALL for queue in plan.queues):
        uses["call_records"] = Use(fails=False)
    return uses


def _first_queue(plan: Plan, delivery: Delivery) -> Use | None:
    named = (queue.name for queue in plan.queues if queue.delivery is delivery)
    first = next(named, "")
    return Use(fails=True, key=f"queues.{first}.delivery") if first else None


def _keys(plan: Plan) -> Use | None:
    """Who must be heard pressing a key: callers in a flow or queue, agents who accept by key."""
    for flow in plan.flows:
        if flow.menus or flow.collects:
            return Use(fails=True, key=f"flows.{flow.name}")
    for queue in plan.queues:
        if queue.keys or queue.callback is not None or _by_key_alone(queue):
            return Use(fails=True, key=f"queues.{queue.name}")
    if teams := taking_messages(plan):
        return Use(fails=True, key=f"queues.{min(teams)}")
    consults = (queue.delivery is Delivery.CONSULT for queue in plan.queues)
    objects = (entry.notice is not None and entry.notice.object_key for entry in plan.entry_points)
    # On the card an offer can be accepted all the same.
    return Use(fails=False) if any(consults) or any(objects) else None


def _by_key_alone(queue: Queue) -> bool:
    return queue.delivery is Delivery.CONSULT and queue.accept is Accept.KEY


def _people(reading: Reading) -> Use:
    """By object ids alone a plan works without the directory."""
    for reference in reading.references:
        if not is_object_id(reference.ref):
            return Use(fails=True, key=reference.key)
    return Use(fails=False)
