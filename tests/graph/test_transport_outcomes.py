"""Broken connections, missing answers, lost leases: whether the request may have run."""

import asyncio
import socket
from collections.abc import Callable

import pytest
from kit.graph_server import Answer, ScriptedGraph
from kit.sending import END, EVERY_METHOD, KEEP, PLAY, Lease
from kit.token_issuer import Clock

from graph.errors import (
    NotSent,
    OutcomeUnknown,
)
from graph.transport import GraphRequest, HttpTransport

# --- connections


@EVERY_METHOD
async def test_nobody_listening_means_surely_not_sent(
    make: Callable[..., HttpTransport], request_: GraphRequest
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(NotSent) as caught:
            await make(f"http://127.0.0.1:{port}").send(request_)
    assert not caught.value.may_have_run


async def test_a_server_that_never_accepts_means_surely_not_sent(
    make: Callable[..., HttpTransport],
) -> None:
    """A TLS handshake that never ends: connected, nothing said."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        for request in (PLAY, END, KEEP):
            with pytest.raises(NotSent):
                await make(url, attempt_timeout_ms=50).send(request)


@pytest.mark.parametrize("request_", [PLAY, KEEP])
async def test_a_connection_cut_after_reading_leaves_the_outcome_unknown(
    transport: HttpTransport, graph: ScriptedGraph, request_: GraphRequest
) -> None:
    graph.script.append(Answer(cut=True))
    with pytest.raises(OutcomeUnknown) as caught:
        await transport.send(request_)
    assert caught.value.may_have_run
    assert len(graph.asked) == 1


async def test_a_connection_closed_while_idle_is_in_doubt_not_repeated(
    make: Callable[..., HttpTransport],
) -> None:
    """A server that answers once and then cuts the kept connection as the next request comes."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b'"c"}'))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        seen.append(await reader.readuntil(b'"c"}'))
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        transport = make(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await transport.send(PLAY)
        with pytest.raises(OutcomeUnknown):
            await transport.send(PLAY)
    assert len(seen) == 2


async def test_an_answer_that_stops_half_way_leaves_the_outcome_unknown(
    make: Callable[..., HttpTransport],
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b'"c"}')
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with pytest.raises(OutcomeUnknown):
            await make(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").send(PLAY)


@EVERY_METHOD
async def test_a_graph_that_does_not_answer_leaves_the_outcome_unknown(
    make: Callable[..., HttpTransport], graph: ScriptedGraph, request_: GraphRequest
) -> None:
    graph.stalled = asyncio.Event()
    with pytest.raises(OutcomeUnknown) as caught:
        await make(attempt_timeout_ms=150).send(request_)
    assert caught.value.may_have_run
    assert len(graph.asked) == 1


# --- deadlines and the lease


async def test_after_the_deadline_nothing_is_begun(
    transport: HttpTransport, graph: ScriptedGraph, clock: Clock
) -> None:
    late = GraphRequest(method="POST", path="/x", deadline_ms=clock())
    with pytest.raises(NotSent):
        await transport.send(late)
    assert graph.asked == []


async def test_the_deadline_cuts_the_wait_for_an_answer(
    make: Callable[..., HttpTransport], graph: ScriptedGraph, clock: Clock
) -> None:
    graph.stalled = asyncio.Event()
    urgent = GraphRequest(method="POST", path="/x", deadline_ms=clock() + 150)
    with pytest.raises(OutcomeUnknown):
        async with asyncio.timeout(3):
            await make(attempt_timeout_ms=60_000).send(urgent)


@EVERY_METHOD
async def test_without_the_lease_nothing_is_sent(
    transport: HttpTransport, graph: ScriptedGraph, lease: Lease, request_: GraphRequest
) -> None:
    lease.held = False
    with pytest.raises(NotSent):
        await transport.send(request_)
    assert graph.asked == []


@pytest.mark.parametrize("request_", [PLAY, END, KEEP], ids=lambda r: r.method)
async def test_a_lease_lost_while_connecting_sends_nothing(
    transport: HttpTransport, graph: ScriptedGraph, lease: Lease, request_: GraphRequest
) -> None:
    lease.asks_until_lost = 1
    with pytest.raises(NotSent, match="lease") as caught:
        await transport.send(request_)
    assert not caught.value.may_have_run
    assert graph.asked == []
    lease.asks_until_lost = None
    assert (await transport.send(request_)).status == 202


async def test_a_lease_lost_between_two_tokens_sends_no_second_request(
    transport: HttpTransport, graph: ScriptedGraph, lease: Lease
) -> None:
    def lose() -> None:
        lease.held = False

    graph.script.append(Answer(401, then=lose))
    with pytest.raises(NotSent):
        await transport.send(PLAY)
    assert len(graph.asked) == 1
