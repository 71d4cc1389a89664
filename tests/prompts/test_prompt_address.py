"""`/prompts/{sha256}.wav`: open to everybody, to be cached for ever, and nothing else there."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit.prompt_stores import MemoryPromptStore

from bot.prompts.catalog import Book, Clip, PromptCatalog
from bot.prompts.serving import PromptShelf
from bot.prompts.wav import pcm_to_wav
from bot.web.prompts import prompt_routes

WAV = pcm_to_wav(bytes(range(200)) * 10, 16_000)
SHA = sha256(WAV).hexdigest()
ADDRESS = f"/prompts/{SHA}.wav"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def store() -> MemoryPromptStore:
    one = MemoryPromptStore()
    await one.put(SHA, WAV, 62, "key")
    return one


@pytest.fixture
async def client(store: MemoryPromptStore) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_routes(prompt_routes(store))
    async with TestClient(TestServer(app)) as one:
        yield one


async def test_a_prompt_is_served_to_anybody_for_ever(client: Client) -> None:
    reply = await client.get(ADDRESS)

    assert reply.status == 200
    assert await reply.read() == WAV
    assert reply.content_type == "audio/wav"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    again = await client.get(ADDRESS, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")


async def test_a_prompt_says_what_it_is_called(store: MemoryPromptStore) -> None:
    catalog = PromptCatalog()
    clip = Clip(SHA, 62)
    names = ("system:digit.5", "plan:환영 1", "queue:support")
    catalog.use(Book(clips={(name, "en"): clip for name in names}, languages={}))
    app = web.Application()
    app.router.add_routes(prompt_routes(store, catalog.name_of))
    async with TestClient(TestServer(app)) as named:
        reply = await named.get(ADDRESS)
        assert reply.content_disposition is not None
        assert reply.content_disposition.filename == "plan:환영 1.wav"
        part = await named.get(ADDRESS, headers={"Range": "bytes=0-3"})
        assert part.headers["Content-Disposition"] == reply.headers["Content-Disposition"]
        catalog.use(Book(clips={}, languages={}))
        assert "Content-Disposition" not in (await named.get(ADDRESS)).headers


async def test_head_tells_the_length_without_the_content(client: Client) -> None:
    reply = await client.head(ADDRESS)

    assert (reply.status, await reply.read()) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(WAV))


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-43", 206, slice(0, 44)),
        ("bytes=44-", 206, slice(44, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=10-99999", 206, slice(10, None)),
        ("bytes=99999-", 416, slice(0, 0)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=5-1", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=" + "9" * 6_000 + "-", 200, slice(None)),
    ],
)
async def test_a_part_can_be_asked_for(
    client: Client, asked: str, status: int, part: slice
) -> None:
    reply = await client.get(ADDRESS, headers={"Range": asked})

    assert (reply.status, await reply.read()) == (status, WAV[part])


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64,
        SHA.upper(),
        SHA[:-1],
        SHA + "0",
        "..%2f..%2fsecret",
        "%00" * 64,
        "' OR 1=1 --",
        "１" * 64,
        SHA + "%0a",
    ],
)
async def test_anything_else_is_not_there(
    client: Client, store: MemoryPromptStore, name: str
) -> None:
    reply = await client.get(f"/prompts/{name}.wav")

    assert reply.status == 404
    assert store.gets == (1 if name == "0" * 64 else 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nobody_can_change_a_prompt(client: Client, method: str) -> None:
    reply = await client.request(method, ADDRESS, data=b"x")

    assert reply.status == 405


async def test_what_is_fetched_often_is_read_once(store: MemoryPromptStore) -> None:
    shelf = PromptShelf(store)

    assert [await shelf.wav(SHA) for _ in range(3)] == [WAV] * 3
    assert store.gets == 1


async def test_the_shelf_holds_no_more_than_it_may() -> None:
    store = MemoryPromptStore()
    names = [f"{count:064x}" for count in range(10)]
    for count, name in enumerate(names):
        await store.put(name, bytes([count]) * 100, 1, name)
    shelf = PromptShelf(store, kept_bytes=250)

    assert [await shelf.wav(name) for name in names] == [bytes([n]) * 100 for n in range(10)]
    assert await shelf.wav(names[9])
    assert shelf._size <= 250
    assert store.gets == 10
    assert await shelf.wav(names[0])
    assert store.gets == 11
