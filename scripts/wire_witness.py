"""What Graph's notifications look like, concluded from those that pass by: for `make hour`.

Keeps conclusions and counts, never a body: of calls that are under way it knows a fingerprint and
what was heard of them, in memory. Nothing that comes off the wire makes it raise.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

ENOUGH_POSTS = 20
"""After so many posts, what was never seen counts as not done."""
ENOUGH_CALLS = 3
GIVEN_UP_S = 600
"""A refused post that did not come again within this time is not posted again."""
MOST_REMEMBERED = 1_000
ISSUERS = {
    "https://api.botframework.com": "botframework",
    "https://graph.microsoft.com": "graph",
}
Json = Mapping[str, object]


@dataclass(slots=True)
class _Heard:
    """Of one call: in which order."""

    states: list[str] = field(default_factory=list[str])
    has_media_state: bool = False


@dataclass(slots=True)
class Witness:
    """Sees each post to the calling webhook, and says what that tells."""

    posts: int = 0
    seen: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """how often which answer to which question"""
    _calls: dict[str, _Heard] = field(default_factory=dict[str, _Heard])
    _refused: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])

    def saw(self, headers: Mapping[str, str], body: bytes, *, status: int, at: float) -> None:
        """One post, what it was answered, and when (seconds of any clock that only goes on)."""
        try:
            told = json.loads(body)
        except ValueError:
            return  # another encoding, or no notification
        items = _object(told).get("value")
        if not isinstance(items, list) or not items:
            return
        self.posts += 1
        self._put("bundling", "bundled" if len(items) > 1 else "")
        self._put("content_type", headers.get("Content-Type", ""))
        self._put("issuer", ISSUERS.get(_issuer(headers.get("Authorization", "")), ""))
        self._again(headers.get("X-Microsoft-Skype-Message-ID", ""), body, status=status, at=at)
        for item in items:
            self._item(_object(item))

    def answers(self, *, at: float) -> dict[str, str]:
        """What can be said by now, by question."""
        told = {name: _most(counts) for name, counts in self.seen.items()}
        if self.seen.keys() >= {"call_id_case"} and len(self.seen["call_id_case"]) > 1:
            told["call_id_case"] = "mixed"
        if "bundling" not in told and self.posts >= ENOUGH_POSTS:
            told["bundling"] = "single"
        answered = [call for call in self._calls.values() if "established" in call.states]
        if len(answered) >= ENOUGH_CALLS:
            if not any("establishing" in call.states for call in answered):
                told["establishing"] = "omitted"
            if not any(call.has_media_state for call in self._calls.values()):
                told["media_state"] = "omitted"
        if "redelivery" not in told and any(
            at - when >= GIVEN_UP_S for _, when in self._refused.values()
        ):
            told["redelivery"] = "none"
        return told

    def _again(self, message: str, body: bytes, *, status: int, at: float) -> None:
        mark = hashlib.sha256(body).hexdigest()
        before = self._refused.pop(mark, None)
        if before is not None:
            self._put("redelivery", "same_id" if before[0] == message else "new_id")
        if status >= 500:  # noqa: PLR2004 - a refusal by HTTP's own meaning
            self._refused[mark] = (message, at)
            _trim(self._refused)

    def _item(self, item: Json) -> None:
        url, resource = item.get("resourceUrl"), item.get("resource")
        where = url if isinstance(url, str) else resource
        if not isinstance(where, str):
            return
        self._put("resource_url", _place(url, resource))
        name = _call_in(where)
        if any(sign.isalpha() for sign in name):
            self._put("call_id_case", "same" if name == name.lower() else "upper")
        data = item.get("resourceData")
        if isinstance(data, list):
            self._put("roster", "told" if data and "/participants" in where else "")
            return
        self._data(_object(data), item.get("changeType"), where, name.lower())

    def _data(self, data: Json, change: object, where: str, name: str) -> None:
        self._result(_object(data.get("resultInfo")))
        if "/operations/" in where:
            if change == "deleted":
                given = "given" if data.get("id") else "null" if "id" in data else "absent"
                self._put("operation_id", given)
            return
        call = self._calls.setdefault(hashlib.sha256(name.encode()).hexdigest(), _Heard())
        _trim(self._calls)
        state = data.get("state")
        if change == "deleted":
            # Only a rejected call is known to end without a state, if any does.
            self._put("reject_notice", "" if "state" in data else "id_only")
        if isinstance(data.get("mediaState"), dict):
            call.has_media_state = True
            self._put("media_state", "sent")
        if isinstance(state, str):
            self._state(call, state)
        self._source(_object(_object(data.get("source")).get("identity")))

    def _state(self, call: _Heard, state: str) -> None:
        if state == "establishing":
            self._put("establishing", "sent")
            late = "established" in call.states
            if late or "establishing" not in call.states:
                self._put("established_order", "established_first" if late else "")
        if state == "established" and call.states[-1:] == ["establishing"]:
            self._put("established_order", "in_order")
        call.states.append(state)
        del call.states[:-8]

    def _source(self, identity: Json) -> None:
        if "guest" in identity:
            self._put("guest_identity", "guest")
        if "phone" not in identity:
            return
        number = _object(identity["phone"]).get("id")
        if not number:
            self._put("pstn_withheld", "empty_phone")
        elif number == "anonymous":
            self._put("pstn_withheld", "anonymous")
        elif isinstance(number, str):
            form = "phone_tel" if number.startswith("tel:") else "phone_bare"
            self._put("pstn_identity", "phone" if number.startswith("+") else form)

    def _result(self, result: Json) -> None:
        for key in ("subcode", "subCode"):
            if key in result:
                self._put("subcode_key", key)
        if "code" in result:
            self._put("result_numbers", "string" if isinstance(result["code"], str) else "int")

    def _put(self, name: str, answer: str) -> None:
        """Counts one sight; an empty answer says nothing."""
        if answer:
            counts = self.seen.setdefault(name, {})
            counts[answer] = counts.get(answer, 0) + 1


def _most(counts: Mapping[str, int]) -> str:
    return max(counts, key=lambda answer: counts[answer])


def _place(url: object, resource: object) -> str:
    if isinstance(url, str):
        if isinstance(resource, str):
            return "both"
        return "url_only" if url.startswith("/") else "no_slash"
    return "resource_only"


def _call_in(where: str) -> str:
    """The call's id in the path of a resource."""
    parts = where.strip("/").split("/")
    return parts[parts.index("calls") + 1] if "calls" in parts[:-1] else ""


def _issuer(authorization: str) -> str:
    """Who says to have signed the token. Not checked: the service does that."""
    parts = authorization.partition(" ")[2].split(".")
    if len(parts) != 3:  # noqa: PLR2004 - a signed token has three parts
        return ""
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return ""
    return str(_object(claims).get("iss", ""))


def _object(told: object) -> Json:
    return told if isinstance(told, dict) else {}


def _trim(rows: dict[str, object] | dict[str, _Heard] | dict[str, tuple[str, float]]) -> None:
    while len(rows) > MOST_REMEMBERED:
        rows.pop(next(iter(rows)))  # the oldest
