"""GET /healthz, /readyz and /metrics: whether the process lives, may have work, and its numbers.

The first two say one word to anybody, because App Service and load balancers ask without a token.
`/metrics` tells how many people wait: it asks for SWITCHBOARD_METRICS_TOKEN, and without one set it
answers this machine only.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from aiohttp import web

from bot.metrics.telemetry import Telemetry
from bot.settings import is_loopback

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-ARR-ClientCert", "X-Client-IP", "Via")
"""Said by a proxy on this machine: then the real asker is somebody else."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(
    *, unready: Callable[[], list[str]], telemetry: Telemetry, metrics_token: str = ""
) -> list[web.RouteDef]:
    """The three routes. `unready` names what is not there yet in words for operators, quickly."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        missing = unready()
        body = {"ready": not missing, "missing": missing}
        return web.json_response(body, status=503 if missing else 200)

    async def metrics(request: web.Request) -> web.Response:
        if not _may_scrape(request, metrics_token):
            headers = {"WWW-Authenticate": "Bearer"}
            return web.Response(status=401, text="A bearer token is needed.\n", headers=headers)
        return web.Response(body=telemetry.page(), headers={"Content-Type": TEXT})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]


def _may_scrape(request: web.Request, token: str) -> bool:
    if not token:
        forwarded = any(name in request.headers for name in FORWARDED)
        return is_loopback(request.remote or "") and not forwarded
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode())
    return scheme.lower() == "bearer" and same
