"""An engine whose decisions a test writes, and a store whose failures it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kit.virtual_time import VirtualClock

from bot.metrics.meter import Silent
from bot.owner.desk import Desk
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from bot.tasks import TaskSet
from routing.commands import Command
from routing.engine import Engine, Step
from routing.events import Event
from routing.facts import Fact, FactKind
from routing.plan import EntryPoint, Plan, Queue
from routing.state import Call, CallRole, CallState, State
from store.contract import Batch, Store
from store.database import open_store

TENANT = "contoso"
PLAN = Plan(
    tenant=TENANT,
    entry_points=(EntryPoint(name="main", queue="support"),),
    queues=(Queue(name="support"),),
    default_entry_point="main",
)
Decide = Callable[["ScriptedEngine", Event, int], Step]


def note(engine: ScriptedEngine, event: Event, now: int) -> Step:
    """Nothing but a fact."""
    del engine
    return Step(facts=[Fact(kind=FactKind.IGNORED, at=now, detail={"event": type(event).__name__})])


@dataclass(slots=True)
class ScriptedEngine:
    """Has the engine's methods and does what `decide` says."""

    plan: Plan
    state: State
    decide: Decide = note
    heard: list[tuple[Event, int]] = field(default_factory=list[tuple[Event, int]])
    due: int | None = None
    unwanted: set[str] = field(default_factory=set[str])
    people: list[str] = field(default_factory=list[str])
    waits: bool = False
    silent: list[str] = field(default_factory=list[str])

    def handle(self, event: Event, now: int) -> Step:
        self.heard.append((event, now))
        if self.due is not None and self.due <= now:
            self.due = None
        return self.decide(self, event, now)

    def next_deadline(self) -> int | None:
        return self.due

    def wants(self, call: str, command: str) -> bool:
        del call
        return command not in self.unwanted

    def country_of(self, account: str) -> str:
        del account
        return ""

    def watched(self) -> list[str]:
        return self.people

    def urgent(self) -> bool:
        return self.waits

    def silent_calls(self, before: int) -> list[str]:
        return [c for c in self.silent if self.state.calls[c].heard_at <= before]

    def live_calls(self) -> list[str]:
        return [c.id for c in self.state.calls.values() if c.state is CallState.ESTABLISHED]

    def wire_of(self, call: str) -> str:
        found = self.state.calls.get(call)
        return found.wire if found else ""

    def call_of(self, wire: str) -> str:
        return next((c.id for c in self.state.calls.values() if c.wire == wire), "")

    @property
    def events(self) -> list[str]:
        return [type(event).__name__ for event, _ in self.heard]


def leg(name: str = "leg", wire: str = "wire-1", app: str = "app") -> Call:
    return Call(id=name, contact="c", role=CallRole.CALLER, app=app, wire=wire)


class FaultyStore:
    """A store in memory whose next commits fail as told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.fail: list[Exception] = []
        """Raised by the next writes, one each."""
        self.lost: list[Exception] = []
        """Raised by the next commits, after they were carried out."""
        self.spoil: Callable[[Batch], Exception | None] = lambda _: None
        self.batches: list[Batch] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, batch: Batch) -> None:
        if self.fail:
            raise self.fail.pop(0)
        if (error := self.spoil(batch)) is not None:
            raise error
        await self._store.commit(batch)
        self.batches.append(batch)
        if self.lost:
            raise self.lost.pop(0)

    async def accept(self, *args: Any) -> Any:
        if self.fail:
            raise self.fail.pop(0)
        return await self._store.accept(*args)


@dataclass(slots=True)
class Outbox:
    """Takes the loop's commands and keeps them."""

    taken: list[Command] = field(default_factory=list[Command])
    dropped: int = 0

    def take(self, commands: Any) -> None:
        self.taken += commands

    def drop(self) -> None:
        self.dropped += 1


@dataclass(slots=True)
class LoopScene:
    """The tenant's loop alone, over a scripted engine."""

    decide: Decide = note
    store: FaultyStore = field(init=False)
    loop: TenantLoop = field(init=False)
    outbox: Outbox = field(default_factory=Outbox)
    tasks: TaskSet = field(default_factory=TaskSet)
    clock: VirtualClock = field(default_factory=VirtualClock)
    engine: ScriptedEngine = field(init=False)

    async def __aenter__(self) -> LoopScene:
        now = self.clock.now
        self.store = FaultyStore(
            await open_store("sqlite://", monotonic=now, inline=True, wall=now)
        )
        self.loop = TenantLoop(
            tenant=TENANT,
            plan=PLAN,
            store=self.store,  # type: ignore[arg-type]  # forwards the rest
            clock=self.clock,
            meter=Silent(),
            monotonic=now,
        )
        self.loop.outward = self.outbox
        self.tasks.run("loop", self.loop.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.tasks.stop()
        await self.store.close()

    async def own(self, known: list[str] | None = None) -> Desk:
        """Become the owner."""
        ownership = await self.store.acquire(TENANT, "test")
        state = State(epoch=ownership.epoch)
        self.engine = ScriptedEngine(PLAN, state, self.decide)
        desk = Desk(
            ownership=ownership,
            engine=as_engine(self.engine),
            known=Known(1000, known or []),
            spellings=Spellings(state),
            taken=Known(1000),
        )
        self.loop.sit_down(desk, [])
        return desk


def as_engine(engine: ScriptedEngine) -> Engine:
    return engine  # type: ignore[return-value]  # has the same methods
