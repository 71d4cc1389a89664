"""The contact record: one row a contact, complete when it is over."""

from __future__ import annotations

from routing.facts import ContactRecord
from routing.floor import Floor
from routing.state import Contact


def write_record(floor: Floor, contact: Contact) -> None:
    """Write the record of an ended contact, again when its wrap-up is over or a note came."""
    if contact.ended_at is not None:  # else the agent's part of it is over, and others go on
        floor.step.records.append(_record(floor, contact, contact.ended_at))


def _record(floor: Floor, contact: Contact, ended_at: int) -> ContactRecord:
    agent = floor.state.agents.get(contact.agent)
    return ContactRecord(
        contact=contact.id,
        tenant=floor.plan.tenant,
        entry_point=contact.entry_point,
        queue=contact.queue,
        caller_kind=contact.caller.kind.value,
        caller=contact.caller.id,
        caller_name=contact.caller.name,
        forwarded_from=contact.forwarded_from,
        transferred_by=contact.transferred_by,
        chain=contact.chain,
        arrived_at=contact.arrived_at,
        answered_at=contact.answered_at,
        queued_at=contact.queued_at,
        connected_at=contact.connected_at,
        talk_ended_at=contact.talk_ended_at,
        ended_at=ended_at,
        wrap_up_ended_at=contact.wrap_up_ended_at,
        agent=contact.agent,
        agent_upn=agent.upn if agent else "",
        delivery=contact.delivery.value if contact.delivery else "",
        offers=contact.offers,
        outcome=contact.outcome.value if contact.outcome else "",
        end_reason=contact.end_reason,
        talk_time_source=contact.talk_time_source,
        note=contact.note,
        disposition=contact.disposition,
        on_behalf_of=contact.on_behalf_of,
        called=contact.called,
        held_ms=contact.held_ms,
        transferred_to=contact.transferred_to,
        wrap_up_ms=contact.wrap_up_ms,
        left_queue_at=contact.left_queue_at,
    )
