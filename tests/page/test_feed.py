"""The live feed: everything at the connect, then what changed; pages agree; nobody holds it up."""

import asyncio
import socket
from urllib.parse import urlsplit

from kit.page_reader import the_caller
from kit.page_stage import Stage
from kit.waiting import until

SUPPORT = "support@contoso.example"
CHANGES = 1_000


async def until_read_by(stage: Stage, pages: int) -> None:
    async def so_many() -> bool:
        return stage.server.page.feed.readers == pages

    await until(so_many)


async def test_a_page_is_told_everything_at_its_connect_and_then_what_changed(stage: Stage) -> None:
    async with stage.page.open() as page:
        await page.until(lambda s: "cast" in s)
        assert {"service", "legs", "callers", "agents", "queues", "ended"} <= page.brought[0]
        assert {"switches", "faults", "recovery", "traffic"} <= page.brought[0]
        leg = (await stage.page.act("dial", to=SUPPORT))["leg"]
        await page.until(lambda s: the_caller(s, leg))
        assert all("cast" not in names and "switches" not in names for names in page.brought[1:])


async def test_two_pages_agree_also_on_what_one_of_them_did(stage: Stage) -> None:
    async with stage.page.open() as first, stage.page.open() as second:
        leg = (await stage.page.act("dial", to=SUPPORT, kind="withheld"))["leg"]
        await first.until(lambda s: the_caller(s, leg) and s["legs"][leg]["what"] == "prompt")
        await second.until(lambda s: s == first.sections)
        assert the_caller(second.sections, leg)["mine"]
        assert the_caller(second.sections, leg)["name"] == "Number withheld"


async def test_a_page_that_sleeps_holds_nothing_up_and_is_told_how_it_is_now(stage: Stage) -> None:
    """It does not read while a section of ten kilobytes changes a thousand times."""
    address = urlsplit(stage.page.url)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    small.setblocking(False)
    await asyncio.get_running_loop().sock_connect(small, (address.hostname, address.port))
    sleeper, asks = await asyncio.open_connection(sock=small, limit=4_096)
    asks.write(f"GET /page/feed HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    await until_read_by(stage, 1)
    feed, switches = stage.server.page.feed, stage.server.shell.world.switches
    for number in range(CHANGES):
        switches.set("roster", "silent" if number % 2 else "empty")
        feed.look()
        await asyncio.sleep(0)
    switches.set("issuer", "graph")
    feed.look()
    told = b""
    while b'"value":"graph"' not in told:
        told += await sleeper.read(2**20)
    assert told.count(b"event: state") < CHANGES / 2
    asks.close()
    await asks.wait_closed()


async def test_closing_a_page_changes_nothing_and_costs_nothing_more(stage: Stage) -> None:
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT))["leg"]
        await page.until(lambda s: the_caller(s, leg))

    await until_read_by(stage, 0)
    assert leg in stage.server.shell.world.exchange.legs
    async with stage.page.open() as again:
        assert (await again.until(lambda s: the_caller(s, leg)))["mine"]


async def test_open_pages_are_let_go_when_the_emulator_stops(stage: Stage) -> None:
    async with stage.page.open() as page:
        await page.until(lambda s: "cast" in s)
        async with asyncio.timeout(5):
            await stage.server.stop()


async def test_seconds_are_instants_so_that_nothing_is_told_while_nothing_happens(
    stage: Stage,
) -> None:
    leg = (await stage.page.act("dial", to=SUPPORT))["leg"]
    async with stage.page.open() as page:
        await page.until(lambda s: the_caller(s, leg) and any(a["leg"] for a in s["agents"]))
        feed, shell = stage.server.page.feed, stage.server.shell
        feed.look()
        before = feed._encoded
        shell._offset_ms += 10_000  # ten seconds later, and nobody did anything
        feed.look()
        assert feed._encoded is before
        shell._offset_ms -= 10_000
