"""The composition root: settings in, a running service out. The only place that constructs things.

The order of a start: database, identity, plan and prompts, the tenant's heart, the web. It may be
killed at any point and begun again. A stop leaves the calls alone: whoever starts next takes them
up, music included.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.chat_line import ChatLine, open_chat_line
from bot.clock import SteadyClock, monotonic_ms
from bot.identities import applications, credentials, trusted
from bot.metrics.contact_traces import ContactTraces
from bot.metrics.exporting import open_outlet
from bot.metrics.measured import MeasuredTransport
from bot.metrics.meter import Meter
from bot.metrics.tracing import Spans
from bot.outage_notes import OutageNotes
from bot.outside.web import OutsideWeb
from bot.plan_changes import changes
from bot.prompts.catalog import PromptCatalog
from bot.prompts.publishing import Publisher
from bot.prompts.speech import AzureSettings
from bot.prompts.stored import StoredPrompts
from bot.prompts.voices import VoiceSettings, choose_voice, voice_warning
from bot.publication import Publication, Published
from bot.setting_values import SQLITE
from bot.settings import Settings
from bot.switchboard import Doors, Switchboard
from bot.tasks import OnCrash, TaskSet
from bot.web.calls import LARGEST, CallsWebhook, validator_config
from bot.web.connections import Connections
from bot.web.media import media_routes
from bot.web.prompts import prompt_routes
from graph import requests
from graph.calls import Prompt
from graph.inbound_auth import TokenValidator, ValidatorConfig
from graph.recordings import RecordingReader
from graph.tokens import Tokens
from graph.transport import GraphTransport, HttpTransport, open_session
from routing.commands import Say
from routing.events import PlanChanged
from store.contract import Store
from store.database import open_store
from store.errors import StoreError

log = logging.getLogger(__name__)

AGREE_EVERY_S = 30.0
"""How often the clock is compared with the database's."""
COLLECT = (5_000, 10, 100)
"""The garbage collector's thresholds: most of what a call makes is gone without its help."""
NOTES = "switchboard-outage.jsonl"


@dataclass(slots=True, kw_only=True)
class Outside:
    """What the service stands on."""

    settings: Settings
    store: Store
    clock: SteadyClock
    tasks: TaskSet
    meter: Meter
    http: aiohttp.ClientSession
    tokens: Tokens
    web: OutsideWeb
    traces: ContactTraces | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> object:
        """Run a short piece of work."""
        return self.tasks.run("background", work)

    def graph(self, may_act: Callable[[], bool] = lambda: True) -> GraphTransport:
        """A way to Graph, for as long as `may_act` says so."""
        transport = HttpTransport(
            self.http,
            self.tokens,
            self.settings.graph_url,
            lease_check=may_act,
            clock_ms=self.clock.now,
        )
        return MeasuredTransport(transport, self.meter, self.traces)

    def validator(self, config: ValidatorConfig) -> TokenValidator:
        """Whom to believe."""
        return TokenValidator(config, self.http, self.clock.now, spawn=self.spawn)


@dataclass(slots=True, kw_only=True)
class App:
    """The parts of a running service, for those who attach more to it."""

    outside: Outside
    publication: Publication
    published: Published
    board: Switchboard
    chat: ChatLine
    web: web.Application
    connections: Connections
    followers: list[Callable[[Published], None]] = field(
        default_factory=list[Callable[[Published], None]]
    )
    """Told of every plan that comes in force."""
    is_ready: bool = False
    """Whether calls can be taken in: here or, through the inbox, by the owner."""

    async def publish_again(self) -> None:
        """Read the plan file once more; a plan with an error changes nothing (PlanUnusable)."""
        before = self.published
        published = await self.publication.publish("reload")
        if published.plan.version != before.plan.version:
            await self.board.loop.submit(PlanChanged(plan=published.plan))
            self.board.loop.plan = published.plan
        self.published = published
        for follow in self.followers:
            follow(published)
        told = changes(before, published)
        say = "the plan was read again" if told else "the plan was read again: nothing changed"
        log.info(say, extra={"version": published.plan.version, **told})


@asynccontextmanager
async def opened(settings: Settings, meter: Meter, tasks: TaskSet) -> AsyncIterator[App]:
    """The whole service, built and not yet started.

    Raises store.errors.Refused, PlanUnusable and OSError, each with a sentence for the operator.
    """
    async with AsyncExitStack() as stack:
        outside = await _outside(settings, meter, tasks, stack)
        catalog = PromptCatalog()
        publication = _publication(outside, catalog)
        # The SDK is slow to import: meanwhile the plan is read and its prompts are looked up.
        warm = asyncio.to_thread(requests.warm_up)
        published, _ = await asyncio.gather(publication.start(), warm)
        chat = open_chat_line(
            settings,
            http=outside.http,
            store=outside.store,
            clock=outside.clock,
            spawn=outside.spawn,
        )
        board = _board(outside, published, catalog, chat)
        if outside.traces is not None:
            outside.traces.know(board.loop.state, board.loop.spelled)
            board.loop.on_written = outside.traces.written
        connections = Connections(partial(meter.count, "connections_broken"))
        site = web.Application(client_max_size=LARGEST, middlewares=[connections.attend])
        webhook = await _webhook(outside, board, connections.limits.body_s)
        site.add_routes(webhook.routes())
        site.add_routes(prompt_routes(StoredPrompts(outside.store.prompts), catalog.name_of))
        site.add_routes(media_routes(outside.store.voicemails, outside.clock.now))
        yield App(
            outside=outside,
            publication=publication,
            published=published,
            board=board,
            chat=chat,
            web=site,
            connections=connections,
        )


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[str]:
    """The service at work; the address on which it listens. Raises OSError for a taken port."""
    settings, connections = app.outside.settings, app.connections
    try:
        async with connections.listening(app.web, settings.listen_host, settings.port) as address:
            app.outside.tasks.start("connections", connections.watch, OnCrash.RESTART)
            keep_still()
            app.board.start()
            app.is_ready = True
            try:
                yield address
            finally:
                app.is_ready = False
                await app.board.stop()
    finally:
        await app.board.loop.drain()


