"""What people feel, with 50 ms of latency on every request to Graph, from the emulator's own log.

Four rooms at once: callers who are connected; a phone that nobody picks up; callers who give up
while one and the same phone rings for them in turn, and agents who decline; a maximum wait in the
middle of a ring. The service is the real one; the people are the emulator's.
"""

from __future__ import annotations

import asyncio
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import aiohttp

from bench.figures import Figure, percentile, spread
from bench.graph_shapes import APP, TENANT
from bench.running import Emulator, Stage, free_port

GRAPH_MS = 50
CALLERS = 60
APART_MS = 400
RING_S, MAX_WAIT_S = 5, 3
NOBODY = 12
"""Agents of each room whom nobody gets to talk to."""
WITHIN_S = 90
MOST = {"audio": 500, "offer": 250, "key": 300, "whisper": 500, "stop": 500}
DOMAIN = "contoso.example"
Row = dict[str, Any]


async def run(stage: Stage, *, quick: bool) -> list[Figure]:
    """Every figure that is felt."""
    callers = 3 if quick else CALLERS
    port = free_port()
    async with stage.emulator(_config(port, callers), GRAPH_MS) as emulator:
        text = _plan(callers)
        async with stage.service(emulator.environment, text, port=port) as bot:
            await bot.until_staffed(callers + 3 * NOBODY - (NOBODY - 1))
            log = await _played(emulator, callers, quick=quick)
    return list(_figures(Story(log)))


# --- who there is


def _people(callers: int) -> dict[str, list[str]]:
    def names(room: str, count: int) -> list[str]:
        return [f"{room}{number:03d}@{DOMAIN}" for number in range(count)]

    return {
        "talk": names("talk", callers),
        "ring": names("ring", NOBODY),
        "leave": names("leave", 1),
        "decline": names("decline", NOBODY),
    }


def _config(port: int, callers: int) -> dict[str, object]:
    application = {
        "id": APP,
        "tenant_id": TENANT,
        "name": "Switchboard",
        "webhook": f"http://127.0.0.1:{port}/api/calls",
        "messages": f"http://127.0.0.1:{port}/api/messages",
    }
    rooms = _people(callers)
    accounts = [
        {"upn": f"{room}@{DOMAIN}", "name": room.title(), "app_id": APP}
        for room in (*rooms, "wait")
    ]
    people = [
        {"upn": upn, "name": upn.partition("@")[0].title(), "voicemail": False}
        for names in rooms.values()
        for upn in names
    ]
    return {
        "tenant_id": TENANT,
        "applications": [application],
        "accounts": accounts,
        "people": people,
        "groups": [],
    }


def _plan(callers: int) -> str:
    """A queue for each room; `wait` rings the same people as `ring`, and gives up sooner."""
    rooms = _people(callers)
    half = NOBODY // 2
    members = rooms | {"ring": rooms["ring"][:half], "wait": rooms["ring"][half:]}
    more = {
        "ring": f"ring_seconds: {RING_S}",
        "leave": "ring_seconds: 55",
        "wait": f"ring_seconds: 30\n    max_wait: {MAX_WAIT_S}s",
    }
    lines = [f"tenant: {TENANT}", "default_entry_point: talk", "entry_points:"]
    for room in members:
        lines += [f"  {room}:", f"    account: {room}@{DOMAIN}", f"    queue: {room}"]
    lines.append("queues:")
    for room, names in members.items():
        lines += [f"  {room}:", "    members:"] + [f"      - {name}" for name in names]
        lines += [f"    {more[room]}"] if room in more else []
    return "\n".join(lines) + "\n"


# --- what they do


