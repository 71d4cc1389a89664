"""A stand-in for Graph that costs almost nothing, so that the service is what is measured.

It knows the people, hands out tokens, signs notifications and answers every request at once in
Graph's shapes; what happens on the calls is a script's matter (`Script`). It refuses nothing: that
the service says the right things is for the emulator and the tests, which are slower.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.graph_shapes import (
    APP,
    OTYPE,
    TENANT,
    Json,
    encode,
    incoming,
    names,
    object_id,
    operation,
    path_of,
    user,
)
from bench.wire import Listener, Poster, post_head, response

HOST = "127.0.0.1"
ISSUER = "https://api.botframework.com"
VALID_S = 3_900
ACCEPTED = response(202)
NO_CONTENT = b"HTTP/1.1 204 X\r\n\r\n"
CALL = re.compile(r"/v1\.0/communications/calls/([^/?]+)(?:/([A-Za-z/]+))?")

decode = msgspec.json.decode


@dataclass(slots=True, eq=False)
class Call:
    """One call of the bot, as Graph sees it."""

    id: str
    path: str
    """Where its notifications are posted."""
    agent: str = ""
    """The agent whom the bot rang on it; empty for a caller's."""
    waiting: deque[bytes] = field(default_factory=deque[bytes])
    flying: bool = False
    over: bool = False
    placed_ns: int = 0
    answered_ns: int = 0
    posted_ns: int = 0
    """When the last notification was answered."""
    prompts: int = 0
    tones: int = 0


class Script:
    """What happens on the calls; a bench says more."""

    graph: LeanGraph

    def answered(self, call: Call) -> None:
        """The bot answered a caller: there is sound."""
        self.graph.tell(call, "establishing")
        self.graph.tell(call, "established")

    def created(self, call: Call) -> None:
        """The bot rings an agent."""

    def played(self, call: Call, context: str) -> None:
        """The bot plays a prompt on the call."""

    def transferred(self, call: Call, replaces: Call | None, target: str) -> None:
        """The bot hands a caller over to the user `target`."""

    def hung_up(self, call: Call) -> None:
        """The bot ended the call."""
        self.graph.end(call, 200, 0)

    def finished(self, call: Call, /) -> None:
        """The last notification of the call was answered."""


