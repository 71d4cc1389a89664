"""The whole heart of the service over the emulator's world, in one process, under virtual time.

    async def story() -> None:
        async with Scene(plan=plan()) as scene:
            scene.world.place_call(CallerScript(to="support@contoso.example"), scene.now)
            await scene.run_for(5_000)

    run_virtual(story())

No socket, no thread, no token: requests go straight into the world, its notifications straight into
the webhook behind the token's check. A killed service (`kill`) leaves everything where it stood; a
new one (`start`) finds only what the database has.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.scene_tab import acted_on
from kit.virtual_time import VirtualClock
from kit.world_chat import WorldChat
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.metrics.meter import Silent
from bot.outage_notes import OutageNotes
from bot.outside.web import LARGEST, NotAnswered, Question, Why, signature
from bot.sending.cards import Chat
from bot.switchboard import Application, Doors, EngineMaker, Switchboard
from bot.tasks import OnCrash, TaskSet
from bot.web.calls import CallsWebhook
from bot.web.connections import Limits
from emulator.chat import Letter
from emulator.config import Config, default_config, object_id
from emulator.exchange import Leg
from emulator.notices import Delivery
from emulator.scripts import CallerScript
from emulator.tab import Errand
from emulator.world import World
from graph.calls import Prompt
from graph.errors import GraphError, NotSent, OutcomeUnknown, Refused
from graph.inbound_auth import Claims, TokenValidator, ValidatorConfig
from graph.requests import warm_up
from graph.transport import GraphRequest, GraphResponse, _error
from routing.commands import Say
from routing.engine import Engine
from routing.events import Address, DirectoryRead, Member
from routing.plan import EntryPoint, Plan, Queue
from store.contract import Store
from store.database import open_store
from store.kept import Kept

with warnings.catch_warnings():
    # msgraph-sdk's generated code warns of itself when it is first imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    warm_up()

PUBLIC_URL = "https://bot.contoso.example"
WEBHOOK = PUBLIC_URL + "/api/calls"
PROMPT_MS = 2_000
MUSIC_MS = 60_000
TRY_AGAIN_MS = 250


def speech(say: Sequence[Say]) -> list[Prompt]:
    """One file per thing said, named by it."""
    return [Prompt(f"{PUBLIC_URL}/prompts/{each.prompt.replace(':', '-')}.wav", "") for each in say]


def prompt_ms(uri: str) -> int:
    return MUSIC_MS if "/music-" in uri else PROMPT_MS


def plan(*queues: Queue, tenant: str = "", **entry: Any) -> Plan:
    """One queue behind support@contoso.example, unless told otherwise."""
    queues = queues or (Queue(name="support", members=("agents@contoso.example",)),)
    point: dict[str, Any] = {
        "name": "main",
        "account": "support@contoso.example",
        "queue": queues[0].name,
        "greeting": "system:welcome",
    }
    return Plan(
        tenant=tenant or default_config().tenant_id,
        entry_points=(EntryPoint(**(point | entry)),),
        queues=queues,
        default_entry_point="main",
        durations={"system:welcome": PROMPT_MS, "music:default": MUSIC_MS, "whisper": PROMPT_MS},
    )


def directory_of(config: Config, plan: Plan) -> DirectoryRead:
    """Everybody whom the plan names, as the emulator's directory has them."""
    people = {person.upn: person for person in config.people}
    by_id = {person.id: person for person in config.people}
    groups = {group.mail: group for group in config.groups}
    members: list[Member] = []
    for queue in plan.queues:
        found = [
            person
            for ref in queue.members
            for person in (
                [by_id[each] for each in groups[ref].members] if ref in groups else [people[ref]]
            )
        ]
        members += [
            Member(queue=queue.name, position=place, agent=one.id, upn=one.upn, name=one.name)
            for place, one in enumerate(found)
        ]
    accounts = [
        Address(ref=a.upn, id=a.id, name=a.name, number=a.number or "") for a in config.accounts
    ]
    persons = [Address(ref=p.upn, id=p.id, name=p.name) for p in config.people]
    return DirectoryRead(members=tuple(members), addresses=tuple(accounts + persons))


