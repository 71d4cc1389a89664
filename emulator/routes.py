"""Which operation a method and a path mean."""

from __future__ import annotations

from dataclasses import dataclass

CALL_ACTIONS = frozenset(
    {
        "answer",
        "reject",
        "redirect",
        "transfer",
        "keepAlive",
        "playPrompt",
        "recordResponse",
        "subscribeToTone",
        "sendDtmfTones",
        "cancelMediaProcessing",
        "mute",
        "unmute",
        "updateRecordingStatus",
    }
)
PARTICIPANT_ACTIONS = {
    "mute": "muteParticipant",
    "startHoldMusic": "startHoldMusic",
    "stopHoldMusic": "stopHoldMusic",
}


@dataclass(frozen=True, slots=True)
class Route:
    op: str
    call: str = ""
    name: str = ""


UNKNOWN = Route("unknown")


def find_route(method: str, path: str) -> Route:
    """What is asked for; `microsoft.graph.` before an action and the old /app are known."""
    parts = [part.removeprefix("microsoft.graph.") for part in path.strip("/").split("/")]
    if parts and parts[0] in ("v1.0", "beta"):
        parts = parts[1:]
    match parts:
        case ["communications" | "app", "calls", *rest]:
            return _calls(method, rest)
        case ["communications", *rest]:
            return _communications(method, rest)
        case ["users", *rest]:
            return _users(method, rest)
        case ["groups", *rest] if method == "GET":
            return _groups(rest)
        case ["admin", "teams", "userConfigurations", name] if method == "GET":
            return Route("teamsUser", name=name)
        case ["organization"] if method == "GET":
            return Route("organization")
        case ["subscriptions", *rest]:
            return Route("subscriptions" if not rest else "subscription", name="/".join(rest))
        case ["$batch"] if method == "POST":
            return Route("$batch")
    return UNKNOWN


def _calls(method: str, rest: list[str]) -> Route:
    match method, rest:
        case "POST", []:
            return Route("create")
        case "GET", [call]:
            return Route("get", call)
        case "DELETE", [call]:
            return Route("delete", call)
        case "POST", [call, action] if action in CALL_ACTIONS:
            return Route(action, call)
        case _, [call, "participants", *more]:
            return _participants(method, call, more)
    return UNKNOWN


def _participants(method: str, call: str, rest: list[str]) -> Route:
    match method, rest:
        case "GET", []:
            return Route("participants", call)
        case "POST", ["invite"]:
            return Route("invite", call)
        case "GET", [participant]:
            return Route("participant", call, participant)
        case "DELETE", [participant]:
            return Route("removeParticipant", call, participant)
        case "POST", [participant, action] if action in PARTICIPANT_ACTIONS:
            return Route(PARTICIPANT_ACTIONS[action], call, participant)
    return UNKNOWN


def _communications(method: str, rest: list[str]) -> Route:
    match method, rest:
        case "POST", ["getPresencesByUserId"]:
            return Route("getPresencesByUserId")
        case "GET", ["presences", name]:
            return Route("presence", name=name)
        case "GET", ["callRecords"]:
            return Route("callRecords")
        case "GET", ["callRecords", name]:
            return Route("callRecord", name=name)
    return UNKNOWN


def _users(method: str, rest: list[str]) -> Route:
    match method, rest:
        case "GET", []:
            return Route("users")
        case "GET", [name]:
            return Route("user", name=name)
        case "GET", [name, "presence"]:
            return Route("presence", name=name)
        case "GET", [name, "manager"]:
            return Route("manager", name=name)
        case "GET", [name, "photo", "$value"] | [name, "photos", _, "$value"]:
            return Route("photo", name=name)
    return UNKNOWN


def _groups(rest: list[str]) -> Route:
    match rest:
        case []:
            return Route("groups")
        case [name]:
            return Route("group", name=name)
        case [name, "members"] | [name, "members", "user"]:
            return Route("groupMembers", name=name)
        case [name, "transitiveMembers"] | [name, "transitiveMembers", "user"]:
            return Route("groupTransitiveMembers", name=name)
    return UNKNOWN
