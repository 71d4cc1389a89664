"""What to do: everything the engine can ask for, in imperatives.

A command says what, never how. Each has a counted `id`; `call` is our own id of the leg that it
concerns. Two lanes per leg keep order: control and media. `HangUp` voids what still waits on its
leg. A command is done when a `CommandDone` with its id comes back; before it is sent, the engine is
asked whether it is still wanted (`Engine.wants`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.card_face import MissedCard, OfferCard, StateCard
from routing.context_rules import Provider
from routing.events import Caller
from routing.flow_steps import Webhook


class TargetKind(StrEnum):
    USER = "user"
    NUMBER = "number"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom to reach: an object id for a user or resource account, E.164 for a number."""

    kind: TargetKind
    id: str
    name: str = ""
    number: str = ""
    """For an account: its phone number, tried when the account itself is refused (7505)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One thing to play. Rendered beforehand; numbers come from clips."""

    prompt: str
    """`plan:NAME`, `system:NAME`, `queue:NAME`, `music:NAME`, `whisper`, `digits` (one by one),
    `lasting`, `position:PLACE`, in minutes `wait:LOW-HIGH`, or `voicemail:ID`: a caller's own
    words, played back to them."""
    language: str = "en"
    queue: str = ""
    waited_ms: int = 0
    caller_kind: str = ""
    caller: str = ""
    digits: str = ""
    """Of `digits`: read one by one. In flight only (docs/adr/0011)."""
    callback: bool = False
    """Of `whisper`: whoever it is about is to be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """A line of a team's list of messages."""

    id: str
    contact: str
    queue: str
    result: str
    """A `routing.message.Result`."""
    left_at: int
    delete_at: int
    caller_kind: str = ""
    caller: str = ""
    caller_name: str = ""
    language: str = "en"
    length_ms: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    id: str
    call: str
    deadline: int
    """The instant after which answering makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    id: str
    call: str
    busy: bool = True
    deadline: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send an unanswered call elsewhere; the leg leaves us."""

    id: str
    call: str
    target: Target
    deadline: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Queue prompts on the leg, in order, behind what already plays."""

    id: str
    call: str
    say: tuple[Say, ...]
    fresh: bool = False
    """First stop whatever plays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMedia:
    id: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeTones:
    id: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCall:
    """Ring a person or number on a new leg; `call` is that leg."""

    id: str
    call: str
    target: Target
    source: Target | None = None
    """The resource account whose number is shown; a number cannot be rung without."""
    app: str
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Hand the leg over to the target. `replaces`: our id of the target's own leg, if any."""

    id: str
    call: str
    target: Target
    replaces: str = ""
    deadline: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Add the target to the leg, which becomes a group call."""

    id: str
    call: str
    target: Target
    deadline: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveParticipant:
    id: str
    call: str
    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHoldMusic:
    """Have one participant hear only this. The platform holds one at a time."""

    id: str
    call: str
    participant: str
    say: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class StopHoldMusic:
    """Bring them back into the talk."""

    id: str
    call: str
    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    id: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCall:
    """Read the leg's state; the answer comes as `CallSeen`."""

    id: str
    call: str
    roster: bool = False
    """Also who is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRecording:
    """Tell the platform that the bot keeps what it hears on the leg from now on, or no more."""

    id: str
    call: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Say one thing and beep, whatever plays now; then record what the caller says. The place of
    the sound comes as `RecordingEnded` with this command's id."""

    id: str
    call: str
    say: Say
    most_ms: int
    silence_ms: int
    """Ends the recording."""
    first_silence_ms: int
    """The same, when nobody has spoken yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRecording:
    """Bring a recording's sound into our store, at once: the platform throws it away soon."""

    id: str
    call: str = ""
    contact: str
    voicemail: str
    location: str = field(repr=False)
    token: str = field(repr=False)
    """Opens the location. It stands in the outbox until there is an outcome, and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVoicemail:
    """Show a message in the team's list, or bring its line up to date."""

    id: str
    call: str = ""
    voicemail: Voicemail


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRecording:
    """Delete a recording's sound: it is not to be kept."""

    id: str
    call: str = ""
    voicemail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMedia:
    """Nobody needs to fetch the recording from its own address any more."""

    id: str
    call: str = ""
    voicemail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPresence:
    """Read these agents' presence now; the answer comes as `PresenceRead`. Not written down."""

    id: str
    agents: tuple[str, ...]
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStray:
    """A live leg that no contact owns: look; end it if it lives. `wire` is the platform's id."""

    id: str
    wire: str
    app: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """Post the card of an offer into the agent's chat, before their phone rings."""

    id: str
    card: OfferCard
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SayMissed:
    """Tell an agent in the chat that they missed an offer, and how to come back."""

    id: str
    card: MissedCard
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SayState:
    """Tell an agent in the chat what a supervisor changed for them."""

    id: str
    card: StateCard
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellTeam:
    """Post news of a contact into the Teams channel of a queue's team.

    Rather twice than not at all: a second card asks for nothing that the first did not.
    """

    id: str
    call: str = ""
    queue: str
    about: str
    """What happened, such as `voicemail_left` or `callback_expired`."""
    contact: str
    detail: dict[str, str] = field(default_factory=dict[str, str])
    """What the card shows beside it; see `routing/team.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWebhook:
    """Ask another system about the contact; what comes of it is told as `WebhookAnswered`, always,
    unless the leg no longer wants it. After a crash it may be asked again, with the same id."""

    id: str
    call: str
    """The caller's leg."""
    contact: str
    webhook: Webhook
    """As the plan had it when the question came up."""
    tell: dict[str, str] = field(default_factory=dict[str, str])
    """What the webhook wants to be told (`Webhook.send`), apart from attributes."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """The contact's, if the webhook wants them."""
    deadline: int = 0
    """The instant at which the flow goes on without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskContext:
    """Ask a place what it knows of a caller; what comes of it is told as `ContextAnswered`. It
    changes nothing out there and is not written down: a new owner asks again."""

    id: str
    contact: str
    provider: Provider
    """As the plan had it when the question came up."""
    caller: Caller
    values: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    """What the question may tell of the contact, by name."""
    deadline: int = 0
    call: str = ""


Command = (
    Answer
    | Reject
    | Redirect
    | Play
    | CancelMedia
    | SubscribeTones
    | CreateCall
    | Transfer
    | Invite
    | RemoveParticipant
    | StartHoldMusic
    | StopHoldMusic
    | HangUp
    | AskCall
    | ReadPresence
    | EndStray
    | ShowCard
    | SayMissed
    | SayState
    | TellTeam
    | AskWebhook
    | AskContext
    | SetRecording
    | Record
    | FetchRecording
    | ListVoicemail
    | DropRecording
    | CloseMedia
)

MEDIA: tuple[type, ...] = (Play, CancelMedia, SubscribeTones, Record)
"""The commands of the media lane; all others on a leg are control."""
CHAT: tuple[type, ...] = (ShowCard, SayMissed, SayState, TellTeam)
"""The commands that go to the chat: no leg waits for them."""
ELSEWHERE: tuple[type, ...] = (AskWebhook, AskContext)
"""The commands that ask about a caller, of other systems of the customer's above all."""
SOUND: tuple[type, ...] = (FetchRecording, ListVoicemail, DropRecording, CloseMedia)
"""The commands that see to messages in our own store: no leg waits for them either."""