def _scene(callers: int) -> dict[str, object]:
    def call(room: str, at: int, after_ms: int, on: str = "answered") -> Row:
        leave = {"do": "hang_up", "on": on, "after_ms": after_ms}
        return {"to": f"{room}@{DOMAIN}", "at": at, "label": room, "steps": [leave]}

    rings = min(callers, NOBODY // 2)
    placed = [call("talk", n * APART_MS, 500, "talk") for n in range(callers)]
    placed += [call("ring", n * 700, (RING_S + 2) * 1000) for n in range(rings)]
    placed += [call("wait", n * 700, (MAX_WAIT_S + 4) * 1000) for n in range(rings)]
    placed += [call("leave", n * 1000, 2_500) for n in range(min(callers, 20))]
    placed += [call("decline", 300, 1_000 + 900 * min(callers, NOBODY))]
    picks_up = {"after_ms": 400, "key": "1", "key_after_ms": 700, "key_on_prompt": True}
    does: dict[str, Row] = {
        "talk": picks_up,
        "ring": {"do": "ignore"},
        "leave": {"do": "ignore"},
        "decline": {"do": "decline", "after_ms": 400},
    }
    agents = {upn: [does[room]] for room, names in _people(callers).items() for upn in names}
    return {"callers": placed, "agents": agents}


async def _played(emulator: Emulator, callers: int, *, quick: bool) -> list[Row]:
    """The emulator's log, when everybody has gone home."""
    headers = {"X-Emulator-Key": str(emulator.told["control_key"])}
    base = f"{emulator.told['url']}/emulator"
    async with aiohttp.ClientSession(headers=headers) as session:
        scene = _scene(callers)
        async with session.post(f"{base}/scene", json=scene) as answer:
            assert answer.status == 200, await answer.text()
        placed = scene["callers"]
        assert isinstance(placed, list)
        async with asyncio.timeout(30 if quick else WITHIN_S):
            while True:
                await asyncio.sleep(0.5)
                async with session.get(f"{base}/log.jsonl") as answer:
                    log = [json.loads(line) for line in (await answer.text()).splitlines()]
                if _is_over(log, len(placed)):
                    return log


def _is_over(log: Iterable[Row], callers: int) -> bool:
    legs = {row["leg"] for row in log if row["kind"] == "placed"}
    ended = {row["leg"] for row in log if row["kind"] == "ended"}
    rung = {row["leg"] for row in log if row["kind"] == "ring"}
    still = rung - {row["leg"] for row in log if row["kind"] == "ring_stopped"}
    return len(legs) == callers and legs <= ended and not still


# --- what the log says


class Story:
    """The log by what belongs together. All instants are the emulator's, in ms."""

    def __init__(self, log: Iterable[Row]) -> None:
        self.by: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(log, key=lambda row: (row["at"], row["seq"])):
            self.by[row["kind"]].append(row)
        self.placed = {row["leg"]: row for row in self.by["placed"]}
        self.connected = {row["leg"]: row["at"] for row in self.by["connected"]}
        self.rings = {row["leg"]: row for row in self.by["ring"]}
        self.stops = {row["leg"]: row for row in self.by["ring_stopped"]}
        self.creates = [row for row in self.by["request"] if row["op"] == "create"]

    def room(self, party: str) -> str:
        return party.rstrip("0123456789@" + DOMAIN) if "@" in party else ""

    def first_audio(self) -> Iterator[float]:
        """From the ring to the first sound."""
        first: dict[str, int] = {}
        for row in self.by["heard"]:
            if row["what"] == "prompt":
                first.setdefault(row["leg"], row["at"])
        for leg, row in self.placed.items():
            if leg in first:
                yield first[leg] - row["at"]

    def offers(self) -> dict[str, list[float]]:
        """From "someone waits and someone is free" to the request that rings, by what happened."""
        found: dict[str, list[float]] = defaultdict(list)
        # Somebody begins to wait while agents are free: caller n and create n of the room.
        for room in ("talk", "ring", "wait"):
            waits = sorted(
                self.connected[leg]
                for leg, row in self.placed.items()
                if row["label"] == room and leg in self.connected
            )
            made = [row["at"] for row in self._creates_of(room)]
            found["a caller comes"] += [c - w for w, c in zip(waits, made, strict=False)]
        # An agent's phone falls silent while somebody waits.
        for what, room in (("a caller leaves", "leave"), ("an agent declines", "decline")):
            silent = [s["at"] for s in self.stops.values() if s["party"].startswith(room)]
            made = [row["at"] for row in self._creates_of(room)][1:]
            found[what] += [max(0, c - s) for s, c in zip(sorted(silent), made, strict=False)]
        return found

    def _creates_of(self, room: str) -> list[Row]:
        calls = self._calls_of(room)
        return [row for row in self.creates if str(row["reply"]["id"]).lower() in calls]

    def _calls_of(self, room: str) -> set[str]:
        """Calls on which the room's agents were rung; `wait` has the second half of `ring`."""
        names = {"ring": range(NOBODY // 2), "wait": range(NOBODY // 2, NOBODY)}.get(room)
        found = set()
        for row in self.rings.values():
            party = row["party"]
            name = "ring" if room == "wait" else room
            if not party.startswith(name):
                continue
            number = int(party.removeprefix(name).partition("@")[0])
            if names is None or number in names:
                found.add(str(row["call"]).lower())
        return found

    def keys(self) -> Iterator[float]:
        """From the agent's key to the transfer."""
        sent = {}
        for row in self.by["request"]:
            if row["op"] == "transfer":
                replaced = row["body"]["transferTarget"].get("replacesCallId") or ""
                sent[replaced.lower()] = row["at"]
        for row in self.by["key"]:
            ring = self.rings.get(row["leg"])
            if ring is not None and str(ring["call"]).lower() in sent:
                yield sent[str(ring["call"]).lower()] - row["at"]

    def whispers(self) -> Iterator[float]:
        """From picking up to the first word."""
        first: dict[str, int] = {}
        for row in self.by["heard"]:
            if row["what"] == "prompt" and row["leg"] in self.rings:
                first.setdefault(row["leg"], row["at"])
        for leg, at in first.items():
            yield at - self.stops[leg]["at"]

    def ring_ends(self) -> Iterator[float]:
        """How far a ring that nobody took was from `ring_seconds`."""
        calls = self._calls_of("ring")
        for leg, stop in self.stops.items():
            ring = self.rings[leg]
            if str(ring["call"]).lower() in calls and stop["why"] == "cancelled":
                lasted = stop["at"] - ring["at"]
                if lasted >= (RING_S - 1) * 1000:  # else the caller had gone
                    yield abs(lasted - RING_S * 1000)

    def hang_ups(self) -> Iterator[float]:
        """From a caller's hang-up to the silence of the phone that rang for them."""
        gone = [
            row["at"]
            for row in self.by["ended"]
            if row["leg"] in self.placed and self.placed[row["leg"]]["label"] == "leave"
        ]
        for stop in self.stops.values():
            if stop["party"].startswith("leave"):
                yield min(stop["at"] - at for at in gone if at <= stop["at"])

    def max_waits(self) -> Iterator[float]:
        """How far a phone's silence was from the end of the maximum wait."""
        calls = self._calls_of("wait")
        ends = sorted(
            self.connected[leg] + MAX_WAIT_S * 1000
            for leg, row in self.placed.items()
            if row["label"] == "wait" and leg in self.connected
        )
        silent = sorted(
            stop["at"]
            for leg, stop in self.stops.items()
            if str(self.rings[leg]["call"]).lower() in calls
        )
        yield from (abs(s - e) for s, e in zip(silent, ends, strict=False))


def _figures(story: Story) -> Iterator[Figure]:
    offers = story.offers()
    every = [each for rows in offers.values() for each in rows]
    by = {what: f"{statistics.median(rows):.0f} (p50)" for what, rows in offers.items() if rows}
    yield _worst("first audio after the ring", list(story.first_audio()), "audio")
    yield Figure(
        row="felt",
        what="someone waits and someone is free -> the offer's call leaves, p95",
        measured=percentile(every, 0.95),
        most=MOST["offer"],
        detail=by | spread(every),
    )
    yield _worst("agent's key -> transfer sent", list(story.keys()), "key")
    yield _worst("whisper after picking up", list(story.whispers()), "whisper")
    yield _worst("agent's phone stops after ring_seconds", list(story.ring_ends()), "stop")
    yield _worst("... after the caller's hang-up", list(story.hang_ups()), "stop")
    yield _worst("... after the maximum wait", list(story.max_waits()), "stop")


def _worst(what: str, values: list[float], target: str) -> Figure:
    return Figure(
        row="felt",
        what=f"{what}, worst",
        measured=max(values),
        most=MOST[target],
        detail=spread(values),
    )
