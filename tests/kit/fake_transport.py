"""A GraphTransport without a wire: answers as told and remembers what was sent."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graph.errors import GraphError, Refused
from graph.transport import GraphRequest, GraphResponse

NOT_FOUND = Refused("not found", status=404)


@dataclass(slots=True)
class FakeTransport:
    """`answer` returns what Graph would say: a JSON value, or an error to raise."""

    answer: Callable[[GraphRequest], Any]
    sent: list[GraphRequest] = field(default_factory=list[GraphRequest])

    async def send(self, request: GraphRequest) -> GraphResponse:
        self.sent.append(request)
        told = self.answer(request)
        if isinstance(told, GraphError):
            raise told
        return GraphResponse(status=200, body=b"" if told is None else json.dumps(told).encode())

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(r.body) if r.body else None for r in self.sent]

    @property
    def lines(self) -> list[str]:
        return [f"{r.method} {r.path}" for r in self.sent]
