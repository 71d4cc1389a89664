"""One request over real HTTP: what it may have done is told exactly."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kit.graph_server import Answer, HandedTokens, ScriptedGraph
from kit.sending import END, EVERY_METHOD, KEEP, PLAY, READ

from graph.errors import (
    GraphError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Throttled,
    TokenFailed,
    Unavailable,
)
from graph.transport import GraphRequest, HttpTransport


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
    ("path", "route"),
    [
        ("/communications/calls/1f00-2/playPrompt", "/communications/calls/{id}/playPrompt"),
        ("/users/ada.agent%40contoso.example?$select=id", "/users/{id}"),
        ("/users/ada@contoso.example", "/users/{id}"),
    ],
)
async def test_a_refusal_is_logged_with_its_route_and_nobodys_name(
    transport: HttpTransport,
    graph: ScriptedGraph,
    caplog: pytest.LogCaptureFixture,
    path: str,
    route: str,
) -> None:
    graph.script.append(Answer(404, {"error": {"code": "Request_ResourceNotFound"}}))
    with caplog.at_level("INFO", "graph.transport"), pytest.raises(Refused):
        await transport.send(replace(READ, path=path))
    assert [vars(line)["route"] for line in caplog.records] == [route]


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
