"""What can be done to a call that is talked on, by its agent and by the queue's supervisors.

Whether it may be done is one rule (`routing/control_rules.py`), asked here before anything is
written down. Whoever may not see the contact is told that there is none: its agent may, and the
supervisors of its queue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from aiohttp import web

from console.acts import Deciding, Desk, acted, identity_of
from console.answers import BadQuery, answered
from console.auth import Handler, Person, Role, entra
from console.board import Json
from console.bodies import body_of
from console.control_view import control_view
from console.inquiry import NotFound
from console.scope import scope_of
from routing.aim import Aim, AimKind
from routing.control_rules import refused
from routing.control_state import UNTOUCHED, Control, Hold, Stage
from routing.plan import Plan
from routing.state import Contact, ContactState, State
from routing.word_events import Act, CallControlled

LONGEST_ID = 200
HANDS = (Role.AGENT, Role.SUPERVISOR)
Lookup = Callable[[str], Awaitable[tuple[str, str] | None]]
"""Whom the directory knows under a name or object id: object id and display name."""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be said."""


class Whom(msgspec.Struct, forbid_unknown_fields=True):
    """Exactly one of these."""

    agent: str = ""
    """One of the plan's agents, as `name@domain`."""
    person: str = ""
    """A colleague, as `name@domain` or by object id."""
    number: str = ""
    account: str = ""
    """A resource account as the plan writes it."""


class Where(Whom, forbid_unknown_fields=True):
    queue: str = ""
    consult: bool = False
    """Talk with them first."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The contact that an act is about, as it was when somebody asked."""

    contact: Contact
    state: State
    plan: Plan
    now: int


class ControlApi:
    """The routes over one tenant's live view."""

    def __init__(self, live: Deciding, desk: Desk, find: Lookup) -> None:
        self._live = live
        self._desk = desk
        self._find = find

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.get_controls,
            self.hold,
            self.resume,
            self.add,
            self.transfer,
            self.complete,
            self.cancel,
            self.end,
        ]

    @entra("GET", "/api/contacts/{contact}/controls", *HANDS)
    async def get_controls(self, request: web.Request, person: Person) -> web.Response:
        """Each control with why it is closed to the asker, what goes on, and whom it may be."""

        async def ask() -> Json:
            asked = await self._asked(request, person)
            scope = scope_of(person, asked.state, asked.plan)
            return control_view(asked.state, asked.plan, asked.contact, person.id, asked.now, scope)

        return await answered(ask)

    @entra("POST", "/api/contacts/{contact}/hold", *HANDS)
    async def hold(self, request: web.Request, person: Person) -> web.Response:
        """The caller hears the queue's music."""
        return await self._plain(request, person, Act.HOLD)

    @entra("POST", "/api/contacts/{contact}/resume", *HANDS)
    async def resume(self, request: web.Request, person: Person) -> web.Response:
        """The caller is back in the talk."""
        return await self._plain(request, person, Act.RESUME)

    @entra("POST", "/api/contacts/{contact}/add", *HANDS)
    async def add(self, request: web.Request, person: Person) -> web.Response:
        """Somebody is asked into the call."""

        async def act() -> Json:
            asked = await self._asked(request, person)
            aim = await self.aim(asked.state, await body_of(request, Whom))
            return await self._do(request, person, asked, Act.ADD, aim)

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/transfer", *HANDS)
    async def transfer(self, request: web.Request, person: Person) -> web.Response:
        """The caller is handed over, at once or when the agent has asked first."""

        async def act() -> Json:
            asked = await self._asked(request, person)
            body = await body_of(request, Where)
            aim = await self.aim(asked.state, body, body.queue)
            return await self._do(request, person, asked, Act.TRANSFER, aim, consult=body.consult)

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/complete", *HANDS)
    async def complete(self, request: web.Request, person: Person) -> web.Response:
        """Who was asked first, or added, takes over."""
        return await self._plain(request, person, Act.COMPLETE)

    @entra("POST", "/api/contacts/{contact}/cancel", *HANDS)
    async def cancel(self, request: web.Request, person: Person) -> web.Response:
        """Who was asked or added is not wanted any more."""
        return await self._plain(request, person, Act.CANCEL)

    @entra("POST", "/api/contacts/{contact}/end", *HANDS)
    async def end(self, request: web.Request, person: Person) -> web.Response:
        """The call ends for everybody."""
        return await self._plain(request, person, Act.END)

    async def _plain(self, request: web.Request, person: Person, act: Act) -> web.Response:
        async def acting() -> Json:
            asked = await self._asked(request, person)
            if request.can_read_body:
                await body_of(request, Nothing)
            return await self._do(request, person, asked, act, None)

        return await acted(acting)

    async def _asked(self, request: web.Request, person: Person) -> _Asked:
        """The contact, if whoever asks may see it. Raises NotFound."""
        given = request.match_info["contact"][:LONGEST_ID]
        state, plan = await self._live.state(), self._live.plan()
        contact = state.contacts.get(given)
        if contact is None or not _sees(contact, person, state, plan):
            message = f"There is no contact {given!r} that is yours."
            raise NotFound(message)
        return _Asked(contact, state, plan, self._live.now())

    async def _do(
        self,
        request: web.Request,
        person: Person,
        asked: _Asked,
        act: Act,
        aim: Aim | None,
        *,
        consult: bool = False,
    ) -> Json:
        contact = asked.contact
        event = CallControlled(
            contact=contact.id,
            act=act,
            by=person.id,
            by_name=person.name,
            seen_agent=contact.agent,
            aim=aim,
            consult=consult,
        )
        return await self._desk.do(
            event,
            may=partial(_may, event, self._live.now),
            done=partial(_DONE[act], event),
            identity=identity_of(request, person),
        )

    async def aim(self, state: State, body: Whom, queue: str = "") -> Aim:
        """Whom the body names. Raises BadQuery."""
        named = {
            AimKind.AGENT: body.agent,
            AimKind.USER: body.person,
            AimKind.NUMBER: body.number,
            AimKind.ACCOUNT: body.account,
            AimKind.QUEUE: queue,
        }
        given = [(kind, text.strip()) for kind, text in named.items() if text.strip()]
        if len(given) != 1:
            message = "name exactly one target: agent, person, number, account or queue"
            raise BadQuery(message)
        kind, text = given[0]
        match kind:
            case AimKind.AGENT | AimKind.USER:
                return await self._person(state, text[:LONGEST_ID])
            case AimKind.ACCOUNT:
                place = state.tenant.addresses.get(text.lower())
                number, name = (place.number, place.name) if place else ("", "")
                return Aim(kind=kind, id=text[:LONGEST_ID], name=name, number=number)
            case _:
                return Aim(kind=kind, id=text[:LONGEST_ID])

    async def _person(self, state: State, name: str) -> Aim:
        """An agent of the plan, or a colleague whom the directory knows. Raises BadQuery."""
        wanted = name.lower()
        for agent in state.agents.values():
            if wanted in (agent.upn.lower(), agent.id.lower()):
                return Aim(kind=AimKind.AGENT, id=agent.id, name=agent.name or agent.upn)
        found = await self._find(name)
        if found is None:
            message = f"the directory knows nobody called {name!r} who can be rung"
            raise BadQuery(message)
        object_id, shown = found
        if object_id in state.agents:
            return Aim(kind=AimKind.AGENT, id=object_id, name=shown)
        return Aim(kind=AimKind.USER, id=object_id, name=shown)


