"""Who I am and how my queues stand: the first thing that the tab shows.

Small on purpose: everybody asks for it, and is told of every change.
"""

from __future__ import annotations

from aiohttp import web

from console.answers import answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.floor_rows import Queues, queues_of
from console.my_work import Works, agent_row, work_row, works_of
from console.scope import Scope, scope_of
from routing.plan import Plan
from routing.state import State


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
        mine = me(person, state, plan, queues_of(state, plan), works_of(state), scope=scope)
        return {"now": self._live.now(), **mine}


def me(
    person: Person, state: State, plan: Plan, queues: Queues, works: Works, *, scope: Scope
) -> Json:
    """What this person is told of themself."""
    agent = state.agents.get(person.id) if Role.AGENT in person.roles else None
    opt_out = {queue.name for queue in plan.queues if queue.opt_out}
    return {
        "name": person.name,
        "roles": [role.value for role in Role if role in person.roles],
        "agent": agent_row(agent, plan) if agent else None,
        "work": work_row(agent, state, plan, works.get(agent.id)) if agent else None,
        "queues": [
            row
            | {
                "serve": name in scope.serves,
                "supervise": name in scope.supervises,
                "may_opt_out": name in opt_out,
                "out": agent is not None and name in opt_out and name in agent.opted_out,
                "rank": queues.ranks[name].get(agent.id) if agent else None,
            }
            for name, row in queues.rows.items()
            if scope.sees_queue(name)
        ],
    }
