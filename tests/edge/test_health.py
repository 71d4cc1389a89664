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

    async def start(
        missing: list[str] | None = None, token: str = "", *, is_private: bool = False
    ) -> Client:
        app = web.Application()
        app.add_routes(
            health_routes(
                unready=lambda: missing or [],
                telemetry=Telemetry(),
                metrics_token=token,
                is_private=is_private,
            )
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


async def test_without_a_token_a_service_with_a_public_address_tells_nobody(serve: Serve) -> None:
    client = await serve()
    async with client.get("/metrics") as answer:
        assert answer.status == 401
        assert "SWITCHBOARD_METRICS_TOKEN" in await answer.text()


async def test_without_a_token_a_laptop_tells_itself(serve: Serve) -> None:
    client = await serve(is_private=True)
    assert await status(client, "/metrics") == 200
    scraper = {"X_Prometheus_Scrape_Timeout_Seconds": "10", "Accept": "text/plain"}
    assert await status(client, "/metrics", **scraper) == 200


@pytest.mark.parametrize(
    "passed_on",
    [
        {"X_Forwarded_For": "203.0.113.9"},
        {"X_Real_IP": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
        {"CF_Connecting_IP": "203.0.113.9"},
        {"X_ARR_ClientCert": "x"},
        {"X_Nobody_Has_Heard_Of": "x"},
        {"Host": "switchboard.contoso.example"},
        {"Host": "[::1"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_laptop_without_a_token_tells_nobody_through_a_proxy(
    serve: Serve, passed_on: dict[str, str]
) -> None:
    client = await serve(is_private=True)
    assert await status(client, "/metrics", **passed_on) == 401


async def test_a_token_that_is_set_is_asked_for_on_a_laptop_too(serve: Serve) -> None:
    client = await serve(token=TOKEN, is_private=True)
    assert await status(client, "/metrics") == 401


async def test_metrics_with_a_token(serve: Serve) -> None:
    client = await serve(token=TOKEN)
    assert await status(client, "/metrics") == 401
    assert await status(client, "/metrics", Authorization=f"Bearer {TOKEN}x") == 401
    assert await status(client, "/metrics", Authorization=f"Basic {TOKEN}") == 401
    assert await status(client, "/metrics", Authorization="Bearer") == 401
    assert await status(client, "/metrics", Authorization=f"Bearer {TOKEN[:-1]}é") == 401
    assert await status(client, "/metrics", Authorization=f"bearer {TOKEN}") == 200
    forwarded = {"Authorization": f"Bearer {TOKEN}", "X_Forwarded_For": "203.0.113.9"}
    assert await status(client, "/metrics", **forwarded) == 200