@dataclass(slots=True)
class WorldTransport:
    """Graph, as the emulator's world plays it. `may_act` is the lease."""

    scene: Scene
    may_act: Callable[[], bool] = lambda: True

    async def send(self, request: GraphRequest) -> GraphResponse:
        return await self._send(request, again=True)

    async def _send(self, request: GraphRequest, *, again: bool) -> GraphResponse:
        scene = self.scene
        if request.deadline_ms is not None and request.deadline_ms <= scene.now:
            raise NotSent("the deadline has passed")
        if not self.may_act():
            raise NotSent("the lease is lost")
        app = scene.config.applications[0]
        scene.requests.append(request)
        reply = scene.world.request(
            request.app_id,
            request.tenant_id,
            app.roles,
            request.method,
            "/v1.0" + request.path,
            json.loads(request.body) if request.body else None,
            scene.now,
        )
        scene.kick.set()
        await asyncio.sleep((reply.delay_ms + scene.latency_ms) / 1000)
        if reply.fault in ("reset", "reply_lost"):
            raise OutcomeUnknown("no answer: reset")
        if reply.status == 401 and again:
            return await self._send(request, again=False)
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        headers = CIMultiDictProxy(CIMultiDict(reply.headers))
        response = GraphResponse(status=reply.status, headers=headers, body=body)
        if 200 <= reply.status < 300:
            return response
        error: GraphError = _error(response, scene.now)
        raise error


@dataclass(slots=True)
class WorldRecordings:
    """Where the world's recordings are read. Failures come first, in order."""

    scene: Scene

    async def fetch(self, location: str, token: str) -> bytes:
        scene = self.scene
        await asyncio.sleep(scene.latency_ms / 1000)
        if scene.recording_failures:
            raise scene.recording_failures.pop(0)
        found = scene.world.media.recordings.read(location.rpartition("/")[2], token)
        if isinstance(found, int):
            raise Refused(f"HTTP {found}", status=found)
        return found


