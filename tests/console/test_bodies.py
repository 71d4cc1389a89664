"""Bodies of acts over HTTP: of the known shape, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from console.answers import answered
from console.board import Json
from console.bodies import LARGEST, body_of


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    on: bool
    words: str = ""


Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async def post(request: web.Request) -> web.Response:
        async def ask() -> Json:
            body = await body_of(request, Shape)
            return {"on": body.on, "words": body.words}

        return await answered(ask)

    app = web.Application()
    app.router.add_post("/", post)
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def said(client: Client, body: object) -> tuple[int, Any]:
    async with client.post("/", data=body) as answer:
        return answer.status, await answer.json()


async def test_a_body_of_the_shape_is_taken_also_in_pieces(client: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for part in (b'{"on": tr', b'ue, "words": "', b'\\ud55c"}'):
            yield part

    assert await said(client, pieces()) == (200, {"on": True, "words": "한"})


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"", "body"),
        (b"nonsense", "malformed"),
        (b"[]", "array"),
        (b"{}", "on"),
        (b'{"on": 1}', "bool"),
        (b'{"on": true, "oN": true}', "oN"),
        (b'{"on": true, "words": null}', "words"),
        (b'{"on": true, "words": "\xff"}', "body"),
        (b'{"x": ' + b"[" * 10_000, "body"),
    ],
)
async def test_another_body_is_refused_in_a_sentence_that_says_why(
    client: Client, body: bytes, names: str
) -> None:
    status, told = await said(client, body)
    assert status == 400
    assert names in told["error"]


async def test_a_body_that_is_too_large_is_refused_without_being_read(client: Client) -> None:
    words = b"x" * 1_000_000
    status, told = await said(client, b'{"on": true, "words": "' + words + b'"}')
    assert status == 413
    assert str(LARGEST) in told["error"]
