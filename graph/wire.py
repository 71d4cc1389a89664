"""Graph's JSON to our values, with every liberty Graph takes with it.

Identity sets are open types, so parties are found by key and never by `@odata.type`; numbers come
as strings; ids come as null. Whatever cannot be read becomes None, and no string leaves here that
a database, a log or a terminal could choke on.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from graph.models import (
    CallSnapshot,
    CallState,
    Identity,
    IdentityKind,
    Operation,
    OperationStatus,
    Participant,
    Route,
)

NAME_LENGTH = 256
"""Longest text kept of anything a stranger wrote; Graph's own clientContext limit."""
ID_LENGTH = 512
"""Ids are opaque; a longer one than any seen is not an id and is refused, never cut."""
URI_LENGTH = 2048
RAW_LENGTH = 4096
RAW_DEPTH = 12
GUID_LENGTH = 32
"""Hexadecimal digits of a GUID without its dashes."""
INT64_LENGTH = 20
"""Digits of an int64 with its sign; Python takes seconds over a number of millions of them."""

_INT64 = 2**63
_GUID_WITHOUT_DASHES = re.compile(r"[0-9a-f]{32}")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = re.compile(r"[\t\r\n]+")

_KIND_BY_KEY: tuple[tuple[str, IdentityKind], ...] = (
    ("user", IdentityKind.USER),
    ("phone", IdentityKind.PHONE),
    ("guest", IdentityKind.GUEST),
    ("applicationInstance", IdentityKind.APPLICATION_INSTANCE),
    ("application", IdentityKind.APPLICATION),
    ("azureCommunicationServicesUser", IdentityKind.ACS_USER),
    ("onPremises", IdentityKind.ON_PREMISES),
    ("assertedIdentity", IdentityKind.ASSERTED),
    ("encrypted", IdentityKind.ENCRYPTED),
    ("device", IdentityKind.DEVICE),
)
_DIRECTORY_KINDS = frozenset(
    {IdentityKind.USER, IdentityKind.APPLICATION, IdentityKind.APPLICATION_INSTANCE}
)
_NOBODY = Identity()
_STATES = {state.value.lower(): state for state in CallState}
_STATUSES = {status.value.lower(): status for status in OperationStatus}

Json = Mapping[str, Any]


def decode(body: bytes) -> object:
    """The JSON value in `body`; ValueError says why there is none.

    The fast decoder refuses lone surrogates, bytes that are no UTF-8 and numbers out of range. Any
    of these may stand in one display name, so they get a second, patient reading.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _decode_patiently(body)


def _decode_patiently(body: bytes) -> object:
    try:
        written = body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        # Microsoft has sent "charset=Windows-1252" (microsoft-graph-comms-samples issue 23).
        written = body.decode("cp1252", errors="replace")
    try:
        return json.loads(written.lstrip("\ufeff"), strict=False, parse_int=_int_or_none)
    except RecursionError:
        msg = "the JSON is nested too deeply"
        raise ValueError(msg) from None


def _int_or_none(digits: str) -> int | None:
    return int(digits) if len(digits) <= INT64_LENGTH else None


def text(value: object, limit: int = NAME_LENGTH) -> str | None:
    """`value` as text that is safe to store and print, cut at `limit`; None if it is no text."""
    if not isinstance(value, str) or not value:
        return None
    if len(value) <= limit and value.isprintable():
        return value
    return _SPACE.sub(" ", _UNSAFE.sub("\ufffd", value[:limit]))


def identifier(value: object) -> str | None:
    """`value` as an id, or None. An id is never repaired: a cut or cleaned one is another's."""
    if isinstance(value, str):
        if 0 < len(value) <= ID_LENGTH and value.isprintable():
            return value
        return None
    number = whole(value) if isinstance(value, int) else None
    return None if number is None else str(number)


def directory_id(value: object) -> str | None:
    """The id of a tenant, user or application, in small letters as we compare it."""
    found = identifier(value)
    return found.lower() if found else None


def call_key(wire_id: str) -> str:
    """The one spelling of a call id to compare by: small letters, a GUID with its dashes."""
    key = wire_id.lower()
    if len(key) == GUID_LENGTH and _GUID_WITHOUT_DASHES.fullmatch(key):
        return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
    return key


