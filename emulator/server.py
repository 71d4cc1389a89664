"""The HTTP side: Graph, Entra, App Service's managed identity, the bot connector, the controls.

Everything listens on loopback: Graph and the managed identity on http, all of it again on https
with a certificate made at start, because credential libraries refuse an authority on http.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import ssl
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import msgspec
from aiohttp import web

from emulator.config import Config
from emulator.connector import Connector
from emulator.control import Control
from emulator.customers_web import WebDoor
from emulator.faults import failure
from emulator.identity import GRAPH, Identity, TokenRefused
from emulator.keys import Certificates, make_certificates
from emulator.page.routes import Page
from emulator.refusals import Reply
from emulator.routes import find_route
from emulator.shapes import Json, error
from emulator.shell import FINISH_WITHIN_S, Shell
from emulator.sign_in import SignInDoor

HOST = "127.0.0.1"
BODY_AT_MOST = 4 * 1024 * 1024


class PortTaken(OSError):
    """Another program listens there."""


@dataclass(slots=True, kw_only=True)
class Options:
    """How to serve; port 0 takes any free one."""

    config: Config
    folder: Path
    """where certificates are written"""
    port: int = 8100
    tls_port: int = 0
    seed: int = 0
    switches: dict[str, str] = field(default_factory=dict[str, str])
    log_limit: int | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """who knows it may use the controls"""


class Server:
    """`await start()`, then `url`, `tls_url`, `shell` and `environment()`; `await stop()`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.url = ""
        self.tls_url = ""
        self.certificates: Certificates = make_certificates(options.folder)
        self.shell: Shell
        self.page: Page
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Raises PortTaken, or SwitchError, with the remedy; nothing is left open then."""
        with contextlib.ExitStack() as bound:
            http = bound.enter_context(_bind(self.options.port, "--port"))
            https = bound.enter_context(_bind(self.options.tls_port, "--tls-port"))
            self.url = f"http://{HOST}:{http.getsockname()[1]}"
            self.tls_url = f"https://{HOST}:{https.getsockname()[1]}"
            self.shell = self._new_shell()
            app = web.Application(client_max_size=BODY_AT_MOST)
            add_routes(app, self.shell, self.options.key)
            self.page = Page(self.shell)
            self.page.add_routes(app)
            self._runner = web.AppRunner(
                app, access_log=None, handle_signals=False, shutdown_timeout=FINISH_WITHIN_S
            )
            await self._runner.setup()
            await web.SockSite(self._runner, http).start()
            await web.SockSite(self._runner, https, ssl_context=self._tls()).start()
            bound.pop_all()  # the runner closes them from now on
        await self.shell.start()

    def _new_shell(self) -> Shell:
        shell = Shell(
            self.options.config,
            authority=self.tls_url,
            seed=self.options.seed,
            switches=self.options.switches,
            log_limit=self.options.log_limit,
        )
        first = self.options.config.applications[0]
        client = self.certificates.client.read_bytes()
        shell.identity.trust_certificate(first.id, client[client.index(b"-----BEGIN CERT") :])
        shell.world.exchange.base_url = self.url
        return shell

    async def stop(self) -> None:
        if self._runner is not None:
            await self.page.close()
            await self._runner.cleanup()
            await self.shell.stop()

    def environment(self) -> dict[str, str]:
        """What a service needs to meet this emulator instead of Microsoft."""
        application = self.options.config.applications[0]
        return {
            "SWITCHBOARD_APP_ID": application.id,
            "SWITCHBOARD_TENANT_ID": application.tenant_id,
            "SWITCHBOARD_CREDENTIAL": "managed_identity",
            "SWITCHBOARD_KEEP_VOICEMAIL": "true",
            "SWITCHBOARD_GRAPH_URL": f"{self.url}/v1.0",
            "SWITCHBOARD_AUTHORITY_URL": self.tls_url,
            "SWITCHBOARD_SIGN_IN_URL": self.url,
            "SWITCHBOARD_CALLING_OPENID_URL": f"{self.url}/calling{CALLING_METADATA}",
            "SWITCHBOARD_BOT_OPENID_URL": f"{self.url}/bot{BOT_METADATA}",
            "SWITCHBOARD_CA_FILE": str(self.certificates.ca),
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": self.shell.identity.identity_header,
        }

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificates.server, self.certificates.server_key)
        return context


def _bind(port: int, option: str) -> socket.socket:
    """A socket on the port, held from before anything is signed: the issuer names it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as taken:
        bound.close()
        raise PortTaken(
            f"Port {port} of {HOST} is taken: stop the program that listens there, or choose "
            f"another with {option}."
        ) from taken
    return bound


