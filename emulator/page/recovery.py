"""What became of everybody when the service died: counted by the emulator, not by the service.

At its death the callers on the line are noted. Once it takes calls again they are looked at anew:
who is still there, how long nobody heard anything, and which contacts the service itself says it
has taken up again, waiting since the same instant as before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from emulator.console_reader import ConsoleReader
from emulator.exchange import Leg
from emulator.live_table import rows
from emulator.log import Heard
from emulator.page.picture import Picture
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import Tally

POLL_S = 0.05
SETTLE_S = 2.0
"""after the service is ready: time to speak to everybody again"""
RECOVERED = "recovered"


@dataclass(slots=True, kw_only=True)
class Death:
    """One death of the service, and what followed."""

    at: int
    how: str
    waiting: tuple[str, ...]
    """phones of callers whom the service held: in greeting, queue, offer or farewell"""
    talking: tuple[str, ...]
    ringing: tuple[str, ...]
    """phones of callers whom it had not answered yet"""
    queued: dict[str, int]
    """phone -> since when the caller waited, by the service's last board"""
    log_place: int
    ready_at: int | None = None
    done: bool = False
    still: int = 0
    """of those in `waiting`: who is on the line afterwards, talking included"""
    left: int = 0
    """who hung up by themselves"""
    kept: int = 0
    """whose waiting time runs on from the same instant"""
    compared: int = 0
    taken_up: int = 0
    """contacts of which the service says that it took them up again"""
    silence_ms: int = 0
    quietest: str = ""
    """whose silence that was"""


@dataclass(slots=True)
class Recovery:
    shell: Shell
    picture: Picture
    tally: Tally
    console: ConsoleReader
    death: Death | None = None
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    def died(self, how: str) -> None:
        """The service is gone; look at who is on the line, then wait for it."""
        before = self.death
        if before is not None and before.ready_at is None:
            before.how = how  # it died again while it started: one story
            return
        self.tally.catch_up()
        self.death = self._note(how)
        self.picture.take_board(None)
        self.stop()
        self._task = asyncio.get_running_loop().create_task(self._watch(self.death))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def section(self) -> Json | None:
        death = self.death
        if death is None:
            return None
        return {
            "at": death.at,
            "how": death.how.removeprefix("service "),
            "waiting": len(death.waiting),
            "talking": len(death.talking),
            "ringing": len(death.ringing),
            "ready_at": death.ready_at,
            "done": death.done,
            "still": death.still,
            "left": death.left,
            "kept": death.kept,
            "compared": death.compared,
            "taken_up": death.taken_up,
            "silence_ms": death.silence_ms,
            "quietest": death.quietest,
        }

    def _note(self, how: str) -> Death:
        callers = [leg for leg in self.shell.world.exchange.legs.values() if leg.role == "caller"]
        connected = [leg for leg in callers if leg.state == "connected"]
        return Death(
            at=self.shell.now(),
            how=how,
            waiting=tuple(leg.id for leg in connected if leg.hears[0] != "talk"),
            talking=tuple(leg.id for leg in connected if leg.hears[0] == "talk"),
            ringing=tuple(leg.id for leg in callers if leg.state == "ringing"),
            queued=self._queued(),
            log_place=self.shell.world.log.count,
        )

    def _queued(self) -> dict[str, int]:
        """Since when each caller waits, as the service last said."""
        found: dict[str, int] = {}
        for story in self.tally.stories.values():
            since = self.picture.contact_of(story).get("queued_at")
            if story.ended_at is None and isinstance(since, int):
                found[story.leg] = since
        return found

    async def _watch(self, death: Death) -> None:
        await self.console.until_ready(POLL_S)
        death.ready_at = self.shell.now()
        await asyncio.sleep(SETTLE_S)
        self.picture.take_board(await self.console.get("/api/board"))
        self._count(death)
        death.taken_up = await self._taken_up(death)
        death.done = True

    def _count(self, death: Death) -> None:
        self.tally.catch_up()
        stories = [s for s in self.tally.stories.values() if s.leg in death.waiting]
        death.still = sum(1 for story in stories if story.ended_at is None)
        death.left = sum(1 for story in stories if story.why == "hung_up" and not story.talks_with)
        # Who talked with an agent meanwhile and has hung up since was served, not lost.
        death.still += sum(
            1 for story in stories if story.ended_at is not None and story.talks_with
        )
        after = self._queued()
        both = [leg for leg in death.queued if leg in after and leg in death.waiting]
        death.compared = len(both)
        death.kept = sum(1 for leg in both if after[leg] == death.queued[leg])
        for story in stories:
            silence = self._silence(death, story.leg)
            if silence > death.silence_ms:
                death.silence_ms, death.quietest = silence, self.picture.names.caller(story)

    def _silence(self, death: Death, leg_id: str) -> int:
        """The longest silence of this phone since the death."""
        spans = [
            (record.at, record.until)
            for record in self.shell.world.log.since(death.log_place, 1_000_000)
            if isinstance(record, Heard) and record.leg == leg_id and record.what == "silence"
        ]
        leg: Leg | None = self.shell.world.exchange.legs.get(leg_id)
        if leg is not None and leg.hears[0] == "silence":
            spans.append((leg.hears_since, self.shell.now()))
        return max((until - max(since, death.at) for since, until in spans), default=0)

    async def _taken_up(self, death: Death) -> int:
        """How many contacts the service says it took up again after this death."""
        count = 0
        for story in self.tally.stories.values():
            if story.leg not in (*death.waiting, *death.talking, *death.ringing):
                continue
            name = str(self.picture.contact_of(story).get("contact", ""))
            told = await self.console.get(f"/api/contacts/{name}") if name else None
            lines = rows(told, "timeline")
            count += any(
                str(line.get("kind", "")).endswith(RECOVERED) and _since(line) >= death.at
                for line in lines
            )
        return count


def _since(line: Json) -> int:
    at = line.get("at")
    return at if isinstance(at, int) else 0
