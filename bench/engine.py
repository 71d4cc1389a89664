"""The engine alone: the 14 events in the life of a consult contact, explanations included.

One caller after the other comes in and reaches an agent, on a floor of 50 agents with 10 people
waiting, and on one of 5,000 with 5,000 waiting: no decision may look at everybody. Those who wait
do so once in a queue that nobody serves, and once in line before the contact, for agents who are
all busy.
"""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TypeVar

from bench import machine
from bench.figures import Figure
from routing.commands import Answer, Command, CreateCall, Play, SubscribeTones, Transfer
from routing.engine import Engine
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CommandDone,
    DirectoryRead,
    Event,
    Member,
    OwnerChanged,
    Phase,
    PresenceRead,
    PromptEnded,
    Reading,
    ToneHeard,
)
from routing.plan import EntryPoint, Plan, Queue
from routing.state import State
from routing.step import Step

SMALL, LARGE = (50, 10), (5_000, 5_000)
LIVES, ROUNDS = 1_000, 5
LEAST, GOAL, MOST_RATIO = 30_000, 50_000, 2.0
EVENTS = 14
APART_MS = 7_000
"""Between two contacts; an agent is presumed to talk for 120 s, so 18 of them are."""
NUMBER = Caller(kind=CallerKind.NUMBER, id="+14255550123")

C = TypeVar("C", bound=Command)


@dataclass(slots=True)
class Floor:
    """An engine with its people."""

    engine: Engine
    names: list[str]
    in_line: bool
    """Whether those who wait stand before the contact, in its own queue."""
    now: int = 10_000
    lives: int = 0

    def tell(self, event: Event) -> Step:
        self.now += 1
        return self.engine.handle(event, self.now)

    def done(self, command: Command, wire: str = "") -> Step:
        return self.tell(CommandDone(command=command.id, call=command.call, wire=wire))

    def live(self) -> None:
        """One contact from ring to talk: 14 events."""
        self.lives += 1
        self.now += APART_MS
        if not self.in_line:
            self.tell(PresenceRead(read_at=self.now, complete=True, readings=()))
            create = _one(self._arrive(), CreateCall)
            self._connect(create)
            return
        self._arrive()
        # Everybody is busy but the one who becomes available now and takes the first in line.
        names, turn = self.names, self.lives % len(self.names)
        read = (
            Reading(agent=names[turn - 1], availability="Busy", activity="Busy"),
            Reading(agent=names[turn], availability="Available", activity="Available"),
        )
        step = self.tell(PresenceRead(read_at=self.now, complete=True, readings=read))
        self._connect(_one(step, CreateCall))

    def _arrive(self) -> Step:
        """A caller comes in: 3 events."""
        caller = f"w{self.lives}"
        step = self.tell(CallIncoming(call=caller, app="app", account="account", caller=NUMBER))
        self.done(_one(step, Answer))
        return self.tell(CallEstablished(call=caller))

    def _connect(self, create: CreateCall) -> None:
        """An agent is rung, picks up and accepts: 10 events."""
        tell, done, state = self.tell, self.done, self.engine.state
        agent = f"g{self.lives}"
        caller = state.calls[state.contacts[state.calls[create.call].contact].call].wire
        done(create, agent)
        step = tell(CallEstablished(call=agent))
        done(_one(step, SubscribeTones))
        tell(PromptEnded(call=agent, context=_one(step, Play).id, ok=True))
        step = tell(ToneHeard(call=agent, sequence=1, tone="1"))
        done(_one(step, Transfer))
        tell(CallProgressed(call=caller, phase=Phase.TRANSFERRING))
        tell(CallProgressed(call=caller, phase=Phase.TRANSFER_ACCEPTED))
        tell(CallEnded(call=agent))
        tell(CallEnded(call=caller, subcode=7015))


def _one(step: Step, kind: type[C]) -> C:
    return next(command for command in step.commands if isinstance(command, kind))


def floor(agents: int, waiting: int, *, in_line: bool) -> Floor:
    """People wait for agents who are all busy (`in_line`), or in a queue that nobody serves."""
    queues = (Queue(name="sales", wrap_up_ms=1_000), Queue(name="other"))
    entries = (
        EntryPoint(name="sales", account="account", queue="sales"),
        EntryPoint(name="other", account="other", queue="other"),
    )
    plan = Plan(tenant="t", legs={"app": 10**6}, entry_points=entries, queues=queues)
    names = [f"a{number:05d}" for number in range(agents)]
    made = Floor(Engine(plan, State(epoch=1)), names, in_line)
    made.tell(OwnerChanged(epoch=1))
    members = (
        Member(queue="sales", position=n, agent=a, upn=f"{a}@x", name=a)
        for n, a in enumerate(names)
    )
    made.tell(DirectoryRead(members=tuple(members), addresses=()))
    presence = "Busy" if in_line else "Available"
    readings = tuple(Reading(agent=a, availability=presence, activity=presence) for a in names)
    made.tell(PresenceRead(read_at=made.now, complete=True, readings=readings))
    account = "account" if in_line else "other"
    for number in range(waiting):
        made.tell(CallIncoming(call=f"x{number}", app="app", account=account, caller=NUMBER))
        made.tell(CallEstablished(call=f"x{number}"))
    return made


def events_per_s(floors: list[Floor], lives: int, rounds: int) -> list[float]:
    """Of each floor, in turns; the median round."""
    rates: list[list[float]] = [[] for _ in floors]
    for each in floors:
        each.live()
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for place, each in enumerate(floors):
            began = time.process_time()
            for _ in range(lives):
                each.live()
            rates[place].append(lives * EVENTS / (time.process_time() - began))
    gc.unfreeze()
    return [statistics.median(each) for each in rates]


async def run(_: object, *, quick: bool) -> list[Figure]:
    """Events a second, and how much slower the large floor is."""
    large = (200, 100) if quick else LARGE
    lives, rounds = (20, 1) if quick else (LIVES, ROUNDS)
    floors = [floor(*size, in_line=in_line) for in_line in (False, True) for size in (SMALL, large)]
    with machine.on(machine.SERVER):
        rates = events_per_s(floors, lives, rounds)
    agents, waiting = large
    found = []
    for where, (small, big) in (("beside", rates[:2]), ("before", rates[2:])):
        found += [
            Figure(
                row="engine",
                what=f"engine alone, {SMALL[0]} agents, {SMALL[1]} waiting {where} the contact",
                measured=round(small),
                unit="events/s",
                least=LEAST,
                detail={"goal": GOAL, "us/event": round(1e6 / small, 1)},
            ),
            Figure(
                row="engine",
                what=f"cost of an event with {agents:,} agents and {waiting:,} waiting {where}",
                measured=round(small / big, 2),
                unit="x",
                most=MOST_RATIO,
                detail={"events/s": round(big), "us/event": round(1e6 / big, 1)},
            ),
        ]
    return found
