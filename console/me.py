"""Who I am and how my queues stand: the first thing that the tab asks for.

Small on purpose: it is asked again and again, and by everybody.
"""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from console.answers import answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.scope import Scope, scope_of
from routing.agent_activity import activity
from routing.callback_state import away
from routing.plan import Queue
from routing.state import Agent, ContactState, State


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
        agent = state.agents.get(person.id) if Role.AGENT in person.roles else None
        return {
            "now": self._live.now(),
            "name": person.name,
            "roles": [role.value for role in Role if role in person.roles],
            "agent": _agent(agent) if agent else None,
            "queues": [
                _queue(queue, state, scope) for queue in plan.queues if scope.sees_queue(queue.name)
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


def _queue(queue: Queue, state: State, scope: Scope) -> Json:
    waiting = [
        contact.queued_at
        for contact in state.contacts.values()
        if contact.queue == queue.name
        and contact.state is ContactState.QUEUED
        and not away(contact.callback)
        and contact.queued_at is not None
    ]
    members = (
        activity(agent, queue)
        for agent in state.agents.values()
        if any(each.queue == queue.name for each in agent.memberships)
    )
    return {
        "queue": queue.name,
        "title": queue.title,
        "serve": queue.name in scope.serves,
        "supervise": queue.name in scope.supervises,
        "waiting": len(waiting),
        "oldest_since": min(waiting, default=None),
        "agents": dict(Counter(members)),
    }
