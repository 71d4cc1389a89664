"""The chat in our own words: what comes in, what goes out, and where to.

The library that speaks the channel's protocol is past its end of support, so nothing of it leaves
`bot/teams/botframework.py`: a successor has to make and take these types, and nothing else changes.
A `ConversationRef` is what must be kept to write to somebody later. It is saved as JSON of our own,
because a library's pickle would be readable by that library alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Protocol

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""What a card is made of; opaque to everybody but the channel."""

PERSONAL = "personal"
"""The conversation type of a one-to-one chat with the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRef:
    """Where a conversation can be reached."""

    app: str
    """The application (bot registration) that takes part in it."""
    channel: str
    service_url: str
    """The connector that serves the conversation; it may move, so the newest one is kept."""
    conversation: str
    kind: str = PERSONAL
    """personal, groupChat or channel."""
    tenant: str = ""
    bot: str = ""
    """The bot's id in the channel, not its application id."""
    bot_name: str = ""
    person: str = ""
    """The other side's id in the channel, not their object id."""
    person_name: str = ""
    language: str = "en"

    def to_json(self) -> str:
        """The reference as one line, for the store."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> ConversationRef:
        """The saved reference. Fields unknown to this version are dropped; raises ValueError."""
        saved = json.loads(text)
        if not isinstance(saved, dict):
            msg = "a saved conversation is a JSON object"
            raise ValueError(msg)  # noqa: TRY004  # one error for whatever is wrong with the text
        known = {f.name for f in fields(cls)}
        kept = {name: value for name, value in saved.items() if name in known}
        missing = {"app", "channel", "service_url", "conversation"} - kept.keys()
        if missing or not all(isinstance(value, str) for value in kept.values()):
            msg = f"a saved conversation lacks {', '.join(sorted(missing)) or 'text'}"
            raise ValueError(msg)
        return cls(**kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """Somebody wrote to the bot."""

    id: str
    """The activity's id: a second copy of the message carries the same one."""
    text: str
    """Without the mention of the bot, and without mark-up."""
    sender: str
    """Object id in the directory, lower-cased; empty when the channel cannot vouch for one."""
    sender_name: str = ""
    language: str = "en"
    utc_offset_min: int | None = None
    """The sender's clock against UTC, if the channel told."""
    time_zone: str = ""
    """The sender's IANA time zone, if the channel told."""
    ref: ConversationRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAction:
    """Somebody pressed a button of a card, or opened one of its dialogs."""

    id: str
    name: str
    """`adaptiveCard/action`, `task/fetch`, `task/submit` ...; empty for a plain submit."""
    verb: str = ""
    """Action.Execute's verb."""
    value: Json = None
    """What the card sent, as it came."""
    message: str = ""
    """The id of the message that holds the card."""
    sender: str
    sender_name: str = ""
    language: str = "en"
    utc_offset_min: int | None = None
    time_zone: str = ""
    ref: ConversationRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAnswer:
    """What the pressed card gets back."""

    status: int = 200
    body: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAdded:
    """The bot was installed for somebody, or brought into a conversation."""

    id: str
    sender: str
    sender_name: str = ""
    language: str = "en"
    ref: ConversationRef


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRemoved:
    """The bot was uninstalled: the conversation takes no more messages."""

    id: str
    sender: str
    ref: ConversationRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An Adaptive Card, ready to send."""

    content: Mapping[str, Json] = field(default_factory=dict[str, Json])
    summary: str = ""
    """What the notification says, where a card cannot be shown."""


class WordLost(Exception):
    """What was said could not be written down, or it is not known whether it was."""


class ChatFailed(Exception):
    """The channel did not take a message."""

    def __init__(
        self, message: str, *, status: int | None = None, may_have_run: bool = False
    ) -> None:
        """`status` is the channel's HTTP answer, None when none came."""
        super().__init__(message)
        self.status = status
        self.may_have_run = may_have_run
        """Whether the message may be there all the same: the answer was lost, or said nothing."""

    @property
    def gone(self) -> bool:
        """Whether the conversation will never take a message again (the bot was removed)."""
        return self.status in (403, 404)


class ChatGateway(Protocol):
    """The way out. Every method raises ChatFailed, within a few seconds."""

    async def send_text(self, ref: ConversationRef, text: str, *, reply_to: str = "") -> str:
        """The new message's id."""
        ...

    async def update_text(self, ref: ConversationRef, message: str, text: str) -> None: ...

    async def send_card(
        self, ref: ConversationRef, card: Card, *, reply_to: str = "", once: bool = False
    ) -> str:
        """The new message's id. `once`: rather not at all than twice."""
        ...

    async def update_card(self, ref: ConversationRef, message: str, card: Card) -> None: ...


class ChatListener(Protocol):
    """What the service does with what it hears."""

    async def on_message(self, message: IncomingMessage) -> None: ...

    async def on_action(self, action: CardAction) -> ActionAnswer: ...

    async def on_added(self, added: BotAdded) -> None: ...

    async def on_removed(self, removed: BotRemoved) -> None: ...


class ConversationStore(Protocol):
    """Keeps one personal conversation per person, by directory object id.

    `store/conversations.py` does; every method may raise StoreError.
    """

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None: ...

    async def find(self, tenant: str, person: str) -> str | None: ...

    async def page(self, tenant: str, after: str = "") -> Sequence[tuple[str, str]]:
        """Person and conversation of those who come after `after`; empty: there are no more."""
        ...

    async def forget(self, tenant: str, person: str, saved: str | None = None) -> None:
        """With `saved`: only if it is still this one."""
        ...
