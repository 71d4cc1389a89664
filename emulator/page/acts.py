"""`POST /page/act/...`: what a person does on the page, as one table of acts.

Each answers {"ok": true} or, with a status of 4xx, {"error": "a sentence for whoever acted"}.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from emulator.callers import WorldError
from emulator.child import Child
from emulator.config import ConfigError
from emulator.page.bad_days import BadDays
from emulator.page.door import BadAct, act_of, json_answer
from emulator.page.hands import Hands
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.switches import SwitchError
from emulator.traffic import Traffic

Act = Callable[[Json], Json | None]
REMEDIES = (WorldError, ConfigError, SwitchError, BadAct)


class Acts:
    """`child` and `traffic` are set by whoever started the service and the callers."""

    def __init__(self, shell: Shell, hands: Hands, bad_days: BadDays) -> None:
        self._shell = shell
        self._hands = hands
        self._bad_days = bad_days
        self.child: Child | None = None
        self.traffic: Traffic | None = None
        self.acted: Callable[[], None] = lambda: None
        """told after each act"""
        self._table: dict[str, tuple[Act, tuple[str, ...]]] = {
            "dial": (self._dial, ("to", "kind", "who")),
            "press": (self._press, ("leg", "key")),
            "say": (self._say, ("leg", "words")),
            "hang_up": (lambda body: self._hands.hang_up(_text(body, "leg")), ("leg",)),
            "answer": (lambda body: self._hands.answer(_text(body, "leg")), ("leg",)),
            "decline": (lambda body: self._hands.decline(_text(body, "leg")), ("leg",)),
            "ignore": (lambda body: self._hands.ignore(_text(body, "leg")), ("leg",)),
            "voicemail": (lambda body: self._hands.voicemail(_text(body, "leg")), ("leg",)),
            "play": (self._play, ("agent", "on")),
            "presence": (self._presence, ("agent", "presence")),
            "fault": (self._fault, ("name", "value")),
            "switch": (self._switch, ("name", "value")),
            "traffic": (self._set_traffic, ("on",)),
            "kill": (self._kill, ()),
        }

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/page/act/{what}", self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        act, known = self._table.get(request.match_info["what"], (None, ()))
        try:
            body = await act_of(request, *known)
            if act is None:
                return json_answer({"error": f"an act is one of {', '.join(self._table)}"}, 404)
            answer = act(body)
        except REMEDIES as refused:
            return json_answer({"error": str(refused)}, 409)
        self._shell.pump()
        self.acted()
        return json_answer({"ok": True} | (answer or {}))

    def section(self) -> Json:
        """For the feed: whether scripted callers ring; None: there are none."""
        return {"on": None if self.traffic is None else not self.traffic.paused}

    # --- acts

    def _dial(self, body: Json) -> Json:
        kind = _text(body, "kind", "pstn")
        leg = self._hands.dial(_text(body, "to"), kind, _text(body, "who", ""))
        if leg.state == "ended":
            raise WorldError("Every line is taken: Graph allows no more calls at once.")
        return {"leg": leg.id}

    def _press(self, body: Json) -> None:
        self._hands.press(_text(body, "leg"), _text(body, "key"))

    def _say(self, body: Json) -> Json:
        return {"ms": self._hands.say(_text(body, "leg"), _text(body, "words"))}

    def _play(self, body: Json) -> None:
        self._hands.play(_text(body, "agent"), on=_yes(body, "on"))

    def _presence(self, body: Json) -> None:
        self._hands.presence(_text(body, "agent"), _text(body, "presence"))

    def _fault(self, body: Json) -> None:
        self._bad_days.set_fault(_text(body, "name"), _text(body, "value"))

    def _switch(self, body: Json) -> None:
        self._bad_days.set_switch(_text(body, "name"), _text(body, "value"))

    def _set_traffic(self, body: Json) -> None:
        if self.traffic is None:
            raise BadAct("there are no scripted callers here")
        self.traffic.paused = not _yes(body, "on")

    def _kill(self, body: Json) -> Json:
        del body
        if self.child is None:
            raise BadAct("the service was not started from here")
        pid = self.child.kill()
        if pid is None:
            raise BadAct("the service is down already")
        return {"killed": pid}


def _text(body: Json, key: str, default: str | None = None) -> str:
    value = body.get(key, default)
    if value is None:
        raise BadAct(f"{key} is missing")
    if not isinstance(value, str):
        raise BadAct(f"{key} is a text")
    return value


def _yes(body: Json, key: str) -> bool:
    value = body.get(key)
    if not isinstance(value, bool):
        raise BadAct(f"{key} is true or false")
    return value
