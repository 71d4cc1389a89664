"""The plain page at `/`: contacts, and for each the wire beside the service's steps and reasons.

Loopback only. The page asks here alone; what the service says is fetched on this side, so that no
token ever reaches a browser. A page of another origin can neither read these answers (no CORS
header is ever sent) nor press the button (it must name a header that needs one), and a foreign
host name that was pointed at this machine is refused.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from aiohttp import web

from emulator.child import Child
from emulator.console_reader import ConsoleReader
from emulator.contact_view import ContactView
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import Tally

FOLDER = Path(__file__).with_name("page")
FILES = {
    "/": ("index.html", "text/html"),
    "/page/page.css": ("page.css", "text/css"),
    "/page/page.js": ("page.js", "text/javascript"),
    "/page/icon.svg": ("icon.svg", "image/svg+xml"),
}
HOSTS = ("127.0.0.1", "localhost", "[::1]")
SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}


class Page:
    """`child` is set by whoever started the service, and lets the page say its pid and end it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._view = ContactView(shell, Tally(shell.world.log), ConsoleReader(shell))
        self.child: Child | None = None

    def add_routes(self, app: web.Application) -> None:
        for path in FILES:
            app.router.add_get(path, self._file)
        app.router.add_get("/page/contacts", self._contacts)
        app.router.add_get("/page/contacts/{leg}", self._contact)
        app.router.add_get("/page/contacts/{leg}/why", self._why)
        app.router.add_post("/page/kill", self._kill)

    async def _file(self, request: web.Request) -> web.Response:
        _check_host(request)
        name, kind = FILES[request.path]
        text = (FOLDER / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kind, headers=SAFE)

    async def _contacts(self, request: web.Request) -> web.Response:
        _check_host(request)
        return _json(await self._view.contacts() | {"child": self._service()})

    async def _contact(self, request: web.Request) -> web.Response:
        _check_host(request)
        found = await self._view.contact(request.match_info["leg"])
        return _json(found) if found is not None else _json({"error": "no such caller"}, 404)

    async def _why(self, request: web.Request) -> web.Response:
        _check_host(request)
        agent = request.query.get("agent", "")
        sentences = await self._view.why_not(request.match_info["leg"], agent)
        return _json({"agent": agent, "sentences": sentences})

    async def _kill(self, request: web.Request) -> web.Response:
        _check_host(request)
        if request.headers.get("X-Emulator-Page") != "1":
            return _json({"error": "this button is on the page"}, 403)
        if self.child is None:
            return _json({"error": "the service was not started from here"}, 409)
        return _json({"killed": self.child.kill()})

    def _service(self) -> Json | None:
        child = self.child
        if child is None:
            return None
        return {"pid": child.pid, "starts": child.starts, "last_error": child.last_error}


def _check_host(request: web.Request) -> None:
    if request.host.rpartition(":")[0] not in HOSTS and request.host not in HOSTS:
        raise web.HTTPForbidden(text="Only this machine is served: open the page at 127.0.0.1.")


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers=SAFE,
    )
