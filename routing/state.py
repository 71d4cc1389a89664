"""What is remembered: one plain dataclass per live contact, call, offer, agent, queue and tenant.

These are saved as they stand (`bot/owner/step_batch.py`) and loaded at a start. A saved entity
holds no list of other entities: offers and calls name their contact; the indexes that go the other
way are derived in `routing/floor.py`. `timers` maps a timer's kind to the instant at which it
fires; a timer fires once, by being taken out first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.action import Action
from routing.announced import NOTHING, Announced
from routing.bulletin import Bulletin
from routing.callback_state import Callback
from routing.context_state import Known
from routing.control_state import UNTOUCHED, Control
from routing.events import Caller
from routing.explanation import Explanation
from routing.flow_place import FlowPlace
from routing.message import Message
from routing.plan import Delivery
from routing.presence import Presence
from routing.service_level import ServiceLevel
from routing.wait_memory import WaitMemory


class ContactState(StrEnum):
    ARRIVING = "arriving"
    """Rings; we are answering."""
    GREETING = "greeting"
    IN_FLOW = "in_flow"
    """Goes through a flow: hears menus, keys in, chooses."""
    QUEUED = "queued"
    """Waits, hears music; an offer may be under way. Without a call when to be called back."""
    ARRANGING = "arranging"
    """Out of the line for a moment, to say where to be called back; the place is kept."""
    RECORDING = "recording"
    """Leaves a message for a team."""
    CONNECTING = "connecting"
    """An agent said yes (or is rung blind): the link is being made."""
    CONNECTED = "connected"
    LEAVING = "leaving"
    """The queue could not serve: on the way out, by word or to another target."""
    ENDED = "ended"


class CallRole(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    CALLBACK = "callback"
    """To a customer who is called back, until they have said that they are there."""
    TEST = "test"  # of no contact: routing/trial.py
    FORMER = "former"
    """On which somebody rang or was rung who is not on it any more: it is hung up."""


class CallState(StrEnum):
    INCOMING = "incoming"
    CREATING = "creating"
    ESTABLISHED = "established"
    ENDED = "ended"


class OfferState(StrEnum):
    CHECKING = "checking"
    """The agent is reserved; presence is read once more."""
    RINGING = "ringing"
    DECIDING = "deciding"
    """Picked up; hears the whisper."""
    LINKING = "linking"
    """Transfer or invitation accepted by the platform; the two are not yet heard together."""
    LINKED = "linked"
    RESCINDING = "rescinding"
    """Over for us, but the platform still rings: the agent stays reserved until it says so."""
    ENDED = "ended"


class AgentState(StrEnum):
    IDLE = "idle"
    RESERVED = "reserved"
    ON_CONTACT = "on_contact"
    PRESUMED = "presumed"
    """The bot left the call: presence tells when the talk is over."""
    WRAP_UP = "wrap_up"
    NOT_RESPONDING = "not_responding"


class Outcome(StrEnum):
    """How a contact ended, and each of its visits to a queue.

    Offered to a queue = the sum over the ends of visits + who waits (`routing/visit.py`). At the
    queue's door (overflowed, closed) and at the service's (refused) nobody was offered.
    """

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    NO_AGENT = "no_agent"
    EXIT = "exit"
    """Left by a key."""
    CALLBACK = "callback"
    """Hung up to be called back."""
    MOVED = "moved"
    """Went on to another queue."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """Taken out by a supervisor."""
    FAILED = "failed"
    OVERFLOWED = "overflowed"
    REFUSED = "refused"
    """Never answered: full, no plan, or Graph failed past the deadline."""
    SERVED = "served"
    """The flow was all that the caller needed, or led them elsewhere."""


@dataclass(slots=True, kw_only=True)
class Contact:
    id: str
    state: ContactState = ContactState.ARRIVING
    call: str
    """Our id of the caller's leg."""
    app: str
    entry_point: str
    queue: str
    language: str = "en"
    caller: Caller
    chain: str = ""
    forwarded_from: str = ""
    transferred_by: str = ""
    on_behalf_of: str = ""
    called: str = ""
    """The account that was rung, by its number if it has one."""
    arrived_at: int = 0
    answered_at: int | None = None
    queued_at: int | None = None
    left_queue_at: int | None = None
    """When the caller stopped waiting there without an agent: for a message, say. Who is promised a
    callback waits on."""
    seniority_at: int | None = None
    """Decides the place in the queue; kept through every failed offer and from queue to queue."""
    visiting: bool = False
    """A visit to the queue is open, and judged by this promise; see `routing/visit.py`."""
    promise: ServiceLevel | None = None
    priority: int = 3
    priority_given: int = 0
    """What a flow, a list or an action said instead of the queue's; 0: nothing."""
    listening: bool = False
    """The caller's keys are heard."""
    heard: tuple[str, ...] = ()
    """The supervisors' messages that the caller was played."""
    message: Message | None = None
    """That the caller leaves, or has left."""
    flow: FlowPlace | None = None
    """Where the contact is in its flow, and what it remembers of flows."""
    callback: Callback | None = None
    """The wish to be called back."""
    delivery: Delivery | None = None
    """Pinned at the first offer: after an invitation the platform allows no transfer."""
    meeting: bool = False
    """The caller's leg is in meeting mode."""
    offer: str = ""
    """The current offer: not ended and not rescinding."""
    offers: int = 0
    agent: str = ""
    connected_at: int | None = None
    talk_ended_at: int | None = None
    talk_time_source: str = ""
    control: Control = UNTOUCHED
    """What is done to the call while the two talk."""
    held_ms: int = 0
    """How long the caller was on hold in all."""
    transferred_to: str = ""
    """What kind of target it was last handed to; empty: it never was."""
    leaving_to: Action | None = None
    leaving_tried: int = 0
    leaving_by: str = ""
    """Command id of the transfer or invitation to the target, until its end is known."""
    leaving_target: str = ""
    """Whom it reaches: a user's object id or a number."""
    target_here: bool = False
    """In meeting mode: a roster has shown the target; one without means that they left."""
    outcome: Outcome | None = None
    end_reason: str = ""
    ended_at: int | None = None
    playing: str = ""
    """Command id of the spoken prompt whose end matters."""
    music: str = ""
    """Command id of the music that plays or is next."""
    missing_since: int | None = None
    """The caller (or whom they talk to) left the roster; to be confirmed."""
    announced: Announced = NOTHING
    """What it was told while it waited."""
    left_waiting: bool = False
    """Ended in a queue by the caller's or the line's doing alone: the place is kept a while."""
    failed_links: int = 0
    """Transfers to an agent that failed; their notifications can come again."""
    linking_heard: bool = False
    """The platform reported progress of the transfer under way."""
    link_proven: bool = True
    """False: the caller's leg is gone, and nobody said that it was the transfer's success."""
    failed_from: int | None = None
    """A leg found established when asked from here on proves that the transfer failed; None: it
    was not taken yet."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """What the caller keyed in, by what it was asked for: shown on the agent's card."""
    context: dict[str, Known] = field(default_factory=dict[str, Known])
    """What other places know of the caller, by provider."""
    note: str = ""
    """The agent's own words about it, written on the tab or on the card."""
    note_revision: int = 0
    """How often it was changed: whoever writes on says what they saw."""
    note_by: str = ""
    """On the tab, if any of it was written there, or on the card."""
    note_untold: bool = False
    """It is not in the facts yet: a note is told once, when the agent is done with it."""
    disposition: str = ""
    """How it ended, in a code of its queue's."""
    wrap_up_ended_at: int | None = None
    wrap_up_ms: int = 0
    timers: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True, kw_only=True)
