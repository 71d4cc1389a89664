"""The JSON that the stand-in writes, and who it knows: as Microsoft documents it."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

NAMES = uuid.UUID("0b7c0c7e-3f3a-4a55-9b6a-6c2a3b0f5d10")
OTYPE = "#microsoft.graph."
Json = dict[str, Any]
encode = msgspec.json.encode


def object_id(name: str) -> str:
    """The object id of a readable name: the same in every run."""
    return str(uuid.uuid5(NAMES, name))


TENANT = object_id("tenant")
APP = object_id("application")


def names(agents: int) -> list[str]:
    return [f"agent{number:04d}@contoso.example" for number in range(agents)]


def user(name: str) -> Json:
    return {
        "@odata.type": OTYPE + "user",
        "id": object_id(name),
        "userPrincipalName": name,
        "displayName": name.partition("@")[0],
        "accountEnabled": True,
        "userType": "Member",
        "mail": name,
    }


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def operation(action: str, context: str) -> bytes:
    kind = {
        "playPrompt": "playPromptOperation",
        "subscribeToTone": "subscribeToToneOperation",
        "cancelMediaProcessing": "cancelMediaProcessingOperation",
    }[action]
    # What is subscribed to or canceled is so at once: no notification will follow.
    status = "running" if action == "playPrompt" else "completed"
    body = {"@odata.type": OTYPE + kind, "id": context, "status": status}
    return encode(body | {"clientContext": context})


def incoming(call_id: str, account: str) -> Json:
    number = f"+1425555{int(call_id[:4], 16) % 10_000:04d}"
    return {
        "@odata.type": OTYPE + "call",
        "state": "incoming",
        "direction": "incoming",
        "callbackUri": "https://bot.contoso.example/api/calls",
        "id": call_id,
        "callChainId": str(uuid.uuid4()),
        "tenantId": TENANT,
        "myParticipantId": str(uuid.uuid4()),
        "source": {
            "@odata.type": OTYPE + "participantInfo",
            "id": str(uuid.uuid4()),
            "identity": {
                "@odata.type": OTYPE + "identitySet",
                "phone": {"@odata.type": OTYPE + "identity", "id": number},
            },
            "endpointType": "default",
            "region": "amer",
            "languageId": "en-us",
        },
        "targets": [
            {
                "@odata.type": OTYPE + "invitationParticipantInfo",
                "identity": {
                    "@odata.type": OTYPE + "identitySet",
                    "applicationInstance": {
                        "@odata.type": OTYPE + "identity",
                        "id": object_id(account),
                        "displayName": account.partition("@")[0],
                        "tenantId": TENANT,
                    },
                },
                "endpointType": "default",
                "id": str(uuid.uuid4()),
                "region": "amer",
                "languageId": None,
            }
        ],
        "incomingContext": {
            "@odata.type": OTYPE + "incomingContext",
            "sourceParticipantId": str(uuid.uuid4()),
        },
        "requestedModalities": ["audio"],
    }
