"""One tenant's running heart: the loop and everything that works beside it.

It is built the same way by the service and by a test: what differs between them comes in through
`Doors`. Nothing here opens a socket, a file or a database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.clock import Clock, monotonic_ms
from bot.context.from_directory import FromDirectory
from bot.context.from_history import FromHistory
from bot.context.over_http import OverHttp
from bot.context.sender import ContextSender
from bot.metrics.meter import Meter
from bot.outside.web import NoWeb, Web
from bot.owner.loop import TenantLoop
from bot.owner.takeover import Takeover
from bot.rescue import Rescue
from bot.sending.beside import Beside
from bot.sending.budget import Budget
from bot.sending.cards import CardSender, Chat, NoChat
from bot.sending.effects import Effects
from bot.sending.messages import MessageSender, NoRecordings, Recordings
from bot.sending.outbound import Outbound, Speech
from bot.sending.own_words import OwnWords
from bot.sending.questions import Questions
from bot.sending.team import NoTeams, Teams, TeamSender
from bot.sending.webhooks import WebhookSender
from bot.tasks import OnCrash, TaskSet
from bot.watches.call_records import CallRecordWatch
from bot.watches.cards import CardWatch
from bot.watches.messages import forget_messages
from bot.watches.presence import PresenceWatch
from bot.watches.sweeper import Sweeper
from graph.call_records import CallRecords
from graph.calls import Calls
from graph.presence import Presences
from graph.profiles import Profiles
from graph.transport import GraphTransport
from routing.context_rules import Source
from routing.engine import Engine
from routing.plan import Plan
from routing.state import State
from store.contract import Store
from store.errors import StoreError
from store.kept import Kept

INBOX_POLL_MS = 250
"""The mechanism by which an owner finds what others took in; a notification is only a hint."""
PATIENCE_EVERY_S = 0.25
TIDY_EVERY_S = 60.0
FINISH_WITHIN_S = 1.0
"""For requests to Graph under way at a stop: those cut off are in doubt for the successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A bot registration whose calls are served."""

    app_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What leads outside."""

    store: Store
    leased: Callable[[Callable[[], bool]], GraphTransport]
    """Makes the transport for what only the owner may do, given what says whether it is."""
    free: GraphTransport
    """For what any instance may do: read, and send a caller on whom we cannot serve."""
    clock: Clock
    speech: Speech
    tasks: TaskSet
    meter: Meter
    chat: Chat = field(default_factory=NoChat)
    teams: Teams = field(default_factory=NoTeams)
    recordings: Recordings = field(default_factory=NoRecordings)
    web: Web = field(default_factory=NoWeb)
    """To other systems of the customer's."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the names under which a plan knows them."""
    monotonic: Callable[[], int] = monotonic_ms
    kept: Kept = field(default_factory=Kept)
    """For how long the store keeps what happened."""


class EngineMaker(Protocol):
    """Makes an engine; a test may script one."""

    def __call__(self, plan: Plan, state: State) -> Engine:
        """The engine that goes on from `state`."""
        ...


def calls_of(applications: Sequence[Application], transport: GraphTransport) -> dict[str, Calls]:
    """The calls of each application, by its id."""
    return {
        each.app_id: Calls(transport=transport, tenant_id=each.tenant_id, app_id=each.app_id)
        for each in applications
    }


def presences_of(application: Application, transport: GraphTransport) -> Presences:
    """Presence of the application's tenant."""
    return Presences(
        transport=transport, tenant_id=application.tenant_id, app_id=application.app_id
    )


def profiles_of(application: Application, transport: GraphTransport) -> Profiles:
    """Profiles of the application's tenant."""
    return Profiles(transport=transport, tenant_id=application.tenant_id, app_id=application.app_id)


