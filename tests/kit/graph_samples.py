"""Notifications in the shapes that Microsoft documents, with the page's name beside each.

Written for these tests: names and ids are invented, only the shape is Microsoft's.
"""

from typing import Any

Json = dict[str, Any]

CALL = "2f1a0b00-77f2-4c6e-9f6f-3d1e5b7a9c11"
CALL_IN_CAPITALS = "2F1A0B0077F24C6E9F6F3D1E5B7A9C11"
TENANT = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
CALLER = "a1f0c6de-52a4-4f0f-8a3b-6f1f2a9f7001"
BOT = "b2f0c6de-52a4-4f0f-8a3b-6f1f2a9f7002"
LINE = "c3f0c6de-52a4-4f0f-8a3b-6f1f2a9f7003"
OPERATION = "d4f0c6de-52a4-4f0f-8a3b-6f1f2a9f7004"
CALLBACK = "https://calls.example.test/api/calls"


def envelope(*entries: Any) -> Json:
    """resources/commsnotification"""
    return {"@odata.type": "#microsoft.graph.commsNotifications", "value": list(entries)}


def entry(change: str, data: Any, url: str = f"/communications/calls/{CALL}", **more: Any) -> Json:
    """resources/commsnotification"""
    return {
        "@odata.type": "#microsoft.graph.commsNotification",
        "changeType": change,
        "resourceUrl": url,
        "resourceData": data,
        **more,
    }


def party(**members: Any) -> Json:
    """resources/identityset: keys beyond its declared ones are usual."""
    return {"@odata.type": "#microsoft.graph.identitySet", **members}


def identity(id: str | None, name: str | None = None, **more: Any) -> Json:  # noqa: A002
    """resources/identity"""
    return {"@odata.type": "#microsoft.graph.identity", "id": id, "displayName": name, **more}


def incoming(source: Json | None = None, target: Json | None = None, **more: Any) -> Json:
    """api/call-answer, first notification; to a resource account."""
    return {
        "@odata.type": "#microsoft.graph.call",
        "id": CALL,
        "state": "incoming",
        "direction": "incoming",
        "callbackUri": CALLBACK,
        "callChainId": "e5f0c6de-52a4-4f0f-8a3b-6f1f2a9f7005",
        "tenantId": TENANT.upper(),
        "myParticipantId": "f6f0c6de-52a4-4f0f-8a3b-6f1f2a9f7006",
        "source": {
            "@odata.type": "#microsoft.graph.participantInfo",
            "id": "07f0c6de-52a4-4f0f-8a3b-6f1f2a9f7007",
            "identity": source
            or party(user=identity(CALLER.upper(), "Ann Caller", tenantId=TENANT)),
            "endpointType": "default",
            "region": "emea",
            "languageId": "ko-kr",
        },
        "targets": [
            {
                "@odata.type": "#microsoft.graph.invitationParticipantInfo",
                "identity": target
                or party(applicationInstance=identity(LINE, "Support", tenantId=TENANT)),
                "endpointType": "default",
                "id": None,
            }
        ],
        "incomingContext": {
            "@odata.type": "#microsoft.graph.incomingContext",
            "sourceParticipantId": "07f0c6de-52a4-4f0f-8a3b-6f1f2a9f7007",
        },
        "requestedModalities": ["audio"],
        **more,
    }


def state(name: str, **more: Any) -> Json:
    """api/call-transfer, api/call-answer"""
    return {"@odata.type": "#microsoft.graph.call", "state": name, **more}


def result(code: Any, subcode: Any, message: str = "", spelled: str = "subcode") -> Json:
    """resources/resultinfo; api/call-transfer spells subCode."""
    return {
        "@odata.type": "#microsoft.graph.resultInfo",
        "code": code,
        spelled: subcode,
        "message": message,
    }


def tone(sequence: Any, name: str) -> Json:
    """api/call-subscribetotone"""
    return state(
        "established",
        toneInfo={
            "@odata.type": "#microsoft.graph.toneInfo",
            "sequenceId": sequence,
            "tone": name,
        },
    )


def roster_entry(identities: Json, **more: Any) -> Json:
    """resources/participant"""
    return {
        "@odata.type": "#microsoft.graph.participant",
        "id": None,
        "isMuted": False,
        "isInLobby": False,
        "info": {
            "@odata.type": "#microsoft.graph.participantInfo",
            "identity": identities,
            "endpointType": "default",
        },
        **more,
    }


def operation(kind: str, **more: Any) -> Json:
    """resources/commsoperation"""
    return {
        "@odata.type": f"#microsoft.graph.{kind}Operation",
        "id": OPERATION,
        "clientContext": "prompt-7",
        "status": "completed",
        **more,
    }


ROSTER_URL = f"/communications/calls/{CALL}/participants"
OPERATION_URL = f"/communications/calls/{CALL}/operations/{OPERATION}"
