"""The body of a calling webhook to notifications.

Graph's types here are open and its samples contradict each other, so: the call is found by its
URL, the kind by the entity's type and then by the URL, members by key. A kind nobody knows is kept
raw and counted; one bad item never fails its batch (learn.microsoft.com/graph/api/resources/
commsnotification).
"""

import logging
from typing import Any

from graph import wire
from graph.errors import BadNotification
from graph.models import (
    CallState,
    Identity,
    IdentityKind,
    IncomingCall,
    OperationStatus,
    Participant,
)
from graph.notification_kinds import (
    Batch,
    CallCreated,
    CallDeleted,
    CallUpdated,
    Notification,
    OperationEnded,
    RosterUpdated,
    Tone,
    Unknown,
)
from graph.notification_place import Place, find_place, type_of

__all__ = [
    "Batch",
    "CallCreated",
    "CallDeleted",
    "CallUpdated",
    "Notification",
    "OperationEnded",
    "RosterUpdated",
    "Tone",
    "Unknown",
    "parse",
]

logger = logging.getLogger(__name__)


FIRST_FAILURE = 300
"""Result codes are shaped like HTTP's: what is below succeeded."""

_CHANGES = frozenset({"created", "updated", "deleted"})
_TONES = {f"tone{digit}": str(digit) for digit in range(10)} | {
    "star": "*",
    "pound": "#",
    **{key: key for key in ("a", "b", "c", "d", "flash")},
}
_PARTICIPANT_TYPES = frozenset({"participant", "participantinfo", "invitationparticipantinfo"})


def parse(body: bytes) -> Batch:
    """The notifications in `body`, in order.

    Raises BadNotification, and nothing else, when the body as a whole is none.
    """
    batch = Batch()
    for entry in _entries(body):
        if not isinstance(entry, dict):
            batch.count("entry is no object")
            continue
        try:
            _read(entry, batch)
        except Exception:  # one bad item never fails its batch
            logger.exception("notification could not be read")
            batch.count("unreadable")
    return batch


def _entries(body: bytes) -> list[Any]:
    if not body or body.isspace():
        msg = "the body is empty"
        raise BadNotification(msg)
    try:
        tree = wire.decode(body)
    except ValueError as error:
        msg = f"the body is not JSON: {wire.text(str(error))}"
        raise BadNotification(msg) from None
    if not isinstance(tree, dict):
        msg = "the body must be a JSON object with `value`"
        raise BadNotification(msg)
    value = tree.get("value")
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    if value is None and ("resourceUrl" in tree or "resource" in tree):
        return [tree]
    msg = "`value` must be a list of notifications"
    raise BadNotification(msg)


def _read(entry: dict[str, Any], batch: Batch) -> None:
    told = entry.get("resourceData")
    entities = told if isinstance(told, list) else [told]
    first = next((e for e in entities if isinstance(e, dict)), {})
    place = find_place(entry, first)
    change = entry.get("changeType")
    change = change.lower() if isinstance(change, str) else ""
    if place.wire_id is None:
        batch.count("no call id")
        return
    if change not in _CHANGES:
        batch.count("unknown changeType")
        batch.items.append(_unknown(f"change:{wire.text(change, 64) or '-'}", place, entry))
        return
    if _is_roster(first, place):
        batch.items.append(_roster(entities, place, change, batch))
        return
    for entity in entities:
        if isinstance(entity, dict):
            _read_entity(entry, entity, place, change, batch)
        elif entity is None and change == "deleted" and not place.part:
            # Nothing more is needed to know that a call is over.
            _read_entity(entry, {}, place, change, batch)
        else:
            batch.count("resourceData is no object")


def _is_roster(entity: dict[str, Any], place: Place) -> bool:
    kind = type_of(entity)
    if kind:
        return kind in _PARTICIPANT_TYPES
    return place.part == "participants" or place.part_id == "participants"