class Switchboard:
    """Loop, effects, takeover, and whatever looks after things, of one tenant."""

    def __init__(
        self,
        *,
        plan: Plan,
        tenant: str,
        applications: Sequence[Application],
        public_url: str,
        instance: str,
        doors: Doors,
        make_engine: EngineMaker = Engine,
    ) -> None:
        """The first application belongs to `tenant`, and stands in for those not known."""
        self._doors = doors
        self._running: list[asyncio.Task[None]] = []
        self.loop = TenantLoop(
            tenant=tenant,
            plan=plan,
            store=doors.store,
            clock=doors.clock,
            meter=doors.meter,
            monotonic=doors.monotonic,
        )
        transport = doors.leased(self.loop.may_act)
        self.calls = calls_of(applications, transport)
        own_words = OwnWords(
            doors.store.voicemails, tenant=tenant, public_url=public_url, clock=doors.clock
        )
        outbound = Outbound(self.calls, self.loop, public_url, doors.speech, own_words)
        self.profiles = profiles_of(applications[0], doors.free)
        self.questions = self._ask(outbound, presences_of(applications[0], transport))
        self.effects = self._effects(outbound)
        self.loop.outward = self.effects
        self.rescue = self._rescue(calls_of(applications, doors.free))
        self.takeover = self._takeover(instance, make_engine)
        self._watch(outbound, applications[0], transport)

    def _takeover(self, instance: str, make_engine: EngineMaker) -> Takeover:
        return Takeover(
            loop=self.loop,
            effects=self.effects,
            store=self._doors.store,
            clock=self._doors.clock,
            tasks=self._doors.tasks,
            instance=instance,
            make_engine=make_engine,
            rescue=self.rescue.on_error,
        )

    def _ask(self, outbound: Outbound, presences: Presences) -> Questions:
        return Questions(
            calls_of=outbound.calls_of_leg,
            wire_of=self.loop.wire_of,
            presences=presences,
            ear=self.loop,
            clock=self._doors.clock,
            meter=self._doors.meter,
        )

    def _rescue(self, calls: dict[str, Calls]) -> Rescue:
        return Rescue(
            calls=calls,
            plan=lambda: self.loop.plan,
            state=self.loop.state,
            clock=self._doors.clock,
            meter=self._doors.meter,
        )

    def _effects(self, outbound: Outbound) -> Effects:
        doors = self._doors
        budgets = {app: Budget(doors.clock) for app in self.calls}
        return Effects(
            outbound=outbound,
            questions=self.questions,
            beside=self._beside(),
            decider=self.loop,
            budget_of=budgets.__getitem__,
            clock=doors.clock,
            tasks=doors.tasks,
            meter=doors.meter,
        )

    def _beside(self) -> Beside:
        doors = self._doors
        return Beside(
            cards=CardSender(
                chat=doors.chat, decider=self.loop, tasks=doors.tasks, meter=doors.meter
            ),
            team=TeamSender(
                teams=doors.teams,
                plan=lambda: self.loop.plan,
                decider=self.loop,
                tasks=doors.tasks,
                meter=doors.meter,
            ),
            messages=MessageSender(
                recordings=doors.recordings,
                voicemails=doors.store.voicemails,
                tenant=self.loop.tenant,
                decider=self.loop,
                clock=doors.clock,
                tasks=doors.tasks,
                meter=doors.meter,
            ),
            webhooks=WebhookSender(
                web=doors.web,
                secrets=doors.secrets,
                decider=self.loop,
                clock=doors.clock,
                tasks=doors.tasks,
                meter=doors.meter,
            ),
            context=self._context(),
        )

    def _context(self) -> ContextSender:
        doors = self._doors
        return ContextSender(
            places={
                Source.HTTP: OverHttp(web=doors.web, secrets=doors.secrets, clock=doors.clock),
                Source.HISTORY: FromHistory(
                    past=doors.store.history,
                    tenant=self.loop.tenant,
                    plan=lambda: self.loop.plan,
                ),
                Source.PROFILE: FromDirectory(self.profiles),
            },
            decider=self.loop,
            clock=doors.clock,
            tasks=doors.tasks,
            meter=doors.meter,
        )

    def _watch(
        self, outbound: Outbound, application: Application, transport: GraphTransport
    ) -> None:
        doors = self._doors
        self.presence_watch = PresenceWatch(
            loop=self.loop,
            reader=presences_of(application, transport),
            clock=doors.clock,
            meter=doors.meter,
        )
        self.call_records = self._read_records(application, transport)
        self.cards = CardWatch(
            loop=self.loop,
            chat=doors.chat,
            clock=doors.clock,
            tasks=doors.tasks,
            meter=doors.meter,
        )
        self.sweeper = Sweeper(
            loop=self.loop,
            asker=self.questions,
            calls_of=outbound.calls_of_leg,
            clock=doors.clock,
            meter=doors.meter,
        )

    def _read_records(self, application: Application, transport: GraphTransport) -> CallRecordWatch:
        doors = self._doors
        return CallRecordWatch(
            loop=self.loop,
            reader=CallRecords(
                transport=transport, tenant_id=application.tenant_id, app_id=application.app_id
            ),
            history=doors.store.history,
            ours=tuple(self.calls),
            clock=doors.clock,
            meter=doors.meter,
        )

    def start(self) -> None:
        """Take in events from now on, and become the owner as soon as that is possible."""
        start = self._doors.tasks.start
        self._running = [
            # Without these two nobody is served: let the process go, and another take over.
            start("loop", self.loop.run, OnCrash.STOP),
            start("takeover", self.takeover.run, OnCrash.STOP),
            start("inbox", self._watch_inbox, OnCrash.RESTART),
            start("patience", self._watch_patience, OnCrash.RESTART),
            start("presence", self.presence_watch.run, OnCrash.RESTART),
            start("sweeper", self.sweeper.run, OnCrash.RESTART),
            start("call records", self.call_records.run, OnCrash.RESTART),
            start("cards", self.cards.run, OnCrash.RESTART),
            start("tidy", self._tidy, OnCrash.RESTART),
        ]

    async def stop(self) -> None:
        """Give the tenant back at once; what is under way is finished, the calls stay."""
        _, takeover, *others = self._running
        for task in (takeover, *others):
            task.cancel()
        await asyncio.gather(takeover, *others, return_exceptions=True)
        await self.effects.finish(FINISH_WITHIN_S)
        await self.loop.drain()

    def look(self, wire: str) -> None:
        """Have a leg's state and roster read, when the leg is ours."""
        engine = self.loop.engine
        call = engine.call_of(self.loop.spelled(wire)) if engine else ""
        if call:
            self._doors.tasks.run("look", self._look(call))

    async def _look(self, call: str) -> None:
        await self.questions.look(call, roster_too=True)

    async def _watch_inbox(self) -> None:
        store = self._doors.store
        while True:
            await store.wait_for_inbox(INBOX_POLL_MS)
            if self.loop.desk is None:
                await asyncio.sleep(INBOX_POLL_MS / 1000)
                continue
            try:
                rows = await store.unconsumed(self.loop.tenant)
            except StoreError:
                self._doors.meter.count("inbox_unread")
                await asyncio.sleep(1)
                continue
            self.loop.found(rows)

    async def _watch_patience(self) -> None:
        while True:
            await asyncio.sleep(PATIENCE_EVERY_S)
            self.loop.give_up_waiting()

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            if self.loop.desk is None:
                continue
            try:
                store, now = self._doors.store, self._doors.clock.now()
                await store.tidy(now)
                await store.forget(self.loop.tenant, now, self._doors.kept)
                await forget_messages(store.voicemails, self.loop, now)
                before = now - self._doors.kept.history_ms
                await store.subscribers.forget(self.loop.tenant, before)
                await store.follow_ups.forget(self.loop.tenant, before)
            except StoreError:
                self._doors.meter.count("untidied")
