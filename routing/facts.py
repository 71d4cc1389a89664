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
    """Somebody rings: as what (`caller`), where, and on whose behalf."""
    CONTACT_ANSWERED = "contact.answered"
    """The call carries sound."""
    CONTACT_QUEUED = "contact.queued"
    """A visit to a queue begins."""
    CONTACT_LEFT_QUEUE = "contact.left_queue"
    """A visit to a queue ends, once, with its outcome."""
    CONTACT_REQUEUED = "contact.requeued"
    """Back in the line at the same place, after an offer that led to nothing."""
    CONTACT_RETURNED = "contact.returned"
    """Rang again soon enough to be given the old place."""
    CONTACT_ANNOUNCED = "contact.announced"
    """A waiting caller is told their place, an expected wait or a prompt."""
    CONTACT_PULLED = "contact.pulled"
    """A supervisor has a waiting contact offered next, to an agent whom they name."""
    CONTACT_MOVED = "contact.moved"
    """A supervisor moves a waiting contact to another queue, where it keeps its seniority."""
    CONTACT_PRIORITIZED = "contact.prioritized"
    """A supervisor gives a waiting contact another priority."""
    CONTACT_WITHDRAWN = "contact.withdrawn"
    """A supervisor takes a waiting contact out of its queue: with words, or by a way of the
    queue's."""
    CONTACT_EXITED = "contact.exited"
    """A waiting caller pressed the key of a way out."""
    WAIT_JUDGED = "contact.wait_judged"
    """The caller is answered: how true the expected wait was that they were told."""
    CONTACT_CONNECTED = "contact.connected"
    """Caller and agent talk."""
    CONTACT_HELD = "contact.held"
    """The caller hears music, and the agent does not hear them."""
    CONTACT_RESUMED = "contact.resumed"
    """The caller is back in the talk; `held_ms`."""
    PARTY_RUNG = "contact.party_rung"
    """Somebody is asked into the call."""
    PARTY_JOINED = "contact.party_joined"
    """They are in it."""
    PARTY_OVER = "contact.party_over"
    """They did not come, were not wanted any more, or left."""
    CONTACT_TRANSFERRED = "contact.transferred"
    """The agent's part is over and the caller's is not: `to`, `talk_ms`, `held_ms`."""
    CONTROL_FAILED = "contact.control_failed"
    """The platform did not do what was asked for."""
    CONTACT_CUT = "contact.cut"
    """Somebody ended the call for all."""
    CONTACT_LEAVING = "contact.leaving"
    """On the way out: good-bye, or to another target."""
    CONTACT_RECOVERED = "contact.recovered"
    """Taken up again by a new owner, or after a restart."""
    CONTACT_ENDED = "contact.ended"
    """Final: how it ended and why."""
    CONTACT_WRAPPED = "contact.wrapped"
    """Talk and wrap-up are over: the agent has handled it."""
    CONTACT_CORRECTED = "contact.corrected"
    """A call record shows when a talk ended that only presence had told of."""
    REFUSAL_FAILED = "contact.refusal_failed"
    """A caller who could not be served could not be sent elsewhere either."""
    CONTACT_NOTED = "contact.noted"
    """The agent's own words about the contact."""
    CONTACT_DISPOSED = "contact.disposed"
    """The agent said how it ended."""
    CONTACT_NOTICED = "contact.noticed"
    """The notice before the first queue was said."""
    CONTACT_OBJECTED = "contact.objected"
    """The caller objects to what the notice says."""
    FLOW_ENTERED = "flow.entered"
    """A flow begins."""
    FLOW_CHOSE = "flow.chose"
    """The caller chose at a menu; which way, never by which key."""
    FLOW_OTHERWISE = "flow.otherwise"
    """After the last try nothing usable had been keyed in."""
    FLOW_COLLECTED = "flow.collected"
    """Digits were keyed in; for which attribute, never which."""
    FLOW_NOTED = "flow.noted"
    """The flow gave the contact attributes, a language or a priority."""
    FLOW_ASKED = "flow.asked"
    """A webhook is asked."""
    FLOW_ANSWERED = "flow.answered"
    """A webhook answered, or did not in time; which attributes it told."""
    FLOW_LEFT = "flow.left"
    """A flow ends, and where it led."""
    CONTEXT_ANSWERED = "context.answered"
    """A place told what it knows of the caller, or did not: never what it told."""
    OFFER_CREATED = "offer.created"
    """An agent is chosen, with the explanation that `why` reads."""
    OFFER_CARD = "offer.card"
    """The agent's chat took the card, or did not."""
    OFFER_SAID_YES = "offer.said_yes"
    """Accepted before the phone was picked up."""
    OFFER_RINGING = "offer.ringing"
    """The agent's phone rings."""
    OFFER_PICKED_UP = "offer.picked_up"
    """The agent picked up and hears who calls."""
    OFFER_ACCEPTED = "offer.accepted"
    """The agent accepted."""
    OFFER_ENDED = "offer.ended"
    """The offer is over, with its outcome."""
    LATE_JOIN = "offer.late_join"
    """An agent joined a group call after their offer was over."""
    AGENT_CHANGED = "agent.changed"
    """An agent's state changed, and why; `why --agent` reads it."""
    AGENT_CHAT = "agent.chat"
    """An agent installed the bot, or removed it."""
    CONTACT_TOLD = "contact.told"
    """The caller hears a supervisor's closure or message."""
    ENTRY_POINT_CLOSED = "entry_point.closed"
    """A contact found its entry point closed."""
    TEAM_TOLD = "team.told"
    """News went to a team's channel, or could not."""
    VOICEMAIL_LEFT = "voicemail.left"
    """A message is in the team's list: with sound, as a wish, or failed."""
    VOICEMAIL_FETCHED = "voicemail.fetched"
    """A recording's sound is with us, or could not be fetched."""
    VOICEMAIL_DISCARDED = "voicemail.discarded"
    """A recording was thrown away, and why."""
    VOICEMAIL_HEARD = "voicemail.heard"
    """Somebody heard a message first."""
    VOICEMAIL_OWNED = "voicemail.owned"
    """Somebody takes care of a message, or no longer."""
    VOICEMAIL_DONE = "voicemail.done"
    """A message was dealt with, or is open again."""
    VOICEMAIL_DELETED = "voicemail.deleted"
    """A message was deleted, by somebody or because its time was over."""
    MISSED_OWNED = "missed.owned"
    """Somebody takes care of a missed call, or no longer."""
    MISSED_DONE = "missed.done"
    """A missed call was dealt with, or is open again."""
    QUEUE_OVERFLOWED = "queue.overflowed"
    """A queue was full and did not take a contact."""
    CALLBACK_OFFERED = "callback.offered"
    """A caller is told that they could be called back."""
    CALLBACK_REQUESTED = "callback.requested"
    """A caller, or somebody for them, asks for a callback."""
    CALLBACK_CONFIRMED = "callback.confirmed"
    """A callback is promised, at the same place in line."""
    CALLBACK_DIALING = "callback.dialing"
    """The customer is called while the agent waits."""
    CALLBACK_FAILED = "callback.failed"
    """An attempt did not reach the customer."""
    CALLBACK_CONNECTED = "callback.connected"
    """The customer was called back."""
    CALLBACK_EXPIRED = "callback.expired"
    """A callback came to nothing; its team is told."""
    CALLBACK_CANCELED = "callback.canceled"
    """A callback is not wanted any more."""
    QUEUE_CLOSED = "queue.closed"
    """A contact found a queue closed, or had to go when it closed."""
    BULLETIN_SET = "bulletin.set"
    """A supervisor closed something, or has its callers hear a message."""
    BULLETIN_ENDED = "bulletin.ended"
    """A closure or a message is over, and why."""
    QUEUE_WITHOUT_AGENT = "queue.without_agent"
    """A queue had nobody, by its own definition, for this contact."""
    TEST_CALL = "call.test"
    """One step of a test call, which is no contact: `switchboard call-me` prints them."""
    ACT_REFUSED = "act.refused"
    """Somebody asked for something that could not be done any more."""
    STRAY_CALL = "call.stray"
    """A live call that no contact owns was looked at, or ended."""
    IGNORED = "ignored"
    """An event changed nothing, and why."""
    OWNER_CHANGED = "system.owner_changed"
    """An instance became the one that decides."""
    PLAN_CHANGED = "system.plan_changed"
    """Another plan is in force."""
    DIRECTORY_CHANGED = "system.directory_changed"
    """The directory's people or accounts differ from before."""


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
    disposition: str = ""
    """How it ended, in a code of its queue's."""
    on_behalf_of: str = ""
    called: str = ""
    """The account that was rung: its number or name; who was first called stands before."""
    held_ms: int = 0
    """So much of the talk the caller was on hold."""
    transferred_to: str = ""
    """agent, user, number, account or queue: where it was handed on to last; empty: nowhere."""
    wrap_up_ms: int = 0
    left_queue_at: int | None = None
    """When the caller stopped waiting without having been connected."""
