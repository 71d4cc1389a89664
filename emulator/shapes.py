"""The JSON that Graph writes: identities, participants, calls, operations, results, errors.

Written from Microsoft's documentation; the pages are named where a shape is surprising.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.exchange import Call, Leg
    from emulator.switches import Switches

Json = dict[str, object]
GRAPH = "#microsoft.graph."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is on the wire."""

    kind: str
    """user, guest, federated, phone, withheld, encrypted, application or applicationInstance"""
    id: str
    name: str = ""
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How something ended: code, subcode, message, and Graph's other words for it."""

    code: int
    subcode: int
    message: str = ""
    reason: str = ""
    """terminationReason, where Graph sends that instead of numbers"""

    def __str__(self) -> str:
        return self.reason or f"{self.code}/{self.subcode}"


def identity_set(who: Identity, switches: Switches) -> Json:
    """Labelled identitySet on the wire, and open: the keys tell who it is, not the type."""
    base: Json = {"@odata.type": GRAPH + "identitySet"}
    if who.kind == "withheld":
        return base | _withheld(switches["pstn_withheld"])
    key, value = who.kind, _identity(who)
    if who.kind == "phone":
        value = {"@odata.type": GRAPH + "identity", "id": _number(who.id, switches)}
    guest_as_user = who.kind == "guest" and switches["guest_identity"] == "user"
    if who.kind == "federated" or guest_as_user:
        key = "user"
    if key == "user":
        value["identityProvider"] = "AAD"
    base[key] = value
    return base


def _identity(who: Identity) -> Json:
    value: Json = {"@odata.type": GRAPH + "identity", "id": who.id}
    if who.name:
        value["displayName"] = who.name
    if who.tenant_id:
        value["tenantId"] = who.tenant_id
    return value


def _number(number: str, switches: Switches) -> str:
    form = switches["pstn_identity"]
    if form == "phone_bare":
        return number.lstrip("+")
    return f"tel:{number}" if form == "phone_tel" else number


def _withheld(form: str) -> Json:
    if form == "no_identity":
        return {}
    identity: Json = {"@odata.type": GRAPH + "identity", "displayName": "Anonymous"}
    if form == "anonymous":
        identity["id"] = "anonymous"
    return {"phone": identity}


def participant_info(who: Identity, participant_id: str, switches: Switches) -> Json:
    return {
        "@odata.type": GRAPH + "participantInfo",
        "id": participant_id,
        "identity": identity_set(who, switches),
        "endpointType": "default",
        "region": "amer",
        "languageId": "en-us",
    }


def target_info(who: Identity, participant_id: str, switches: Switches) -> Json:
    return participant_info(who, participant_id, switches) | {
        "@odata.type": GRAPH + "invitationParticipantInfo",
        "languageId": None,
    }


def participant(leg: Leg, switches: Switches) -> Json:
    info = participant_info(leg.identity, leg.participant_id, switches)
    return {
        "@odata.type": GRAPH + "participant",
        "id": leg.participant_id,
        "info": info,
        "isMuted": leg.muted,
        "isInLobby": False,
        "mediaStreams": [
            {
                "@odata.type": GRAPH + "mediaStream",
                "mediaType": "audio",
                "sourceId": str(leg.number),
                "direction": "sendReceive",
                "serverMuted": leg.muted,
            }
        ],
        "metadata": None,
    }


def own_participant(call: Call, name: str, switches: Switches) -> Json:
    me = Identity(kind="application", id=call.app_id, name=name)
    return {
        "@odata.type": GRAPH + "participant",
        "id": call.my_participant_id,
        "info": participant_info(me, call.my_participant_id, switches),
        "isMuted": call.muted,
        "isInLobby": False,
        "mediaStreams": [],
        "metadata": None,
    }


def result_info(result: Result, switches: Switches) -> Json:
    code: object = result.code
    subcode: object = result.subcode
    if switches["result_numbers"] == "string":
        code, subcode = str(code), str(subcode)
    return {
        "@odata.type": GRAPH + "resultInfo",
        "code": code,
        switches["subcode_key"]: subcode,
        "message": result.message,
    }


def call_body(call: Call, call_id: str, switches: Switches) -> Json:
    """A call as GET and the incoming notification show it."""
    body: Json = {
        "@odata.type": GRAPH + "call",
        "state": call.state,
        "direction": call.direction,
        "callbackUri": call.callback,
        "id": call_id,
        "callChainId": call.chain_id,
        "tenantId": call.tenant_id,
        "myParticipantId": call.my_participant_id,
        "source": call.source,
        "targets": call.targets,
        "requestedModalities": ["audio"],
    }
    body.update(call.extras)
    if call.result is not None:
        body["resultInfo"] = result_info(call.result, switches)
    return body


def operation(kind: str, op_id: str, status: str, context: str | None) -> Json:
    return {
        "@odata.type": f"{GRAPH}{kind}",
        "id": op_id,
        "status": status,
        "clientContext": context,
    }


def iso(at: int) -> str:
    when = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error(code: str, message: str, request_id: str, date: str) -> Json:
    """Comms APIs write the number as a string (comms-samples#720)."""
    inner = {"date": date, "request-id": request_id, "client-request-id": request_id}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def too_many(request_id: str, date: str) -> Json:
    """The body of 429 (concepts/throttling)."""
    return {
        "error": {
            "code": "TooManyRequests",
            "message": "Please retry again later.",
            "innerError": {
                "code": "429",
                "date": date,
                "message": "Please retry after",
                "request-id": request_id,
                "status": "429",
            },
        }
    }
