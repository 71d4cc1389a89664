"""Requests to Graph, counted and timed on their way out."""

from __future__ import annotations

import re

from bot.clock import stopwatch_ms
from bot.metrics.meter import Meter
from graph.errors import GraphError
from graph.transport import GraphRequest, GraphResponse, GraphTransport

CALL = re.compile(r"/communications/calls/[^/]+(?:/(?P<act>.+))?")
NAMED = {
    "/communications/calls": "create call",
    "/communications/getPresencesByUserId": "presence",
}
COLLECTIONS = ("users", "groups", "organization", "communications")
PARTS = ("participants", "operations")
"""Of a call: what is done with them is in the method."""
WHOLE = {"GET": "get call", "DELETE": "hang up", "PATCH": "change call"}


class MeasuredTransport:
    """A transport that tells the meter of each request: operation, status, milliseconds."""

    def __init__(self, transport: GraphTransport, meter: Meter) -> None:
        self._transport = transport
        self._meter = meter

    async def send(self, request: GraphRequest) -> GraphResponse:
        """As the transport within."""
        began = stopwatch_ms()
        status = "unknown"
        try:
            response = await self._transport.send(request)
            status = str(response.status)
        except GraphError as error:
            status = str(error.status or type(error).__name__)
            raise
        finally:
            self._meter.count("graph_requests", status)
            self._meter.observe(f"graph_{operation(request)}", stopwatch_ms() - began)
        return response


def operation(request: GraphRequest) -> str:
    """What a request does, in a word of ours: ids are left out, so there are few."""
    path = request.path.partition("?")[0]
    if named := NAMED.get(path):
        return named
    call = CALL.fullmatch(path)
    if call is None:
        first = path.strip("/").partition("/")[0]
        return first if first in COLLECTIONS else "other"
    if call["act"] is None:
        return WHOLE.get(request.method, "call")
    act, _, rest = call["act"].partition("/")
    if rest == "invite":
        return rest
    return f"{request.method} {act}" if act in PARTS else act
