"""From the wire to the routing's words: the only translator inwards.

Strings come in safe already (graph/wire.py). Ids of calls keep the spelling of the notification;
`bot/owner/spelling.py` sees to it that the engine knows one spelling per call. What the routing
has no word for becomes no event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from graph.errors import Ending, outcome_of_ending
from graph.models import CallState, Identity, IdentityKind, IncomingCall, Participant, Route
from graph.notification_kinds import (
    CallCreated,
    CallDeleted,
    CallUpdated,
    Notification,
    OperationEnded,
    RosterUpdated,
)
from graph.presence import PresenceRead as PresencesTold
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    Event,
    InviteEnded,
    Phase,
    PromptEnded,
    Reading,
    RecordingAllowed,
    RecordingEnded,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)

CALLBACK_PATH = "/api/calls/"
LONGEST_COMMAND_ID = 128
NOBODY_KNOWS = ("PresenceUnknown", "PresenceUnknown")
TONES = frozenset("0123456789*#abcd")

_PHASES: dict[CallState, Phase] = {
    CallState.ESTABLISHING: Phase.ESTABLISHING,
    CallState.RINGING: Phase.RINGING,
    CallState.TRANSFERRING: Phase.TRANSFERRING,
    CallState.TRANSFER_ACCEPTED: Phase.TRANSFER_ACCEPTED,
    CallState.REDIRECTING: Phase.REDIRECTING,
    CallState.TERMINATING: Phase.TERMINATING,
    CallState.HOLD: Phase.HOLD,
}
_ROSTER_KINDS: dict[IdentityKind, str] = {
    IdentityKind.USER: "user",
    IdentityKind.GUEST: "guest",
    IdentityKind.PHONE: "phone",
    IdentityKind.APPLICATION: "bot",
    IdentityKind.APPLICATION_INSTANCE: "bot",
}
# An extension or "anonymous" is no number that anybody could call back.
_NUMBER = re.compile(r"(?:tel:)?(\+?[0-9]{3,20})(?:;.*)?", re.IGNORECASE)
_COMMAND = re.compile(r"[A-Za-z0-9._~-]+")


def command_of(callback_uri: str | None) -> str:
    """The command that a callback address of ours names; empty when it names none."""
    if not callback_uri:
        return ""
    try:
        path = urlsplit(callback_uri).path
    except ValueError:
        return ""
    _, found, command = path.rpartition(CALLBACK_PATH)
    return command_id(command) if found else ""


@lru_cache(maxsize=2_000)  # of one leg the same one comes again and again
def command_id(text: str) -> str:
    """`text` if it can be the id of a command of ours, else empty."""
    if len(text) > LONGEST_COMMAND_ID or not _COMMAND.fullmatch(text):
        return ""
    return text


def events_from(
    notification: Notification, *, app: str, tenant: str, command: str = ""
) -> tuple[Event, ...]:
    """What the notification means, in order; nothing when the routing has no word for it.

    `app` and `tenant` are those of the believed token; `command` is what the address says to which
    the notification was posted.
    """
    match notification:
        case CallUpdated():
            return _updated(notification, command or command_of(notification.callback_uri))
        case OperationEnded():
            return _operation_ended(notification)
        case CallCreated():
            return (_incoming(notification.call, app, tenant),)
        case CallDeleted():
            return (_ended(notification, command or command_of(notification.callback_uri)),)
        case RosterUpdated() if notification.is_whole:
            return (roster(notification.wire_id, notification.participants),)
        case _:
            return ()


def identity_of(notification: Notification, event: Event) -> str | None:
    """The natural identity of one of the notification's events. A tone's is not that of the state
    told beside it: as a copy of each other one of the two would be lost."""
    if isinstance(notification, CallUpdated) and not isinstance(event, ToneHeard):
        return None
    return notification.identity


def roster(call: str, participants: tuple[Participant, ...]) -> RosterChanged:
    """Who is in the call now; those still in the lobby are not."""
    people = tuple(_entry(each) for each in participants if not each.in_lobby)
    return RosterChanged(call=call, people=people)


def readings(told: PresencesTold, asked: Iterable[str]) -> list[Reading]:
    """What was read of those asked for. Who could not be read is left out; whom Graph does not know
    has an unknown presence."""
    unread = {user for failure in told.failures for user in failure.user_ids}
    known = {each.user_id: (each.availability, each.activity) for each in told.presences}
    return [
        Reading(agent=agent, availability=pair[0], activity=pair[1])
        for agent in asked
        if agent.lower() not in unread
        for pair in (known.get(agent.lower(), NOBODY_KNOWS),)
    ]


def _entry(participant: Participant) -> RosterEntry:
    identity = participant.identity
    kind = _ROSTER_KINDS.get(identity.kind, "other")
    return RosterEntry(participant=participant.id or "", kind=kind, id=identity.id)


def _updated(update: CallUpdated, command: str) -> tuple[Event, ...]:
    events: list[Event] = []
    state = update.state
    if state is CallState.ESTABLISHED and update.tone is None:
        established = CallEstablished(
            call=update.wire_id, command=command, code=update.code, subcode=update.subcode
        )
        events.append(established)
    elif state is not None and state is not CallState.ESTABLISHED:
        phase = _PHASES.get(state, Phase.OTHER)
        events.append(CallProgressed(call=update.wire_id, phase=phase, command=command))
    tone = update.tone
    if tone is not None and tone.key in TONES:
        events.append(ToneHeard(call=update.wire_id, sequence=tone.sequence or 0, tone=tone.key))
    return tuple(events)


def _operation_ended(operation: OperationEnded) -> tuple[Event, ...]:
    ok = operation.status == "completed"
    context = operation.client_context or ""
    match operation.kind.lower():
        case "playprompt":
            return (PromptEnded(call=operation.wire_id, context=context, ok=ok),)
        case "record":
            ended_at = operation.recording_location
            recording = RecordingEnded(
                call=operation.wire_id,
                context=context,
                ok=ok,
                location=ended_at or "",
                token=operation.recording_token or "",
                code=operation.code,
                subcode=operation.subcode,
            )
            return (recording,)
        case "updaterecordingstatus":
            return (RecordingAllowed(call=operation.wire_id, context=context, ok=ok),)
        case "inviteparticipants":
            ending = outcome_of_ending(operation.code, operation.subcode)
            if not ok and ending is Ending.COMPLETED:
                ending = Ending.FAILED  # Graph's word for the operation outweighs its code
            ended = InviteEnded(
                call=operation.wire_id,
                context=context,
                ok=ok,
                ending=Ending.COMPLETED.value if ok else ending.value,
                code=operation.code,
                subcode=operation.subcode,
            )
            return (ended,)
        case _:
            return ()


def _ended(deleted: CallDeleted, command: str) -> CallEnded:
    return CallEnded(
        call=deleted.wire_id,
        command=command,
        code=deleted.code,
        subcode=deleted.subcode,
        transferred="transferred" in (deleted.reason or "").lower(),
        ending=outcome_of_ending(deleted.code, deleted.subcode).value,
    )


def _incoming(call: IncomingCall, app: str, tenant: str) -> CallIncoming:
    at_home = call.tenant_id or tenant
    called = call.called
    to_account = called is not None and called.kind is IdentityKind.APPLICATION_INSTANCE
    return CallIncoming(
        call=call.wire_id,
        app=app,
        account=called.id if called is not None and to_account else "",
        caller=_caller(call.source, at_home),
        tenant=at_home,
        chain=call.chain_id or "",
        forwarded_from=_forwarded_from(call.routes),
        transferred_by=_readable(call.transferor),
        on_behalf_of=_readable(call.on_behalf_of),
    )


def _forwarded_from(routes: tuple[Route, ...]) -> str:
    for route in routes:
        if route.kind.lower() == "forwarded":
            return _readable(route.original)
    return ""


def _readable(identity: Identity | None) -> str:
    """A name or a number; never a GUID, which tells nobody anything."""
    if identity is None:
        return ""
    if identity.name:
        return identity.name
    return identity.id if identity.kind is IdentityKind.PHONE else ""


def _caller(source: Participant | None, at_home: str) -> Caller:
    identity = source.identity if source is not None else Identity()
    kind = _caller_kind(identity, at_home)
    known = kind not in (CallerKind.WITHHELD, CallerKind.ENCRYPTED)
    number = _NUMBER.fullmatch(identity.id) if kind is CallerKind.NUMBER else None
    return Caller(
        kind=kind,
        id=(number[1] if number else identity.id) if known else "",
        name=identity.name or "",
        tenant=identity.tenant_id or "",
    )


def _caller_kind(identity: Identity, at_home: str) -> CallerKind:
    match identity.kind:
        case IdentityKind.PHONE | IdentityKind.ASSERTED | IdentityKind.ON_PREMISES:
            return CallerKind.NUMBER if _NUMBER.fullmatch(identity.id) else CallerKind.WITHHELD
        case IdentityKind.USER | IdentityKind.DEVICE:
            if not identity.id:
                return CallerKind.WITHHELD
            elsewhere = identity.tenant_id is not None and identity.tenant_id != at_home
            return CallerKind.FEDERATED if elsewhere else CallerKind.INTERNAL
        case IdentityKind.GUEST:
            return CallerKind.GUEST
        case IdentityKind.ACS_USER:
            return CallerKind.FEDERATED
        case IdentityKind.ENCRYPTED:
            return CallerKind.ENCRYPTED
        case IdentityKind.APPLICATION | IdentityKind.APPLICATION_INSTANCE:
            return CallerKind.BOT
        case _:
            return CallerKind.WITHHELD
