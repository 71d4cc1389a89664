"""Requests to Graph are named, counted and timed, whatever becomes of them."""

import pytest

from bot.metrics.measured import MeasuredTransport, operation
from graph.errors import NotSent, Throttled
from graph.transport import GraphRequest, GraphResponse

CALL = "/communications/calls/8d723104-f773-43c1-b458-a748e9bb17bc"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/communications/calls", "create call"),
        ("GET", CALL, "get call"),
        ("DELETE", CALL, "hang up"),
        ("POST", f"{CALL}/answer", "answer"),
        ("POST", f"{CALL}/playPrompt", "playPrompt"),
        ("POST", f"{CALL}/participants/invite", "invite"),
        ("GET", f"{CALL}/participants?$top=5", "GET participants"),
        ("DELETE", f"{CALL}/participants/4f1c", "DELETE participants"),
        ("GET", f"{CALL}/operations/17", "GET operations"),
        ("POST", "/communications/getPresencesByUserId", "presence"),
        ("GET", "/users/ada.agent@contoso.example?$select=id", "users"),
        ("GET", "/groups/4f1c/transitiveMembers", "groups"),
        ("GET", "https://graph.contoso.example/next", "other"),
    ],
)
def test_an_operation_is_a_word_of_ours(method: str, path: str, name: str) -> None:
    assert operation(GraphRequest(method=method, path=path)) == name


class Told:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, str]] = []
        self.observed: list[str] = []

    def count(self, name: str, reason: str = "") -> None:
        self.counted.append((name, reason))

    def observe(self, name: str, ms: float) -> None:
        assert ms >= 0
        self.observed.append(name)


class Answers:
    """A transport that does the one thing it was made for."""

    def __init__(self, end: GraphResponse | Exception) -> None:
        self.end = end

    async def send(self, request: GraphRequest) -> GraphResponse:
        assert request.path
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (GraphResponse(status=202), "202"),
        (Throttled(status=429), "429"),
        (NotSent("no token"), "NotSent"),
        (ValueError("odd"), "unknown"),
    ],
)
async def test_every_end_is_counted(end: GraphResponse | Exception, status: str) -> None:
    told = Told()
    transport = MeasuredTransport(Answers(end), told)
    request = GraphRequest(method="POST", path=f"{CALL}/answer")
    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            await transport.send(request)
    else:
        assert await transport.send(request) is end
    assert told.counted == [("graph_requests", status)]
    assert told.observed == ["graph_answer"]
