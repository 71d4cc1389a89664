"""What happened: an append-only list of typed records, from which everything is recounted.

The audit, the terminal table and the page read this list and nothing else, so it holds what the
world did, not what anybody believes. Instants and durations are milliseconds.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line; `at` is the instant it happened, `seq` its place in the log."""

    kind: ClassVar[str] = "record"
    at: int
    seq: int = -1

    def as_dict(self) -> dict[str, object]:
        row: dict[str, object] = {"kind": self.kind}
        row.update((each.name, getattr(self, each.name)) for each in fields(self))
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested(Record):
    """A request came in and was answered."""

    kind: ClassVar[str] = "request"
    app: str
    method: str
    path: str
    op: str
    """what it asked for: answer, transfer, playPrompt, getPresencesByUserId ..."""
    call: str
    body: object
    status: int
    code: str
    """Graph's error code, or nothing"""
    reply: object
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Record):
    """A notification was posted and answered (`status` 0: nobody answered)."""

    kind: ClassVar[str] = "notification"
    call: str
    what: tuple[str, ...]
    """incoming, establishing, established, terminated, tone, roster, operation ..."""
    url: str
    body: object
    attempt: int
    status: int
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted(Record):
    """A fault rule took hold of a notification or of a transfer."""

    kind: ClassVar[str] = "fault"
    call: str
    what: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Record):
    """Somebody called: `leg` is their phone, `call` what Graph shows the bot."""

    kind: ClassVar[str] = "placed"
    leg: str
    call: str
    caller: str
    caller_kind: str
    to: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Record):
    """A phone is connected: a caller's with the bot, or an agent's after picking up."""

    kind: ClassVar[str] = "connected"
    leg: str
    call: str
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(Record):
    """A phone started to ring."""

    kind: ClassVar[str] = "ring"
    leg: str
    call: str
    party: str
    via: str
    """create, transfer, invite or redirect"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStopped(Record):
    """A phone stopped ringing."""

    kind: ClassVar[str] = "ring_stopped"
    leg: str
    call: str
    party: str
    why: str
    """answered, declined, no_answer, busy, unreachable, voicemail or cancelled"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(Record):
    """A phone hung up or was cut off."""

    kind: ClassVar[str] = "ended"
    leg: str
    party: str
    why: str
    """hung_up, rejected, deleted, redirect_failed, no_answer, over_limit, other_left, lost ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Record):
    kind: ClassVar[str] = "key"
    leg: str
    party: str
    key: str
    told: bool
    """whether a subscribed bot was told"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Record):
    """From `at` to `until` this leg heard one thing."""

    kind: ClassVar[str] = "heard"
    leg: str
    party: str
    what: str
    """ringback, silence, prompt, beep, recording, hold_music or talk"""
    detail: str
    """the prompt's uri, or the parties talked with"""
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged(Record):
    """A caller and somebody else can hear each other from now on."""

    kind: ClassVar[str] = "bridged"
    leg: str
    other: str
    party: str
    other_role: str
    """agent, number, application or voicemail"""
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbridged(Record):
    kind: ClassVar[str] = "unbridged"
    leg: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallState(Record):
    """Graph's call changed its state (`result` as code/subcode when it ended)."""

    kind: ClassVar[str] = "call"
    call: str
    app: str
    state: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Record):
    """What Graph shows from now on."""

    kind: ClassVar[str] = "presence"
    party: str
    availability: str
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotInstalled(Record):
    """Somebody added the bot's app in Teams, or removed it."""

    kind: ClassVar[str] = "installed"
    party: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatShown(Record):
    """Somebody's chat shows a message of the bot's: a new one, or one that was updated."""

    kind: ClassVar[str] = "chat"
    party: str
    message: str
    name: str
    """what the first part of its card is called; empty: no card, or one without a name"""
    first: str
    """the same when it was posted"""
    words: str
    """its first line"""
    updated: bool
    text: str = ""
    """all its lines, and the titles of its links"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed(Record):
    """Somebody had pressed a button of a card, and was answered (`status` 0: it was not there, or
    nobody answered)."""

    kind: ClassVar[str] = "button"
    party: str
    message: str
    verb: str
    pressed_at: int
    status: int
    said: str
    """what the bot answered, its first line"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabActed(Record):
    """Somebody acted on their call on the product's tab, and was answered (`status` 0: nobody
    answered)."""

    kind: ClassVar[str] = "tab"
    party: str
    act: str
    status: int
    said: str
    """the code of a refusal, else `done`"""


class Log:
    """Keeps the newest `limit` records (all when None, none when 0)."""

    def __init__(self, limit: int | None = None) -> None:
        self._records: deque[Record] = deque(maxlen=limit)
        self._off = limit == 0
        self.count = 0

    def add(self, record: Record) -> None:
        """Append; the record learns its place."""
        if self._off:
            return
        object.__setattr__(record, "seq", self.count)
        self.count += 1
        self._records.append(record)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def since(self, seq: int, limit: int = 1000) -> list[Record]:
        """At most `limit` records from place `seq` on."""
        first = self.count - len(self._records)
        skip = max(0, seq - first)
        return list(islice(self._records, skip, skip + limit))

    def jsonl(self) -> str:
        return "".join(json.dumps(record.as_dict()) + "\n" for record in self)

    def requests_jsonl(self) -> str:
        """The requests alone, as an OpenAPI checker wants them."""
        rows = (
            {"method": r.method, "path": r.path, "body": r.body}
            for r in self
            if isinstance(r, Requested)
        )
        return "".join(json.dumps(row) + "\n" for row in rows)
