"""Requests to Graph, counted and timed on their way out."""

from __future__ import annotations

import re
from typing import Protocol

from bot.clock import stopwatch_ms
from bot.metrics.meter import Meter
from graph.errors import GraphError
from graph.transport import GraphRequest, GraphResponse, GraphTransport

Said = str | int | bool
CALL = re.compile(r"/communications/calls/[^/]+(?:/(?P<act>.+))?")
NAMED = {
    "/communications/calls": "create call",
    "/communications/getPresencesByUserId": "presence",
}
COLLECTIONS = ("users", "groups", "organization", "communications")
PARTS = ("participants", "operations")
"""Of a call: what is done with them is in the method."""
WHOLE = {"GET": "get call", "DELETE": "hang up", "PATCH": "change call"}


class Traces(Protocol):
    """Where a request is written into its contact's trace."""

    def contact_of(self, request: GraphRequest) -> str:
        """The contact that a request is for; empty: none of them alone."""
        ...

    def asked(
        self, contact: str, operation: str, took_ms: float, said: dict[str, Said], *, failed: bool
    ) -> None:
        """A request to Graph is over."""
        ...


class MeasuredTransport:
    """A transport that tells the meter of each request: operation, status, milliseconds."""

    def __init__(
        self, transport: GraphTransport, meter: Meter, traces: Traces | None = None
    ) -> None:
        self._transport = transport
        self._meter = meter
        self._traces = traces

    async def send(self, request: GraphRequest) -> GraphResponse:
        """As the transport within."""
        # Before it is sent: a call that ends meanwhile is soon forgotten.
        contact = self._traces.contact_of(request) if self._traces else ""
        began = stopwatch_ms()
        status = "unknown"
        failed: GraphError | None = None
        try:
            response = await self._transport.send(request)
            status = str(response.status)
        except GraphError as error:
            status = str(error.status or type(error).__name__)
            failed = error
            raise
        finally:
            took_ms, named = stopwatch_ms() - began, operation(request)
            self._meter.count("graph_requests", status)
            self._meter.observe(f"graph_{named}", took_ms)
            if contact and self._traces:
                said = _said(status, failed)
                bad = failed is not None or status == "unknown"
                self._traces.asked(contact, named, took_ms, said, failed=bad)
        return response


def _said(status: str, error: GraphError | None) -> dict[str, Said]:
    """What a span says of a request: no path and no message, which may name somebody. No method
    either: with one Azure Monitor would call each `POST /`. Without, it drops the standard status,
    so that stands there by a name of ours, too."""
    said: dict[str, Said] = {}
    if status.isdigit():
        said["http.response.status_code"] = said["status"] = int(status)
    else:
        said["error.type"] = status
    if error is not None:
        if error.code:
            said["graph_code"] = error.code
        if error.subcode:
            said["graph_subcode"] = error.subcode
        if error.retry_after_ms is not None:
            said["retry_after_ms"] = error.retry_after_ms
    return said


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
