"""What people say, apart from the phone: in the chat, on a card, on the tab, by command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.aim import Aim
from routing.bulletin import Scope

CARD, TAB = "card", "tab"
"""Where an agent pressed."""


class Mark(StrEnum):
    """What became of a message in the team's list."""

    HEARD = "heard"
    OWNED = "owned"
    """Somebody takes care of it, or no longer."""
    DONE = "done"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailMarked:
    """Somebody, or the time that it is kept, did something to a message. For history only."""

    voicemail: str
    contact: str
    queue: str
    mark: Mark
    by: str = ""
    """UPN or name; empty: the service."""
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSet:
    """An agent said ready or not ready."""

    agent: str
    ready: bool
    reason: str = ""
    until: int | None = None
    by: str = ""
    by_name: str = ""
    """The supervisor who said it for them; empty: the agent themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOpted:
    """An agent was taken out of one of their queues, or back in."""

    agent: str
    queue: str
    out: bool
    by: str = ""
    by_name: str = ""
    """Empty: the agent themselves."""


class Steer(StrEnum):
    """What a supervisor does to a contact that waits."""

    PULL = "pull"
    """Have it offered next, to an agent whom they name."""
    MOVE = "move"
    PRIORITIZE = "prioritize"
    WITHDRAW = "withdraw"
    """Nobody of the queue is to serve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSteered:
    """A supervisor did something to a contact that waits in a queue of theirs."""

    contact: str
    act: Steer
    seen_queue: str
    """Where it waited, as they saw it: of two who move it at once, one is told so."""
    to: str = ""
    """Of `pull`, the agent; of `move`, the queue; of `withdraw`, one of the queue's own ways out
    (routing/steering_rules.py) or nothing."""
    priority: int = 0
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """Of `withdraw`: what the caller hears, by language, as it was typed."""
    clips: dict[str, str] = field(default_factory=dict[str, str])
    """What it became when it was spoken, by language: the content's SHA-256."""
    by: str = ""
    by_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten:
    """An agent writes about a contact of theirs: all of it, as it stands now."""

    contact: str
    agent: str
    note: str
    seen: int
    """`Contact.note_revision`, as the writer knows it: nobody's words are written over unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionChosen:
    """An agent said how a contact of theirs ended."""

    contact: str
    agent: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended:
    """An agent needs more time after a contact."""

    agent: str
    seen: int
    """`Agent.extended`, as they know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsRead:
    """Who of the agents can be written to: all of them, by object id."""

    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedByCard:
    """Somebody pressed Accept on the card of an offer, in the chat or on the tab."""

    offer: str
    agent: str
    """Who pressed it, as the chat or the token vouches."""
    message: str = ""
    """The message that holds the card."""
    by: str = CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedByCard:
    """Somebody pressed Decline on the card of an offer."""

    offer: str
    agent: str
    reason: str = ""
    message: str = ""
    by: str = CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneByCard:
    """Somebody pressed Done on the card of a talk that is over."""

    offer: str
    agent: str
    note: str = ""
    message: str = ""
    disposition: str = ""
    """How it ended; empty: as it was said before, or not at all."""
    by: str = CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChanged:
    """A card was brought up to date in the chat, or its message turned out to be gone."""

    offer: str
    shows: str
    gone: bool = False


class Act(StrEnum):
    """What can be done to a call while caller and agent talk."""

    HOLD = "hold"
    RESUME = "resume"
    ADD = "add"
    TRANSFER = "transfer"
    COMPLETE = "complete"
    """Who was consulted, or added, takes over."""
    CANCEL = "cancel"
    """They are not wanted any more."""
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallControlled:
    """Somebody acted on a call from the tab: its agent, or a supervisor."""

    contact: str
    act: Act
    by: str
    """Their object id."""
    by_name: str = ""
    seen_agent: str = ""
    """Who had the caller when they asked, so that it is not done to another talk."""
    aim: Aim | None = None
    """Of `add` and `transfer`: whom."""
    consult: bool = False
    """Of `transfer`: the agent talks with them first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """Somebody is to be called who is not on the line: a missed call, say."""

    number: str
    """E.164."""
    queue: str
    entry_point: str = ""
    """Whose number is shown; of none, or one that is gone: the first that leads to the queue."""
    app: str = ""
    """The application that owns the entry point's calls; empty: the first of those in use."""
    agent: str = ""
    """The agent who asks for it: they alone are rung, at once. Empty: whoever is next."""
    by: str = ""
    """Who asked, for the record."""
    about: str = ""
    """The contact that is made good: a missed call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedMarked:
    """Somebody takes care of a missed call, or has dealt with it. For history only."""

    contact: str
    queue: str
    mark: Mark
    """`owned` or `done`."""
    by: str = ""
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCallback:
    """A callback is not wanted any more."""

    contact: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSet:
    """A supervisor closed something, or has its callers hear a message first."""

    closes: bool
    scope: Scope
    name: str = ""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """By language, as it was typed."""
    clips: dict[str, str] = field(default_factory=dict[str, str])
    """What it became when it was spoken, by language: the content's SHA-256."""
    lasts_ms: int = 0
    until: int | None = None
    by: str = ""
    by_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCallAsked:
    """An operator wants somebody rung who hears one sentence."""

    __test__ = False  # by its name pytest would take it for a test

    id: str
    """Under which its facts are found; begins with `test-`."""
    user: str
    """Object id."""
    upn: str
    app: str
    until: int
    """The instant after which nobody waits for it: a service that starts later rings nobody."""
    by_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinLifted:
    """A supervisor took it back."""

    closes: bool
    scope: Scope
    name: str = ""
    by: str = ""
    by_name: str = ""
