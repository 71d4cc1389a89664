"""GET /healthz, /readyz and /metrics: whether the process lives, may have work, and its numbers.

The first two say one word to anybody, because App Service and load balancers ask without a token.
`/metrics` tells how many people wait: it asks for SWITCHBOARD_METRICS_TOKEN. Without one set it
answers on a laptop only. Behind a proxy every request comes from the proxy's address, and whether
it says so is the proxy's affair; so where the public address is not this machine, nothing but a
token opens it, and on a laptop nothing that looks passed on.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.metrics.telemetry import Telemetry
from bot.setting_values import is_loopback

SCRAPER_SAYS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "authorization",
        "cache-control",
        "connection",
        "host",
        "pragma",
        "user-agent",
        "x-prometheus-scrape-timeout-seconds",
    }
)
"""Headers of a scraper or of a person with curl. Any other may be a proxy's, whatever its name."""
CLOSED = (
    "A bearer token is needed: set SWITCHBOARD_METRICS_TOKEN, and send it as\n"
    "Authorization: Bearer TOKEN.\n"
)
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(
    *,
    unready: Callable[[], list[str]],
    telemetry: Telemetry,
    metrics_token: str = "",
    is_private: bool = False,
) -> list[web.RouteDef]:
    """The three routes. `unready` names what is not there yet in words for operators, quickly.

    `is_private`: only this machine reaches the service, by what its public address says.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        missing = unready()
        body = {"ready": not missing, "missing": missing}
        return web.json_response(body, status=503 if missing else 200)

    async def metrics(request: web.Request) -> web.Response:
        known = _has(request, metrics_token) if metrics_token else is_private and _is_near(request)
        if not known:
            headers = {"WWW-Authenticate": "Bearer"}
            return web.Response(status=401, text=CLOSED, headers=headers)
        return web.Response(body=telemetry.page(), headers={"Content-Type": TEXT})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]


def _has(request: web.Request, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode())
    return scheme.lower() == "bearer" and same


def _is_near(request: web.Request) -> bool:
    """Whether the asker is on this machine, and asks for itself."""
    try:
        asked = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False  # half an IPv6 address
    direct = all(name.lower() in SCRAPER_SAYS for name in request.headers)
    return is_loopback(request.remote or "") and is_loopback(asked) and direct
