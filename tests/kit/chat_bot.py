"""The chat endpoint on a real port: the product's parts, over a floor and a shelf in memory."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from kit.chat_channel import APP, PERSON, Channel
from kit.speaking import InstantVoice

from bot.announcing import Announcer
from bot.teams.agent_chat import AgentChat, SeenCard
from bot.teams.botframework import BotFramework
from bot.teams.channels import Channels
from bot.teams.chats import Chats
from bot.teams.conversation import ActionAnswer, CardAction, WordLost
from bot.teams.order_desk import OrderDesk, Seen
from bot.teams.service_urls import ServiceUrls
from bot.teams.status import Standing, standing_in
from bot.web.messages import Messages, validator_config
from graph.inbound_auth import TokenValidator
from routing.card_face import OfferCard
from routing.engine import Engine
from routing.events import Event
from routing.plan import EntryPoint, Plan, Queue
from routing.presence import Presence
from routing.state import Agent, Membership, State
from routing.word_events import AgentSet, BulletinLifted, BulletinSet

PLAN = Plan(
    tenant="5a1e9f0b-0000-4000-8000-000000000001",
    entry_points=(EntryPoint(name="main", queue="support"),),
    queues=(
        Queue(name="support", title="Support"),
        Queue(name="sales", title="Sales", supervisors=("lee@contoso.example",)),
    ),
    default_entry_point="main",
    supervisors=("sam@contoso.example",),
)


@dataclass
class Floor:
    """Agents, and a history that can be out of order."""

    now: int
    state: State = field(default_factory=State)
    words: list[tuple[AgentSet, str | None]] = field(default_factory=list)
    presses: list[tuple[Event, str | None]] = field(default_factory=list)
    cards: dict[str, OfferCard] = field(default_factory=dict)
    """By offer."""
    orders: dict[str | None, Event] = field(default_factory=dict)
    """Supervisors', by identity."""
    waiting: list[BulletinSet | BulletinLifted] = field(default_factory=list)
    late: int = 0
    """Another instance decides on orders, after so many looks."""
    overtaken_by: str = ""
    """Somebody who says something else right after each order."""
    plan: Plan = PLAN
    live: bool = True
    broken: bool = False
    log: list[str] = field(default_factory=list)

    def hire(self, person: str = PERSON, **known: Any) -> Agent:
        agent = Agent(
            id=person,
            upn="ada@contoso.example",
            name="Ada Park",
            memberships=(Membership(queue="support", position=0),),
            presence=Presence.AVAILABLE,
            presence_at=self.now - 1000,
            since=self.now - 60_000,
            **known,
        )
        self.state.agents[person] = agent
        self.state.tenant.presence_read_at = self.now - 1000
        return agent

    async def standing(self, person: str) -> Standing | None:
        return standing_in(self.state, PLAN, person)

    async def seen(self) -> Seen:
        if self.waiting and self.late > 0:
            self.late -= 1
            if not self.late:
                self._decide(self.waiting.pop())
        return Seen(state=self.state, plan=self.plan, live=self.live)

    async def card(self, offer: str) -> SeenCard | None:
        found = self.cards.get(offer)
        return None if found is None else SeenCard(card=found, live=self.live)

    def _decide(self, event: BulletinSet | BulletinLifted) -> None:
        engine = Engine(self.plan, self.state)
        engine.handle(event, self.now)
        if self.overtaken_by:
            engine.handle(replace(event, by="other", by_name=self.overtaken_by), self.now)

    async def submit(self, event: Event, *, identity: str | None) -> None:
        if self.broken:
            raise WordLost
        self.log.append("written down")
        if isinstance(event, BulletinSet | BulletinLifted):
            if identity not in self.orders:
                self.orders[identity] = event
                self._decide(event) if not self.late else self.waiting.append(event)
            return
        if not isinstance(event, AgentSet):
            self.presses.append((event, identity))
            return
        if identity is not None and identity in [known for _, known in self.words]:
            return
        self.words.append((event, identity))
        agent = self.state.agents[event.agent]
        agent.ready = event.ready
        agent.not_ready_reason = event.reason
        agent.timers = {} if event.until is None else {"not_ready": event.until}


