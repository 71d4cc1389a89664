"""What is history: facts for reports, timelines and webhooks, and the contact record.

A fact's `kind` is stable. `detail` holds plain values only (numbers in milliseconds), never a tone
that a caller pressed nor audio: Microsoft's terms forbid keeping them (see docs/adr/0011).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Plain = str | int | bool | None | list[str] | dict[str, int] | list[dict[str, str | int]]


class FactKind(StrEnum):
    CONTACT_ARRIVED = "contact.arrived"
    CONTACT_ANSWERED = "contact.answered"
    CONTACT_QUEUED = "contact.queued"
    CONTACT_LEFT_QUEUE = "contact.left_queue"
    CONTACT_REQUEUED = "contact.requeued"
    CONTACT_RETURNED = "contact.returned"
    CONTACT_ANNOUNCED = "contact.announced"
    CONTACT_EXITED = "contact.exited"
    WAIT_JUDGED = "contact.wait_judged"
    CONTACT_CONNECTED = "contact.connected"
    CONTACT_LEAVING = "contact.leaving"
    CONTACT_RECOVERED = "contact.recovered"
    CONTACT_ENDED = "contact.ended"
    CONTACT_WRAPPED = "contact.wrapped"
    """Talk and wrap-up are over: the agent has handled it."""
    CONTACT_CORRECTED = "contact.corrected"
    REFUSAL_FAILED = "contact.refusal_failed"
    CONTACT_NOTED = "contact.noted"
    CONTACT_NOTICED = "contact.noticed"
    """The notice before the first queue was said."""
    CONTACT_OBJECTED = "contact.objected"
    FLOW_ENTERED = "flow.entered"
    FLOW_CHOSE = "flow.chose"
    FLOW_OTHERWISE = "flow.otherwise"
    """After the last try nothing usable had been keyed in."""
    FLOW_COLLECTED = "flow.collected"
    FLOW_NOTED = "flow.noted"
    FLOW_ASKED = "flow.asked"
    FLOW_ANSWERED = "flow.answered"
    FLOW_LEFT = "flow.left"
    OFFER_CREATED = "offer.created"
    OFFER_CARD = "offer.card"
    OFFER_SAID_YES = "offer.said_yes"
    OFFER_RINGING = "offer.ringing"
    OFFER_PICKED_UP = "offer.picked_up"
    OFFER_ACCEPTED = "offer.accepted"
    OFFER_ENDED = "offer.ended"
    LATE_JOIN = "offer.late_join"
    AGENT_CHANGED = "agent.changed"
    AGENT_CHAT = "agent.chat"
    CONTACT_TOLD = "contact.told"
    ENTRY_POINT_CLOSED = "entry_point.closed"
    TEAM_TOLD = "team.told"
    VOICEMAIL_LEFT = "voicemail.left"
    VOICEMAIL_FETCHED = "voicemail.fetched"
    VOICEMAIL_DISCARDED = "voicemail.discarded"
    VOICEMAIL_HEARD = "voicemail.heard"
    VOICEMAIL_OWNED = "voicemail.owned"
    VOICEMAIL_DONE = "voicemail.done"
    VOICEMAIL_DELETED = "voicemail.deleted"
    QUEUE_OVERFLOWED = "queue.overflowed"
    CALLBACK_OFFERED = "callback.offered"
    CALLBACK_REQUESTED = "callback.requested"
    CALLBACK_CONFIRMED = "callback.confirmed"
    CALLBACK_DIALING = "callback.dialing"
    CALLBACK_FAILED = "callback.failed"
    CALLBACK_CONNECTED = "callback.connected"
    CALLBACK_EXPIRED = "callback.expired"
    CALLBACK_CANCELED = "callback.canceled"
    QUEUE_CLOSED = "queue.closed"
    BULLETIN_SET = "bulletin.set"
    BULLETIN_ENDED = "bulletin.ended"
    QUEUE_WITHOUT_AGENT = "queue.without_agent"
    STRAY_CALL = "call.stray"
    IGNORED = "ignored"
    OWNER_CHANGED = "system.owner_changed"
    PLAN_CHANGED = "system.plan_changed"
    DIRECTORY_CHANGED = "system.directory_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    kind: FactKind
    at: int
    contact: str = ""
    agent: str = ""
    queue: str = ""
    detail: dict[str, Plain] = field(default_factory=dict[str, Plain])


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """One contact, in one row: written when it ends and again when its wrap-up is over."""

    contact: str
    tenant: str
    entry_point: str
    queue: str
    caller_kind: str
    caller: str
    caller_name: str
    forwarded_from: str
    transferred_by: str
    chain: str
    arrived_at: int
    answered_at: int | None
    queued_at: int | None
    connected_at: int | None
    talk_ended_at: int | None
    ended_at: int
    wrap_up_ended_at: int | None
    agent: str
    agent_upn: str
    delivery: str
    offers: int
    outcome: str
    end_reason: str
    talk_time_source: str
    """roster, presence or call_record: who says when the talk ended."""
    note: str = ""
    """The agent's own words."""
    on_behalf_of: str = ""
    called: str = ""
    """The account that was rung: its number or name; who was first called stands before."""
    wrap_up_ms: int = 0
