"""A collector of OpenTelemetry: takes OTLP over HTTP as a real one, and keeps what it was sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One span as it came over the wire."""

    name: str
    trace: str
    id: str
    parent: str
    start_ns: int
    end_ns: int
    is_failed: bool
    said: dict[str, str | int]
    instance: str


@dataclass(slots=True)
class Collector:
    """What has come so far. `status` is what it answers."""

    url: str = ""
    status: int = 200
    spans: list[Received] = field(default_factory=list[Received])
    bodies: list[bytes] = field(default_factory=list[bytes])

    def named(self, name: str) -> list[Received]:
        return [each for each in self.spans if each.name == name]

    async def take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-protobuf"
        body = await request.read()
        self.bodies.append(body)
        if self.status == 200:
            told = ExportTraceServiceRequest()
            told.ParseFromString(body)
            self.spans += _spans(told)
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(status=self.status, body=answer, content_type="application/x-protobuf")


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector that listens."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with TestServer(app) as server:
        collector.url = str(server.make_url("")).rstrip("/")
        yield collector


def _spans(told: ExportTraceServiceRequest) -> list[Received]:
    found = []
    for resource in told.resource_spans:
        of = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                said = {
                    each.key: each.value.string_value or each.value.int_value
                    for each in span.attributes
                }
                found.append(
                    Received(
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        start_ns=span.start_time_unix_nano,
                        end_ns=span.end_time_unix_nano,
                        is_failed=span.status.code == 2,
                        said=said,
                        instance=of.get("service.instance.id", ""),
                    )
                )
    return found