def _sees(contact: Contact, person: Person, state: State, plan: Plan) -> bool:
    agent = state.agents.get(person.id)
    own = contact.agent == person.id and bool(contact.agent)
    at_it = agent is not None and agent.contact == contact.id  # wraps up, or was added
    return own or at_it or contact.queue in scope_of(person, state, plan).supervises


# -- may it be done, and is it ---------------------------------------------------------------------


def _may(event: CallControlled, now: Callable[[], int], state: State, plan: Plan) -> str:
    contact = state.contacts.get(event.contact)
    return "ended" if contact is None else refused(state, plan, contact, event, now())


def _held(event: CallControlled, state: State, _plan: Plan) -> bool:
    return _control_of(event, state).hold in (Hold.STARTS, Hold.ON)


def _resumed(event: CallControlled, state: State, _plan: Plan) -> bool:
    return _control_of(event, state).hold in (Hold.STOPS, Hold.OFF)


def _brought(event: CallControlled, state: State, _plan: Plan) -> bool:
    """They are being asked, or the caller is on the way, or the colleague has them already."""
    aim, contact = event.aim, state.contacts.get(event.contact)
    if aim is None or contact is None:
        return False
    control = contact.control
    asked = control.party is not None and control.party.aim == aim
    sent = aim.kind is AimKind.QUEUE and aim.id in (control.to_queue, contact.queue)
    sent = sent and (bool(control.to_queue) or contact.agent != event.seen_agent)
    return asked or sent or (aim.kind is AimKind.AGENT and contact.agent == aim.id)


def _completed(event: CallControlled, state: State, _plan: Plan) -> bool:
    contact = state.contacts.get(event.contact)
    if contact is None:
        return True
    passed = contact.agent != event.seen_agent or contact.state is not ContactState.CONNECTED
    return passed or bool(contact.control.out_by)


def _canceled(event: CallControlled, state: State, _plan: Plan) -> bool:
    control = _control_of(event, state)
    over = control.party is None or control.party.stage is Stage.GOING
    return over and not control.to_queue


def _ended(event: CallControlled, state: State, _plan: Plan) -> bool:
    contact = state.contacts.get(event.contact)
    return contact is None or contact.state is ContactState.ENDED or bool(contact.control.ending)


def _control_of(event: CallControlled, state: State) -> Control:
    contact = state.contacts.get(event.contact)
    return contact.control if contact is not None else UNTOUCHED


_DONE: dict[Act, Callable[[CallControlled, State, Plan], bool]] = {
    Act.HOLD: _held,
    Act.RESUME: _resumed,
    Act.ADD: _brought,
    Act.TRANSFER: _brought,
    Act.COMPLETE: _completed,
    Act.CANCEL: _canceled,
    Act.END: _ended,
}
