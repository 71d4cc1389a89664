"""What the product knows of Graph's entities: small frozen values, and nothing of the wire.

Graph's own SDK models cost 12 ms of CPU to fill and stall the loop on first use; these hold only
what somebody decides on. Every string in them is safe to store and to print (graph/wire.py).

Identifiers come in two spellings. `call_id` is the key to compare by: Graph writes the same id
now in capitals without dashes, now dashed in small letters. `wire_id` is what Graph last wrote and
what requests about that call use. The ids of users, applications and tenants are GUIDs of the
directory and are kept in small letters.
"""

from dataclasses import dataclass
from enum import StrEnum


class IdentityKind(StrEnum):
    """Which key of an identity set named the party."""

    USER = "user"
    GUEST = "guest"
    PHONE = "phone"
    APPLICATION = "application"
    APPLICATION_INSTANCE = "application_instance"
    ENCRYPTED = "encrypted"
    ACS_USER = "acs_user"
    ON_PREMISES = "on_premises"
    ASSERTED = "asserted"
    DEVICE = "device"
    UNKNOWN = "unknown"


class CallState(StrEnum):
    """Graph's callState, with `ringing` which only the prose of its page names."""

    INCOMING = "incoming"
    RINGING = "ringing"
    ESTABLISHING = "establishing"
    ESTABLISHED = "established"
    HOLD = "hold"
    TRANSFERRING = "transferring"
    TRANSFER_ACCEPTED = "transferAccepted"
    REDIRECTING = "redirecting"
    TERMINATING = "terminating"
    TERMINATED = "terminated"


class OperationStatus(StrEnum):
    """How far a media or participant operation is."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One party: a person, a number, an application. `id` is empty when Graph withholds it."""

    kind: IdentityKind = IdentityKind.UNKNOWN
    id: str = ""
    tenant_id: str | None = None
    name: str | None = None
    provider: str | None = None
    """Who vouches for it (`AAD`, `External` ...), where Graph says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One entry of a roster. Graph may give no id: then it can be seen but not removed."""

    id: str | None
    identity: Identity
    endpoint_type: str | None = None
    is_muted: bool = False
    in_lobby: bool = False
    removed_reason: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One hop by which a call was sent on to us."""

    original: Identity
    final: Identity
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSnapshot:
    """A call as Graph shows it: in a notification, after a create, or on GET."""

    call_id: str
    wire_id: str
    state: CallState | None = None
    direction: str | None = None
    chain_id: str | None = None
    tenant_id: str | None = None
    callback_uri: str | None = None
    source: Participant | None = None
    targets: tuple[Identity, ...] = ()
    my_participant_id: str | None = None
    answered_by: Identity | None = None
    media_audio: bool | None = None
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    termination_reason: str | None = None
    chat_info: str | None = None
    """JSON text as Graph sent it: needed to join the same conversation again after a crash."""
    meeting_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """A call that rings and waits for an answer within 15 s."""

    call_id: str
    wire_id: str
    chain_id: str | None
    tenant_id: str | None
    source: Participant | None
    targets: tuple[Identity, ...]
    called: Identity | None
    """The resource account that was called; the bot itself when it was called directly."""
    on_behalf_of: Identity | None = None
    transferor: Identity | None = None
    source_participant_id: str | None = None
    observed_participant_id: str | None = None
    my_participant_id: str | None = None
    routes: tuple[Route, ...] = ()
    callback_uri: str | None = None
    language: str | None = None
    modalities: tuple[str, ...] = ()
    chat_info: str | None = None
    """JSON text; present when the bot was invited into a group call or meeting."""
    meeting_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Graph's answer to a media or participant request.

    Completed or failed here means that no notification follows; otherwise one does
    (learn.microsoft.com/graph/api/resources/commsoperation).
    """

    id: str | None
    status: OperationStatus | None
    client_context: str | None = None
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    recording_location: str | None = None
    recording_token: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the answer itself was the outcome, so that no notification will follow."""
        return self.status in (OperationStatus.COMPLETED, OperationStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What Teams shows for a person. Graph spells the values in more than one case."""

    user_id: str
    availability: str
    activity: str
    sequence: str | None = None
    """Graph's version stamp, ordered as text: a smaller one is older."""


class UserKind(StrEnum):
    """Whether the directory counts a person as its own."""

    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or resource account of the directory."""

    id: str
    upn: str
    name: str
    enabled: bool = True
    kind: UserKind = UserKind.MEMBER
    phones: tuple[str, ...] = ()
    """Telephone numbers, as the directory writes them."""
    known: bool = True
    """False when the directory could not be read and the id was taken as given."""