def keep_still() -> None:
    """Take what start-up made out of the garbage collector's rounds.

    The SDK alone leaves a million objects, and a full round over them stops the loop for 140 ms,
    several times a minute under load. What is made later is collected as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def _outside(
    settings: Settings, meter: Meter, tasks: TaskSet, stack: AsyncExitStack
) -> Outside:
    url = settings.database_url.get_secret_value()
    store = await open_store(url, monotonic=monotonic_ms)
    stack.push_async_callback(store.close)
    clock = SteadyClock(await store.database_now_ms())
    http = await stack.enter_async_context(open_session(ssl_context=trusted(settings)))
    web_outside = OutsideWeb(trusted=trusted(settings), now_ms=clock.now)
    stack.push_async_callback(web_outside.close)
    traces = _traces(settings, clock, meter, stack)
    stack.push_async_callback(tasks.stop)
    outside = Outside(
        settings=settings,
        store=store,
        clock=clock,
        tasks=tasks,
        meter=meter,
        http=http,
        tokens=Tokens(
            credentials(settings), clock.now, spawn=lambda work: tasks.run("token", work)
        ),
        web=web_outside,
        traces=traces,
    )
    if not url.startswith(SQLITE):
        tasks.start("clock", lambda: _keep_time(outside), OnCrash.RESTART)
    return outside


def _traces(
    settings: Settings, clock: SteadyClock, meter: Meter, stack: AsyncExitStack
) -> ContactTraces | None:
    """A trace of each contact, where somebody wants it. Raises BadSettings."""
    if settings.traces == "none":
        return None
    outlet = open_outlet(settings.traces, meter)
    stack.push_async_callback(outlet.close)
    instance = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    spans = Spans(tenant=settings.tenant_id, instance=instance, sink=outlet)
    return ContactTraces(spans, clock.now, meter)


def _publication(outside: Outside, catalog: PromptCatalog) -> Publication:
    settings = outside.settings
    key = settings.speech_key
    azure = AzureSettings(
        region=settings.speech_region,
        endpoint=settings.speech_url or "",
        key=key.get_secret_value() if key else "",
    )
    voices = VoiceSettings(voice=settings.voice, azure=azure, graph_url=settings.graph_url)
    voice = choose_voice(voices, outside.http)
    if warning := voice_warning(voices, voice):
        log.warning(warning)
    return Publication(
        path=Path(settings.plan),
        tenant=settings.tenant_id,
        legs={each.app_id: each.legs for each in settings.identities},
        keeps_messages=settings.keep_voicemail,
        plans=outside.store.plans,
        publisher=Publisher(store=StoredPrompts(outside.store.prompts), speech=voice),
        catalog=catalog,
        clock=outside.clock,
        meter=outside.meter,
        secrets=frozenset(settings.named_secrets),
    )


def _board(
    outside: Outside, published: Published, catalog: PromptCatalog, chat: ChatLine
) -> Switchboard:
    settings = outside.settings

    def speech(say: Sequence[Say]) -> list[Prompt]:
        base = settings.public_url
        return [Prompt(base + clip.uri_path, clip.resource_id) for clip in catalog.all_clips(say)]

    return Switchboard(
        plan=published.plan,
        tenant=settings.tenant_id,
        applications=applications(settings),
        public_url=settings.public_url,
        instance=f"{socket.gethostname()}-{secrets.token_hex(4)}",
        doors=Doors(
            store=outside.store,
            leased=outside.graph,
            free=outside.graph(),
            clock=outside.clock,
            speech=speech,
            tasks=outside.tasks,
            meter=outside.meter,
            kept=settings.kept,
            chat=chat.cards,
            web=outside.web,
            secrets=settings.named_secrets,
            teams=chat.channels,
            recordings=RecordingReader(outside.http, graph_url=settings.graph_url),
        ),
    )


async def _webhook(outside: Outside, board: Switchboard, body_within_s: float) -> CallsWebhook:
    settings = outside.settings
    config = validator_config(
        tuple(each.app_id for each in settings.identities),
        tuple(dict.fromkeys(each.tenant_id for each in settings.identities)),
        settings.calling_openid_url,
    )
    validator = outside.validator(config)
    await validator.warm()
    return CallsWebhook(
        loop=board.loop,
        validator=validator,
        rescue=board.rescue,
        notes=OutageNotes(Path(settings.plan).with_name(NOTES)),
        clock=outside.clock,
        meter=outside.meter,
        look=board.look,
        body_within_s=body_within_s,
    )


async def _keep_time(outside: Outside) -> None:
    """Let the clock follow the database's: one time for several instances."""
    while True:
        await asyncio.sleep(AGREE_EVERY_S)
        try:
            outside.clock.agree(await outside.store.database_now_ms())
        except StoreError:
            outside.meter.count("database_failed", "clock")