CALLING_METADATA = "/v1/.well-known/OpenIdConfiguration"
BOT_METADATA = "/v1/.well-known/openidconfiguration"


def add_routes(app: web.Application, shell: Shell, key: str) -> None:
    graph = GraphDoor(shell)
    app.router.add_route("*", "/v1.0/{rest:.*}", graph.handle)
    app.router.add_route("*", "/beta/{rest:.*}", graph.handle)
    app.router.add_get("/recordings/{id}", graph.recording)
    sign_in = SignInDoor(shell)
    entra = EntraDoor(shell, sign_in)
    app.router.add_get("/msi/token", entra.managed_identity)
    app.router.add_get(f"/calling{CALLING_METADATA}", entra.calling_metadata)
    app.router.add_get("/calling/v1/.well-known/keys", entra.calling_keys)
    app.router.add_get(f"/bot{BOT_METADATA}", entra.bot_metadata)
    app.router.add_get("/bot/v1/.well-known/keys", entra.bot_keys)
    app.router.add_post("/web/{name}", WebDoor(shell).ask)
    app.router.add_get("/web/{name}", WebDoor(shell).ask)
    Connector(shell).add_routes(app, key)
    Control(shell, key).add_routes(app)
    sign_in.add_routes(app)
    app.router.add_get("/{tenant}/discovery/instance", entra.instance)
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", entra.openid)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", entra.keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", entra.token)


