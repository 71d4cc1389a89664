"""What agents do on the tab in a scene under virtual time: the console's parts, and no wire."""

from __future__ import annotations

import msgspec

from bot.owner.loop import TenantLoop
from console.acts import Desk, Refused
from console.controls import ControlApi, Where
from console.refusals import CHANGED_NOTHING
from emulator.config import Config
from emulator.tab import Errand
from routing.control_rules import refused
from routing.events import Event
from routing.plan import Plan
from routing.state import State
from routing.word_events import Act, CallControlled


class _Live:
    """The loop as the console sees it."""

    def __init__(self, loop: TenantLoop, now: int) -> None:
        self._loop = loop
        self._now = now

    async def state(self) -> State:
        state = self._loop.state()
        assert state is not None
        return state

    def decides(self) -> bool:
        return True

    def plan(self) -> Plan:
        return self._loop.plan

    def now(self) -> int:
        return self._now


async def acted_on(loop: TenantLoop, config: Config, errand: Errand, now: int) -> tuple[int, str]:
    """Status and words, as the route would answer."""
    state = loop.state()
    if state is None:
        return 503, "lost"
    live = _Live(loop, now)
    contact = state.contacts.get(state.agents[errand.person.id].contact)
    if contact is None:
        return 404, "no contact"
    people = {person.upn: (person.id, person.name) for person in config.people}

    async def submit(event: Event, *, identity: str | None) -> None:
        await loop.submit(event, identity=identity)

    async def find(name: str) -> tuple[str, str] | None:
        return people.get(name)

    desk = Desk(submit, live)
    body = msgspec.convert(dict(errand.body), Where)
    act = Act(errand.act)
    brings = act in (Act.ADD, Act.TRANSFER)
    aim = await ControlApi(live, desk, find).aim(state, body, body.queue) if brings else None
    event = CallControlled(
        contact=contact.id,
        act=act,
        by=errand.person.id,
        by_name=errand.person.name,
        aim=aim,
        consult=body.consult,
    )

    def may(state: State, plan: Plan) -> str:
        held = state.contacts.get(contact.id)
        return CHANGED_NOTHING if held is None else refused(state, plan, held, event, now)

    try:
        await desk.do(event, may=may, done=lambda _state, _plan: True)
    except Refused as refusal:
        return 409, refusal.code
    return 200, "done"