def _read_entity(
    entry: dict[str, Any], entity: dict[str, Any], place: Place, change: str, batch: Batch
) -> None:
    kind = type_of(entity)
    if kind.endswith("operation") or (not kind and place.part == "operations"):
        batch.items.append(_operation(entity, kind, place, change, entry))
    elif kind == "call" or not place.part:
        _read_call(entry, entity, place, change, batch)
    else:
        batch.count("unknown kind")
        batch.items.append(_unknown(wire.text(kind or place.part, 64) or "-", place, entry))


def _unknown(kind: str, place: Place, entry: dict[str, Any]) -> Unknown:
    wire_id = place.wire_id
    key = wire.call_key(wire_id) if wire_id else None
    return Unknown(kind=kind, call_id=key, wire_id=wire_id, raw=wire.json_text(entry))


def _read_call(
    entry: dict[str, Any], entity: dict[str, Any], place: Place, change: str, batch: Batch
) -> None:
    wire_id = place.wire_id or ""
    state = wire.call_state(entity.get("state"))
    if state is None and entity.get("state") is not None:
        batch.count("unknown call state")
    if change == "deleted" or state is CallState.TERMINATED:
        batch.items.append(_deleted(entry, entity, wire_id))
    elif change == "created" and _rings_here(state, entity):
        batch.items.append(CallCreated(call=_incoming(entry, entity, wire_id)))
    else:
        batch.items.append(_updated(entry, entity, wire_id, state, batch))


def _rings_here(state: CallState | None, entity: dict[str, Any]) -> bool:
    if state is None:
        return entity.get("direction") != "outgoing" and bool(
            entity.get("source") or entity.get("targets")
        )
    return state is CallState.INCOMING


def _callback(entry: dict[str, Any], entity: dict[str, Any]) -> str | None:
    told = entity.get("callbackUri") or entry.get("callbackUri")
    return wire.text(told, wire.URI_LENGTH) if told else None


def _deleted(entry: dict[str, Any], entity: dict[str, Any], wire_id: str) -> CallDeleted:
    code, subcode, message = wire.result(entity)
    return CallDeleted(
        call_id=wire.call_key(wire_id),
        wire_id=wire_id,
        code=code,
        subcode=subcode,
        message=message,
        reason=wire.text(entity.get("terminationReason")),
        answered_by=wire.answered_by(entity.get("answeredBy")),
        callback_uri=_callback(entry, entity),
    )


def _updated(
    entry: dict[str, Any],
    entity: dict[str, Any],
    wire_id: str,
    state: CallState | None,
    batch: Batch,
) -> CallUpdated:
    code, subcode, message = wire.result(entity)
    answered = entity.get("answeredBy")
    chat = entity.get("chatInfo")
    return CallUpdated(
        call_id=wire.call_key(wire_id),
        wire_id=wire_id,
        state=state,
        media_audio=wire.media_audio(entity.get("mediaState")),
        tone=_tone(entity.get("toneInfo"), batch),
        code=code,
        subcode=subcode,
        message=message,
        answered_by=wire.answered_by(answered) if answered else None,
        chat_info=wire.json_text(chat) if chat else None,
        callback_uri=_callback(entry, entity),
    )


def _tone(told: object, batch: Batch) -> Tone | None:
    if told is None:
        return None
    described = wire.mapping(told)
    name = described.get("tone")
    key = _TONES.get(name.lower()) if isinstance(name, str) else None
    if key is None:
        batch.count("unknown tone")
        return None
    return Tone(sequence=wire.whole(described.get("sequenceId")), key=key)