def json_response(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


class GraphDoor:
    """Token, body, one step of the world, and the reply with its faults."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def handle(self, request: web.Request) -> web.StreamResponse:
        shell = self._shell
        bearer = shell.identity.bearer(request.headers.get("Authorization"), GRAPH, shell.now())
        raw = await request.read()
        if bearer is None:
            return await self._unauthorized(request)
        try:
            body_in: object = msgspec.json.decode(raw) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return json_response(error("BadRequest", "Unable to read JSON request.", "", ""), 400)
        path = request.raw_path
        if shell.world.switches["prompt_failure"] == "in_reply":
            await self._fetch_first(path, body_in)
        reply = shell.world.request(
            bearer.app_id,
            bearer.tenant_id,
            bearer.roles,
            request.method,
            path,
            body_in,
            shell.now(),
        )
        shell.pump()
        for url in reply.validate:
            if not await shell.validates(url):
                reply = self._not_validated(reply, url)
                break
        return await self._respond(request, reply)

    async def _unauthorized(self, request: web.Request) -> web.StreamResponse:
        """Without a token that holds; a fault of the operation `unauthorized` comes first."""
        fault = self._shell.world.faults.for_request("unauthorized", "")
        body = error("InvalidAuthenticationToken", "Access token is not valid.", "", "")
        reply = (failure(fault, "", "") if fault is not None else None) or Reply(401, body)
        if fault is not None and fault.kind == "slow":
            reply.delay_ms = fault.delay_ms
        return await self._respond(request, reply)

    def _not_validated(self, reply: Reply, url: str) -> Reply:
        if isinstance(reply.body, dict):
            self._shell.world.call_records.drop(str(reply.body["id"]))
        message = f"Subscription validation request to {url} failed."
        return Reply(400, error("ValidationError", message, "", ""))

    async def _respond(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.delay_ms:
            await asyncio.sleep(reply.delay_ms / 1000)
        if reply.fault in ("reset", "reply_lost"):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        content = reply.body if isinstance(reply.body, bytes) else b""
        if reply.body is not None and not isinstance(reply.body, bytes):
            content = msgspec.json.encode(reply.body)
        ahead_ms = self._shell.world.config.timings.ahead_ms
        date = {"Date": formatdate((self._shell.now() + ahead_ms) / 1000, usegmt=True)}
        return web.Response(
            body=content,
            status=reply.status,
            headers=date | reply.headers,
            content_type=reply.content_type if content else None,
        )

    async def _fetch_first(self, path: str, body: object) -> None:
        """This switch lets the reply tell of a bad prompt, so it has to be looked at before."""
        if find_route("POST", path.partition("?")[0]).op != "playPrompt":
            return
        prompts = body.get("prompts") if isinstance(body, dict) else None
        infos = [p.get("mediaInfo") for p in prompts or () if isinstance(p, dict)]
        uris = [info["uri"] for info in infos if isinstance(info, dict) and "uri" in info]
        await self._shell.known([uri for uri in uris if isinstance(uri, str)])

    async def recording(self, request: web.Request) -> web.Response:
        """A recording is read with the access token that its notification brought."""
        world = self._shell.world
        world.advance(self._shell.now())
        fault = world.faults.for_request("recording", "")
        if fault is not None and (reply := failure(fault, "", "")) is not None:
            return json_response(reply.body, reply.status or 503)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        found = world.media.recordings.read(request.match_info["id"], bearer)
        if isinstance(found, int):
            body = error("Unauthorized", "The recordingAccessToken is needed.", "", "")
            return json_response(body, found)
        return web.Response(body=found, content_type="audio/wav")


class EntraDoor:
    """Entra and the two metadata documents of the callers of our webhooks."""

    def __init__(self, shell: Shell, sign_in: SignInDoor) -> None:
        self._shell = shell
        self._identity: Identity = shell.identity
        self._sign_in = sign_in

    async def _bad_day(self) -> web.Response | None:
        """What a fault of the operation `token` makes of a request for one."""
        fault = self._shell.world.faults.for_request("token", "")
        if fault is None:
            return None
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_ms / 1000)
        reply = failure(fault, "", "")
        return None if reply is None else json_response(reply.body, reply.status or 503)

    async def token(self, request: web.Request) -> web.Response:
        if (bad := await self._bad_day()) is not None:
            return bad
        form = {key: str(value) for key, value in (await request.post()).items()}
        tenant = request.match_info["tenant"]
        if self._sign_in.handles(form.get("grant_type", "")):
            return self._sign_in.token(tenant, form, request.headers.get("Origin", ""))
        try:
            endpoint = f"{_base(request)}{request.path}"
            return json_response(self._identity.token(tenant, form, endpoint, self._shell.now()))
        except TokenRefused as refused:
            return json_response(refused.body(), refused.status)

    async def managed_identity(self, request: web.Request) -> web.Response:
        header = request.headers.get("X-IDENTITY-HEADER")
        if (bad := await self._bad_day()) is not None:
            return bad
        try:
            now = self._shell.now()
            return json_response(self._identity.managed_identity(request.query, header, now))
        except TokenRefused as refused:
            return json_response(refused.body(), refused.status)

    async def openid(self, request: web.Request) -> web.Response:
        return json_response(self._identity.openid(_base(request), request.match_info["tenant"]))

    async def instance(self, request: web.Request) -> web.Response:
        tenant = request.query.get("authorization_endpoint", "").split("/")
        name = tenant[3] if len(tenant) > 3 else "common"
        return json_response(self._identity.instance(_base(request), name))

    async def keys(self, request: web.Request) -> web.Response:
        del request
        return json_response(self._identity.entra.jwks())

    async def calling_metadata(self, request: web.Request) -> web.Response:
        return json_response(_metadata(f"{_base(request)}/calling/v1/.well-known/keys"))

    async def calling_keys(self, request: web.Request) -> web.Response:
        del request
        return json_response(self._identity.calling.jwks())

    async def bot_metadata(self, request: web.Request) -> web.Response:
        return json_response(_metadata(f"{_base(request)}/bot/v1/.well-known/keys"))

    async def bot_keys(self, request: web.Request) -> web.Response:
        del request
        return json_response(self._identity.bot.jwks())


def _metadata(jwks: str) -> Json:
    return {
        "issuer": "https://api.botframework.com",
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": jwks,
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
