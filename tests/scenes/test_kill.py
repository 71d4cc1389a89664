"""kill -9 while people wait: the launcher brings the service back, and everybody is still there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.launched import launched, records, recounted, until_everybody_left
from kit.page_reader import OpenPage, PageReader
from kit.waiting import until

from emulator.exchange import Leg
from emulator.launcher import Launch
from emulator.log import Heard
from emulator.scene_book import chosen_acts
from emulator.scripts import Behaviour, CallerScript

CALLERS = 20
WITHOUT_SOUND_MS = 2_000


@pytest.mark.parametrize("name", ["gone_in_queue-consult", "gone_in_queue-group_call"])
async def test_everybody_who_waits_is_taken_up_again(name: str, tmp_path: Path) -> None:
    (act,) = chosen_acts([name])
    agent = act.agents[0]
    async with launched([act], tmp_path) as launch, watching(launch) as page:
        world, shell = launch.world, launch.shell
        world.script_agent(agent, (Behaviour(after_ms=100, key="1", key_after_ms=100),))
        legs = []
        for number in range(1, CALLERS + 1):  # one after the other, so that the first is first
            legs.append(world.place_call(CallerScript(to=act.account, talk_ms=200), shell.now()))
            shell.pump()
            await until(lambda number=number: waiting(launch, number))
        await page.seen.until(
            lambda s: sum(c["stage"] == "waiting" for c in s["callers"]) == CALLERS
        )
        killed_at, pid = shell.now(), (await page.reader.act("kill"))["killed"]
        await until(lambda: back(launch, pid), within_s=60)
        await until(lambda: waiting(launch, CALLERS))
        assert [leg.state for leg in legs] == ["connected"] * CALLERS
        told = await page.seen.until(lambda s: (s["recovery"] or {}).get("done") and s["recovery"])
        check_told(told, [longest_silence(launch, leg, killed_at) for leg in legs])
        sounds = [longest_without_sound(launch, leg, killed_at) for leg in legs]
        assert max(sounds) <= WITHOUT_SOUND_MS
        # The first in the line talks with the agent; the others go.
        world.set_presence(agent, "Available", "Available", shell.now())
        shell.pump()
        await until(lambda: talked(launch, legs[0]))
        for leg in legs[1:]:
            if leg.state != "ended":
                world.hang_up(leg.id, shell.now())
        shell.pump()
        await until_everybody_left(launch)
        result = recounted(launch)
        assert result.violations == []
        assert launch.child.starts == 2
        assert result.contacts[0].connected_to == agent
        assert {contact.outcome for contact in result.contacts[2:]} == {"abandoned"}


@dataclass(slots=True)
class Watching:
    reader: PageReader
    seen: OpenPage


@asynccontextmanager
async def watching(launch: Launch) -> AsyncIterator[Watching]:
    """The page, open all the while."""
    async with aiohttp.ClientSession() as http:
        reader = PageReader(launch.url, http)
        async with reader.open() as page:
            yield Watching(reader, page)


def check_told(told: dict[str, Any], silences: list[int]) -> None:
    """What the page says of the kill is what happened."""
    assert told["how"] == "was killed by SIGKILL"
    assert (told["waiting"], told["still"], told["left"]) == (CALLERS, CALLERS, 0)
    assert (told["compared"], told["kept"]) == (CALLERS, CALLERS)
    assert told["taken_up"] == CALLERS
    assert (told["talking"], told["ringing"]) == (0, 0)
    assert told["silence_ms"] <= max(silences)
    assert (told["silence_ms"] == 0) == (told["quietest"] == "")


async def waiting(launch: Launch, wanted: int) -> bool:
    """Whether the service itself says that so many wait."""
    board = await launch.console.get("/api/board")
    contacts = (board or {}).get("contacts")
    staged = [row for row in contacts if row["stage"] == "queued"] if contacts else []  # type: ignore[attr-defined]
    return len(staged) == wanted


async def back(launch: Launch, killed: int) -> bool:
    return launch.child.pid not in (None, killed) and await launch.console.ready()


async def talked(launch: Launch, leg: Leg) -> bool:
    return any(r.kind == "bridged" and getattr(r, "leg", "") == leg.id for r in records(launch))


def longest_silence(launch: Launch, leg: Leg, since: int) -> int:
    """The longest silence that ended after `since`."""
    spans = [
        r.until - r.at
        for r in records(launch)
        if isinstance(r, Heard) and r.leg == leg.id and r.what == "silence" and r.until > since
    ]
    return max(spans, default=0)


def longest_without_sound(launch: Launch, leg: Leg, since: int) -> int:
    """The longest time from `since` on in which the caller heard no prompt."""
    now = launch.shell.now()
    heard = [
        (r.at, r.until)
        for r in records(launch)
        if isinstance(r, Heard) and r.leg == leg.id and r.what == "prompt" and r.until > since
    ]
    if leg.hears[0] == "prompt":
        heard.append((leg.hears_since, now))
    longest, until_here = 0, since
    for begin, end in sorted(heard):
        longest = max(longest, begin - until_here)
        until_here = max(until_here, end)
    return max(longest, now - until_here)
