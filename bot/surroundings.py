"""What stands around the heart of the service: health, metrics, console, chat, the directory.

Attached to an `App` before it serves. None of it is on a call's path: each can fail alone.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from bot.acting import Acting
from bot.app import App
from bot.chat import chat_routes
from bot.colleagues import Colleagues
from bot.metrics.gauges import live_gauges
from bot.metrics.telemetry import Gauge, Telemetry
from bot.owner.bodies import state_from
from bot.owner.step_batch import Gathered
from bot.publication import Published
from bot.sending.subscribers import SubscriberSender
from bot.setting_values import is_loopback
from bot.tasks import OnCrash
from bot.teams.agents import Agents
from bot.watches.channels import ChannelWatch
from bot.watches.chats import ChatWatch
from bot.watches.directory import DirectoryWatch
from bot.watches.month_legs import MonthLegs
from bot.watches.reports import ReportCount
from bot.web.health import health_routes
from console.acts import Desk
from console.api import ConsoleApi
from console.auth import Guard, Handler, console_validator_config
from console.calls import CallsApi
from console.context import ContextApi
from console.controls import ControlApi
from console.feed import Feed
from console.findings import Findings
from console.inquiry import Inquiry
from console.me import MyApi
from console.my_acts import MyActs
from console.report_reading import ReportReader
from console.reporting import ReportApi
from console.steering import SteeringApi
from console.subscribers import SubscriberApi
from console.tab import SignIn, tab_routes
from console.voicemails import VoicemailApi
from graph.directory import Directory
from routing.plan import Plan
from routing.state import State

log = logging.getLogger(__name__)


class Seen:
    """The live view of `console.board`: the engine's state here, else as last written down."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def state(self) -> State:
        loop = self._app.board.loop
        state = loop.state()
        if state is not None:
            return state
        loaded = await self._app.outside.store.load(loop.tenant)
        return state_from(loaded.live, 0)

    def decides(self) -> bool:
        """Whether `state` is the deciding instance's own memory."""
        return self._app.board.loop.state() is not None

    def plan(self) -> Plan:
        return self._app.board.loop.plan

    def now(self) -> int:
        return self._app.outside.clock.now()


def attach(app: App, telemetry: Telemetry) -> None:
    """Add everything to the app. Its tasks run until the app's TaskSet stops."""
    findings = app.publication.findings
    watch = _directory(app, findings)
    _health(app, telemetry, findings, watch)
    telemetry.gauge(_month_legs(app, findings).gauges)
    _report_count(app)
    _console(app, telemetry, findings)
    _subscribers(app, findings)
    _chat(app, telemetry, findings, watch)
    app.outside.tasks.start("loop lag", telemetry.watch_lag, OnCrash.RESTART)


def _health(app: App, telemetry: Telemetry, findings: Findings, directory: DirectoryWatch) -> None:
    settings, loop = app.outside.settings, app.board.loop
    token = settings.metrics_token

    def unready() -> list[str]:
        missing = [] if app.is_ready else ["not listening yet"]
        if loop.outage_ms():
            missing.append("the database takes nothing")
        if not app.board.takeover.knows_owner:
            missing.append("nobody is known to decide for the tenant yet")
        if loop.desk is not None and not directory.has_looked:
            # Until then the plan's accounts have no ids, and calls go to the default entry point.
            missing.append("the directory has not been read yet")
        return missing

    def gauges() -> list[Gauge]:
        live = live_gauges(loop.state(), loop.plan, app.outside.clock.now())
        counted = [
            Gauge(
                name="findings",
                value=count,
                labels=(("source", source), ("severity", severity)),
            )
            for (source, severity), count in findings.count().items()
        ]
        return [*live, *counted, Gauge(name="connections", value=len(app.connections))]

    def committed(gathered: Gathered) -> None:
        telemetry.saw(gathered.facts)

    loop.on_facts = committed
    telemetry.gauge(gauges)
    routes = health_routes(
        unready=unready,
        telemetry=telemetry,
        metrics_token=token.get_secret_value() if token else "",
        is_private=is_loopback(urlsplit(settings.public_url).hostname or ""),
    )
    app.web.add_routes(routes)


def _console(app: App, telemetry: Telemetry, findings: Findings) -> None:
    outside = app.outside
    settings = outside.settings
    config = console_validator_config(
        authority_url=settings.authority_url,
        tenant_id=settings.tenant_id,
        app_ids=tuple(each.app_id for each in settings.identities),
        public_url=settings.public_url,
    )
    guard = Guard(
        outside.validator(config),
        counted=lambda outcome: telemetry.count("console_requests", outcome),
    )
    for api in _apis(app, findings):
        app.web.add_routes(guard.routes(*api.handlers()))
    sign_in = SignIn(
        authority=f"{settings.sign_in_url or settings.authority_url}/{settings.tenant_id}",
        client_id=settings.app_id,
        public_url=settings.public_url,
    )
    app.web.add_routes(tab_routes(sign_in))


