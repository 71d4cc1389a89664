"""A console that serves, over HTTP, from a store with a story in it; and who signs its tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web_runner import BaseRunner
from kit.archived import SUPERVISOR, TENANT, open_with_story
from kit.floor_desk import Desk
from kit.spawning import Tasks
from kit.token_issuer import AUDIENCE, Clock, Issuer

from console.api import ConsoleApi
from console.auth import Guard, console_validator_config
from console.context import ContextApi
from console.feed import Feed
from console.findings import Finding, Findings, Source
from console.inquiry import Inquiry
from console.me import MyApi
from console.report_reading import ReportReader
from console.reporting import ReportApi
from console.subscribers import SubscriberApi
from console.voicemails import VoicemailApi
from graph.errors import GraphError
from graph.inbound_auth import TokenValidator
from graph.profiles import Photo
from routing.plan import Plan
from routing.state import State
from routing.word_events import VoicemailMarked
from store.contract import Store

AUTHORITY = "https://login.contoso.example"
ISSUER = f"{AUTHORITY}/{TENANT}/v2.0"
PUBLIC_URL = "https://calls.contoso.example"
FINDING = Finding(
    source=Source.DIRECTORY,
    severity="error",
    problem="unknown",
    sentence="eve@contoso.example is not in the directory.",
    file="plan.yaml",
    line=12,
    key="queues.support.members[0]",
)


class PatientServer(TestServer):
    """As the service's listener does, it lets a handler go on whose peer went away."""

    async def _make_runner(self, **options: Any) -> BaseRunner:
        return await super()._make_runner(**(options | {"handler_cancellation": False}))


class Live:
    """The desk as the console sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def state(self) -> State:
        return self.desk.engine.state

    def plan(self) -> Plan:
        return self.desk.engine.plan

    def now(self) -> int:
        return self.desk.now


class Photos:
    """Graph's photos, as a test has them."""

    def __init__(self) -> None:
        self.answer: Photo | GraphError | None = None
        self.asked: list[str] = []

    async def photo(self, user: str, *, deadline_ms: int | None = None) -> Photo | None:
        del deadline_ms
        self.asked.append(user)
        if isinstance(self.answer, GraphError):
            raise self.answer
        return self.answer


class ConsoleHouse:
    """A console that serves, and whoever signs tokens for it."""

    def __init__(
        self,
        client: TestClient[web.Request, web.Application],
        issuer: Issuer,
        desk: Desk,
        store: Store,
    ) -> None:
        self.client = client
        self.issuer = issuer
        self.desk = desk
        self.store = store
        self.outcomes: list[str] = []
        self.marks: list[VoicemailMarked] = []
        self.feed = Feed(Live(desk))
        self.photos = Photos()

    def token(self, *roles: str, **changes: Any) -> str:
        """An access token of the supervisor of `support`, with changes."""
        given = {
            "iss": ISSUER,
            "aud": f"api://{AUDIENCE}",
            "tid": TENANT,
            "roles": list(roles),
            "scp": "profile access_as_user",
            "oid": SUPERVISOR,
            "sub": "pairwise",
        }
        return self.issuer.header(**(given | changes))

    async def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": token}
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def console_house(folder: Path) -> AsyncIterator[ConsoleHouse]:
    store, desk = await open_with_story(folder / "switchboard.db")
    issuer, tasks = Issuer(Clock()), Tasks()
    await issuer.start()
    config = console_validator_config(
        authority_url=AUTHORITY, tenant_id=TENANT, app_ids=(AUDIENCE,), public_url=PUBLIC_URL
    )
    assert config.openid_url == f"{ISSUER}/.well-known/openid-configuration"
    findings = Findings()
    findings.replace(Source.DIRECTORY, [FINDING], desk.now)
    app = web.Application()
    client = TestClient(PatientServer(app))
    house = ConsoleHouse(client, issuer, desk, store)
    here = replace(config, openid_url=issuer.openid_url)
    validator = TokenValidator(here, client.session, issuer.clock, spawn=tasks.spawn)
    guard = Guard(validator, counted=house.outcomes.append)
    inquiry = Inquiry(past=store, tenant=TENANT)
    messages = VoicemailApi(Live(desk), store.voicemails, TENANT, house.marks.append)
    house.feed = Feed(Live(desk))
    context = ContextApi(Live(desk), house.photos)
    told = SubscriberApi(Live(desk), store.subscribers, TENANT)
    reports = ReportApi(Live(desk), ReportReader(store.reports, TENANT))
    about = (
        ConsoleApi(Live(desk), inquiry, findings),
        context,
        MyApi(Live(desk)),
        messages,
        told,
        reports,
    )
    for api in (*about, house.feed):
        app.add_routes(guard.routes(*api.handlers()))
    tasks.spawn(house.feed.run())
    await client.start_server()
    yield house
    await house.feed.close()
    await client.close()
    await tasks.close()
    await issuer.close()
    await store.close()
