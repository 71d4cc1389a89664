"""Rude peers on real sockets: they dawdle, break off, crowd in; and Graph gets through."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from kit.calls_site import Site, batch, calls_site, incoming
from kit.peer import peer
from kit.waiting import until

from bot.tasks import OnCrash, TaskSet
from bot.web.connections import Connections, Limits

HASTY = Limits(look_every_s=0.01, head_looks=5, body_s=0.05, linger_s=0.05)
"""For those whom we want to see cut off."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with calls_site(tmp_path) as site:
        yield site


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Site]:
    async with calls_site(tmp_path, HASTY) as site:
        yield site


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    """What we log from INFO on, and anybody from WARNING on."""
    kept: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING or record.name.startswith("bot."):
                kept.append(record)

    handler, root = Keep(logging.INFO), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


def call(site: Site, name: str = "c1", *, length: int | None = None, body: str = "") -> str:
    """A delivery as Graph makes it; `length` and `body` as they are, or as they are not."""
    body = body or json.dumps(batch(incoming(name)))
    return (
        f"POST /api/calls HTTP/1.1\r\nHost: x\r\nAuthorization: {site.issuer.header()}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n{body}"
    )


def broken(site: Site, reason: str) -> int:
    return site.counts.count(("broken", reason))


# --- who dawdles


@pytest.mark.parametrize(
    "said",
    [
        "",
        "POST /api/ca",
        "POST /api/calls HTTP/1.1\r\nHost: x\r\nAuthoriza",
        "POST /api/calls HTTP/1.1\r\nHost: x\r\n",
    ],
    ids=["nothing", "half a request line", "half a header", "no end of headers"],
)
async def test_a_head_that_does_not_end_is_cut_off(hasty: Site, said: str) -> None:
    async with peer(hasty.port) as rude:
        rude.say(said)
        assert await rude.hear_all() == b""
    assert broken(hasty, "late_request") == 1
    assert len(hasty.connections) == 0


@pytest.mark.parametrize(
    "start",
    ["POST /api/", "POST /api/calls HTTP/1.1\r\nX-Long: "],
    ids=["request line", "header"],
)
async def test_a_head_that_drips_is_cut_off(hasty: Site, start: str) -> None:
    async with peer(hasty.port) as rude:
        assert await rude.drip(start) == b""
    assert broken(hasty, "late_request") == 1


async def test_half_a_body_is_408_and_cut_off(hasty: Site) -> None:
    async with peer(hasty.port) as rude:
        rude.say(call(hasty, length=5_000))
        assert (await rude.hear_all()).startswith(b"HTTP/1.1 408 ")
    assert hasty.events == []


async def test_a_body_that_drips_is_408_and_cut_off(hasty: Site) -> None:
    async with peer(hasty.port) as rude:
        rude.say(call(hasty, length=1_000_000))
        assert (await rude.drip(" ")).startswith(b"HTTP/1.1 408 ")
    assert hasty.events == []


async def test_a_body_that_drips_in_chunks_is_408_and_cut_off(hasty: Site) -> None:
    head, _, _ = call(hasty).partition("Content-Length")
    async with peer(hasty.port) as rude:
        rude.say(head, "Transfer-Encoding: chunked\r\n\r\n")
        assert (await rude.drip("", again="1\r\n \r\n")).startswith(b"HTTP/1.1 408 ")
    assert hasty.events == []


async def test_who_is_refused_cannot_go_on_with_the_body(hasty: Site) -> None:
    async with peer(hasty.port) as rude:
        rude.say("POST /api/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert (await rude.drip(" ")).startswith(b"HTTP/1.1 401 ")


async def test_the_next_request_of_a_connection_has_to_end_as_well(hasty: Site) -> None:
    async with peer(hasty.port) as rude:
        rude.say(call(hasty))
        assert await rude.hear_status() == 202
        rude.say("POST /api/calls HT")
        assert await rude.hear_all() == b""
    assert broken(hasty, "late_request") == 1


async def test_an_idle_connection_stays_and_is_used_again(hasty: Site) -> None:
    async with peer(hasty.port) as graph:
        graph.say(call(hasty))
        assert await graph.hear_status() == 202
        async with peer(hasty.port) as rude:  # silent for as long as `graph`, and cut off
            await rude.hear_all()
        graph.say(call(hasty, "c2"))
        assert await graph.hear_status() == 202
    assert len(hasty.events) == 2


async def test_an_answer_that_is_not_taken_is_cut_off() -> None:
    async def much(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(1 << 25))

    limits = Limits(answer_looks=5, look_every_s=0.01)
    async with small(web.get("/", much), limits) as (port, told), peer(port) as rude:
        rude.writer.transport.pause_reading()
        rude.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        async def cut_off() -> bool:
            return "late_answer" in told

        await until(cut_off)
        rude.writer.transport.resume_reading()
        assert len(await rude.hear_all()) < 1 << 25


# --- who crowds in


async def test_five_hundred_idle_connections_do_not_keep_a_call_out(site: Site) -> None:
    async with AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(peer(site.port)) for _ in range(500)]
        for number, each in enumerate(idle):
            each.say("POST /api/calls HTTP/1.1\r\nHo"[: number % 30])
        assert (await site.post(batch(incoming()))).status == 202

        async def all_there() -> bool:
            return len(site.connections) == 501

        await until(all_there)
    assert len(site.events) == 1


