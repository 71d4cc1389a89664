"""Requests to Graph in the shapes msgraph-sdk builds, at a tenth of its cost.

The SDK takes 0.2 ms of CPU and many allocations to build what differs from the last one in a few
texts. So it builds each shape once, with placeholders (graph/shapes.py), and here the
placeholders are filled. Paths and property names are never written by hand.
"""

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import ModuleType
from urllib.parse import quote

import msgspec

OF_THE_TENANT = frozenset({"licensed_users", "teams_user"})
SHAPES_KEPT = 1024
MOST_PROMPTS = 20
"""learn.microsoft.com/graph/api/call-playprompt"""
MOST_REDIRECT_TARGETS = 25
REDIRECT_SECONDS = (15, 90)
"""learn.microsoft.com/graph/api/call-redirect: both inclusive."""
RECORD_SECONDS = (1, 120)
"""learn.microsoft.com/graph/api/call-record: of each of its three limits."""

Text = str | tuple[str, ...]
_encode = msgspec.json.Encoder().encode
_PLACEHOLDER = re.compile(r"zz(\d+)hole")
_QUOTED_PLACEHOLDER = re.compile(r'"zz(\d+)hole"')


class TargetKind(StrEnum):
    """What can be rung. A resource account is rung as `application`, with its tenant."""

    USER = "user"
    PHONE = "phone"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom to ring, redirect or transfer to."""

    kind: TargetKind
    id: str
    """Object id, or a number in E.164."""
    tenant_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A WAV file that Graph fetches; it caches by `resource_id`."""

    uri: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A request without its sender: what graph/transport.py needs besides."""

    method: str
    path: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class _Template:
    """One shape, cut at its placeholders: text, name, text, name ... text."""

    method: str
    path: tuple[str, ...]
    body: tuple[bytes | str, ...] | None


def warm_up() -> None:
    """Import the SDK and build the shapes that a caller would wait for. Blocks for a second."""
    for kind in TargetKind:
        target = Target(kind=kind, id="i", tenant_id="t" if kind == "application" else None)
        transfer("c", target)
        transfer("c", target, replaces_call_id="r")
        invite("c", target, client_context="x")
        redirect("c", [target], callback_uri="u")
    create(Target(kind=TargetKind.USER, id="i"), callback_uri="u", tenant_id="t")
    account = Target(kind=TargetKind.APPLICATION, id="i", tenant_id="t", name="n")
    number = Target(kind=TargetKind.PHONE, id="i")
    create(number, callback_uri="u", tenant_id="t", source=account)
    answer("c", callback_uri="u")
    play_prompt("c", [Prompt("u", "r")], client_context="x")
    for reason in ("busy", "none", "forbidden"):
        reject("c", reason=reason)
    for name in ("subscribe_to_tone", "cancel_media", "mute"):
        with_context(name, "c", "x")
    for name in ("keep_alive", "get_call", "hang_up", "participants"):
        on_call(name, "c")
    presences(["i"])


def fill(name: str, shape: tuple[Hashable, ...], texts: dict[str, Text | None]) -> Filled:
    """The request of that shape with these texts; one that is None is left out."""
    present = tuple(
        (key, isinstance(value, tuple)) for key, value in texts.items() if value is not None
    )
    template = _template(name, shape, present)
    path = template.path
    if len(path) > 1:
        parts = list(path)
        for index in range(1, len(parts), 2):
            parts[index] = quote(str(texts[parts[index]]), safe="")
        filled_path = "".join(parts)
    else:
        filled_path = path[0]
    body = None
    if template.body is not None:
        body = b"".join(
            part if isinstance(part, bytes) else _json_of(texts[part]) for part in template.body
        )
    return Filled(template.method, filled_path, body)


def _json_of(value: Text | None) -> bytes:
    """A text as JSON; several, as they stand between the brackets of an array."""
    return _encode(value)[1:-1] if isinstance(value, tuple) else _encode(value)


def _shapes(name: str) -> ModuleType:
    """Where that shape is, imported when first needed: it brings the SDK with it."""
    if name in OF_THE_TENANT:
        from graph import tenant_shapes  # noqa: PLC0415 - only who sets the tenant up asks

        return tenant_shapes
    from graph import people_shapes, shapes  # noqa: PLC0415 - half a second, not at a start-up

    return shapes if hasattr(shapes, name) else people_shapes


@lru_cache(maxsize=SHAPES_KEPT)
def _template(
    name: str, shape: tuple[Hashable, ...], present: tuple[tuple[str, bool], ...]
) -> _Template:
    keys = [key for key, _ in present]
    holes: dict[str, str | list[str]] = {}
    for index, (key, is_list) in enumerate(present):
        hole = f"zz{index}hole"
        holes[key] = [hole] if is_list else hole
    module = _shapes(name)
    built = getattr(module, name)(shape, holes)
    address: str = built.url
    path = _cut(_PLACEHOLDER, address.removeprefix(module.BASE_URL), keys)
    body: tuple[bytes | str, ...] | None = None
    if built.content:
        written = _encode(json.loads(built.content)).decode()
        body = tuple(
            part if index % 2 else part.encode()
            for index, part in enumerate(_cut(_QUOTED_PLACEHOLDER, written, keys))
        )
    return _Template(built.http_method.value, path, body)


def _cut(placeholder: re.Pattern[str], written: str, keys: Sequence[str]) -> tuple[str, ...]:
    parts = placeholder.split(written)
    parts[1::2] = [keys[int(index)] for index in parts[1::2]]
    return tuple(parts)


def _party(prefix: str, target: Target) -> dict[str, Text | None]:
    return {
        f"{prefix}.id": target.id,
        f"{prefix}.name": target.name,
        f"{prefix}.tenant": target.tenant_id,
    }


def _media(prompts: Sequence[Prompt]) -> dict[str, Text | None]:
    texts: dict[str, Text | None] = {}
    for index, prompt in enumerate(prompts):
        texts[f"prompt{index}.uri"] = prompt.uri
        texts[f"prompt{index}.resource"] = prompt.resource_id
    return texts


def on_call(name: str, call_id: str) -> Filled:
    """A request that says nothing but its call: keep_alive, get_call, hang_up, participants."""
    return fill(name, (), {"call": call_id})


def with_context(name: str, call_id: str, client_context: str) -> Filled:
    """An operation with nothing to say: subscribe_to_tone, cancel_media, mute, unmute."""
    return fill(name, (), {"call": call_id, "context": client_context})


def answer(call_id: str, *, callback_uri: str, prefetch: Sequence[Prompt] = ()) -> Filled:
    """Answer a ringing call with service-hosted media."""
    texts = {"call": call_id, "callback": callback_uri, **_media(prefetch)}
    return fill("answer", (len(prefetch),), texts)


def reject(call_id: str, *, reason: str) -> Filled:
    """Refuse a ringing call: `none`, `busy` or `forbidden`."""
    return fill("reject", (reason,), {"call": call_id})


def redirect(
    call_id: str,
    targets: Sequence[Target],
    *,
    timeout_s: int | None = None,
    callback_uri: str | None = None,
) -> Filled:
    """Send a ringing call on; several targets ring at once. Seconds are brought into 15..90."""
    if not 1 <= len(targets) <= MOST_REDIRECT_TARGETS:
        msg = f"a redirect takes 1 to {MOST_REDIRECT_TARGETS} targets, not {len(targets)}"
        raise ValueError(msg)
    texts: dict[str, Text | None] = {"call": call_id, "callback": callback_uri}
    for index, target in enumerate(targets):
        texts.update(_party(f"target{index}", target))
    seconds = None if timeout_s is None else _within(timeout_s, REDIRECT_SECONDS)
    return fill("redirect", (seconds, *(target.kind.value for target in targets)), texts)


def transfer(call_id: str, target: Target, *, replaces_call_id: str | None = None) -> Filled:
    """Hand the caller over, to a person or, with `replaces_call_id`, to our other call."""
    texts = {"call": call_id, "replaces": replaces_call_id, **_party("target", target)}
    return fill("transfer", (target.kind.value,), texts)


def invite(
    call_id: str, target: Target, *, client_context: str, replaces_call_id: str | None = None
) -> Filled:
    """Ring somebody into the call."""
    texts = {
        "call": call_id,
        "context": client_context,
        "replaces": replaces_call_id,
        **_party("target", target),
    }
    return fill("invite", (target.kind.value,), texts)


def remove_participant(call_id: str, participant_id: str) -> Filled:
    """Take one participant out of the call."""
    return fill("remove_participant", (), {"call": call_id, "participant": participant_id})


def start_hold_music(
    call_id: str, participant_id: str, prompt: Prompt | None, *, client_context: str
) -> Filled:
    """Have one participant hear this prompt alone; without one Graph plays its own."""
    prompts = [prompt] if prompt else []
    texts = {
        "call": call_id,
        "participant": participant_id,
        "context": client_context,
        **_media(prompts),
    }
    return fill("start_hold_music", (len(prompts),), texts)


def stop_hold_music(call_id: str, participant_id: str, *, client_context: str) -> Filled:
    """Bring them back into the talk."""
    texts: dict[str, Text | None] = {
        "call": call_id,
        "participant": participant_id,
        "context": client_context,
    }
    return fill("stop_hold_music", (), texts)


def play_prompt(call_id: str, prompts: Sequence[Prompt], *, client_context: str) -> Filled:
    """Play prompts one after the other, behind whatever is queued."""
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        msg = f"playPrompt takes 1 to {MOST_PROMPTS} prompts, not {len(prompts)}"
        raise ValueError(msg)
    texts = {"call": call_id, "context": client_context, **_media(prompts)}
    return fill("play_prompt", (len(prompts),), texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """How to record what the caller says."""

    initial_silence_s: int = 5
    silence_s: int = 5
    longest_s: int = 120
    barge_in: bool = False
    beep: bool = True
    stop_tones: tuple[str, ...] = ()


def record_response(
    call_id: str, prompt: Prompt | None, how: Recording, *, client_context: str
) -> Filled:
    """Play one prompt, then record. Seconds are brought into 1..120."""
    prompts = [prompt] if prompt else []
    shape = (
        len(prompts),
        how.barge_in,
        how.beep,
        *(
            _within(s, RECORD_SECONDS)
            for s in (how.initial_silence_s, how.silence_s, how.longest_s)
        ),
    )
    texts: dict[str, Text | None] = {"call": call_id, "context": client_context, **_media(prompts)}
    texts["stop"] = how.stop_tones or None
    return fill("record_response", shape, texts)


def update_recording_status(call_id: str, *, on: bool, client_context: str) -> Filled:
    """Tell that the bot keeps what it hears from now on, or no more."""
    status = "recording" if on else "notRecording"
    texts: dict[str, Text | None] = {"call": call_id, "context": client_context}
    return fill("update_recording_status", (status,), texts)


def create(
    target: Target,
    *,
    callback_uri: str,
    tenant_id: str | None,
    source: Target | None = None,
) -> Filled:
    """Ring somebody on a call of its own. A number needs a resource account as `source`."""
    texts: dict[str, Text | None] = {
        "callback": callback_uri,
        "tenant": tenant_id,
        **_party("target", target),
    }
    if source is not None:
        texts.update(_party("source", source))
    return fill("create", (target.kind.value, "application_instance" if source else None), texts)


def presences(user_ids: Sequence[str]) -> Filled:
    """Presence of up to 650 people."""
    return fill("presences", (), {"ids": tuple(user_ids)})


def call_record(record_id: str) -> Filled:
    """One call record with its sessions and segments."""
    return fill("call_record", (), {"record": record_id})


def filtered(name: str, field: str, value: str) -> Filled:
    """`users` or `groups` whose field has the value."""
    escaped = value.replace("'", "''")
    return fill(name, (), {"filter": f"{field} eq '{escaped}'"})


def licensed_users(user_ids: Sequence[str]) -> Filled:
    """Up to 15 people with the service plans of their licenses."""
    named = ", ".join(f"'{each}'" for each in user_ids)
    return fill("licensed_users", (), {"filter": f"id in ({named})"})


def _within(seconds: int, limits: tuple[int, int]) -> int:
    return max(limits[0], min(limits[1], seconds))
