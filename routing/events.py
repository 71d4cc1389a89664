"""What happened: everything the engine can be told, in the words of the field.

Events come from three sides: the wire (translated by `bot/inbound.py`), our own hands (the outcome
of a command, a presence reading) and people (an agent's word in the chat). All are values. Instants
are UTC epoch milliseconds; the instant at which an event is handled is not in it: `Engine.handle`
takes it as `now`.

`call` in an event is the other side's id of the call leg, opaque, always in one spelling;
`command` is the id of the command of ours that the leg's callback address names, if it names one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.context_state import Told
from routing.facts import ContactRecord
from routing.plan import Plan
from routing.word_events import (
    AcceptedByCard,
    AgentOpted,
    AgentSet,
    BulletinLifted,
    BulletinSet,
    CallControlled,
    CardChanged,
    ChatsRead,
    ContactSteered,
    DeclinedByCard,
    DispositionChosen,
    DoneByCard,
    DropCallback,
    MissedMarked,
    NoteWritten,
    RequestCallback,
    TestCallAsked,
    VoicemailMarked,
    WrapUpExtended,
)


class CallerKind(StrEnum):
    """Who is calling, as far as the call tells."""

    NUMBER = "number"
    WITHHELD = "withheld"
    INTERNAL = "internal"
    GUEST = "guest"
    FEDERATED = "federated"
    ENCRYPTED = "encrypted"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    kind: CallerKind
    id: str = ""
    """E.164 number, directory object id, or empty when nobody may know."""
    name: str = ""
    tenant: str = ""


class Phase(StrEnum):
    """A call leg's progress between its first sound and its end."""

    ESTABLISHING = "establishing"
    RINGING = "ringing"
    TRANSFERRING = "transferring"
    TRANSFER_ACCEPTED = "transfer_accepted"
    REDIRECTING = "redirecting"
    TERMINATING = "terminating"
    HOLD = "hold"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIncoming:
    call: str
    app: str
    """The application (bot registration) that owns the call."""
    account: str
    """Object id of the resource account called; empty when the bot itself was called."""
    caller: Caller
    tenant: str = ""
    chain: str = ""
    """The platform's correlation id, for support requests."""
    forwarded_from: str = ""
    """Readable: who was first called, when the call was forwarded to us."""
    transferred_by: str = ""
    """Readable: who transferred the call to us."""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEstablished:
    """The leg carries sound. With a code: a transfer failed and the leg is ours again."""

    call: str
    command: str = ""
    code: int | None = None
    subcode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProgressed:
    call: str
    phase: Phase
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    call: str
    command: str = ""
    code: int | None = None
    subcode: int | None = None
    transferred: bool = False
    """The platform said in words that a transfer ended the leg."""
    ending: str = "failed"
    """busy, declined, no_answer, unreachable, failed or completed: the wire's code read once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneHeard:
    call: str
    sequence: int
    tone: str
    """One of 0-9, *, #, a-d."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnded:
    call: str
    context: str
    """The command id of the play request."""
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded:
    """A recording is over. `ok`: its sound is at `location`, for whoever has the token."""

    call: str
    context: str
    ok: bool
    location: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    """Kept nowhere: emptied with the step that consumes it, as tones are (docs/adr/0011)."""
    code: int | None = None
    subcode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAllowed:
    """The platform's word on `SetRecording`, when its answer was not that word already."""

    call: str
    context: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteEnded:
    call: str
    context: str
    """The command id of the invite."""
    ok: bool
    ending: str = "failed"
    code: int | None = None
    subcode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    participant: str
    kind: str
    """user, guest, phone, bot or other."""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged:
    """The full list of who is in the call now."""

    call: str
    people: tuple[RosterEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSeen:
    """The answer to `AskCall`: the leg's state now, or `gone`."""

    call: str
    state: str
    """established, incoming, transferring, ... as the platform has it, or gone."""
    people: tuple[RosterEntry, ...] = ()
    """Who is in it, when `AskCall.roster` asked and the platform told."""
    asked_at: int | None = None
    """When the question went out: the answer may be about any instant from there on. None: just
    now."""


class Problem(StrEnum):
    """Why a command did not do what it says."""

    GONE = "gone"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    TOO_LATE = "too_late"
    WRONG_TENANT = "wrong_tenant"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone:
    """A command's outcome. `problem` empty means that the platform accepted it."""

    command: str
    call: str
    """Our own id of the call leg, or empty."""
    problem: str = ""
    code: int | None = None
    subcode: int | None = None
    wire: str = ""
    """The new leg's id, for a created call."""
    finished: str = ""
    """For media and invitations: completed or failed when no notification will follow."""
    unproven: bool = False
    """The outcome was inferred after an unknown one."""
    offer: str = ""
    """Whose card it was, for a command that goes to the chat."""
    message: str = ""
    """The message that holds the card."""
    shows: str = ""
    """What the card showed when it was posted; see `OfferCard.shows`."""
    contact: str = ""
    """Of whom a team was told, for news in its channel."""
    queue: str = ""
    """Whose team."""
    about: str = ""
    """What the news was."""
    voicemail: str = ""
    """Which recording was fetched."""
    length_ms: int = 0
    """Of the sound."""
    speech_ms: int = 0
    """So much of it is speech, as far as its loudness tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAnswered:
    """What came of a question to a webhook."""

    command: str
    """The `AskWebhook`."""
    call: str
    contact: str
    problem: str = ""
    """Empty: it answered in time, and with something usable."""
    values: dict[str, str] = field(default_factory=dict[str, str])
    """Attribute -> what the answer says (`Webhook.take`); what is not in it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextAnswered:
    """What came of a question about a caller."""

    command: str
    """The `AskContext`."""
    contact: str
    provider: str
    problem: str = ""
    """Empty: it answered in time, and with something usable."""
    told: Told = field(default_factory=Told, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    agent: str
    availability: str
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRead:
    """Presence as read at `read_at`.

    `complete`: everyone in `Engine.watched()` was read and those not listed are as before.
    Otherwise only the listed people were read.
    """

    read_at: int
    readings: tuple[Reading, ...]
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person in one queue, as the directory resolved the plan."""

    queue: str
    position: int
    agent: str
    upn: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A person or resource account that the plan names, resolved."""

    ref: str
    id: str
    name: str
    number: str = ""
    """As the plan says, where it does."""
    phones: tuple[str, ...] = ()
    """As the directory writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRead:
    members: tuple[Member, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkMeasured:
    """The platform's record of a call tells when a talk ended that only presence had told of."""

    record: ContactRecord
    """As it is stored."""
    talk_ended_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged:
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChanged:
    """This engine's state was just loaded: a new owner, or the same one after a restart."""

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time passed."""


Event = (
    CallIncoming
    | CallEstablished
    | CallProgressed
    | CallEnded
    | ToneHeard
    | PromptEnded
    | InviteEnded
    | RecordingAllowed
    | RecordingEnded
    | VoicemailMarked
    | RosterChanged
    | CallSeen
    | CommandDone
    | WebhookAnswered
    | ContextAnswered
    | PresenceRead
    | DirectoryRead
    | AgentSet
    | AgentOpted
    | ContactSteered
    | NoteWritten
    | DispositionChosen
    | WrapUpExtended
    | ChatsRead
    | AcceptedByCard
    | DeclinedByCard
    | DoneByCard
    | CardChanged
    | TalkMeasured
    | CallControlled
    | RequestCallback
    | DropCallback
    | TestCallAsked
    | MissedMarked
    | BulletinSet
    | BulletinLifted
    | PlanChanged
    | OwnerChanged
    | Tick
)