class Call:
    id: str
    contact: str
    role: CallRole
    app: str
    wire: str = ""
    """The platform's id; empty until a created leg is named."""
    made_by: str = ""
    """The command that created or answered the leg; its callback address carries it."""
    state: CallState = CallState.INCOMING
    heard_at: int = 0
    ended_at: int | None = None
    pending: dict[str, str] = field(default_factory=dict[str, str])
    """Commands without an outcome that are still wanted: id -> kind."""
    hanging_up: bool = False
    timers: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True, kw_only=True)
class Offer:
    id: str
    contact: str
    queue: str
    agent: str
    delivery: Delivery
    state: OfferState = OfferState.CHECKING
    call: str = ""
    """consult: our id of the agent's leg."""
    command: str = ""
    """The create, invite or transfer command."""
    participant: str = ""
    """group_call: the agent in the caller's roster."""
    created_at: int = 0
    ringing_at: int | None = None
    picked_up_at: int | None = None
    accepted_at: int | None = None
    ended_at: int | None = None
    outcome: str = ""
    whisper: str = ""
    """Command id of the whisper whose end starts the time for a key."""
    repeat: str = ""
    """Command id of the second whisper, while the first was not heard."""
    whispers: int = 0
    card: str = ""
    """Command id of the card in the agent's chat; empty: the agent has no chat with the bot."""
    card_message: str = ""
    """The message that holds the card, as far as the chat told."""
    card_shows: str = ""
    """What it was last seen to show; see `OfferCard.shows`."""
    said_yes_at: int | None = None
    """Accepted on the card before the phone was picked up."""
    decline_reason: str = ""
    done_at: int | None = None
    """The agent pressed Done after the talk."""
    explanation: Explanation
    timers: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    queue: str
    position: int


