"""What an agent does on the tab: ready and not, in and out of a queue, an offer, and after it.

Everything here is about the asker's own: somebody else's offer or contact is one that does not
exist. How an act is carried out: console/acts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web

from console.acts import Deciding, Desk, acted, identity_of
from console.answers import BadQuery
from console.auth import Handler, Person, Role, entra
from console.board import Json
from console.bodies import body_of
from console.inquiry import NotFound
from routing import after_call, offer_rules, opting
from routing.choices import chosen
from routing.plan import Plan, Queue
from routing.readable import readable
from routing.state import Offer, State
from routing.word_events import (
    TAB,
    AcceptedByCard,
    AgentOpted,
    AgentSet,
    DeclinedByCard,
    DispositionChosen,
    DoneByCard,
    NoteWritten,
    WrapUpExtended,
)

MINUTE_MS = 60_000
LARGEST_NOTE = 32_768
"""Bytes: 4,000 signs, however they are written in JSON."""
NOT_THEIRS = frozenset({"offer_gone", "not_your_offer", "contact_gone", "not_your_contact"})

Reason = Annotated[str, msgspec.Meta(max_length=64)]
Code = Annotated[str, msgspec.Meta(max_length=48)]
Seen = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class _Empty(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Ready(msgspec.Struct, forbid_unknown_fields=True):
    ready: bool
    reason: Reason = ""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None


class _Out(msgspec.Struct, forbid_unknown_fields=True):
    out: bool


class _Decline(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason = ""


class _Note(msgspec.Struct, forbid_unknown_fields=True):
    note: str
    seen: Seen


class _Disposition(msgspec.Struct, forbid_unknown_fields=True):
    code: Code


class _Extend(msgspec.Struct, forbid_unknown_fields=True):
    seen: Seen


class _Done(msgspec.Struct, forbid_unknown_fields=True):
    disposition: Code = ""


class MyActs:
    """The routes over one tenant's desk."""

    def __init__(self, desk: Desk, live: Deciding) -> None:
        self._desk = desk
        self._live = live

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.post_ready,
            self.post_out,
            self.post_accept,
            self.post_decline,
            self.post_note,
            self.post_disposition,
            self.post_extend,
            self.post_done,
        ]

    # -- between contacts

    @entra("POST", "/api/me/ready", Role.AGENT)
    async def post_ready(self, request: web.Request, person: Person) -> web.Response:
        """`{"ready": true}`, or false with a `reason` and for how many `minutes`."""

        async def act() -> Json:
            body = await body_of(request, _Ready)
            if body.ready and (body.reason or body.minutes):
                message = "a reason and minutes go with `ready: false` only"
                raise BadQuery(message)
            reason = readable(body.reason, 64)
            known = chosen(self._live.plan().not_ready_reasons, reason)
            expected = "" if body.ready else known.code if known else reason
            until = self._live.now() + body.minutes * MINUTE_MS if body.minutes else None

            def done(state: State, _plan: Plan) -> bool:
                agent = state.agents.get(person.id)
                so = agent is not None and agent.ready == body.ready
                return so and agent is not None and agent.not_ready_reason == expected

            event = AgentSet(
                agent=person.id, ready=body.ready, reason=expected, until=until, by=person.name
            )
            return await self._desk.do(
                event,
                may=lambda state, _: "" if person.id in state.agents else "not_an_agent",
                done=done,
                identity=identity_of(request, person),
            )

        return await acted(act)

    @entra("POST", "/api/me/queues/{queue}/out", Role.AGENT)
    async def post_out(self, request: web.Request, person: Person) -> web.Response:
        """`{"out": true}`: out of this queue; false: back in."""

        async def act() -> Json:
            body = await body_of(request, _Out)
            queue = request.match_info["queue"][:48]

            def may(state: State, plan: Plan) -> str:
                code = opting.may_opt(state, plan, person.id, queue, out=body.out)
                if code == "not_in_queue":
                    message = f"You are in no queue {queue!r}."
                    raise NotFound(message)
                return code

            def done(state: State, _plan: Plan) -> bool:
                agent = state.agents.get(person.id)
                return agent is not None and (queue in agent.opted_out) == body.out

            event = AgentOpted(agent=person.id, queue=queue, out=body.out, by=person.id)
            identity = identity_of(request, person)
            return await self._desk.do(event, may=may, done=done, identity=identity)

        return await acted(act)

    # -- an offer

    @entra("POST", "/api/offers/{offer}/accept", Role.AGENT)
    async def post_accept(self, request: web.Request, person: Person) -> web.Response:
        """Yes: the two are connected as soon as the phone is picked up."""

        async def act() -> Json:
            await body_of(request, _Empty)
            offer = _named(request, "offer")

            def done(state: State, _plan: Plan) -> bool:
                held = state.offers.get(offer)
                yes = held is not None and (held.said_yes_at or held.accepted_at) is not None
                return yes and held is not None and held.agent == person.id

            return await self._desk.do(
                AcceptedByCard(offer=offer, agent=person.id, by=TAB),
                may=lambda state, plan: _theirs(
                    offer_rules.may_accept(state, _queues(plan), offer, person.id)
                ),
                done=done,
                identity=identity_of(request, person),
            )

        return await acted(act)

    @entra("POST", "/api/offers/{offer}/decline", Role.AGENT)
    async def post_decline(self, request: web.Request, person: Person) -> web.Response:
        """No, with a `reason` in the agent's own words."""

        async def act() -> Json:
            body = await body_of(request, _Decline)
            offer = _named(request, "offer")
            event = DeclinedByCard(
                offer=offer, agent=person.id, reason=readable(body.reason, 64), by=TAB
            )
            return await self._desk.do(
                event,
                may=lambda state, _: _theirs(offer_rules.may_decline(state, offer, person.id)),
                done=lambda state, _: _has(state, offer, lambda each: each.outcome == "declined"),
                identity=identity_of(request, person),
            )

        return await acted(act)

    # -- while they talk, and after

    @entra("POST", "/api/contacts/{contact}/note", Role.AGENT)
    async def post_note(self, request: web.Request, person: Person) -> web.Response:
        """`{"note": all of it, "seen": the revision it builds on}`. Saved as it is typed."""

        async def act() -> Json:
            body = await body_of(request, _Note, most=LARGEST_NOTE)
            if len(body.note) > after_call.LONGEST_NOTE:
                most = after_call.LONGEST_NOTE
                message = f"a note may have {most} characters, and this one has {len(body.note)}"
                raise BadQuery(message)
            contact, note = _named(request, "contact"), readable(body.note, 4_000, keep="\n\t")

            def done(state: State, _plan: Plan) -> bool:
                held = state.contacts.get(contact)
                return held is not None and held.agent == person.id and held.note == note

            def may(state: State, plan: Plan) -> str:
                if done(state, plan):
                    return ""  # the same words: whatever the writer saw, they saw these
                return _theirs(after_call.may_note(state, contact, person.id, body.seen))

            told = await self._desk.do(
                NoteWritten(contact=contact, agent=person.id, note=note, seen=body.seen),
                may=may,
                done=done,
                identity=identity_of(request, person),
            )
            held = (await self._live.state()).contacts.get(contact)
            revision = held.note_revision if held is not None and told["done"] else None
            return told | {"note": note, "note_revision": revision}

        return await acted(act)

    @entra("POST", "/api/contacts/{contact}/disposition", Role.AGENT)
    async def post_disposition(self, request: web.Request, person: Person) -> web.Response:
        """`{"code": ...}`: how it ended, in a code of its queue's."""

        async def act() -> Json:
            code = (await body_of(request, _Disposition)).code
            contact = _named(request, "contact")

            def may(state: State, plan: Plan) -> str:
                return _theirs(after_call.may_dispose(state, plan, contact, person.id, code))

            def done(state: State, _plan: Plan) -> bool:
                held = state.contacts.get(contact)
                return held is not None and held.agent == person.id and held.disposition == code

            event = DispositionChosen(contact=contact, agent=person.id, code=code)
            identity = identity_of(request, person)
            return await self._desk.do(event, may=may, done=done, identity=identity)

        return await acted(act)

    @entra("POST", "/api/me/wrap_up/extend", Role.AGENT)
    async def post_extend(self, request: web.Request, person: Person) -> web.Response:
        """`{"seen": how often it was made longer}`: once more."""

        async def act() -> Json:
            seen = (await body_of(request, _Extend)).seen

            def done(state: State, _plan: Plan) -> bool:
                agent = state.agents.get(person.id)
                return agent is not None and agent.extended == seen + 1

            return await self._desk.do(
                WrapUpExtended(agent=person.id, seen=seen),
                may=lambda state, plan: after_call.may_take_longer(state, plan, person.id, seen),
                done=done,
                identity=identity_of(request, person),
            )

        return await acted(act)

    @entra("POST", "/api/offers/{offer}/done", Role.AGENT)
    async def post_done(self, request: web.Request, person: Person) -> web.Response:
        """The agent is done with the contact, in wrap-up or later; `disposition`: how it ended."""

        async def act() -> Json:
            code = (await body_of(request, _Done)).disposition
            offer = _named(request, "offer")

            def may(state: State, plan: Plan) -> str:
                queues = _queues(plan)
                return _theirs(offer_rules.may_be_done(state, queues, offer, person.id, code))

            return await self._desk.do(
                DoneByCard(offer=offer, agent=person.id, disposition=code, by=TAB),
                may=may,
                done=lambda state, _: _has(state, offer, lambda each: each.done_at is not None),
                identity=identity_of(request, person),
            )

        return await acted(act)


def _named(request: web.Request, what: str) -> str:
    return request.match_info[what][:100]


def _queues(plan: Plan) -> dict[str, Queue]:
    return {queue.name: queue for queue in plan.queues}


def _theirs(code: str) -> str:
    """The rule's code. Raises NotFound where even that is not the asker's to know."""
    if code in NOT_THEIRS:
        message = "That is not here any more, or it is somebody else's."
        raise NotFound(message)
    return code


def _has(state: State, offer: str, holds: Callable[[Offer], bool]) -> bool:
    held = state.offers.get(offer)
    return held is not None and holds(held)
