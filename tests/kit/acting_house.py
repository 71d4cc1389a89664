"""A console over a desk, for agents who act: tokens are checked, acts reach the engine at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient
from kit.archived import TENANT
from kit.console_house import AUTHORITY, ISSUER, PUBLIC_URL, Live, PatientServer
from kit.floor_desk import Desk
from kit.spawning import Tasks
from kit.token_issuer import AUDIENCE, Clock, Issuer

from console.acts import Desk as ActDesk
from console.auth import Guard, console_validator_config
from console.calls import CallsApi
from console.me import MyApi
from console.my_acts import MyActs
from console.steering import SteeringApi
from graph.inbound_auth import TokenValidator
from routing.events import Event
from store.contract import Store


class ActingHouse:
    """The desk, its console, and whoever signs tokens for it."""

    def __init__(
        self, client: TestClient[web.Request, web.Application], issuer: Issuer, desk: Desk
    ) -> None:
        self.client = client
        self.issuer = issuer
        self.desk = desk
        self.submitted: list[tuple[Event, str | None]] = []
        self.told: list[Event] = []

    def decides(self) -> bool:
        return True

    async def submit(self, event: Event, *, identity: str | None) -> None:
        self.submitted.append((event, identity))
        self.desk.give(event)

    def token(self, who: str, *roles: str) -> str:
        return self.issuer.header(
            iss=ISSUER,
            aud=f"api://{AUDIENCE}",
            tid=TENANT,
            roles=list(roles or ("Agent",)),
            scp="access_as_user",
            oid=who,
            name=f"Name of {who}",
        )

    async def does(
        self,
        path: str,
        body: object = None,
        *,
        who: str = "a0",
        key: str = "",
        roles: tuple[str, ...] = (),
    ) -> tuple[int, Any]:
        """An agent does something, or somebody of other roles; the status and the answer."""
        headers = {"Authorization": self.token(who, *roles)} | (
            {"Idempotency-Key": key} if key else {}
        )
        sent = {} if body is None else body
        data = {"data": sent} if isinstance(sent, bytes) else {"json": sent}
        async with self.client.post(path, headers=headers, **data) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, who: str = "a0", *roles: str) -> tuple[int, Any]:
        headers = {"Authorization": self.token(who, *roles)}
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json()

    async def me(self, who: str = "a0", *roles: str) -> Any:
        headers = {"Authorization": self.token(who, *roles)}
        async with self.client.get("/api/me", headers=headers) as answer:
            assert answer.status == 200
            return await answer.json()


class _Deciding(Live):
    def decides(self) -> bool:
        return True


@asynccontextmanager
async def acting_house(desk: Desk, store: Store | None = None) -> AsyncIterator[ActingHouse]:
    """With a store, past calls are served as well."""
    issuer, tasks = Issuer(Clock()), Tasks()
    await issuer.start()
    config = console_validator_config(
        authority_url=AUTHORITY, tenant_id=TENANT, app_ids=(AUDIENCE,), public_url=PUBLIC_URL
    )
    app = web.Application()
    client = TestClient(PatientServer(app))
    here = replace(config, openid_url=issuer.openid_url)
    guard = Guard(TokenValidator(here, client.session, issuer.clock, spawn=tasks.spawn))
    house, live = ActingHouse(client, issuer, desk), _Deciding(desk)
    acts = ActDesk(house.submit, live)
    apis: list[MyApi | MyActs | CallsApi | SteeringApi] = [
        MyApi(live),
        MyActs(acts, live),
        SteeringApi(acts, live),
    ]
    if store is not None:
        apis.append(CallsApi(live, store, TENANT, acts, house.told.append))
    for api in apis:
        app.add_routes(guard.routes(*api.handlers()))
    await client.start_server()
    yield house
    await client.close()
    await tasks.close()
    await issuer.close()
