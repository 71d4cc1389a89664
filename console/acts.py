"""Carries out what somebody does on the tab: written down first, then looked at.

What somebody does is an event. Whether it may be done now is one pure rule, which is asked here
before anything is written, and once more by the engine, whose word counts. The answer tells what
came of it: done; written down, and soon to be done by the instance that decides; refused, and why.
Should the process die before it answers, the same act with the same `Idempotency-Key` is safe: it
is done once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from console.answers import BadQuery, answer, answered
from console.auth import Person
from console.board import Json, LiveView
from console.refusals import CHANGED_NOTHING, KEY_USED, sentence_of
from routing.events import Event
from routing.plan import Plan
from routing.state import State
from store.errors import StoreError

log = logging.getLogger(__name__)

KEY = "Idempotency-Key"
LONGEST_KEY = 64
LOOKS, LOOK_EVERY_S = 8, 0.25
"""How long an answer waits for another instance to take the act from its inbox: 2 s."""
REMEMBERED = 4_096
"""Answers kept for acts that are repeated."""

Rule = Callable[[State, Plan], str]
"""A reason's code (console/refusals.py) why it may not be done now; empty: it may."""
Holds = Callable[[State, Plan], bool]
"""Whether it is done."""


class Deciding(LiveView, Protocol):
    """The live view, and whether it is the deciding instance's own memory."""

    def decides(self) -> bool: ...


class Submit(Protocol):
    """Writes an event down. Raises Lost when that failed; it may then take effect all the same."""

    async def __call__(self, event: Event, *, identity: str | None) -> None: ...


class Lost(Exception):
    """What was done may not have been written down."""


class Refused(Exception):
    """It may not be done now."""

    def __init__(self, code: str) -> None:
        super().__init__(sentence_of(code))
        self.code = code


class Desk:
    """Where acts are handed in."""

    def __init__(self, submit: Submit, live: Deciding, *, look_every_s: float = LOOK_EVERY_S):
        self._submit = submit
        self._live = live
        self._look_every_s = look_every_s
        self._answers: dict[str, tuple[Event, Json]] = {}

    async def do(
        self, event: Event, *, may: Rule, done: Holds, identity: str | None = None
    ) -> Json:
        """Have it done. `identity` makes a repetition a copy (`identity_of`).

        Returns `{"written": true, "done": ...}`: not done yet where another instance decides and
        has not shown it within 2 s. Raises Refused or Lost.
        """
        if identity is not None and identity in self._answers:
            before, told = self._answers[identity]
            if before != event:
                raise Refused(KEY_USED)
            return told
        state, plan = await self._live.state(), self._live.plan()
        if code := may(state, plan):
            if identity is not None and done(state, plan):
                return _told(done=True)  # what is repeated was done
            log.info("an act was refused", extra={"act": type(event).__name__, "code": code})
            raise Refused(code)
        decided = self._live.decides()
        await self._submit(event, identity=identity)
        told = await self._came_of(may, done, decided=decided)
        if identity is not None:
            self._answers[identity] = event, told
            if len(self._answers) > REMEMBERED:
                del self._answers[next(iter(self._answers))]
        return told

    async def _came_of(self, may: Rule, done: Holds, *, decided: bool) -> Json:
        """Whether it is done. What is not, on the instance that decided about it, never will be:
        somebody was faster. Elsewhere it stands in the inbox of whoever decides."""
        for _ in range(LOOKS):
            decides = self._live.decides()
            try:
                state, plan = await self._live.state(), self._live.plan()
            except StoreError:  # it is written down all the same
                break
            if done(state, plan):
                return _told(done=True)
            if decided and decides:
                raise Refused(may(state, plan) or CHANGED_NOTHING)
            await asyncio.sleep(self._look_every_s)
        return _told(done=False)


def _told(*, done: bool) -> Json:
    return {"written": True, "done": done}


async def acted(act: Callable[[], Awaitable[Json]]) -> web.Response:
    """What `act` returns, 202 where that says that it is not done yet; 409 with `code` for what is
    refused, 503 for what is not written down, the rest as `answered` has it."""
    told: list[Json] = []

    async def ask() -> Json:
        told.append(await act())
        return told[0]

    try:
        response = await answered(ask)
    except Refused as refusal:
        return answer({"error": str(refusal), "code": refusal.code}, status=409)
    except Lost:
        words = "That may not be written down; look again before you repeat it."
        return answer({"error": words, "code": "lost"}, status=503)
    if told and told[0].get("done") is False:
        return answer({"written": True}, status=202)
    return response


def identity_of(request: web.Request, person: Person) -> str | None:
    """What makes a second copy of the act one, where whoever asks says so. Raises BadQuery."""
    key = request.headers.get(KEY, "")
    if not key:
        return None
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        message = f"{KEY} must be at most {LONGEST_KEY} ordinary characters"
        raise BadQuery(message)
    return f"tab:{person.id}:{key}"
