"""What a calling webhook can tell: one value per kind of notification.

`identity` is what tells a copy of a notification from a second, true one. Most have none: a state
may be told twice and be news both times, as the second failed transfer of a call is.
"""

from dataclasses import dataclass, field
from typing import Literal

from graph.models import CallState, Identity, IncomingCall, Participant


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCreated:
    """A call rings here."""

    call: IncomingCall

    @property
    def call_id(self) -> str:
        """The call's key."""
        return self.call.call_id

    @property
    def identity(self) -> str | None:
        """The same call may be announced again: answer it once."""
        return f"created:{self.call.call_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A key somebody pressed: `0`-`9`, `*`, `#`, `a`-`d` or `flash`."""

    sequence: int | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUpdated:
    """Something about a call changed. The same may be told twice, and then both times be true."""

    call_id: str
    wire_id: str
    state: CallState | None = None
    media_audio: bool | None = None
    tone: Tone | None = None
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    answered_by: Identity | None = None
    chat_info: str | None = None
    callback_uri: str | None = None

    @property
    def identity(self) -> str | None:
        """Only a tone with a sequence is told apart from its copy."""
        if self.tone is None or self.tone.sequence is None:
            return None
        return f"tone:{self.call_id}:{self.tone.sequence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeleted:
    """A call is over, whatever state it was in."""

    call_id: str
    wire_id: str
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    reason: str | None = None
    """Graph's terminationReason, such as `AppTransferred`."""
    answered_by: Identity | None = None
    callback_uri: str | None = None

    @property
    def identity(self) -> str | None:
        """A call ends once."""
        return f"deleted:{self.call_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterUpdated:
    """Who is in a call."""

    call_id: str
    wire_id: str
    participants: tuple[Participant, ...]
    gone: tuple[Participant, ...] = ()
    """Those whom this notification itself says to have left."""
    is_whole: bool = True
    """False when absence proves nothing: one participant was told, or an entry was unreadable."""
    sequence: int | None = None

    @property
    def identity(self) -> str | None:
        """A roster may be repeated."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEnded:
    """A prompt, recording, invitation or other operation is over."""

    call_id: str
    wire_id: str
    operation_id: str | None
    kind: str
    """Graph's type without `Operation`: playPrompt, record, inviteParticipants ..."""
    client_context: str | None
    status: Literal["completed", "failed"]
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    completion_reason: str | None = None
    recording_location: str | None = None
    recording_token: str | None = field(default=None, repr=False)

    @property
    def identity(self) -> str | None:
        """By Graph's id, else by our clientContext: Graph may leave out either."""
        if self.operation_id:
            return f"operation:{self.call_id}:{self.operation_id}"
        if self.client_context:
            return f"operation:{self.call_id}:context:{self.client_context}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A notification of a kind this product does not use."""

    kind: str
    call_id: str | None
    wire_id: str | None
    raw: str | None
    """JSON text; None if longer than is worth keeping."""

    @property
    def identity(self) -> str | None:
        """Nothing is known of it."""
        return None


Notification = CallCreated | CallUpdated | CallDeleted | RosterUpdated | OperationEnded | Unknown


@dataclass(slots=True)
class Batch:
    """What one body held, and how often each thing in it could not be understood."""

    items: list[Notification] = field(default_factory=list)
    problems: dict[str, int] = field(default_factory=dict)

    def count(self, problem: str) -> None:
        """Count one thing that could not be understood."""
        self.problems[problem] = self.problems.get(problem, 0) + 1
