"""What Graph refuses, with Graph's codes: permissions, words of a body, addresses, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from emulator.shapes import Json


@dataclass(slots=True)
class Request:
    """One request to Graph, its token already looked at."""

    app_id: str
    tenant_id: str
    roles: tuple[str, ...]
    method: str
    path: str
    query: Mapping[str, str]
    body: object

    def object_body(self) -> Json:
        if isinstance(self.body, dict):
            return self.body
        raise bad_request("The request body is not a JSON object.")


@dataclass(slots=True)
class Reply:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    fault: str = ""
    """reset: close the connection, nothing was done; reply_lost: the same, but it was done"""
    delay_ms: int = 0
    """hold the reply back for so long"""
    validate: tuple[str, ...] = ()
    """addresses that must first repeat a validationToken (subscriptions)"""
    content_type: str = "application/json"
    """of a body that is no JSON: bytes, sent as they are"""


class Refused(Exception):
    """Graph says no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def unknown_call() -> Refused:
    """No code is documented for it."""
    return Refused(404, "9999", "Call not found.")


def not_possible(message: str) -> Refused:
    """Graph refuses this, with a code that no source names."""
    return Refused(404, "9999", message)


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def not_found(message: str) -> Refused:
    return Refused(404, "Request_ResourceNotFound", message)


def meeting_mode() -> Refused:
    """comms-samples#512, #395: after any invite a call cannot be transferred."""
    return Refused(400, "8523", "Cannot do transfer for meeting mode.")


def tenant_mismatch() -> Refused:
    return Refused(403, "7505", "Request authorization tenant mismatch.")


ANY_CALLING = (
    "Calls.Initiate.All",
    "Calls.InitiateGroupCall.All",
    "Calls.JoinGroupCall.All",
    "Calls.AccessMedia.All",
)
INITIATE = ("Calls.Initiate.All",)
MEDIA = ("Calls.AccessMedia.All",)
PROMPT = ("Calls.Initiate.All", "Calls.AccessMedia.All")
GROUP = ("Calls.InitiateGroupCall.All",)
JOIN = ("Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All")
PRESENCE = ("Presence.Read.All", "Presence.ReadWrite.All")
USERS = ("User.Read.All", "User.ReadBasic.All", "Directory.Read.All")
MANAGER = ("User.Read.All", "Directory.Read.All")
PHOTOS = ("ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All", "User.Read.All")
GROUPS = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")
RECORDS = ("CallRecords.Read.All",)
TENANT = ("Organization.Read.All", "Directory.Read.All")
TEAMS_USERS = ("TeamsUserConfiguration.Read.All",)

NEEDS: Mapping[str, tuple[str, ...]] = {
    "create": INITIATE,
    "create_group": GROUP,
    "get": ANY_CALLING,
    "delete": ANY_CALLING,
    "answer": (),
    "reject": (),
    "redirect": INITIATE,
    "transfer": INITIATE,
    "keepAlive": ANY_CALLING,
    "playPrompt": PROMPT,
    "recordResponse": MEDIA,
    "subscribeToTone": MEDIA,
    "sendDtmfTones": MEDIA,
    "cancelMediaProcessing": PROMPT,
    "mute": INITIATE,
    "unmute": INITIATE,
    "updateRecordingStatus": MEDIA,
    "addLargeGalleryView": JOIN,
    "changeScreenSharingRole": MEDIA,
    "invite": GROUP,
    "participants": ANY_CALLING,
    "participant": ANY_CALLING,
    "removeParticipant": JOIN,
    "muteParticipant": JOIN,
    "startHoldMusic": JOIN,
    "stopHoldMusic": JOIN,
    "getPresencesByUserId": PRESENCE,
    "presence": PRESENCE,
    "presences": PRESENCE,
    "setPresence": ("Presence.ReadWrite.All",),
    "clearPresence": ("Presence.ReadWrite.All",),
    "user": USERS,
    "users": USERS,
    "manager": MANAGER,
    "photo": PHOTOS,
    "group": GROUPS,
    "groups": GROUPS,
    "groupMembers": GROUPS,
    "groupTransitiveMembers": GROUPS,
    "teamsUser": TEAMS_USERS,
    "organization": TENANT,
    "callRecord": RECORDS,
    "callRecords": RECORDS,
    "subscription": (),
    "subscriptions": (),
}


