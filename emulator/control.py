"""The controls under /emulator: people act, faults and switches are set, the log is read.

Loopback only, and only with the key the emulator printed at start (header X-Emulator-Key, or `key`
in the query for pages and event streams).
"""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from emulator.audit import audit
from emulator.callers import WorldError
from emulator.config import ConfigError
from emulator.faults import Fault, FaultError
from emulator.scene import Scene, play
from emulator.scripts import Behaviour, CallerScript, behaviours
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.snapshot import snapshot, timeline
from emulator.switch_rows import SWITCHES
from emulator.switches import SwitchError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOG_PAGE = 1_000
REMEDIES = (WorldError, ConfigError, FaultError, SwitchError)


class Control:
    def __init__(self, shell: Shell, key: str) -> None:
        self._shell = shell
        self._world = shell.world
        self._key = key

    def add_routes(self, app: web.Application) -> None:
        posts: dict[str, Callable[[Json], object]] = {
            "calls": self._place,
            "scene": self._scene,
            "press": self._press,
            "speak": self._speak,
            "hangup": self._hang_up,
            "answer": self._answer,
            "decline": self._decline,
            "presence": self._presence,
            "other_call": self._other_call,
            "agent": self._agent,
            "switches": self._set_switches,
            "faults": self._add_fault,
            "faults/clear": self._clear_faults,
            "keys/roll": self._roll,
            "tokens/revoke": self._revoke,
        }
        gets: dict[str, Callable[[web.Request], web.Response]] = {
            "state": self._state,
            "people": self._people,
            "switches": self._switches,
            "faults": self._faults,
            "log": self._log,
            "log.jsonl": self._log_lines,
            "requests.jsonl": self._request_lines,
            "timeline": self._timeline,
            "audit": self._audit,
            "token": self._token,
        }
        for name, act in posts.items():
            app.router.add_post(f"/emulator/{name}", self._acting(act))
        for name, show in gets.items():
            app.router.add_get(f"/emulator/{name}", self._showing(show))

    # --- doors

    def allowed(self, request: web.Request) -> bool:
        given = request.headers.get("X-Emulator-Key") or request.query.get("key", "")
        return hmac.compare_digest(given.encode(), self._key.encode())

    def _acting(self, act: Callable[[Json], object]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not self.allowed(request):
                return _json({"error": "X-Emulator-Key is missing or wrong"}, 401)
            raw = await request.read()
            try:
                body = msgspec.json.decode(raw) if raw else {}
                if not isinstance(body, dict):
                    return _json({"error": "a JSON object is expected"}, 400)
                answer = act(body)
            except msgspec.DecodeError as wrong:
                return _json({"error": f"not JSON: {wrong}"}, 400)
            except KeyError as missing:
                return _json({"error": f"{missing.args[0]} is missing"}, 400)
            except REMEDIES as refused:
                return _json({"error": str(refused)}, 400)
            self._shell.pump()
            return _json(answer if answer is not None else {"ok": True})

        return handle

    def _showing(self, show: Callable[[web.Request], web.Response]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not self.allowed(request):
                return _json({"error": "X-Emulator-Key is missing or wrong"}, 401)
            self._world.advance(self._shell.now())
            return show(request)

        return handle

    # --- people act

    def _place(self, body: Json) -> object:
        leg = self._world.place_call(CallerScript.from_json(body), self._shell.now())
        return {"leg": leg.id, "call": leg.call, "party": leg.party}

    def _scene(self, body: Json) -> object:
        """Plays a whole scene from now on."""
        scene = Scene.from_json(body)
        play(self._world, scene, self._shell.now())
        return {"title": scene.title, "callers": len(scene.callers), "agents": len(scene.agents)}

    def _press(self, body: Json) -> None:
        self._world.press(str(body["party"]), str(body["key"]), self._shell.now())

    def _speak(self, body: Json) -> None:
        ms = body.get("ms", 1_000)
        if not isinstance(ms, int):
            raise WorldError("ms is a whole number")
        self._world.speak(str(body["party"]), ms, self._shell.now())

    def _hang_up(self, body: Json) -> None:
        self._world.hang_up(str(body["party"]), self._shell.now())

    def _answer(self, body: Json) -> object:
        leg = self._world.agent_answer(str(body["party"]), self._shell.now())
        return {"leg": leg.id, "call": leg.call, "party": leg.party}

    def _decline(self, body: Json) -> None:
        self._world.agent_decline(str(body["party"]), self._shell.now())

    def _presence(self, body: Json) -> None:
        availability = str(body["availability"])
        activity = str(body.get("activity", availability))
        self._world.set_presence(str(body["party"]), availability, activity, self._shell.now())

    def _other_call(self, body: Json) -> None:
        busy = body.get("busy") is True
        self._world.set_other_call(str(body["party"]), busy=busy, now=self._shell.now())

    def _agent(self, body: Json) -> None:
        """{party, behaviours: [...]}; without party: {default: behaviour | null}."""
        if "party" in body:
            rows = [_mapping(row) for row in _rows(body, "behaviours")]
            self._world.script_agent(str(body["party"]), behaviours(rows))
            return
        row = body["default"]
        self._world.default_behaviour(None if row is None else Behaviour.from_json(_mapping(row)))

    # --- bad days

    def _set_switches(self, body: Json) -> object:
        for name, value in body.items():
            self._world.switches.set(name, str(value))
        return self._world.switches.as_dict()

    def _add_fault(self, body: Json) -> None:
        self._world.faults.add(Fault.from_json(body))

    def _clear_faults(self, body: Json) -> None:
        del body
        self._world.faults.clear()

    def _roll(self, body: Json) -> object:
        """{ring: calling | bot | entra, forget: bool}"""
        rings = {
            "calling": self._shell.identity.calling,
            "bot": self._shell.identity.bot,
            "entra": self._shell.identity.entra,
        }
        ring = rings.get(str(body.get("ring", "calling")))
        if ring is None:
            raise WorldError(f"ring is one of {', '.join(rings)}")
        return {"kid": ring.roll(forget=body.get("forget") is True)}

    def _revoke(self, body: Json) -> object:
        del body
        return {"revoked": self._shell.identity.revoke()}

    # --- what is and what was

    def _state(self, request: web.Request) -> web.Response:
        del request
        return _json(snapshot(self._world))

    def _people(self, request: web.Request) -> web.Response:
        del request
        config = self._world.config
        return _json(
            {
                "tenant_id": config.tenant_id,
                "applications": [{"id": a.id, "name": a.name} for a in config.applications],
                "accounts": [dataclasses.asdict(account) for account in config.accounts],
                "people": [dataclasses.asdict(person) for person in config.people],
                "groups": [dataclasses.asdict(group) for group in config.groups],
            }
        )

    def _switches(self, request: web.Request) -> web.Response:
        del request
        values = self._world.switches
        return _json([dataclasses.asdict(row) | {"value": values[row.name]} for row in SWITCHES])

    def _faults(self, request: web.Request) -> web.Response:
        del request
        return _json([dataclasses.asdict(rule) for rule in self._world.faults.rules])

    def _log(self, request: web.Request) -> web.Response:
        since, limit = _number(request, "since", 0), _number(request, "limit", LOG_PAGE)
        rows = [record.as_dict() for record in self._world.log.since(since, limit)]
        return _json({"next": since + len(rows), "count": self._world.log.count, "records": rows})

    def _log_lines(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text=self._world.log.jsonl(), content_type="application/x-ndjson")

    def _request_lines(self, request: web.Request) -> web.Response:
        del request
        lines = self._world.log.requests_jsonl()
        return web.Response(text=lines, content_type="application/x-ndjson")

    def _timeline(self, request: web.Request) -> web.Response:
        name = request.query.get("party") or request.query.get("leg", "")
        return _json(timeline(self._world, name))

    def _audit(self, request: web.Request) -> web.Response:
        done = audit(self._world.log, over=request.query.get("over") == "true")
        return _json(
            {
                "outcomes": done.outcomes(),
                "contacts": [dataclasses.asdict(contact) for contact in done.contacts],
                "violations": [dataclasses.asdict(violation) for violation in done.violations],
            }
        )

    def _token(self, request: web.Request) -> web.Response:
        """An access token of `user` for the console's API, with `roles` (comma-separated)."""
        name = request.query.get("user", "")
        person = self._world.directory.person(name)
        if person is None:
            return _json({"error": f"nobody is called {name!r}"}, 404)
        roles = tuple(role for role in request.query.get("roles", "").split(",") if role)
        application = self._world.config.applications[0]
        now = self._shell.now()
        token = self._shell.identity.user_token(person, application, roles, now)
        return _json({"access_token": token, "token_type": "Bearer"})


def _mapping(value: object) -> Json:
    if not isinstance(value, dict):
        raise ConfigError(f"an object is expected, not {type(value).__name__}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"a list is expected, not {type(value).__name__}")
    return value


def _rows(body: Json, key: str) -> list[object]:
    return _list(body.get(key, []))


def _number(request: web.Request, key: str, default: int) -> int:
    value = request.query.get(key, "")
    return int(value) if value.isdigit() else default


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