class LeanGraph:
    """`await start()`, `serve(port)`, then `environment()` is what a service needs."""

    def __init__(self, script: Script, *, agents: int = 0) -> None:
        """`agents` people are in the group agents@contoso.example."""
        self.script = script
        script.graph = self
        self.calls: dict[str, Call] = {}
        self.requests = 0
        self.polls = 0
        """Requests for presence."""
        self.refused: dict[int, int] = {}
        """Notifications that were not taken, by status."""
        self.unknown: list[str] = []
        """Requests that this stand-in does not know."""
        self.people = {object_id(name): name for name in names(agents)}
        self.presence = ("Available", "Available")
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._heads: dict[str, bytes] = {}
        self._server: asyncio.Server | None = None
        self._presences: dict[str, bytes] = {}
        self.url = ""
        self.poster: Poster
        self.token = self._signed(ISSUER)

    # --- life

    async def start(self, service_port: int, connections: int = 64) -> None:
        """Listen, and post to the service on `service_port` from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Listener(self._answer), HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{HOST}:{port}"
        self.to(service_port, connections)

    def to(self, port: int, connections: int = 64) -> None:
        """Post to another service."""
        self.poster = Poster(HOST, port, connections)
        self._host = f"{HOST}:{port}"
        self._heads.clear()

    async def stop(self) -> None:
        self.poster.close()
        if self._server is not None:
            self._server.close()

    def environment(self) -> dict[str, str]:
        """What the service needs to meet this instead of Microsoft."""
        return {
            "SWITCHBOARD_APP_ID": APP,
            "SWITCHBOARD_TENANT_ID": TENANT,
            "SWITCHBOARD_CREDENTIAL": "managed_identity",
            "SWITCHBOARD_GRAPH_URL": f"{self.url}/v1.0",
            "SWITCHBOARD_AUTHORITY_URL": self.url,
            "SWITCHBOARD_CALLING_OPENID_URL": f"{self.url}/openid",
            "SWITCHBOARD_BOT_OPENID_URL": f"{self.url}/openid",
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": "bench",
        }

    # --- what happens

    def ring(self, account: str) -> Call:
        """A caller rings a resource account."""
        call = Call(id=str(uuid.uuid4()), path="/api/calls")
        self.calls[call.id] = call
        call.placed_ns = time.perf_counter_ns()
        self.notify(call, "created", incoming(call.id, account))
        return call

    def tell(self, call: Call, state: str, **more: object) -> None:
        """The call changed its state, or a key was pressed on it."""
        data = {"@odata.type": OTYPE + "call", "state": state, **more}
        self.notify(call, "updated", data)

    def press(self, call: Call, tone: str) -> None:
        """A key is pressed on the call."""
        call.tones += 1
        tone_info = {"sequenceId": call.tones, "tone": tone}
        self.tell(call, "established", toneInfo=tone_info)

    def prompt_over(self, call: Call, context: str) -> None:
        """A prompt was heard to its end."""
        data = {
            "@odata.type": OTYPE + "playPromptOperation",
            "id": context,
            "status": "completed",
            "clientContext": context,
            "resultInfo": {"code": 200, "subcode": 0, "message": "Action completed"},
        }
        self.notify(call, "deleted", data, f"/operations/{context}")

    def end(self, call: Call, code: int, subcode: int) -> None:
        """The call is over."""
        if call.over:
            return
        call.over = True
        result = {"code": code, "subcode": subcode, "message": ""}
        data = {"@odata.type": OTYPE + "call", "state": "terminated", "resultInfo": result}
        self.notify(call, "deleted", data)

    def notify(self, call: Call, change: str, data: Json, below: str = "") -> None:
        """Post one notification, in the call's order, one at a time."""
        item = {
            "@odata.type": OTYPE + "commsNotification",
            "changeType": change,
            "resourceUrl": f"/communications/calls/{call.id}{below}",
            "resourceData": data,
        }
        call.waiting.append(self.request(call.path, item))
        self._pump(call)

    def request(self, path: str, *items: Json) -> bytes:
        """A whole POST of notifications."""
        body = encode({"@odata.type": OTYPE + "commsNotifications", "value": items})
        head = self._heads.get(path)
        if head is None:
            head = self._heads[path] = post_head(path, self._host, self.token)
        return b"%b%d\r\n\r\n%b" % (head, len(body), body)

    def _pump(self, call: Call) -> None:
        if call.flying or not call.waiting:
            return
        call.flying = True

        def done(status: int) -> None:
            call.flying = False
            call.posted_ns = time.perf_counter_ns()
            if status != 202:
                self.refused[status] = self.refused.get(status, 0) + 1
            if call.over and not call.waiting:
                self.finished(call)
            else:
                self._pump(call)

        self.poster.post(call.waiting.popleft(), done)

    def finished(self, call: Call) -> None:
        """The last notification of the call was answered: forget it, tell the script."""
        self.calls.pop(call.id, None)
        self.script.finished(call)

    # --- requests

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        self.requests += 1
        found = CALL.match(path)
        if found is not None:
            return self._on_call(method, found.group(1), found.group(2) or "", body)
        if path == "/v1.0/communications/calls":
            return self._create(decode(body))
        if path.startswith("/v1.0/communications/getPresencesByUserId"):
            return self._read_presences(decode(body)["ids"])
        return self._read(path)

    def _on_call(self, method: str, call_id: str, action: str, body: bytes) -> bytes:
        call = self.calls.get(call_id)
        if call is None:
            return response(404, encode({"error": {"code": "8522", "message": "no call"}}))
        match action:
            case "answer":
                call.answered_ns = time.perf_counter_ns()
                call.path = path_of(decode(body)["callbackUri"])
                self._soon(self.script.answered, call)
                return ACCEPTED
            case "playPrompt" | "subscribeToTone" | "cancelMediaProcessing":
                context = decode(body).get("clientContext", "")
                if action == "playPrompt":
                    call.prompts += 1
                    self._soon(self.script.played, call, context)
                return response(200, operation(action, context))
            case "transfer":
                target = decode(body)["transferTarget"]
                replaced = self.calls.get(target.get("replacesCallId") or "")
                who = target["identity"]["user"]["id"]
                self._soon(self.script.transferred, call, replaced, who)
                return ACCEPTED
            case "" if method == "DELETE":
                self._soon(self.script.hung_up, call)
                return NO_CONTENT
            case "":
                return response(200, encode({"id": call.id, "state": "established"}))
            case "keepAlive":
                return response(200)
        self.unknown.append(f"{method} {action}")
        return ACCEPTED

    @staticmethod
    def _soon(what: Callable[..., None], *about: object) -> None:
        """The reply leaves first, then the news."""
        asyncio.get_running_loop().call_soon(what, *about)

    def _create(self, body: Json) -> bytes:
        agent = body["targets"][0]["identity"]["user"]["id"]
        call = Call(id=str(uuid.uuid4()), path=path_of(body["callbackUri"]), agent=agent)
        self.calls[call.id] = call
        self._soon(self.script.created, call)
        made = {"@odata.type": OTYPE + "call", "id": call.id, "state": "establishing"}
        return response(201, encode(made | {"direction": "outgoing"}))

    def _read_presences(self, ids: list[str]) -> bytes:
        self.polls += 1
        rows = self._presences
        for each in ids:
            if each not in rows:
                rows[each] = self.presence_row(each, *self.presence)
        return response(200, b'{"value":[%b]}' % b",".join([rows[each] for each in ids]))

    def presence_row(self, agent: str, availability: str, activity: str) -> bytes:
        """One entry of an answer."""
        return encode({"id": agent, "availability": availability, "activity": activity})

    def show(self, agent: str, availability: str, activity: str) -> None:
        """What the agent's presence is from now on."""
        self._presences[agent] = self.presence_row(agent, availability, activity)

    def _read(self, path: str) -> bytes:
        where = unquote(path)
        if where.startswith("/msi/token"):
            return response(200, encode(self._access_token()))
        if where == "/openid":
            return response(200, encode({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"}))
        if where == "/keys":
            return response(200, encode({"keys": [self._public_key()]}))
        return self._read_directory(where)

    def _read_directory(self, where: str) -> bytes:
        if where.startswith("/v1.0/groups?"):
            group = {"id": object_id("group"), "mail": "agents@contoso.example"}
            return response(200, encode({"value": [group]}))
        if where.startswith("/v1.0/groups/"):
            people = [user(name) for name in self.people.values()]
            return response(200, encode({"value": people}))
        name = where.removeprefix("/v1.0/users/").partition("?")[0]
        if not where.startswith("/v1.0/users/") or name.startswith("agents@"):
            if "agents@" not in where:
                self.unknown.append(where)
            return response(404, encode({"error": {"code": "NotFound", "message": where}}))
        return response(200, encode(user(name)))

    # --- tokens

    def _access_token(self) -> Json:
        now = int(time.time())
        return {
            "access_token": "x" * 1_200,  # about as long as Entra's
            "expires_on": str(now + VALID_S),
            "resource": "https://graph.microsoft.com",
            "token_type": "Bearer",
        }

    def _signed(self, issuer: str) -> str:
        now = int(time.time())
        claims = {"aud": APP, "iss": issuer, "tid": TENANT, "iat": now, "nbf": now}
        return jwt.encode(claims | {"exp": now + VALID_S}, self._key, "RS256", {"kid": "bench"})

    def _public_key(self) -> Json:
        made: Json = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return made | {"kid": "bench", "use": "sig", "alg": "RS256"}
