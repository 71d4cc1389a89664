"""Who I am and how my queues stand: the first thing that the tab shows.

Small on purpose: everybody asks for it, and is told of every change.
"""

from __future__ import annotations

from aiohttp import web

from console.answers import answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.floor_rows import Queues, queues_of
from console.scope import Scope, scope_of
from routing.state import Agent, State


class MyApi:
    """The route over one tenant's live view."""

    def __init__(self, live: LiveView) -> None:
        self._live = live

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [self.get_me]

    @entra("GET", "/api/me", *Role)
    async def get_me(self, _request: web.Request, person: Person) -> web.Response:
        """My name and roles, my state as an agent, and my queues."""
        return await answered(lambda: self._me(person))

    async def _me(self, person: Person) -> Json:
        state, plan = await self._live.state(), self._live.plan()
        scope = scope_of(person, state, plan)
        mine = me(person, state, queues_of(state, plan), scope)
        return {"now": self._live.now(), **mine}


def me(person: Person, state: State, queues: Queues, scope: Scope) -> Json:
    """What this person is told of themself."""
    agent = state.agents.get(person.id) if Role.AGENT in person.roles else None
    return {
        "name": person.name,
        "roles": [role.value for role in Role if role in person.roles],
        "agent": _agent(agent) if agent else None,
        "queues": [
            row
            | {
                "serve": name in scope.serves,
                "supervise": name in scope.supervises,
                "rank": queues.ranks[name].get(agent.id) if agent else None,
            }
            for name, row in queues.rows.items()
            if scope.sees_queue(name)
        ],
    }


def _agent(agent: Agent) -> Json:
    return {
        "state": agent.state.value,
        "since": agent.since,
        "presence": agent.presence.value,
        "ready": agent.ready,
        "not_ready_reason": agent.not_ready_reason,
    }
