"""Other systems that are told what happened: how far each is, what was set aside, told again."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from console.answers import answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.inquiry import NotFound
from store.subscribers import DeadLetter, Progress

LONGEST_NAME = 100


class Told(Protocol):
    """The store's word on them (store/subscribers.py). Every method may raise StoreError."""

    async def progress(self, tenant: str) -> dict[str, Progress]: ...

    async def dead(self, tenant: str, limit: int = ...) -> list[DeadLetter]: ...

    async def want(self, tenant: str, name: str, by: str) -> None: ...


class SubscriberApi:
    """The routes over one tenant's subscribers."""

    def __init__(self, live: LiveView, told: Told, tenant: str) -> None:
        self._live = live
        self._told = told
        self._tenant = tenant

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [self.get_all, self.post_replay]

    @entra("GET", "/api/subscribers", Role.ADMIN, Role.AUDITOR)
    async def get_all(self, _request: web.Request, _person: Person) -> web.Response:
        """Each subscriber of the plan, with its dead letters."""
        return await answered(self._all)

    @entra("POST", "/api/subscribers/{name}/replay", Role.ADMIN)
    async def post_replay(self, request: web.Request, person: Person) -> web.Response:
        """Tell it again what was set aside."""

        async def ask() -> Json:
            name = request.match_info["name"][:LONGEST_NAME]
            if name not in {each.name for each in self._live.plan().subscribers}:
                message = f"There is no subscriber {name!r}."
                raise NotFound(message)
            await self._told.want(self._tenant, name, person.name or person.id)
            return await self._all()

        return await answered(ask)

    async def _all(self) -> Json:
        told = await self._told.progress(self._tenant)
        dead = await self._told.dead(self._tenant)
        rows = [
            _row(each.name, told.get(each.name), [d for d in dead if d.name == each.name])
            for each in self._live.plan().subscribers
        ]
        return {"now": self._live.now(), "subscribers": rows}


def _row(name: str, told: Progress | None, dead: list[DeadLetter]) -> Json:
    return {
        "name": name,
        "failing_since": told.failing_since if told else None,
        "attempts": told.attempts if told else 0,
        "problem": told.problem if told else "",
        "dead": [
            {
                "facts": each.facts,
                "at": each.at,
                "problem": each.problem,
                "wanted_by": each.wanted_by or "",
            }
            for each in dead
        ],
    }