async def test_more_than_there_may_be_make_room_for_one_another(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(calls_site(tmp_path, Limits(most=20)))
        graph = await stack.enter_async_context(peer(site.port))
        graph.say(call(site))
        assert await graph.hear_status() == 202
        for _ in range(100):
            each = await stack.enter_async_context(peer(site.port))
            each.say("POST /api/ca")
        # A call on a new connection, and one on Graph's old one.
        assert (await site.post(batch(incoming("c2")))).status == 202
        graph.say(call(site, "c3"))
        assert await graph.hear_status() == 202
        assert len(site.connections) == 20
        assert broken(site, "crowded") == 1 + 100 + 1 - 20
    assert len(site.events) == 3


async def test_a_call_in_hand_is_never_cut_off_for_another(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(calls_site(tmp_path, Limits(most=3)))
        busy = [await stack.enter_async_context(peer(site.port)) for _ in range(3)]
        whole = [call(site, f"c{number}") for number in range(3)]
        for each, said in zip(busy, whole, strict=True):
            each.say(said[:-1])

        async def in_hand() -> bool:
            return sum(each.in_hand for each in site.connections) == 3

        await until(in_hand)
        async with peer(site.port) as late:
            assert await late.hear_all() == b""
        assert broken(site, "refused") == 1
        for each, said in zip(busy, whole, strict=True):
            each.say(said[-1:])
            assert await each.hear_status() == 202
        assert (await site.post(batch(incoming("c4")))).status == 202
    assert len(site.events) == 4


# --- who breaks off


async def test_a_hundred_aborted_bodies_are_counted_and_one_line(
    tmp_path: Path, lines: list[logging.LogRecord]
) -> None:
    async with calls_site(tmp_path, Limits(look_every_s=0.01)) as site:
        for number in range(100):
            async with peer(site.port) as rude:
                rude.say(call(site, length=5_000))

                async def in_hand() -> bool:
                    return any(each.in_hand for each in site.connections)

                await until(in_hand, every_s=0)

            async def counted(most: int = number) -> bool:
                return broken(site, "aborted") > most

            await until(counted, every_s=0)
        assert (await site.post(batch(incoming()))).status == 202
    assert [line.getMessage() for line in lines] == ["connections broke off"]
    assert lines[0].exc_info is None


async def test_what_is_no_http_is_counted_and_one_line(
    tmp_path: Path, lines: list[logging.LogRecord]
) -> None:
    async with calls_site(tmp_path, Limits(look_every_s=0.01)) as site:
        for said in ("\x16\x03\x01\x02\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n") * 20:
            async with peer(site.port) as rude:
                rude.say(said)
                assert b" 400 " in await rude.hear_all()
        assert broken(site, "malformed") == 40
    assert [line.getMessage() for line in lines] == ["connections broke off"]


@pytest.mark.parametrize("path", ["/nowhere", "/api/calls"])
async def test_a_body_that_is_not_packed_as_it_says_is_counted_and_one_line(
    tmp_path: Path, lines: list[logging.LogRecord], path: str
) -> None:
    """Anybody can post it, so it must not fill the log with tracebacks."""
    said = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\n"
        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk"
    )
    async with calls_site(tmp_path, Limits(look_every_s=0.01)) as site:
        for _ in range(20):
            async with peer(site.port) as rude:
                rude.say(said)
                assert await rude.hear_status() in (400, 401, 404)

        async def counted() -> bool:
            return broken(site, "malformed") == 20 and bool(lines)

        await until(counted, every_s=0.01)
    assert [line.getMessage() for line in lines] == ["connections broke off"]
    assert lines[0].exc_info is None


async def test_our_own_faults_keep_their_traceback(lines: list[logging.LogRecord]) -> None:
    async def fault(request: web.Request) -> web.Response:
        raise [ZeroDivisionError, ConnectionResetError][int(request.query["which"])]

    async with small(web.get("/", fault)) as (port, told):
        for which in (0, 1):
            async with peer(port) as client:
                client.say(f"GET /?which={which} HTTP/1.1\r\nHost: x\r\n\r\n")
                assert await client.hear_status() == 500
        assert told == []
    shown = [line.exc_info[0] for line in lines if line.exc_info and line.levelname == "ERROR"]
    assert shown == [ZeroDivisionError, ConnectionResetError]


@asynccontextmanager
async def small(
    route: web.RouteDef, limits: Limits | None = None
) -> AsyncIterator[tuple[int, list[str]]]:
    """One route behind the listener: its port, and which connections broke."""
    told: list[str] = []
    connections = Connections(told.append, limits)
    app = web.Application(middlewares=[connections.attend])
    app.add_routes([route])
    tasks = TaskSet()
    async with connections.listening(app, "127.0.0.1", 0) as url:
        tasks.start("connections", connections.watch, OnCrash.RESTART)
        yield int(url.rpartition(":")[2]), told
    await tasks.stop()
