"""Reading a recording: where it may be, what opens it, and every way in which that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from graph.errors import GraphError, OutcomeUnknown, Refused, Throttled, Unavailable
from graph.recordings import LARGEST, RecordingReader

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SOUND = b"RIFF" + bytes(1000)


async def sound(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer opens":
        return web.Response(status=401)
    return web.Response(body=SOUND, content_type="audio/wav")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


async def fetched(
    session: aiohttp.ClientSession,
    handler: Handler,
    token: str = "opens",  # noqa: S107
) -> bytes:
    app = web.Application()
    app.router.add_get("/r", handler)
    async with TestServer(app) as server:
        reader = RecordingReader(session, graph_url="http://127.0.0.1:8100/v1.0")
        return await reader.fetch(str(server.make_url("/r")), token)


async def test_the_token_of_the_notification_opens_it(session: aiohttp.ClientSession) -> None:
    assert await fetched(session, sound) == SOUND
    with pytest.raises(Refused) as refused:
        await fetched(session, sound, "guessed")
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, Refused), (410, Refused), (429, Throttled), (503, Unavailable), (302, Refused)],
)
async def test_each_refusal_says_whether_asking_again_makes_sense(
    session: aiohttp.ClientSession, status: int, kind: type[GraphError]
) -> None:
    async def refuses(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"})

    with pytest.raises(kind) as refused:
        await fetched(session, refuses)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "audio/wav"),
        (b"<html>Sign in</html>", "text/html"),
        (b"wait", "text/plain"),
        (b'{"error": {}}', "application/json"),
        (b"<error/>", "application/xml"),
        (b'{"error": {}}', "application/problem+json"),
    ],
)
async def test_what_cannot_be_a_recording_is_asked_for_again(
    session: aiohttp.ClientSession, body: bytes, kind: str
) -> None:
    async def answers(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    with pytest.raises(Unavailable):
        await fetched(session, answers)


@pytest.mark.parametrize("kind", ["audio/x-wav", "application/octet-stream", "audio/mpeg"])
async def test_sound_is_taken_whatever_it_is_called(
    session: aiohttp.ClientSession, kind: str
) -> None:
    async def answers(_request: web.Request) -> web.Response:
        return web.Response(body=SOUND, content_type=kind)

    assert await fetched(session, answers) == SOUND


async def test_more_than_a_recording_can_be_is_not_read(session: aiohttp.ClientSession) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LARGEST // 65_536 + 2):
            await response.write(bytes(65_536))
        return response

    with pytest.raises(Refused, match="larger"):
        await fetched(session, endless)


async def test_a_connection_that_breaks_is_in_doubt(session: aiohttp.ClientSession) -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(OutcomeUnknown):
        await fetched(session, breaks)


@pytest.mark.parametrize(
    "location",
    [
        "http://recordings.example/r",
        "https://localhost/r",
        "http://127.0.0.1:9/r",
        "https://[::1]/r",
        "https://intranet/r",
        "https://user@recordings.example/r",
        "ftp://recordings.example/r",
        "https://[broken/r",
        "",
        "gopher://recordings.example/r",
    ],
)
async def test_nothing_is_asked_at_an_address_that_is_no_recordings(
    session: aiohttp.ClientSession, location: str
) -> None:
    reader = RecordingReader(session, graph_url="https://graph.microsoft.com/v1.0")
    with pytest.raises(Refused, match="no address"):
        await reader.fetch(location, "opens")
