"""Requests to send in tests of the transport, and a lease that can be lost."""

import pytest

from graph.transport import GraphRequest

PLAY = GraphRequest(
    method="POST",
    path="/communications/calls/a%2Fb/playPrompt",
    body=b'{"clientContext":"c"}',
    tenant_id="t-1",
    app_id="a-1",
)
READ = GraphRequest(method="GET", path="/communications/calls/c")
END = GraphRequest(method="DELETE", path="/communications/calls/c")
KEEP = GraphRequest(method="POST", path="/communications/calls/c/keepAlive")
EVERY_METHOD = pytest.mark.parametrize("request_", [PLAY, READ, END, KEEP], ids=lambda r: r.method)


class Lease:
    """Held until told otherwise; or lost after it was asked some times."""

    def __init__(self) -> None:
        self.held = True
        self.asks_until_lost: int | None = None

    def __call__(self) -> bool:
        if self.asks_until_lost is not None:
            self.asks_until_lost -= 1
            return self.asks_until_lost >= 0
        return self.held
