"""Where a caller can be sent: out of the call, to somebody else, or on within the service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActionKind(StrEnum):
    DISCONNECT = "disconnect"
    USER = "user"
    NUMBER = "number"
    ACCOUNT = "account"
    QUEUE = "queue"
    FLOW = "flow"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"


WITHIN = frozenset({ActionKind.QUEUE, ActionKind.FLOW, ActionKind.VOICEMAIL, ActionKind.CALLBACK})
"""The kinds that keep the caller with us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Where a caller goes next: out of the call, to somebody else, or on within the service."""

    kind: ActionKind = ActionKind.DISCONNECT
    ref: str = ""
    """UPN or object id, E.164 number, resource account's UPN, queue's or flow's name. Of a
    voicemail or callback: the queue whose team it is for, empty for the contact's own: never so
    among a queue's own actions in a plan file."""
    number: str = ""
    """For an account: its phone number, the way round error 7505."""
    prompt: str = ""
    """Spoken before: `plan:NAME` or `system:NAME`; empty for the system's own words."""
    priority: int = 0
    """For a queue: the contact's priority from now on; 0: the queue's."""