@dataclass(slots=True)
class WorldWeb:
    """The customer's web service, as the emulator plays it: an answer's way over HTTPS, and what is
    not believed of it, is for tests/outside."""

    scene: Scene

    async def ask(self, question: Question, within_ms: int) -> dict[str, Any]:
        body = b"" if question.method == "GET" else json.dumps(question.body).encode()
        asked = URL(question.url, encoded=question.is_encoded)
        name = asked.path.rpartition("/")[2]
        signed = signature(question.secret, body, self.scene.now // 1000) if question.secret else ""
        answered = self.scene.world.exchange.web.answer(name, body, signed, dict(asked.query))
        if not answered.status or answered.after_ms > within_ms:
            await asyncio.sleep(within_ms / 1000)
            raise NotAnswered(Why.LATE)
        await asyncio.sleep(answered.after_ms / 1000)
        if answered.location:
            raise NotAnswered(Why.REDIRECT)
        if answered.status != 200:
            raise NotAnswered(Why.STATUS, status=answered.status)
        if len(answered.body) > LARGEST:
            raise NotAnswered(Why.TOO_LARGE)
        try:
            found: dict[str, Any] = json.loads(answered.body)
        except ValueError as error:
            raise NotAnswered(Why.NOT_JSON) from error
        return found


@dataclass(slots=True)
class Service:
    """One life of the service."""

    switchboard: Switchboard
    webhook: CallsWebhook
    tasks: TaskSet
    store: Store
    talk: WorldChat


@dataclass(slots=True)
class Scene:
    """A world, and the service in it."""

    plan: Plan
    database: str = "sqlite://"
    config: Config = field(default_factory=lambda: default_config(webhook=WEBHOOK))
    switches: dict[str, str] = field(default_factory=dict[str, str])
    seed: int = 7
    make_engine: EngineMaker = Engine
    recording_failures: list[Exception] = field(default_factory=list[Exception])
    """What reading a recording comes to first."""
    chat: Chat | None = None
    """Takes the cards; None: the world's own chat does."""
    meter: Any = field(default_factory=Silent)
    notes: OutageNotes | None = None
    latency_ms: int = 0
    """Of each request to Graph."""
    kept: Kept = field(default_factory=Kept)
    world: World = field(init=False)
    service: Service | None = field(default=None, init=False)
    requests: list[GraphRequest] = field(default_factory=list[GraphRequest], init=False)
    statuses: list[int] = field(default_factory=list[int], init=False)
    kick: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _lives: int = field(default=0, init=False)
    _clock: VirtualClock = field(default_factory=VirtualClock, init=False)
    _tasks: TaskSet = field(default_factory=TaskSet, init=False)

    def __post_init__(self) -> None:
        self.world = World(
            self.config, self.seed, switches=self.switches, prompt_duration=prompt_ms
        )

    @property
    def now(self) -> int:
        return self._clock.now()

    @property
    def app(self) -> str:
        return self.config.applications[0].id

    @property
    def board(self) -> Switchboard:
        assert self.service is not None, "the service does not run"
        return self.service.switchboard

    async def __aenter__(self) -> Scene:
        self.world.advance(self.now)
        self._tasks.run("world", self._turn_world())
        await self.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.kill()
        await self._tasks.stop()

    async def start(self) -> None:
        """Begin a life of the service; the first one is told of the directory."""
        store = await open_store(
            self.database, monotonic=lambda: self.now, inline=True, wall=lambda: self.now
        )
        tasks = TaskSet()
        talk = WorldChat(self.world, store, self.plan.tenant, lambda: self.now)
        doors = Doors(
            store=store,
            leased=lambda may_act: WorldTransport(self, may_act),
            free=WorldTransport(self),
            clock=self._clock,
            speech=speech,
            tasks=tasks,
            meter=self.meter,
            chat=self.chat or talk.cards,
            teams=talk.channels,
            recordings=WorldRecordings(self),
            web=WorldWeb(self),
            secrets={"scene": "0123456789abcdef"},
            monotonic=lambda: self.now,
            kept=self.kept,
        )
        board = Switchboard(
            plan=self.plan,
            tenant=self.plan.tenant,
            applications=[Application(app_id=self.app, tenant_id=self.config.tenant_id)],
            public_url=PUBLIC_URL,
            instance="one",
            doors=doors,
            make_engine=self.make_engine,
        )
        self.service = Service(board, self._webhook(board), tasks, store, talk)
        board.start()
        if self.chat is None:
            tasks.start("chats", talk.listen(board.loop, self._clock).run, OnCrash.RESTART)
        if not self._lives:
            await board.loop.submit(directory_of(self.config, self.plan))
        self._lives += 1

    async def kill(self) -> None:
        """What SIGKILL leaves behind: nothing is finished, nothing is given back."""
        if self.service is not None:
            service, self.service = self.service, None
            await service.tasks.stop()
            await service.store.close()

    async def run_for(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    def accept(self, body: bytes, command: str = "", claims: Claims | None = None) -> Any:
        """Post to the webhook of the running service."""
        assert self.service is not None
        return self.service.webhook.accept(body, claims or self.claims(), command, self.now)

    def claims(self, tenant: str = "") -> Claims:
        return Claims(
            issuer="https://graph.microsoft.com",
            audience=self.app,
            tenant_id=tenant or self.config.tenant_id,
            expires_at=self.now + 3_600_000,
        )

    def call(self, to: str = "support@contoso.example", **script: Any) -> Leg:
        """Somebody calls."""
        leg = self.world.place_call(CallerScript(to=to, **script), self.now)
        self.kick.set()
        return leg

    # What can be asked.

    def ops(self, *names: str) -> list[str]:
        """The calls' requests so far, as `op status`."""
        return [
            f"{r.op} {r.status}"  # type: ignore[attr-defined]
            for r in self.world.log
            if r.kind == "request" and (not names or r.op in names)  # type: ignore[attr-defined]
        ]

    def agent(self, first_name: str) -> str:
        return object_id(f"{first_name}.agent@contoso.example")

    def _webhook(self, board: Switchboard) -> CallsWebhook:
        validator = TokenValidator(
            ValidatorConfig(openid_url="", issuers=(), audiences=()),
            None,  # type: ignore[arg-type]  # never fetches: deliveries come in behind it
            lambda: self.now,
            spawn=lambda _: None,
        )
        notes: Any = self.notes or _NoNotes()
        return CallsWebhook(
            loop=board.loop,
            validator=validator,
            rescue=board.rescue,
            notes=notes,
            clock=self._clock,
            meter=self.meter,
            look=board.look,
            body_within_s=Limits().body_s,
        )

    async def _turn_world(self) -> None:
        while True:
            self.world.advance(self.now)
            for delivery in self.world.take_deliveries():
                self._tasks.run("delivery", self._deliver(delivery))
            for letter in self.world.chat.take():
                self._tasks.run("letter", self._bring(letter))
            for errand in self.world.tab.take():
                self._tasks.run("tab", self._act(errand))
            self.kick.clear()
            due = self.world.next_deadline()
            wait = None if due is None else max(0, due - self.now) / 1000
            try:
                async with asyncio.timeout(wait):
                    await self.kick.wait()
            except TimeoutError:
                continue

    async def _bring(self, letter: Letter) -> None:
        if self.service is not None:
            await self.service.talk.bring(letter)
            self.kick.set()

    async def _act(self, errand: Errand) -> None:
        """As the tab does, past HTTP and tokens. Whoever finds the service away tries again."""
        while self.service is None or self.board.loop.state() is None:
            await self.run_for(TRY_AGAIN_MS)
        status, said = await acted_on(self.board.loop, self.config, errand, self.now)
        self.world.advance(self.now)
        self.world.tab.answered(errand, status, said)
        self.kick.set()

    async def _deliver(self, delivery: Delivery) -> None:
        began = self.now
        status = 0
        if self.service is not None:
            command = delivery.url.rpartition("/api/calls")[2].strip("/")
            body = json.dumps(delivery.body).encode()
            status = 202 if await self.accept(body, command) else 503
        self.statuses.append(status)
        self.world.delivered(delivery, status, self.now - began, self.now)
        self.kick.set()


class _NoNotes:
    def note(self, *_: object) -> None:
        """Keep nothing."""
