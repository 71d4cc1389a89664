"""The customer's own web service: flows and context ask it about a caller, and it is told facts.

It is scripted by name, and need not be a good one: it answers late or never, at great length, with
a web page, or sends its visitor to the machine's metadata. What it was asked is kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from aiohttp import web

from emulator.config import ConfigError
from emulator.shapes import Json

if TYPE_CHECKING:
    from emulator.shell import Shell

PLACE = "https://web.contoso.example"
"""Where a plan of ours says it is; the launcher writes the emulator's own address instead."""
HOWS = ("json", "never", "huge", "html", "redirect", "status", "nonsense")
HUGE = 10 * 1024 * 1024
METADATA = "http://169.254.169.254/metadata/instance?api-version=2021-02-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebScript:
    """How it answers one question."""

    how: str = "json"
    answer: Json = field(default_factory=dict[str, object])
    status: int = 500
    """with `status`"""
    after_ms: int = 0

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> WebScript:
        """Raises ConfigError with the remedy."""
        known = {each.name for each in fields(cls)}
        if unknown := row.keys() - known:
            raise ConfigError(f"web: {', '.join(sorted(unknown))} is not known here")
        script = cls(**row)  # type: ignore[arg-type]  # checked right below
        if script.how not in HOWS:
            raise ConfigError(f"web: how is one of {', '.join(HOWS)}, not {script.how!r}")
        if not isinstance(script.answer, dict) or not isinstance(script.after_ms, int):
            raise ConfigError("web: answer is an object, after_ms a number of milliseconds")
        return script


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What comes back, and when; `status` 0: never."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    location: str = ""
    after_ms: int = 0


@dataclass(slots=True)
class CustomersWeb:
    """By name: what is scripted, and what was asked."""

    scripts: dict[str, WebScript] = field(default_factory=dict[str, WebScript])
    asked: list[tuple[str, Json, str]] = field(default_factory=list[tuple[str, Json, str]])
    """Name, question, signature."""
    told: list[Json] = field(default_factory=list[Json])
    """Posts that bring facts."""

    def answer(self, name: str, body: bytes, signature: str, query: Json) -> Answered:
        """What the service called `name` says to this: a body, or none and a query."""
        try:
            question = json.loads(body) if body else query
        except ValueError:
            question = None
        if not isinstance(question, dict):
            return Answered(status=400)
        script = self.scripts.get(name)
        if "facts" in question:
            self.told.append(question)
            script = script or WebScript(how="status", status=204)
        else:
            self.asked.append((name, question, signature))
        if script is None:
            return Answered(status=404)
        return self._as_scripted(script)

    def _as_scripted(self, script: WebScript) -> Answered:
        late = script.after_ms
        match script.how:
            case "never":
                return Answered(status=0)
            case "huge":
                return Answered(status=200, body=b'{"a": "' + b"x" * HUGE + b'"}', after_ms=late)
            case "html":
                page = b"<!doctype html><title>Sign in</title>"
                return Answered(status=200, body=page, content_type="text/html", after_ms=late)
            case "redirect":
                return Answered(status=302, location=METADATA, after_ms=late)
            case "status":
                return Answered(status=script.status, body=b"{}", after_ms=late)
            case "nonsense":
                return Answered(status=200, body=b'{"tier": ', after_ms=late)
            case _:
                said = json.dumps(script.answer).encode()
                return Answered(status=200, body=said, after_ms=late)


class WebDoor:
    """It over HTTP, below /web/."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def ask(self, request: web.Request) -> web.StreamResponse:
        signature = request.headers.get("Switchboard-Signature", "")
        name = request.match_info["name"]
        query: Json = dict(request.query)
        web_service = self._shell.world.exchange.web
        answered = web_service.answer(name, await request.read(), signature, query)
        if not answered.status:
            await asyncio.Event().wait()  # until whoever asked has gone
        if answered.after_ms:
            await asyncio.sleep(answered.after_ms / 1000)
        headers = {"Location": answered.location} if answered.location else {}
        return web.Response(
            status=answered.status,
            body=answered.body,
            content_type=answered.content_type,
            headers=headers,
        )