@dataclass(slots=True, kw_only=True)
class Agent:
    id: str
    """The directory's object id; never shown."""
    upn: str
    name: str = ""
    memberships: tuple[Membership, ...] = ()
    ready: bool = True
    watched_since: int = 0
    """When they became one of those whose presence is polled."""
    not_ready_reason: str = ""
    """A code of the plan's, or their own words."""
    ready_by: str = ""
    """The supervisor who said so for them; empty: they themselves."""
    opted_out: tuple[str, ...] = ()
    """Queues that they, or a supervisor, took them out of."""
    opted_by: dict[str, str] = field(default_factory=dict[str, str])
    """The supervisor who took them out, by queue."""
    state: AgentState = AgentState.IDLE
    since: int = 0  # when `state` was entered
    idle_since: int = 0
    """When the last work ended, or when they came to work: nothing else changes it."""
    offer: str = ""
    contact: str = ""
    chat: bool = False  # the bot can write to them: they have installed it
    presence: Presence = Presence.UNKNOWN
    presence_at: int = 0
    """When the presence last changed, or was read apart from the poll."""
    back_off: str = ""
    """Why the agent is left alone for a while: declined, busy, unreachable, unverified."""
    may_ring: str = ""
    """How their offer ended for us, while the platform has not said that their phone is silent."""
    needs: str = ""
    """What keeps a wrap-up from ending whose time is over, or that the agent called done."""
    extended: int = 0
    """How often this wrap-up was made longer."""
    missed: int = 0
    """Offers missed in a row."""
    saw_in_call: bool = False
    left_call_at: int | None = None
    went_away: bool = False
    """While not responding: presence left Available, its return counts as the agent's."""
    timers: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True, kw_only=True)
class QueueMemory:
    """What a queue remembers between offers."""

    id: str
    last_position: int = -1
    last_agent: str = ""
    """Round robin goes on after this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A resolved address of the plan."""

    id: str
    name: str = ""
    number: str = ""
    phones: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Tenant:
    """What belongs to no one else."""

    id: str = "tenant"
    presence_read_at: int = 0
    """When everyone watched was last read."""
    directory_read_at: int = 0
    """When the plan's people were last listed; 0: nobody knows yet who the agents are."""
    addresses: dict[str, Place] = field(default_factory=dict[str, Place])
    """By reference, lower-cased."""
    strays: dict[str, int] = field(default_factory=dict[str, int])
    """When we last looked for a live call that nobody owns, by the platform's id."""
    callbacks: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """When callbacks were promised in the last 24 hours, by number."""


@dataclass(slots=True, kw_only=True)
class State:
    epoch: int = 0
    """Counted ids carry it: `{epoch}-{n}`. It grows with every load, so `n` need not be saved."""
    counted: int = 0
    contacts: dict[str, Contact] = field(default_factory=dict[str, Contact])
    calls: dict[str, Call] = field(default_factory=dict[str, Call])
    offers: dict[str, Offer] = field(default_factory=dict[str, Offer])
    agents: dict[str, Agent] = field(default_factory=dict[str, Agent])
    queues: dict[str, QueueMemory] = field(default_factory=dict[str, QueueMemory])
    bulletins: dict[str, Bulletin] = field(default_factory=dict[str, Bulletin])
    waits: dict[str, WaitMemory] = field(default_factory=dict[str, WaitMemory])
    tenant: Tenant = field(default_factory=Tenant)


Entity = Contact | Call | Offer | Agent | QueueMemory | Bulletin | WaitMemory | Tenant

KINDS: dict[str, type] = {
    "contact": Contact,
    "call": Call,
    "offer": Offer,
    "agent": Agent,
    "queue": QueueMemory,
    "bulletin": Bulletin,
    "waits": WaitMemory,
    "tenant": Tenant,
}
"""The saved kinds, by the name under which they are stored."""
