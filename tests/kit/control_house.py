"""The routes that act on a call, over HTTP, before an engine that decides at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit.archived import TENANT
from kit.console_house import AUTHORITY, ISSUER, PUBLIC_URL, Live
from kit.control_desk import ControlDesk
from kit.spawning import Tasks
from kit.token_issuer import AUDIENCE, Clock, Issuer

from console.acts import Desk
from console.auth import Guard, console_validator_config
from console.controls import ControlApi
from graph.inbound_auth import TokenValidator
from routing.events import Event

PEOPLE = {"cora@contoso.example": ("colleague", "Cora"), "agent1@contoso.example": ("a1", "Ben")}


class Deciding(Live):
    """This instance decides."""

    def decides(self) -> bool:
        return True


class ControlHouse:
    """Who talks, and who may ask."""

    def __init__(self, client: TestClient[Any, Any], issuer: Issuer, desk: ControlDesk) -> None:
        self.client = client
        self.issuer = issuer
        self.desk = desk

    def token(self, *roles: str, oid: str, name: str = "Somebody") -> str:
        given = {
            "iss": ISSUER,
            "aud": f"api://{AUDIENCE}",
            "tid": TENANT,
            "roles": list(roles),
            "scp": "access_as_user",
            "oid": oid,
            "name": name,
            "sub": "pairwise",
        }
        return self.issuer.header(**given)

    async def post(self, act: str, token: str = "", **how: Any) -> tuple[int, Any]:
        token = token or self.token("Agent", oid="a0", name="Ada")
        headers = {"Authorization": token} | how.pop("headers", {})
        path = f"/api/contacts/{self.desk.contact().id}/{act}"
        async with self.client.post(path, headers=headers, **how) as answer:
            return answer.status, await answer.json()

    async def get(self, token: str = "") -> tuple[int, Any]:
        headers = {"Authorization": token or self.token("Agent", oid="a0")}
        path = f"/api/contacts/{self.desk.contact().id}/controls"
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def control_house() -> AsyncIterator[ControlHouse]:
    desk = ControlDesk()
    desk.talk()
    issuer, tasks = Issuer(Clock()), Tasks()
    await issuer.start()
    config = console_validator_config(
        authority_url=AUTHORITY, tenant_id=TENANT, app_ids=(AUDIENCE,), public_url=PUBLIC_URL
    )
    app = web.Application()
    client = TestClient(TestServer(app))
    here = replace(config, openid_url=issuer.openid_url)
    validator = TokenValidator(here, client.session, issuer.clock, spawn=tasks.spawn)

    async def submit(event: Event, *, identity: str | None) -> None:
        del identity
        desk.give(event)

    async def find(name: str) -> tuple[str, str] | None:
        return PEOPLE.get(name)

    live = Deciding(desk)
    api = ControlApi(live, Desk(submit, live), find)
    app.add_routes(Guard(validator, counted=lambda _: None).routes(*api.handlers()))
    await client.start_server()
    yield ControlHouse(client, issuer, desk)
    await client.close()
    await tasks.close()
    await issuer.close()
