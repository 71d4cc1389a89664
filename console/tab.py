"""The tab's files at `/tab/`, for a Teams client and for any browser, and what they need to begin.

Anybody may fetch them: they hold no data. What they show comes from the API, with a token. The
files are read once, at start, and sent packed; a browser asks each time whether its copy is still
the newest, so that a page and its modules are always of one release.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from console.answers import answer
from console.auth import SCOPE, api_uri

FOLDER = Path(__file__).with_name("web")
ADDRESS = "/tab/"
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
FRAMED_BY = (
    "'self'",
    "https://teams.microsoft.com",
    "https://*.teams.microsoft.com",
    "https://*.cloud.microsoft",
)
"""Who may show the tab in a frame: Teams, under its old and its new name."""
TEAMS_HOSTS = "https://res.cdn.office.net"
"""Where Microsoft's library reads which other hosts are Teams'. It goes on without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Where and as what people sign in."""

    authority: str
    """With the tenant, without a slash at its end."""
    client_id: str
    public_url: str


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    plain: bytes
    packed: bytes
    tag: str


def tab_routes(sign_in: SignIn, folder: Path = FOLDER) -> list[web.RouteDef]:
    """All of it: anonymous, and without data."""
    headers = _headers(sign_in)
    body = {
        "authority": sign_in.authority,
        "client_id": sign_in.client_id,
        "scope": f"{api_uri(sign_in.public_url, sign_in.client_id)}/{SCOPE}",
    }

    async def config(_request: web.Request) -> web.Response:
        return answer(dict(body))

    async def moved(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(ADDRESS)

    return [
        web.get(ADDRESS.rstrip("/"), moved),
        web.get(f"{ADDRESS}config.json", config),
        *[_route(name, file, headers) for name, file in sorted(_files(folder).items())],
    ]


def _route(name: str, file: _File, headers: dict[str, str]) -> web.RouteDef:
    async def send(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers | {"ETag": file.tag})
        packs = "gzip" in request.headers.get("Accept-Encoding", "")
        more = {"ETag": file.tag} | ({"Content-Encoding": "gzip"} if packs else {})
        return web.Response(
            body=file.packed if packs else file.plain,
            content_type=file.kind,
            charset="utf-8",
            headers=headers | more,
        )

    return web.get(ADDRESS if name == "index.html" else ADDRESS + name, send)


def _files(folder: Path) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for path in folder.rglob("*"):
        if path.suffix in KINDS and not path.name.endswith(".d.ts"):
            content = path.read_bytes()
            found[path.relative_to(folder).as_posix()] = _File(
                kind=KINDS[path.suffix],
                plain=content,
                packed=gzip.compress(content, mtime=0),
                tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            )
    return found


def _headers(sign_in: SignIn) -> dict[str, str]:
    parts = urlsplit(sign_in.authority)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": f"'self' {parts.scheme}://{parts.netloc} {TEAMS_HOSTS}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(FRAMED_BY),
    }
    return {
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
    }
