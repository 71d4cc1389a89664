"""How true the expected waits are that callers are told: the engine alone, fed with simulated days.

Three shapes of load, each for several seeds: *steady* (5 % more callers than the agents can take;
some give up), *rush* (from 80 to 140 % in the course of the day) and *staff leaves* (two in five
agents go home in the middle of it; only what was told after that counts). Talks are lognormal with
a mean of 4 minutes, patience is exponential with a mean of 15.

What is judged is what was spoken: the engine's own facts, range and all. The engine knows nothing
of the shapes; every decision is made by the code that serves real callers.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.figures import Figure
from routing.commands import Invite
from routing.engine import Engine
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    DirectoryRead,
    Event,
    Member,
    OwnerChanged,
    PresenceRead,
    Reading,
    RosterChanged,
    RosterEntry,
    Tick,
)
from routing.facts import FactKind
from routing.plan import Delivery, EntryPoint, Plan, Queue
from routing.state import State
from routing.waiting_rules import Announcements

AGENTS, HOURS, SEEDS = 20, 6, 8
TALK_S, SPREAD, WRAP_UP_S, PATIENCE_S, PICK_UP_S = 240.0, 0.8, 15, 900.0, 3.0
FIRST_MS, EVERY_MS, POLL_MS = 30_000, 60_000, 10_000
HELD, OFF_BY = 80.0, 5.0
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A load, in parts of what the agents at the beginning can take."""

    name: str
    load: Callable[[float], float]
    """By the part of the day that is over, 0 to 1."""
    leave_at: float = 2.0
    """The part of the day at which two in five agents go."""


SHAPES = (
    Shape(name="steady", load=lambda _: 1.05),
    Shape(name="rush", load=lambda day: 0.8 + 0.6 * day),
    Shape(name="staff leaves", load=lambda _: 0.95, leave_at=0.5),
)


@dataclass(slots=True)
class Told:
    """What was told to callers who were answered."""

    error_ms: list[int] = field(default_factory=list[int])
    """Of each value: actual minus expected."""
    held: int = 0
    actual_ms: list[int] = field(default_factory=list[int])
    width_ms: list[int] = field(default_factory=list[int])
    announcements: int = 0
    silent: int = 0
    """Announcements without a value."""