def check_permission(op: str, roles: Iterable[str]) -> None:
    needed = NEEDS.get(op, ())
    if not needed or any(role in needed for role in roles):
        return
    if needed in (USERS, MANAGER, PHOTOS, GROUPS, PRESENCE, RECORDS, TENANT, TEAMS_USERS):
        raise Refused(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    raise Refused(
        403, "7504", "Insufficient enterprise tenant permissions, cannot access this API."
    )


COMMON = frozenset({"clientContext", "@odata.type"})
PARAMETERS: Mapping[str, frozenset[str]] = {
    "answer": frozenset(
        {"callbackUri", "mediaConfig", "acceptedModalities", "participantCapacity", "callOptions"}
    ),
    "reject": frozenset({"reason", "callbackUri"}),
    "redirect": frozenset({"targets", "timeout", "callbackUri", "routingPolicies"}),
    "transfer": frozenset({"transferTarget", "transferee", "clientContext"}),
    "playPrompt": frozenset({"prompts", "clientContext", "loop"}),
    "recordResponse": frozenset(
        {
            "prompts",
            "bargeInAllowed",
            "initialSilenceTimeoutInSeconds",
            "maxSilenceTimeoutInSeconds",
            "maxRecordDurationInSeconds",
            "playBeep",
            "stopTones",
            "clientContext",
        }
    ),
    "subscribeToTone": COMMON,
    "mute": COMMON,
    "unmute": COMMON,
    "muteParticipant": COMMON,
    "cancelMediaProcessing": COMMON,
    "stopHoldMusic": COMMON,
    "addLargeGalleryView": COMMON,
    "keepAlive": frozenset(),
    "startHoldMusic": frozenset({"customPrompt", "clientContext"}),
    "sendDtmfTones": frozenset({"tones", "delayBetweenTonesMs", "clientContext"}),
    "updateRecordingStatus": frozenset({"status", "clientContext"}),
    "changeScreenSharingRole": frozenset({"role"}),
    "invite": frozenset({"participants", "clientContext"}),
    "getPresencesByUserId": frozenset({"ids"}),
}
# Names that may stand deeper in a body: a key that is one of them but for its spelling is an error.
KNOWN_NAMES = frozenset().union(*PARAMETERS.values()) | {
    "acsUser",
    "allowConversationWithoutHost",
    "application",
    "applicationInstance",
    "assertedIdentity",
    "availability",
    "activity",
    "azureCommunicationServicesUser",
    "callbackUri",
    "chatInfo",
    "device",
    "direction",
    "displayName",
    "encrypted",
    "endpointType",
    "guest",
    "hidden",
    "id",
    "identity",
    "identityProvider",
    "languageId",
    "mediaInfo",
    "meetingInfo",
    "onPremises",
    "participantId",
    "phone",
    "preFetchMedia",
    "region",
    "removeFromDefaultAudioGroup",
    "removeFromDefaultAudioRoutingGroup",
    "replacesCallId",
    "requestedModalities",
    "resourceId",
    "source",
    "subject",
    "targets",
    "tenantId",
    "uri",
    "user",
}
_BY_LETTERS = {name.replace("_", "").lower(): name for name in KNOWN_NAMES}


def check_words(op: str, body: object) -> None:
    """Refuse parameters an action does not have, and near misses anywhere in the body."""
    if body is None:
        return
    allowed = PARAMETERS.get(op)
    if allowed is not None and isinstance(body, dict):
        for key in body:
            if key not in allowed and not key.startswith("@"):
                raise bad_request(f"The parameter '{key}' is not a valid parameter for {op}.")
    _near_misses(body)


def _near_misses(value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _near_misses(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in KNOWN_NAMES:
                meant = _BY_LETTERS.get(key.replace("_", "").lower())
                if meant is not None:
                    raise bad_request(f"'{key}' is not a property here; did you mean '{meant}'?")
            _near_misses(inner)


def check_callback(uri: object) -> str:
    """The callback address, which must be https (http on loopback, for laptops)."""
    if not isinstance(uri, str) or not uri:
        raise bad_request("callbackUri is not a string.")
    parts = urlsplit(uri)
    if parts.scheme == "https" and parts.hostname:
        return uri
    if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
        return uri
    raise bad_request(f"callbackUri must be an absolute https address: {uri}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_media_config(value: object) -> None:
    if not isinstance(value, dict):
        raise bad_request("mediaConfig is required.")
    kind = value.get("@odata.type")
    if kind == "#microsoft.graph.appHostedMediaConfig":
        raise not_possible("Application-hosted media is not known to this service.")
    if kind != "#microsoft.graph.serviceHostedMediaConfig":
        raise bad_request(
            "mediaConfig needs @odata.type #microsoft.graph.serviceHostedMediaConfig."
        )


def text(body: Json, key: str, *, longest: int = 256) -> str | None:
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise bad_request(f"{key} must be a string of at most {longest} characters.")
    return value


def whole(body: Json, key: str, default: int, least: int, most: int) -> int:
    value = body.get(key, default)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise bad_request(f"{key} must be a whole number from {least} to {most}.")
    return value


def items(body: Json, key: str) -> list[Json]:
    value = body.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise bad_request(f"{key} must be a collection of objects.")
    return value
