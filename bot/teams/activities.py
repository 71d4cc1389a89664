"""From the channel's JSON to our own words, whatever it holds.

Read here and not by the library: its deserializer raises five kinds of errors, turns numbers into
text and reads the tenant under a key that Teams does not send. A field of the wrong type counts as
missing; only what an answer needs is demanded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.teams.conversation import (
    PERSONAL,
    BotAdded,
    BotRemoved,
    CardAction,
    ConversationRef,
    IncomingMessage,
)

TEAMS = "msteams"
"""The one channel whose `aadObjectId` a sign-in proved; in Direct Line the client says it."""
ID_LENGTH = 512
NAME_LENGTH = 128
TEXT_LENGTH = 4000
MOST_INPUTS = 20


class BadActivity(ValueError):
    """The body is not an activity: answered 400 with this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """An activity that means nothing to us: typing, reactions, somebody else joining ..."""

    id: str
    type: str
    ref: ConversationRef


Arrived = IncomingMessage | CardAction | BotAdded | BotRemoved | Unheard

_Dict = Mapping[str, object]


def read(body: object, app: str) -> Arrived:
    """What the activity says to `app`. Raises BadActivity."""
    if not isinstance(body, dict):
        msg = "an activity is a JSON object"
        raise BadActivity(msg)
    kind = _needed(body, "type")
    ref = _ref(body, app)
    match kind:
        case "message" if _text(body, "text").strip() or body.get("value") is None:
            return _message(body, ref)
        case "message" | "invoke":
            return _action(body, ref)
        case "conversationUpdate" if _is_about_bot(body.get("membersAdded"), ref):
            return BotAdded(**_who(body, ref), ref=ref)
        case "installationUpdate" if _text(body, "action").startswith("add"):
            return BotAdded(**_who(body, ref), ref=ref)
        case "installationUpdate" if _text(body, "action").startswith("remove"):
            return BotRemoved(id=_text(body, "id"), sender=_who(body, ref)["sender"], ref=ref)
        case _:
            return Unheard(id=_text(body, "id"), type=kind[:NAME_LENGTH], ref=ref)


def _message(body: _Dict, ref: ConversationRef) -> IncomingMessage:
    return IncomingMessage(
        **_who(body, ref),
        text=_spoken(body, ref.bot),
        utc_offset_min=_utc_offset_min(_text(body, "localTimestamp")),
        time_zone=_text(body, "localTimezone", NAME_LENGTH),
        ref=ref,
    )


def pressed(action: CardAction) -> tuple[str, dict[str, str]]:
    """The verb of a button and what the card sent with it: its data and its inputs, as safe text.

    A client too old for `Action.Execute` sends the same as a message's value.
    """
    value = action.value if isinstance(action.value, dict) else {}
    executed = _part(value, "action")
    data = _part(executed, "data") if executed else dict(value)
    texts = {key: _text(data, key, TEXT_LENGTH) for key in list(data)[:MOST_INPUTS]}
    return action.verb or texts.get("verb", ""), texts


def _action(body: _Dict, ref: ConversationRef) -> CardAction:
    value = body.get("value")
    execute = _part(_part(body, "value"), "action")
    return CardAction(
        **_who(body, ref),
        name=_text(body, "name", NAME_LENGTH),
        verb=_text(execute, "verb", NAME_LENGTH),
        value=value,  # type: ignore[arg-type]  # it was read from JSON
        message=_text(body, "replyToId"),
        utc_offset_min=_utc_offset_min(_text(body, "localTimestamp")),
        time_zone=_text(body, "localTimezone", NAME_LENGTH),
        ref=ref,
    )


def _who(body: _Dict, ref: ConversationRef) -> dict[str, str]:
    sender = _part(body, "from")
    return {
        "id": _text(body, "id"),
        "sender": _text(sender, "aadObjectId").strip().lower() if ref.channel == TEAMS else "",
        "sender_name": ref.person_name,
        "language": ref.language,
    }


def _ref(body: _Dict, app: str) -> ConversationRef:
    conversation, sender, bot = (_part(body, k) for k in ("conversation", "from", "recipient"))
    tenant = _part(_part(body, "channelData"), "tenant")
    group = conversation.get("isGroup") is True
    return ConversationRef(
        app=app,
        channel=_needed(body, "channelId"),
        service_url=_needed(body, "serviceUrl"),
        conversation=_needed(conversation, "id", "conversation.id"),
        kind=_text(conversation, "conversationType", NAME_LENGTH)
        or ("groupChat" if group else PERSONAL),
        tenant=(_text(tenant, "id") or _text(conversation, "tenantId")).lower(),
        bot=_text(bot, "id"),
        bot_name=_text(bot, "name", NAME_LENGTH),
        person=_text(sender, "id"),
        person_name=_text(sender, "name", NAME_LENGTH),
        language="ko" if _text(body, "locale").lower().startswith("ko") else "en",
    )


def _is_about_bot(members: object, ref: ConversationRef) -> bool:
    return isinstance(members, list) and any(
        isinstance(member, dict) and ref.bot and member.get("id") == ref.bot for member in members
    )


_AT = re.compile(r"<at\b[^<>]*>([^<>]*)</at>", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:p|div|br|span|strong|em|b|i)\b[^<>]*>", re.IGNORECASE)


def _spoken(body: _Dict, bot: str) -> str:
    """The text without the bot's mention; other people's mentions become their names."""
    text = _text(body, "text", TEXT_LENGTH)
    entities = body.get("entities")
    for entity in entities if isinstance(entities, list) else []:
        if isinstance(entity, dict) and _text(_part(entity, "mentioned"), "id") == bot != "":
            text = text.replace(_text(entity, "text") or "\0", " ")
    text = re.sub(rf"^\s*{_AT.pattern}", " ", text, flags=re.IGNORECASE)
    text = _MARKUP.sub(" ", _AT.sub(r"\1", text))
    return html.unescape(text).strip()


def _utc_offset_min(local: str) -> int | None:
    try:
        offset = datetime.fromisoformat(local).utcoffset()
    except ValueError:
        return None
    return None if offset is None else int(offset.total_seconds() // 60)


def _part(body: _Dict, key: str) -> dict[str, object]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _text(body: _Dict, key: str, length: int = ID_LENGTH) -> str:
    """A text that any database can store, or nothing."""
    value = body.get(key)
    if not isinstance(value, str):
        return ""
    clean = value[:length].replace("\0", "")
    return clean.encode("utf-8", "replace").decode()


def _needed(body: _Dict, key: str, shown: str = "") -> str:
    text = _text(body, key)
    if not text:
        msg = f"an activity needs `{shown or key}`"
        raise BadActivity(msg)
    return text
