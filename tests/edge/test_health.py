"""Health, readiness and metrics over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.metrics.telemetry import Telemetry
from bot.web.health import health_routes

TOKEN = "a-token-of-some-length"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    clients: list[Client] = []

    async def start(missing: list[str] | None = None, token: str = "") -> Client:
        app = web.Application()
        app.add_routes(
            health_routes(unready=lambda: missing or [], telemetry=Telemetry(), metrics_token=token)
        )
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()


Serve = Callable[..., Awaitable[Client]]


async def status(client: Client, path: str, **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(path, headers=names) as answer:
        await answer.read()
        return answer.status


async def test_health_is_open(serve: Serve) -> None:
    client = await serve(missing=["the database takes nothing"])
    assert await status(client, "/healthz") == 200


async def test_ready_or_what_is_missing(serve: Serve) -> None:
    assert await status(await serve(), "/readyz") == 200
    client = await serve(missing=["the database takes nothing"])
    async with client.get("/readyz") as answer:
        assert answer.status == 503
        assert await answer.json() == {"ready": False, "missing": ["the database takes nothing"]}


async def test_metrics_for_this_machine_only(serve: Serve) -> None:
    client = await serve()
    assert await status(client, "/metrics") == 200
    for header in ("X_Forwarded_For", "Forwarded", "Via"):
        assert await status(client, "/metrics", **{header: "203.0.113.9"}) == 401


async def test_metrics_with_a_token(serve: Serve) -> None:
    client = await serve(token=TOKEN)
    assert await status(client, "/metrics") == 401
    assert await status(client, "/metrics", Authorization=f"Bearer {TOKEN}x") == 401
    assert await status(client, "/metrics", Authorization=f"Basic {TOKEN}") == 401
    assert await status(client, "/metrics", Authorization="Bearer") == 401
    assert await status(client, "/metrics", Authorization=f"bearer {TOKEN}") == 200
    forwarded = {"Authorization": f"Bearer {TOKEN}", "X_Forwarded_For": "203.0.113.9"}
    assert await status(client, "/metrics", **forwarded) == 200