def _colleagues(app: App) -> Colleagues:
    settings = app.outside.settings
    return Colleagues(
        Directory(
            transport=app.outside.graph(), tenant_id=settings.tenant_id, app_id=settings.app_id
        )
    )


class Api(Protocol):
    """A part of the console."""

    def handlers(self) -> list[Handler]: ...


def _apis(app: App, findings: Findings) -> list[Api]:
    """Each names its routes and roles by itself; the guard refuses one that does not."""
    store, tenant, submit = app.outside.store, app.board.loop.tenant, app.board.loop.submit
    seen = Seen(app)
    desk = Desk(Acting(Agents(app.board.loop, store)), seen)
    return [
        ConsoleApi(seen, Inquiry(past=store, tenant=tenant), findings),
        ContextApi(seen, app.board.profiles),
        MyApi(seen),
        MyActs(desk, seen),
        ControlApi(seen, desk, _colleagues(app).find),
        CallsApi(seen, store, tenant, desk, submit),
        SteeringApi(desk, seen),
        VoicemailApi(seen, store.voicemails, tenant, submit),
        ReportApi(seen, ReportReader(store.reports, tenant)),
        SubscriberApi(seen, store.subscribers, tenant),
        _feed(app, seen),
    ]


def _feed(app: App, seen: Seen) -> Feed:
    feed = Feed(seen)
    loop = app.board.loop
    counted = loop.on_facts

    def committed(gathered: Gathered) -> None:
        if counted is not None:
            counted(gathered)
        feed.changed()

    loop.on_facts = committed
    app.web.on_shutdown.append(feed.close)
    app.outside.tasks.start("feed", feed.run, OnCrash.RESTART)
    return feed


def _subscribers(app: App, findings: Findings) -> None:
    outside, loop = app.outside, app.board.loop
    sender = SubscriberSender(
        owner=loop,
        store=outside.store,
        web=outside.web,
        secrets=outside.settings.named_secrets,
        findings=findings,
        clock=outside.clock,
        tasks=outside.tasks,
        meter=outside.meter,
    )
    before = loop.on_facts

    def committed(gathered: Gathered) -> None:
        if before is not None:
            before(gathered)
        sender.changed()

    loop.on_facts = committed
    outside.tasks.start("subscribers", sender.run, OnCrash.RESTART)


def _month_legs(app: App, findings: Findings) -> MonthLegs:
    outside = app.outside
    legs = MonthLegs(
        tenant=app.board.loop.tenant,
        owner=app.board.loop,
        counts=outside.store.leg_counts,
        limits={each.app_id: each.legs_per_month for each in outside.settings.identities},
        findings=findings,
        clock=outside.clock,
        meter=outside.meter,
    )
    outside.tasks.start("month legs", legs.run, OnCrash.RESTART)
    return legs


def _report_count(app: App) -> None:
    outside = app.outside
    counting = ReportCount(
        tenant=app.board.loop.tenant,
        owner=app.board.loop,
        reports=outside.store.reports,
        meter=outside.meter,
    )
    outside.tasks.start("reports", counting.run, OnCrash.RESTART)


def _chat(app: App, telemetry: Telemetry, findings: Findings, directory: DirectoryWatch) -> None:
    app.web.add_routes(chat_routes(app, partial(telemetry.count, "chat_requests")))
    watch = ChatWatch(
        loop=app.board.loop,
        chats=app.chat.chats,
        findings=findings,
        is_staffed=lambda: directory.has_looked,
        clock=app.outside.clock,
    )
    app.outside.tasks.start("chats", watch.run, OnCrash.RESTART)
    channels = ChannelWatch(
        loop=app.board.loop,
        channels=app.chat.channels,
        findings=findings,
        clock=app.outside.clock,
    )
    app.outside.tasks.start("channels", channels.run, OnCrash.RESTART)


def _directory(app: App, findings: Findings) -> DirectoryWatch:
    outside = app.outside
    settings = outside.settings
    watch = DirectoryWatch(
        directory=Directory(
            transport=outside.graph(), tenant_id=settings.tenant_id, app_id=settings.app_id
        ),
        owner=app.board.loop,
        submit=app.board.loop.submit,
        findings=findings,
        clock=outside.clock,
        meter=outside.meter,
    )

    def follow(published: Published) -> None:
        watch.use(published.reading)

    follow(app.published)
    app.followers.append(follow)
    outside.tasks.start("directory", watch.run, OnCrash.RESTART)
    return watch