def _incoming(entry: dict[str, Any], entity: dict[str, Any], wire_id: str) -> IncomingCall:
    context = wire.mapping(entity.get("incomingContext"))
    targets = wire.identities(entity.get("targets"))
    modalities = entity.get("requestedModalities")
    source = wire.participant_info(entity.get("source"))
    return IncomingCall(
        call_id=wire.call_key(wire_id),
        wire_id=wire_id,
        chain_id=wire.identifier(entity.get("callChainId")),
        tenant_id=wire.directory_id(entity.get("tenantId")),
        source=source,
        targets=targets,
        called=_called(targets),
        on_behalf_of=wire.optional_identity(context.get("onBehalfOf")),
        transferor=wire.optional_identity(context.get("transferor")),
        source_participant_id=wire.identifier(context.get("sourceParticipantId")),
        observed_participant_id=wire.identifier(context.get("observedParticipantId")),
        my_participant_id=wire.identifier(entity.get("myParticipantId")),
        routes=wire.routes(entity.get("callRoutes")),
        callback_uri=_callback(entry, entity),
        language=source.language if source else None,
        modalities=tuple(
            m for m in (modalities if isinstance(modalities, list) else ()) if wire.identifier(m)
        ),
        chat_info=wire.json_text(entity.get("chatInfo")),
        meeting_info=wire.json_text(entity.get("meetingInfo")),
    )


def _called(targets: tuple[Identity, ...]) -> Identity | None:
    """A resource account before the application itself before whatever else was called."""
    for kind in (IdentityKind.APPLICATION_INSTANCE, IdentityKind.APPLICATION):
        for target in targets:
            if target.kind is kind:
                return target
    return targets[0] if targets else None


def _roster(entities: list[Any], place: Place, change: str, batch: Batch) -> RosterUpdated:
    there: list[Participant] = []
    gone: list[Participant] = []
    sequences: list[int] = []
    readable = True
    for entity in entities:
        one = wire.participant(entity)
        if one is None or not _is_roster(entity, place):
            readable = False
            batch.count("roster entry is no participant")
            continue
        left = change == "deleted" or one.removed_reason is not None
        (gone if left else there).append(one)
        sequence = wire.whole(entity.get("rosterSequenceNumber"))
        if sequence is not None:
            sequences.append(sequence)
    names_one = place.part == "participants" and place.part_id is not None
    wire_id = place.wire_id or ""
    return RosterUpdated(
        call_id=wire.call_key(wire_id),
        wire_id=wire_id,
        participants=tuple(there),
        gone=tuple(gone),
        is_whole=readable and change != "deleted" and not names_one,
        sequence=max(sequences, default=None),
    )


def _operation(
    entity: dict[str, Any], kind: str, place: Place, change: str, entry: dict[str, Any]
) -> OperationEnded | Unknown:
    told = wire.operation(entity)
    status = told.status
    if status in (OperationStatus.COMPLETED, OperationStatus.FAILED):
        succeeded = status is OperationStatus.COMPLETED
    elif change == "deleted":
        # An operation that is deleted is over, even where its status was not brought up to date.
        succeeded = told.code is None or told.code < FIRST_FAILURE
    else:
        return _unknown("operation under way", place, entry)
    wire_id = place.wire_id or ""
    named = entity.get("@odata.type")
    spelled = named.rpartition(".")[2].lstrip("#") if kind and isinstance(named, str) else ""
    return OperationEnded(
        call_id=wire.call_key(wire_id),
        wire_id=wire_id,
        operation_id=told.id or _operation_in(place),
        kind=_operation_kind(spelled),
        client_context=told.client_context,
        status="completed" if succeeded else "failed",
        code=told.code,
        subcode=told.subcode,
        message=told.message,
        completion_reason=wire.text(entity.get("completionReason")),
        recording_location=told.recording_location,
        recording_token=told.recording_token,
    )


def _operation_in(place: Place) -> str | None:
    """The operation's id by its URL; a documented sample has `operations/participants` there."""
    names_one = place.part == "operations" and place.part_id != "participants"
    return place.part_id if names_one else None


def _operation_kind(type_name: str) -> str:
    kind = type_name[: -len("Operation")] if type_name.lower().endswith("operation") else type_name
    kind = wire.text(kind, 64) or "unknown"
    return kind[0].lower() + kind[1:]
