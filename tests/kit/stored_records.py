"""Contact records as the service stores them, for tests that begin after the contact."""

from __future__ import annotations

from typing import Any

from bot.owner.step_batch import Gathered
from routing.facts import ContactRecord
from store.contract import Ownership, Store


def contact_record(contact: str = "c1", **fields: Any) -> ContactRecord:
    """A contact that was connected by consult; `fields` say what is different."""
    told: dict[str, Any] = {
        "contact": contact,
        "tenant": "t",
        "entry_point": "main",
        "queue": "support",
        "caller_kind": "number",
        "caller": "+14255550123",
        "caller_name": "",
        "forwarded_from": "",
        "transferred_by": "",
        "chain": f"chain-{contact}",
        "arrived_at": 1,
        "answered_at": 2,
        "queued_at": 3,
        "connected_at": 4,
        "talk_ended_at": 5,
        "ended_at": 6,
        "wrap_up_ended_at": 7,
        "agent": "ada",
        "agent_upn": "ada@contoso.example",
        "delivery": "consult",
        "offers": 1,
        "outcome": "answered",
        "end_reason": "presence",
        "talk_time_source": "presence",
    }
    return ContactRecord(**(told | fields))


async def put(store: Store, owner: Ownership, *records: ContactRecord) -> None:
    """Store them as the owner does."""
    gathered = Gathered()
    gathered._records.extend(records)
    await store.commit(gathered.batch(owner.tenant, owner.epoch, 0))