def whole(value: object) -> int | None:
    """`value` as an int64: Graph writes 200, "200" and 200.0."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_INT64 <= value < _INT64 else None
    if isinstance(value, float) and value.is_integer() and abs(value) < _INT64:
        return int(value)
    if isinstance(value, str) and len(value) <= INT64_LENGTH:
        try:
            return whole(int(value))
        except ValueError:
            return None
    return None


def mapping(value: object) -> Json:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def identity(value: object) -> Identity:
    """The party in an identity set, found by key; one with an id is preferred to one without."""
    if not isinstance(value, dict):
        return _NOBODY
    nameless: Identity | None = None
    for key, kind in _KIND_BY_KEY:
        member = value.get(key)
        if isinstance(member, dict):
            found = _identity_of(member, kind)
            if found.id:
                return found
            nameless = nameless or found
    if nameless:
        return nameless
    for key, member in value.items():
        if isinstance(member, dict) and not key.startswith("@"):
            return _identity_of(member, IdentityKind.UNKNOWN)
    return _NOBODY


def _identity_of(member: Json, kind: IdentityKind) -> Identity:
    read_id = directory_id if kind in _DIRECTORY_KINDS else identifier
    return Identity(
        kind=kind,
        id=read_id(member.get("id")) or "",
        tenant_id=directory_id(member.get("tenantId")),
        name=text(member.get("displayName")),
        provider=text(member.get("identityProvider")),
    )


def participant_info(value: object) -> Participant | None:
    """The party in a participantInfo, as the source of a call; None if there is none."""
    if not isinstance(value, dict):
        return None
    return Participant(
        id=identifier(value.get("id")),
        identity=identity(value.get("identity")),
        endpoint_type=text(value.get("endpointType")),
        language=text(value.get("languageId")),
    )


def participant(value: object) -> Participant | None:
    """One roster entry; None if it is no object at all."""
    if not isinstance(value, dict):
        return None
    described = value.get("info")
    # An entity without `info` may still carry the identity itself.
    told = described if isinstance(described, dict) else value
    removed = value.get("removedState")
    reason = text(removed.get("reason")) or "removed" if isinstance(removed, dict) else None
    return Participant(
        id=identifier(value.get("id")),
        identity=identity(told.get("identity")),
        endpoint_type=text(told.get("endpointType")),
        is_muted=value.get("isMuted") is True,
        in_lobby=value.get("isInLobby") is True,
        removed_reason=reason,
        language=text(told.get("languageId")),
    )


def identities(value: object) -> tuple[Identity, ...]:
    """The parties in a list of participants; entries without any identity are left out."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return ()
    found = (identity(item.get("identity")) for item in value if isinstance(item, dict))
    return tuple(one for one in found if one is not _NOBODY)


def routes(value: object) -> tuple[Route, ...]:
    """How the call came to us, in Graph's order."""
    if not isinstance(value, list):
        return ()
    return tuple(
        Route(
            original=identity(item.get("original")),
            final=identity(item.get("final")),
            kind=text(item.get("routingType")) or "unknown",
        )
        for item in value
        if isinstance(item, dict)
    )


def optional_identity(value: object) -> Identity | None:
    """The party in an identity set, or None if nobody is named there."""
    found = identity(value)
    return None if found is _NOBODY else found


def answered_by(value: object) -> Identity | None:
    """Who picked up: Graph sends a participantInfo or the bare identity set."""
    return optional_identity(mapping(value).get("identity", value))


def call_state(value: object) -> CallState | None:
    """The state in any case; None if missing or unknown."""
    return _STATES.get(value.lower()) if isinstance(value, str) else None


def operation_status(value: object) -> OperationStatus | None:
    """`Running` in answers, `running` in notifications: any case; None if missing or unknown."""
    return _STATUSES.get(value.lower()) if isinstance(value, str) else None


def result(entity: Json) -> tuple[int | None, int | None, str | None]:
    """Code, subcode and message of an entity's resultInfo."""
    told = entity.get("resultInfo")
    if not isinstance(told, dict):
        return None, None, None
    subcode = told.get("subcode")
    return (
        whole(told.get("code")),
        whole(told.get("subCode") if subcode is None else subcode),
        text(told.get("message")),
    )


def media_audio(value: object) -> bool | None:
    """Whether audio flows, by a call's mediaState; None if it does not say."""
    audio = value.get("audio") if isinstance(value, dict) else None
    return (
        {"active": True, "inactive": False}.get(audio.lower()) if isinstance(audio, str) else None
    )


def json_text(value: object) -> str | None:
    """`value` as compact JSON text with safe strings; None if empty, too deep or too long."""
    if not value:
        return None
    try:
        written = json.dumps(_safe_tree(value, RAW_DEPTH), separators=(",", ":"))
    except ValueError:
        return None
    return written if len(written) <= RAW_LENGTH else None


def _safe_tree(value: object, depth: int) -> object:
    if depth == 0:
        msg = "nested too deeply"
        raise ValueError(msg)
    if isinstance(value, dict):
        return {text(k, RAW_LENGTH) or "": _safe_tree(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_safe_tree(item, depth - 1) for item in value]
    if isinstance(value, str):
        return text(value, RAW_LENGTH) or ""
    if isinstance(value, float):
        return value if abs(value) < _INT64 else None
    return value


def snapshot(entity: Json, wire_id: str) -> CallSnapshot:
    """The call in `entity`. `wire_id` is the id to use for it."""
    code, subcode, message = result(entity)
    return CallSnapshot(
        call_id=call_key(wire_id),
        wire_id=wire_id,
        state=call_state(entity.get("state")),
        direction=text(entity.get("direction")),
        chain_id=identifier(entity.get("callChainId")),
        tenant_id=directory_id(entity.get("tenantId")),
        callback_uri=text(entity.get("callbackUri"), URI_LENGTH),
        source=participant_info(entity.get("source")),
        targets=identities(entity.get("targets")),
        my_participant_id=identifier(entity.get("myParticipantId")),
        answered_by=answered_by(entity.get("answeredBy")),
        media_audio=media_audio(entity.get("mediaState")),
        code=code,
        subcode=subcode,
        message=message,
        termination_reason=text(entity.get("terminationReason")),
        chat_info=json_text(entity.get("chatInfo")),
        meeting_info=json_text(entity.get("meetingInfo")),
    )


def operation(entity: Json) -> Operation:
    """The operation in `entity`; both answers and notifications carry this shape."""
    code, subcode, message = result(entity)
    return Operation(
        id=identifier(entity.get("id")),
        status=operation_status(entity.get("status")),
        client_context=text(entity.get("clientContext")),
        code=code,
        subcode=subcode,
        message=message,
        recording_location=text(entity.get("recordingLocation"), URI_LENGTH),
        recording_token=text(entity.get("recordingAccessToken"), 4 * RAW_LENGTH),
    )