@dataclass
class Shelf:
    """A conversation store in memory."""

    saved: dict[str, str] = field(default_factory=dict)
    writes: int = 0

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None:
        assert tenant == PLAN.tenant
        assert at > 0
        self.saved[person] = saved
        self.writes += 1

    async def find(self, tenant: str, person: str) -> str | None:
        assert tenant == PLAN.tenant
        return self.saved.get(person)

    async def page(self, tenant: str, after: str = "") -> list[tuple[str, str]]:
        assert tenant == PLAN.tenant
        return [(person, self.saved[person]) for person in sorted(self.saved) if person > after]

    async def forget(self, tenant: str, person: str, saved: str | None = None) -> None:
        assert tenant == PLAN.tenant
        if saved in (None, self.saved.get(person)):
            self.saved.pop(person, None)


@dataclass
class Answering:
    """Listens as the product does, but answers a card's buttons as the test says."""

    chat: AgentChat
    answer: ActionAnswer | None = None
    actions: list[CardAction] = field(default_factory=list)
    crash: bool = False

    async def on_message(self, message: Any) -> None:
        if self.crash:
            msg = "on purpose"
            raise RuntimeError(msg)
        await self.chat.on_message(message)

    async def on_action(self, action: CardAction) -> ActionAnswer:
        self.actions.append(action)
        return self.answer or await self.chat.on_action(action)

    async def on_added(self, added: Any) -> None:
        await self.chat.on_added(added)

    async def on_removed(self, removed: Any) -> None:
        await self.chat.on_removed(removed)


@dataclass
class Bot:
    """The running endpoint."""

    url: str
    http: aiohttp.ClientSession
    channel: Channel
    floor: Floor
    shelf: Shelf
    chats: Chats
    channels: Channels
    listener: Answering
    gateway: BotFramework
    refused_tokens: list[str]
    orders: OrderDesk
    voice: InstantVoice
    offset_ms: int = 0

    def gateway_within(self, seconds: float) -> BotFramework:
        """A gateway that gives up sooner."""

        async def token(app: str, *, refused: str = "") -> str:
            return f"{app}{refused}"

        urls = ServiceUrls(self.channel.openid_url)
        return BotFramework(http=self.http, token=token, urls=urls, send_within_s=seconds)

    async def post(
        self, body: object = None, *, token: str | None = "", **request: Any
    ) -> tuple[int, Any]:
        """Status and parsed body of the answer. `token` None sends none, empty a good one."""
        headers = dict(request.pop("headers", {}))
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token or self.channel.token()}")
        if "data" not in request:
            request["json"] = body
        async with self.http.post(self.url, headers=headers, **request) as response:
            raw = await response.read()
            return response.status, await response.json() if raw else None


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def running_bot(channel: Channel) -> AsyncIterator[Bot]:
    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        tasks.add(asyncio.get_running_loop().create_task(work))

    refused_tokens: list[str] = []
    counter = itertools.count(1)

    async def token(app: str, *, refused: str = "") -> str:
        assert app == APP
        refused_tokens.append(refused)
        return f"ours-{next(counter)}"

    floor, shelf, urls = Floor(wall_ms()), Shelf(), ServiceUrls(channel.openid_url)
    chats = Chats(PLAN.tenant, shelf, wall_ms)
    async with aiohttp.ClientSession() as http:
        gateway = BotFramework(http=http, token=token, urls=urls, send_within_s=2.0)
        voice = InstantVoice()
        orders = OrderDesk(floor, Announcer(voice, within_s=0.5), look_every_s=0.001)
        channels = Channels(PLAN.tenant, shelf, gateway, wall_ms, "https://bot.example")
        listener = Answering(
            AgentChat(
                gateway=gateway,
                floor=floor,
                chats=chats,
                channels=channels,
                now=wall_ms,
                orders=orders,
            )
        )
        running = Bot(
            url="",
            http=http,
            channel=channel,
            floor=floor,
            shelf=shelf,
            chats=chats,
            channels=channels,
            listener=listener,
            gateway=gateway,
            refused_tokens=refused_tokens,
            orders=orders,
            voice=voice,
        )
        validator = TokenValidator(
            validator_config((APP,), channel.openid_url),
            http,
            lambda: wall_ms() + running.offset_ms,
            spawn=spawn,
        )
        app = web.Application()
        app.add_routes(
            Messages(
                validator=validator,
                urls=urls,
                chat=gateway,
                listener=listener,
                body_within_s=10.0,
            ).routes()
        )
        server = TestServer(app)
        await server.start_server()
        running.url = str(server.make_url("/api/messages"))
        try:
            yield running
        finally:
            await server.close()
            await asyncio.gather(*tasks)
