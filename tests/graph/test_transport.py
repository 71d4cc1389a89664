"""One request over real HTTP: what it may have done is told exactly."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from kit.scripted_graph import Answer, HandedTokens, ScriptedGraph
from kit.token_issuer import Clock

from graph.errors import (
    GraphError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Throttled,
    TokenFailed,
    Unavailable,
)
from graph.transport import GraphRequest, HttpTransport, open_session

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


async def test_a_request_arrives_as_it_was_written(
    transport: HttpTransport, graph: ScriptedGraph, tokens: HandedTokens
) -> None:
    graph.script.append(Answer(200, {"id": "op"}))
    response = await transport.send(PLAY)
    (asked,) = graph.asked
    assert (asked.method, asked.path) == ("POST", "/v1.0/communications/calls/a%2Fb/playPrompt")
    assert asked.body == {"clientContext": "c"}
    assert asked.token == "token-1"
    assert len(asked.client_request_id) == 36
    assert tokens.asked_for == [("a-1", "t-1")]
    assert (response.status, response.json()) == (200, {"id": "op"})


async def test_requests_without_a_body_arrive(
    transport: HttpTransport, graph: ScriptedGraph
) -> None:
    for request in (READ, END, KEEP):
        await transport.send(request)
    assert [(a.method, a.body) for a in graph.asked] == [
        ("GET", None),
        ("DELETE", None),
        ("POST", None),
    ]


async def test_a_next_link_is_followed_below_the_base_and_nowhere_else(
    transport: HttpTransport, graph: ScriptedGraph
) -> None:
    link = f"{graph.base_url}/groups/g/members?%24skiptoken=a%2Bb"
    await transport.send(GraphRequest(method="GET", path=link))
    assert graph.asked[0].path == "/v1.0/groups/g/members?%24skiptoken=a%2Bb"
    for elsewhere in ("https://evil.example.test/v1.0/x", graph.base_url + "evil/x", "x"):
        with pytest.raises(NotSent):
            await transport.send(GraphRequest(method="GET", path=elsewhere))
    assert len(graph.asked) == 1


# --- answers that are no success


async def test_a_refusal_carries_graphs_own_words(
    transport: HttpTransport, graph: ScriptedGraph
) -> None:
    """The error body of the communications API: code is a number written as text."""
    graph.script.append(
        Answer(
            403,
            {
                "error": {
                    "code": "7505",
                    "message": "Request authorization tenant mismatch.",
                    "innerError": {"code": "1", "request-id": "r-1", "date": "2026-11-22"},
                }
            },
        )
    )
    with pytest.raises(Refused) as caught:
        await transport.send(PLAY)
    error = caught.value
    assert (error.status, error.code, error.subcode) == (403, "7505", "1")
    assert error.message == "Request authorization tenant mismatch."
    assert error.request_id == "r-1"
    assert not error.may_have_run
    assert str(error) == "403/7505: Request authorization tenant mismatch."


@pytest.mark.parametrize(
    "body", [None, b"<html>Bad gateway</html>", b"[]", {"error": "text"}, {"error": None}, b"\xff"]
)
@EVERY_METHOD
async def test_an_error_without_a_body_to_read_is_classed_by_its_status(
    transport: HttpTransport, graph: ScriptedGraph, body: Any, request_: GraphRequest
) -> None:
    graph.script.append(Answer(502, body, {"request-id": "r-2"}))
    with pytest.raises(Unavailable) as caught:
        await transport.send(request_)
    assert caught.value.may_have_run
    assert (caught.value.code, caught.value.request_id) == (None, "r-2")
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Refused),
        (400, Refused),
        (404, Refused),
        (408, OutcomeUnknown),
        (409, Refused),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
async def test_each_status_has_its_class_and_is_sent_once(
    transport: HttpTransport, graph: ScriptedGraph, status: int, kind: type[GraphError]
) -> None:
    graph.script.append(Answer(status, None, {"Location": "/elsewhere"}))
    with pytest.raises(kind) as caught:
        await transport.send(PLAY)
    assert caught.value.status == status
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("told", "wait_ms"),
    [
        ("10", 10_000),
        ("0.5", 500),
        ("-3", 0),
        ("99999", 600_000),
        ("nan", 600_000),
        (None, None),
        ("soon", None),
        ("Fri, 15 Jan 2027 08:00:10 GMT", 10_000),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
    ],
)
async def test_throttling_tells_how_long_to_wait(
    transport: HttpTransport, graph: ScriptedGraph, told: str | None, wait_ms: int | None
) -> None:
    graph.script.append(Answer(429, None, {"Retry-After": told} if told else {}))
    with pytest.raises(Throttled) as caught:
        await transport.send(PLAY)
    assert caught.value.retry_after_ms == wait_ms
    assert not caught.value.may_have_run


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"{"])
async def test_a_success_that_cannot_be_read_did_run(
    transport: HttpTransport, graph: ScriptedGraph, body: bytes
) -> None:
    graph.script.append(Answer(200, body))
    response = await transport.send(PLAY)
    with pytest.raises(OutcomeUnknown):
        response.json()


# --- tokens


async def test_a_revoked_token_is_replaced_once(
    transport: HttpTransport, graph: ScriptedGraph, tokens: HandedTokens
) -> None:
    graph.script.append(Answer(401))
    assert (await transport.send(PLAY)).status == 202
    assert [asked.token for asked in graph.asked] == ["token-1", "token-2"]
    assert tokens.invalidated == ["token-1"]
    assert graph.asked[0].client_request_id == graph.asked[1].client_request_id


async def test_a_graph_that_refuses_every_token_is_believed(
    transport: HttpTransport, graph: ScriptedGraph
) -> None:
    graph.script.extend([Answer(401), Answer(401), Answer(202)])
    with pytest.raises(Refused) as caught:
        await transport.send(PLAY)
    assert caught.value.status == 401
    assert len(graph.asked) == 2


async def test_without_a_token_nothing_is_sent(
    transport: HttpTransport, graph: ScriptedGraph, tokens: HandedTokens
) -> None:
    tokens.at_hand = False
    tokens.failure = TokenFailed("no token")
    with pytest.raises(NotSent) as caught:
        await transport.send(PLAY)
    assert not caught.value.may_have_run
    assert graph.asked == []


async def test_a_token_that_does_not_come_in_time_sends_nothing(
    make: Callable[..., HttpTransport], graph: ScriptedGraph, tokens: HandedTokens
) -> None:
    tokens.at_hand = False
    tokens.stalled = asyncio.Event()
    with pytest.raises(NotSent):
        await make(attempt_timeout_ms=20).send(PLAY)
    assert graph.asked == []


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
