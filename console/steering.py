"""What supervisors do to contacts that wait, and to agents: by those who look after the queue.

To see a queue is not to steer it: an Auditor sees everything and does nothing. Who may not steer
what they name is told that there is none. How an act is carried out: console/acts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web

from console.acts import Deciding, Desk, acted, identity_of
from console.auth import Handler, Person, Role, entra
from console.board import Json
from console.bodies import body_of
from console.inquiry import NotFound
from routing import opting
from routing.choices import chosen
from routing.plan import Plan
from routing.readable import readable
from routing.state import Contact, ContactState, State
from routing.steering_rules import may_steer
from routing.supervisors import supervised
from routing.word_events import AgentOpted, AgentSet, ContactSteered, Steer

LEADERS = (Role.SUPERVISOR, Role.ADMIN)
LONGEST_ID = 100

Name = Annotated[str, msgspec.Meta(max_length=100)]
Reason = Annotated[str, msgspec.Meta(max_length=64)]


class _To(msgspec.Struct, forbid_unknown_fields=True):
    seen_queue: Name
    to: Name


class _Priority(msgspec.Struct, forbid_unknown_fields=True):
    seen_queue: Name
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)]


class _Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    seen_queue: Name
    to: Name = ""


class _Ready(msgspec.Struct, forbid_unknown_fields=True):
    ready: bool
    reason: Reason = ""


class _Out(msgspec.Struct, forbid_unknown_fields=True):
    out: bool


class SteeringApi:
    """The routes over one tenant's desk."""

    def __init__(self, desk: Desk, live: Deciding) -> None:
        self._desk = desk
        self._live = live

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.post_pull,
            self.post_move,
            self.post_priority,
            self.post_withdraw,
            self.post_ready,
            self.post_out,
        ]

    # -- a contact that waits

    @entra("POST", "/api/contacts/{contact}/pull", *LEADERS)
    async def post_pull(self, request: web.Request, person: Person) -> web.Response:
        """`{"seen_queue", "to"}`: have it offered next, to the agent of that name."""

        async def act() -> Json:
            body = await body_of(request, _To)
            to = _agent_of(await self._live.state(), body.to)
            event = _steered(request, person, Steer.PULL, body.seen_queue, to=to)
            return await self._steer(
                request, person, event, lambda state, held: _offered_to(state, held) == to
            )

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/move", *LEADERS)
    async def post_move(self, request: web.Request, person: Person) -> web.Response:
        """`{"seen_queue", "to"}`: to the queue of that name, with the place that it has."""

        async def act() -> Json:
            body = await body_of(request, _To)
            event = _steered(request, person, Steer.MOVE, body.seen_queue, to=body.to)
            return await self._steer(
                request, person, event, lambda _, held: held is not None and held.queue == body.to
            )

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/priority", *LEADERS)
    async def post_priority(self, request: web.Request, person: Person) -> web.Response:
        """`{"seen_queue", "priority"}`: 1, first, to 5."""

        async def act() -> Json:
            body = await body_of(request, _Priority)
            event = _steered(
                request, person, Steer.PRIORITIZE, body.seen_queue, priority=body.priority
            )
            return await self._steer(
                request,
                person,
                event,
                lambda _, held: held is not None and held.priority == body.priority,
            )

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/withdraw", *LEADERS)
    async def post_withdraw(self, request: web.Request, person: Person) -> web.Response:
        """`{"seen_queue"}`: good-bye; with `to` one of the queue's own ways out."""

        async def act() -> Json:
            body = await body_of(request, _Withdraw)
            event = _steered(request, person, Steer.WITHDRAW, body.seen_queue, to=body.to)
            return await self._steer(
                request,
                person,
                event,
                lambda _, held: held is None or held.state is not ContactState.QUEUED,
            )

        return await acted(act)

    # -- an agent

    @entra("POST", "/api/agents/{agent}/ready", *LEADERS)
    async def post_ready(self, request: web.Request, person: Person) -> web.Response:
        """`{"ready": true}`, or false with a `reason`, for an agent of a queue of one's own."""

        async def act() -> Json:
            body = await body_of(request, _Ready)
            agent = _agent_of(await self._live.state(), _named(request, "agent"))
            await self._check_agent(person, agent)
            reason = "" if body.ready else readable(body.reason, 64)
            known = chosen(self._live.plan().not_ready_reasons, reason) if reason else None
            expected = known.code if known else reason

            def done(state: State, _plan: Plan) -> bool:
                held = state.agents.get(agent)
                return (
                    held is not None
                    and held.ready == body.ready
                    and held.not_ready_reason == expected
                )

            event = AgentSet(
                agent=agent,
                ready=body.ready,
                reason=expected,
                by=person.id,
                by_name=person.name or person.id,
            )
            return await self._desk.do(
                event,
                may=lambda state, _: "" if agent in state.agents else "no_such_agent",
                done=done,
                identity=identity_of(request, person),
            )

        return await acted(act)

    @entra("POST", "/api/agents/{agent}/queues/{queue}/out", *LEADERS)
    async def post_out(self, request: web.Request, person: Person) -> web.Response:
        """`{"out": true}`: takes an agent out of a queue of one's own; false: back in."""

        async def act() -> Json:
            body = await body_of(request, _Out)
            agent = _agent_of(await self._live.state(), _named(request, "agent"))
            queue = _named(request, "queue")
            await self._check_agent(person, agent, queue)

            def done(state: State, _plan: Plan) -> bool:
                held = state.agents.get(agent)
                return held is not None and (queue in held.opted_out) == body.out

            event = AgentOpted(
                agent=agent,
                queue=queue,
                out=body.out,
                by=person.id,
                by_name=person.name or person.id,
            )
            return await self._desk.do(
                event,
                may=lambda state, plan: opting.may_opt(state, plan, agent, queue, out=body.out),
                done=done,
                identity=identity_of(request, person),
            )

        return await acted(act)

    # -- parts

    async def _steer(
        self,
        request: web.Request,
        person: Person,
        event: ContactSteered,
        done: Callable[[State, Contact | None], bool],
    ) -> Json:
        """Raises NotFound for a contact of somebody else's queue."""
        state = await self._live.state()
        held = state.contacts.get(event.contact)
        steers = self._steers(person, state)
        if held is None or not (steers is None or held.queue in steers):
            raise NotFound(_nothing("contact", event.contact))
        return await self._desk.do(
            event,
            may=lambda state, plan: may_steer(state, plan, event, self._live.now()),
            done=lambda state, _: done(state, state.contacts.get(event.contact)),
            identity=identity_of(request, person),
        )

    async def _check_agent(self, person: Person, agent: str, queue: str = "") -> None:
        """Raises NotFound for an agent who serves no queue of theirs."""
        state = await self._live.state()
        held = state.agents.get(agent)
        serves = {each.queue for each in held.memberships} if held is not None else set[str]()
        steers = self._steers(person, state)
        theirs = serves if steers is None else serves & steers
        if not (queue in theirs if queue else theirs):
            raise NotFound(_nothing("agent", agent))

    def _steers(self, person: Person, state: State) -> set[str] | None:
        """The queues that this person may steer; None: all of them."""
        if Role.ADMIN in person.roles:
            return None
        return set(supervised(self._live.plan(), state.tenant.addresses, person.id))


def _steered(
    request: web.Request,
    person: Person,
    act: Steer,
    seen_queue: str,
    *,
    to: str = "",
    priority: int = 0,
) -> ContactSteered:
    return ContactSteered(
        contact=_named(request, "contact"),
        act=act,
        seen_queue=seen_queue,
        to=to,
        priority=priority,
        by=person.id,
        by_name=person.name or person.id,
    )


def _offered_to(state: State, held: Contact | None) -> str:
    offer = state.offers.get(held.offer) if held is not None else None
    return offer.agent if offer is not None else ""


def _agent_of(state: State, name: str) -> str:
    """The agent's id, whether that is what is given or the name by which they sign in."""
    known = (agent.id for agent in state.agents.values() if agent.upn.lower() == name.lower())
    return name if name in state.agents else next(known, name)


def _named(request: web.Request, name: str) -> str:
    return request.match_info[name][:LONGEST_ID]


def _nothing(what: str, name: str) -> str:
    return f"There is no {what} {name!r}."
