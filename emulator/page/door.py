"""Who may use the page's routes: this machine's browser, and of its pages only this one.

A page of another origin can neither read an answer (no CORS header is ever sent) nor act: whatever
acts must name a header that needs a CORS permission first, and a browser tells where it comes from.
A foreign host name that was pointed at this machine (DNS rebinding) is refused everywhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from emulator.shapes import Json

HOSTS = ("127.0.0.1", "localhost", "[::1]")
HEADER = "X-Emulator-Page"
ACT_AT_MOST = 4_096
"""bytes of an act's body"""
SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}


class BadAct(ValueError):
    """An act that says too little or too much; the message is for whoever acted."""


def check_reader(request: web.Request) -> None:
    """Raises HTTPForbidden when the request did not come from a page of ours, or from a person."""
    name = request.host.rpartition(":")[0] if ":" in request.host else request.host
    if name not in HOSTS and request.host not in HOSTS:
        raise web.HTTPForbidden(text="Only this machine is served: open the page at 127.0.0.1.")
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise web.HTTPForbidden(text="Only the emulator's own page is served.")


def check_actor(request: web.Request) -> None:
    """Raises HTTPForbidden when it was not the page itself that acts."""
    check_reader(request)
    origin = request.headers.get("Origin")
    if request.headers.get(HEADER) != "1":
        raise web.HTTPForbidden(text="Only the emulator's own page may do that.")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="Only the emulator's own page may do that.")


async def act_of(request: web.Request, *known: str) -> Json:
    """The body of an act: an object with no key but these. Raises HTTPForbidden and BadAct."""
    check_actor(request)
    raw = await request.content.read(ACT_AT_MOST + 1)
    if len(raw) > ACT_AT_MOST:
        raise BadAct("that is too long for anything on this page")
    try:
        body: object = msgspec.json.decode(raw) if raw else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadAct(f"not JSON: {wrong}") from wrong
    if not isinstance(body, dict):
        raise BadAct("a JSON object is expected")
    for key in body:
        if key not in known:
            raise BadAct(f"{key!r} is not known here; known are {', '.join(known)}")
    return body


def json_answer(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers=SAFE,
    )