class Day:
    """One simulated day."""

    def __init__(self, shape: Shape, seed: int, agents: int, hours: float) -> None:
        self.shape = shape
        self.agents = agents
        self.hours = hours
        self.told = Told()
        self.now = self._began = self._counts_from = 1_000_000
        self._end = self.now + int(hours * HOUR_MS)
        self._chance = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._counted = self._callers = 0
        self._quotes: dict[str, list[tuple[int, int, int, int]]] = {}
        self._names = [f"a{number:03d}" for number in range(agents)]
        self._engine = self._open()

    def run(self) -> Told:
        """From morning to evening."""
        self._in(0, self._staff)
        self._in(self._next_caller_ms(), self._caller)
        self._in(POLL_MS, self._poll)
        if self.shape.leave_at < 1:
            self._in(int(self.shape.leave_at * self.hours * HOUR_MS), self._leave)
        while self._events and self._events[0][0] <= self._end:
            due = self._events[0][0]
            while (timer := self._engine.next_deadline()) is not None and timer <= due:
                self._tell(Tick(), max(timer, self.now))
            self.now, _, act = heapq.heappop(self._events)
            act()
        return self.told

    # -- the service

    @staticmethod
    def _open() -> Engine:
        queue = Queue(
            name="q",
            delivery=Delivery.GROUP_CALL,
            wrap_up_ms=WRAP_UP_S * 1_000,
            announce=Announcements(
                first_after_ms=FIRST_MS, every_ms=EVERY_MS, position=True, expected_wait=True
            ),
        )
        entry = EntryPoint(name="e", account="account", queue="q")
        plan = Plan(tenant="t", legs={"app": 10**6}, entry_points=(entry,), queues=(queue,))
        return Engine(plan, State(epoch=1))

    def _staff(self) -> None:
        members = (
            Member(queue="q", position=n, agent=a, upn=f"{a}@x", name=a)
            for n, a in enumerate(self._names)
        )
        self._tell(OwnerChanged(epoch=1), self.now)
        self._tell(DirectoryRead(members=tuple(members), addresses=()), self.now)
        self._show(self._names, "Available")

    def _tell(self, event: Event, now: int) -> None:
        self.now = now
        step = self._engine.handle(event, now)
        for fact in step.facts:
            if fact.kind is FactKind.CONTACT_ANNOUNCED:
                self._announced(fact.contact, fact.detail)
            elif fact.kind is FactKind.CONTACT_CONNECTED:
                self._judge(fact.contact)
        for command in step.commands:
            if isinstance(command, Invite):
                self._ring(command)

    def _announced(self, contact: str, detail: object) -> None:
        assert isinstance(detail, dict)
        counts = self.now >= self._counts_from
        self.told.announcements += counts
        if "expected_ms" not in detail:
            self.told.silent += counts
            return
        quote = (self.now, detail["expected_ms"], detail["low_ms"], detail["high_ms"])
        self._quotes.setdefault(contact, []).append(quote)

    def _judge(self, contact: str) -> None:
        for at, expected, low, high in self._quotes.pop(contact, ()):
            if at < self._counts_from:
                continue
            actual = self.now - at
            self.told.error_ms.append(actual - expected)
            self.told.actual_ms.append(actual)
            self.told.width_ms.append(high - low)
            self.told.held += low <= actual <= high

    # -- the people

    def _in(self, ms: float, act: Callable[[], None]) -> None:
        self._counted += 1
        heapq.heappush(self._events, (self.now + max(1, int(ms)), self._counted, act))

    def _next_caller_ms(self) -> float:
        day = (self.now - self._began) / (self.hours * HOUR_MS)
        takes = self.agents / (TALK_S + WRAP_UP_S + PICK_UP_S)
        return 1_000 * self._chance.expovariate(takes * self.shape.load(day))

    def _caller(self) -> None:
        self._in(self._next_caller_ms(), self._caller)
        self._callers += 1
        wire = f"c{self._callers}"
        caller = Caller(kind=CallerKind.NUMBER, id=f"+1425555{self._callers:06d}")
        self._tell(CallIncoming(call=wire, app="app", account="account", caller=caller), self.now)
        self._tell(CallEstablished(call=wire), self.now)
        self._in(1_000 * self._chance.expovariate(1 / PATIENCE_S), lambda: self._gives_up(wire))

    def _gives_up(self, wire: str) -> None:
        call = self._engine.state.calls.get(self._engine.call_of(wire))
        if call is not None and self._engine.state.contacts[call.contact].connected_at is None:
            self._tell(CallEnded(call=wire, subcode=4521), self.now)

    def _ring(self, invite: Invite) -> None:
        wire = self._engine.wire_of(invite.call)
        self._in(1_000 * self._chance.expovariate(1 / PICK_UP_S), lambda: self._joins(wire, invite))

    def _joins(self, wire: str, invite: Invite) -> None:
        agent = invite.target.id
        people = (
            RosterEntry(participant="p-caller", kind="phone", id="+1"),
            RosterEntry(participant=f"p-{agent}", kind="user", id=agent),
        )
        if self._engine.call_of(wire):
            self._tell(RosterChanged(call=wire, people=people), self.now)
        middle = math.log(TALK_S) - SPREAD**2 / 2
        talk_ms = 1_000 * self._chance.lognormvariate(middle, SPREAD)
        self._in(talk_ms, lambda: self._tell(CallEnded(call=wire), self.now))

    def _show(self, agents: list[str], presence: str) -> None:
        read = tuple(Reading(agent=a, availability=presence, activity=presence) for a in agents)
        self._tell(PresenceRead(read_at=self.now, complete=True, readings=read), self.now)

    def _poll(self) -> None:
        self._in(POLL_MS, self._poll)
        self._show([], "")

    def _leave(self) -> None:
        self._counts_from = self.now
        self._show(self._names[: self.agents * 2 // 5], "Offline")


def whole(shape: Shape, *, agents: int, hours: float, seeds: int) -> Told:
    """Several days of a shape together."""
    days = [Day(shape, seed, agents, hours).run() for seed in range(seeds)]
    return Told(
        error_ms=[error for day in days for error in day.error_ms],
        held=sum(day.held for day in days),
        actual_ms=[actual for day in days for actual in day.actual_ms],
        width_ms=[width for day in days for width in day.width_ms],
        announcements=sum(day.announcements for day in days),
        silent=sum(day.silent for day in days),
    )


async def run(_: object, *, quick: bool) -> list[Figure]:
    """For each shape: which part of the waits was within the range that was told, and by how much
    the value behind it was off."""
    hours, seeds = (1.0, 1) if quick else (HOURS, SEEDS)
    found = []
    for shape in SHAPES:
        told = whole(shape, agents=AGENTS, hours=hours, seeds=seeds)
        values = max(1, len(told.error_ms))
        share = 100 * told.held / values
        errors = told.error_ms or [0]
        detail: dict[str, object] = {
            "values": len(told.error_ms),
            "MAE s": round(statistics.mean(map(abs, errors)) / 1_000, 1),
            "bias s": round(statistics.mean(errors) / 1_000, 1),
            "mean wait left s": round(statistics.mean(told.actual_ms or [0]) / 1_000, 1),
            "mean width s": round(statistics.mean(told.width_ms or [0]) / 1_000, 1),
            "share %": round(share, 1),
            "announced without a value": told.silent,
        }
        found.append(
            Figure(
                row="waits",
                what=f"expected wait, {shape.name}: waits within the range told, off 80 % by",
                measured=round(abs(share - HELD), 1),
                unit="points",
                most=OFF_BY,
                detail=detail,
            )
        )
    return found
