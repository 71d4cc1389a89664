"""A transport on a scripted Graph, for every test that sends over real HTTP."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from kit.graph_server import HandedTokens, ScriptedGraph
from kit.sending import Lease
from kit.token_issuer import Clock

from graph.transport import HttpTransport, open_session


@pytest.fixture
async def graph() -> AsyncIterator[ScriptedGraph]:
    graph = ScriptedGraph()
    await graph.start()
    yield graph
    await graph.close()


@pytest.fixture
def tokens() -> HandedTokens:
    return HandedTokens()


@pytest.fixture
def lease() -> Lease:
    return Lease()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make(
    graph: ScriptedGraph, tokens: HandedTokens, lease: Lease, clock: Clock
) -> AsyncIterator[Callable[..., HttpTransport]]:
    async with open_session() as session:

        def made(base_url: str = "", **changes: Any) -> HttpTransport:
            options = {"lease_check": lease, "clock_ms": clock, **changes}
            return HttpTransport(session, tokens, base_url or graph.base_url, **options)

        yield made


@pytest.fixture
def transport(make: Callable[..., HttpTransport]) -> HttpTransport:
    return make()
