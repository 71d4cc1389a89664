"""Graph as a test writes it: what each request gets for an answer, and effects in front of it."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kit.virtual_time import VirtualClock

from bot.context.from_directory import FromDirectory
from bot.context.over_http import OverHttp
from bot.context.sender import ContextSender, Place
from bot.metrics.meter import Silent
from bot.outside.web import NoWeb, Web
from bot.sending.beside import Beside
from bot.sending.budget import Budget
from bot.sending.cards import CardSender, Chat, NoChat
from bot.sending.effects import Effects
from bot.sending.messages import MessageSender, NoRecordings, Recordings
from bot.sending.outbound import Outbound
from bot.sending.questions import Questions
from bot.sending.team import NoTeams, Teams, TeamSender
from bot.sending.webhooks import WebhookSender
from bot.tasks import TaskSet
from graph.calls import Calls, Prompt
from graph.errors import NotSent
from graph.presence import Presences
from graph.profiles import Profiles
from graph.requests import warm_up
from graph.transport import GraphRequest, GraphResponse
from routing.card_face import OfferCard
from routing.commands import Command
from routing.context_rules import Source
from routing.events import CommandDone, Event
from routing.plan import EntryPoint, Plan, Queue

with warnings.catch_warnings():
    # msgraph-sdk's generated code warns of itself when it is first imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    warm_up()

Answer = GraphResponse | Exception | Callable[[GraphRequest], Awaitable[GraphResponse]]


def ok(http: int = 200, **body: object) -> GraphResponse:
    return GraphResponse(status=http, body=json.dumps(body).encode() if body else b"")


def state(name: str) -> GraphResponse:
    return ok(id="wire-leg", state=name)


@dataclass(slots=True)
class ScriptedGraph:
    """Answers by operation (`answer`, `GET`, `DELETE`, `create` ...): the scripted ones first."""

    script: dict[str, list[Answer]] = field(default_factory=dict[str, list[Answer]])
    may_act: Callable[[], bool] = lambda: True
    asked: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    requests: list[GraphRequest] = field(default_factory=list[GraphRequest])
    latency_ms: int = 0
    clock: VirtualClock = field(default_factory=VirtualClock)

    async def send(self, request: GraphRequest) -> GraphResponse:
        if not self.may_act():
            raise NotSent("the lease is lost")
        if request.deadline_ms is not None and request.deadline_ms <= self.clock.now():
            raise NotSent("the deadline has passed")
        operation = self.operation(request)
        self.asked.append((self.clock.now(), operation))
        self.requests.append(request)
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        waiting = self.script.get(operation)
        answer = waiting.pop(0) if waiting else ok(id="wire-leg", state="established")
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, GraphResponse) else await answer(request)

    @staticmethod
    def operation(request: GraphRequest) -> str:
        tail = request.path.rpartition("/")[2].rpartition(".")[2]
        if request.path.endswith("/calls"):
            return "create"
        if "/participants/" in request.path and request.method == "DELETE":
            return "remove"
        return tail if request.method == "POST" or tail == "participants" else request.method

    @property
    def operations(self) -> list[str]:
        return [operation for _, operation in self.asked]


@dataclass(slots=True)
class EffectsScene:
    """Effects over a scripted Graph, deciding nothing by themselves."""

    graph: ScriptedGraph = field(default_factory=ScriptedGraph)
    wires: dict[str, str] = field(
        default_factory=lambda: {"leg": "wire-leg", "other": "wire-other"}
    )
    told: list[Event] = field(default_factory=list[Event])
    unwanted: set[str] = field(default_factory=set[str])
    is_owner: bool = True
    effects: Effects = field(init=False)
    questions: Questions = field(init=False)
    tasks: TaskSet = field(default_factory=TaskSet)
    clock: VirtualClock = field(default_factory=VirtualClock)
    chat: Chat = field(default_factory=NoChat)
    teams: Teams = field(default_factory=NoTeams)
    recordings: Recordings = field(default_factory=NoRecordings)
    voicemails: Any = None
    web: Web = field(default_factory=NoWeb)
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    places: dict[Source, Place] = field(default_factory=dict[Source, Place])
    """Who else is asked about callers."""
    plan: Plan = field(
        default_factory=lambda: Plan(
            tenant="t",
            entry_points=(EntryPoint(name="main", queue="support"),),
            queues=(Queue(name="support", title="Support", channel="19:team@thread.tacv2"),),
        )
    )
    cards: dict[str, OfferCard] = field(default_factory=dict[str, OfferCard])
    """As they stand now, by offer."""
    silence: list[Prompt] = field(default_factory=lambda: [Prompt("https://bot/p.wav", "r")])

    async def __aenter__(self) -> EffectsScene:
        self.graph.may_act = self.may_act
        calls = {"app": Calls(transport=self.graph, tenant_id="t", app_id="app")}
        outbound = Outbound(calls, self, "https://bot.example", lambda _say: self.silence)
        self.questions = Questions(
            calls_of=outbound.calls_of_leg,
            wire_of=self.wire_of,
            presences=Presences(transport=self.graph, tenant_id="t", app_id="app"),
            ear=self,
            clock=self.clock,
            meter=Silent(),
        )
        budget = Budget(self.clock)
        self.effects = Effects(
            outbound=outbound,
            questions=self.questions,
            beside=Beside(
                cards=CardSender(chat=self.chat, decider=self, tasks=self.tasks, meter=Silent()),
                team=TeamSender(
                    teams=self.teams,
                    plan=lambda: self.plan,
                    decider=self,
                    tasks=self.tasks,
                    meter=Silent(),
                ),
                messages=MessageSender(
                    recordings=self.recordings,
                    voicemails=self.voicemails,
                    tenant="t",
                    decider=self,
                    clock=self.clock,
                    tasks=self.tasks,
                    meter=Silent(),
                ),
                webhooks=WebhookSender(
                    web=self.web,
                    secrets=self.secrets,
                    decider=self,
                    clock=self.clock,
                    tasks=self.tasks,
                    meter=Silent(),
                ),
                context=ContextSender(
                    places={
                        Source.HTTP: OverHttp(web=self.web, secrets=self.secrets, clock=self.clock),
                        Source.PROFILE: FromDirectory(
                            Profiles(transport=self.graph, tenant_id="t", app_id="app")
                        ),
                        **self.places,
                    },
                    decider=self,
                    clock=self.clock,
                    tasks=self.tasks,
                    meter=Silent(),
                ),
            ),
            decider=self,
            budget_of=lambda _app: budget,
            clock=self.clock,
            tasks=self.tasks,
            meter=Silent(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.tasks.stop()

    # What the loop is to effects.

    def submit(self, event: Event) -> asyncio.Future[None]:
        self.told.append(event)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def may_act(self) -> bool:
        return self.is_owner

    def wants(self, command: Command) -> bool:
        return command.id not in self.unwanted

    def card(self, offer: str) -> OfferCard | None:
        return self.cards.get(offer)

    def wire_of(self, call: str) -> str:
        return self.wires.get(call, "")

    def app_of(self, call: str) -> str:
        return "app" if call in self.wires else ""

    # What a test asks.

    @property
    def outcomes(self) -> list[CommandDone]:
        return [event for event in self.told if isinstance(event, CommandDone)]

    def outcome(self, command: str) -> CommandDone:
        (found,) = [each for each in self.outcomes if each.command == command]
        return found
