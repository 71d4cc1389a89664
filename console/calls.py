"""Calls that are over, for those who took or missed them: mine, the team's, and the missed ones.

A missed call has an owner, and is dealt with by word, or by the caller's having reached somebody
since. It is called back through the service (routing/callback_request.py): the asker's phone
first, then the customer's, from the queue's number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec
from aiohttp import web

from console.acts import Deciding, Desk, acted, identity_of
from console.answers import BadQuery, answered, number
from console.auth import Handler, Person, Role, entra
from console.board import Json, caller_of
from console.bodies import body_of
from console.inquiry import NotFound, record_fields
from console.scope import Scope, scope_of
from routing.callback_request import may_request
from routing.events import CallerKind, Event
from routing.plan import Plan
from routing.state import State
from routing.word_events import Mark, MissedMarked, RequestCallback
from store.follow_ups import FollowUp, FollowUps
from store.history import History, StoredRecord

CALLS, MOST_CALLS = 50, 200
PAGES = 10
"""Read at most for one answer: who sees few queues gets a shorter page."""
LONGEST_ID = 200
ACTORS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


class Calls(Protocol):
    """The parts of a store that are asked here."""

    history: History
    follow_ups: FollowUps


class _On(msgspec.Struct, forbid_unknown_fields=True):
    on: bool


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Tell(Protocol):
    """Writes a mark into history."""

    def __call__(self, event: Event) -> object: ...


class CallsApi:
    """The routes over one tenant's past calls."""

    def __init__(self, live: Deciding, calls: Calls, tenant: str, desk: Desk, tell: Tell) -> None:
        self._live = live
        self._history = calls.history
        self._follow_ups = calls.follow_ups
        self._tenant = tenant
        self._desk = desk
        self._tell = tell

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.get_mine,
            self.get_team,
            self.get_missed,
            self.post_owner,
            self.post_done,
            self.post_call_back,
        ]

    @entra("GET", "/api/calls/mine", Role.AGENT)
    async def get_mine(self, request: web.Request, person: Person) -> web.Response:
        """Whom I talked with, the newest first. `limit`; `before`: an earlier page."""

        async def ask() -> Json:
            limit, before = _page(request)
            at = before[0] if before else None
            found = await self._history.of_agent(self._tenant, person.id, at, limit=limit)
            return await self._listed(found, person, further=len(found) == limit)

        return await answered(ask)

    @entra("GET", "/api/calls/team", *Role)
    async def get_team(self, request: web.Request, person: Person) -> web.Response:
        """Calls of the queues that one serves or sees, the newest first; as above."""

        async def ask() -> Json:
            limit, before = _page(request)
            scope, found, further = await self._scope(person), list[StoredRecord](), True
            at = before[0] if before else None
            for _ in range(PAGES):
                page = await self._history.recent(self._tenant, limit=limit, before=at)
                found += [each for each in page if scope.sees_queue(each.queue or "")]
                at, further = page[-1].started_at if page else at, len(page) == limit
                if len(found) >= limit or not further:
                    break
            return await self._listed(found, person, further=further, before=at)

        return await answered(ask)

    @entra("GET", "/api/calls/missed", *Role)
    async def get_missed(self, request: web.Request, person: Person) -> web.Response:
        """Callers of one's queues who reached nobody, the newest first. `open=1`: not dealt with,
        and not reached since; as above."""

        async def ask() -> Json:
            limit, before = _page(request)
            still_open = request.query.get("open") == "1"
            scope, found, further = await self._scope(person), list[Json](), True
            for _ in range(PAGES):
                page = await self._history.missed(self._tenant, before, limit=limit)
                mine = [each for each in page if scope.sees_queue(each.queue or "")]
                rows = await self._rows(mine, person)
                found += [row for row in rows if not (still_open and _settled(row))]
                if page:
                    before = (page[-1].started_at, page[-1].contact)
                further = len(page) == limit
                if len(found) >= limit or not further:
                    break
            return self._answer(found, further=further, before=before)

        return await answered(ask)

    @entra("POST", "/api/calls/{contact}/owner", *ACTORS)
    async def post_owner(self, request: web.Request, person: Person) -> web.Response:
        """`{"on": true}`: I take care of this missed call; false: nobody does."""

        async def ask() -> Json:
            on = (await body_of(request, _On)).on
            record = await self._allowed(request, person)
            owner, now = (person.id, person.name) if on else (None, None), self._live.now()
            await self._follow_ups.own(self._tenant, record.contact, now, *owner)
            return await self._marked(record, Mark.OWNED, person, on=on)

        return await answered(ask)

    @entra("POST", "/api/calls/{contact}/done", *ACTORS)
    async def post_done(self, request: web.Request, person: Person) -> web.Response:
        """`{"on": true}`: it was dealt with; false: it was not."""

        async def ask() -> Json:
            on = (await body_of(request, _On)).on
            record, now = await self._allowed(request, person), self._live.now()
            done = (now, person.name) if on else (None, None)
            await self._follow_ups.done(self._tenant, record.contact, now, *done)
            return await self._marked(record, Mark.DONE, person, on=on)

        return await answered(ask)

    @entra("POST", "/api/calls/{contact}/call-back", Role.AGENT)
    async def post_call_back(self, request: web.Request, person: Person) -> web.Response:
        """Ring me, then the caller, from the queue's number."""

        async def act() -> Json:
            await body_of(request, _Nothing)
            event = _request_of(await self._allowed(request, person), person)
            if not event.number:
                message = "There is no number to call."
                raise BadQuery(message)
            return await self._desk.do(
                event,
                may=lambda state, plan: may_request(state, plan, event, self._live.now()),
                done=lambda state, _: _begun(state, event),
                identity=identity_of(request, person),
            )

        return await acted(act)

    # -- parts

    async def _scope(self, person: Person) -> Scope:
        return scope_of(person, await self._live.state(), self._live.plan())

    async def _allowed(self, request: web.Request, person: Person) -> StoredRecord:
        """The call that is meant, if the asker may see it. Raises NotFound."""
        contact = request.match_info["contact"][:LONGEST_ID]
        record = await self._history.record(self._tenant, contact)
        scope = await self._scope(person)
        if record is not None and (
            scope.sees_queue(record.queue or "") or record.agent == person.id
        ):
            return record
        message = f"There is no call {contact!r}."
        raise NotFound(message)

    async def _marked(self, record: StoredRecord, mark: Mark, person: Person, *, on: bool) -> Json:
        queue = record.queue or ""
        self._tell(
            MissedMarked(contact=record.contact, queue=queue, mark=mark, by=person.name, on=on)
        )
        return (await self._rows([record], person))[0]

    async def _listed(
        self,
        found: list[StoredRecord],
        person: Person,
        *,
        further: bool,
        before: int | None = None,
    ) -> Json:
        at = before if before is not None else found[-1].started_at if found else 0
        return self._answer(await self._rows(found, person), further=further, before=(at, ""))

    def _answer(self, rows: list[Json], *, further: bool, before: tuple[int, str] | None) -> Json:
        more = f"{before[0]}:{before[1]}" if further and before else None
        return {"now": self._live.now(), "calls": rows, "before": more}

    async def _rows(self, found: list[StoredRecord], person: Person) -> list[Json]:
        if not found:
            return []
        contacts = [each.contact for each in found]
        said = await self._follow_ups.of(self._tenant, contacts)
        since = min(each.started_at for each in found)
        later = await self._history.answered_since(self._tenant, since)
        reached = _reached(later)
        state, plan, now = await self._live.state(), self._live.plan(), self._live.now()
        titles = {queue.name: queue.title or queue.name for queue in plan.queues}
        rows: list[Json] = []
        for each in found:
            row = _row(each, titles, said.get(each.contact), person)
            row["reached"] = _after(reached.get(str(row["number"]), []), each)
            row["may_call_back"] = _may(state, plan, _request_of(each, person), now, person)
            rows.append(row)
        return rows


def _row(
    record: StoredRecord, titles: dict[str, str], said: FollowUp | None, person: Person
) -> Json:
    told = record_fields(record)
    kind = str(told.get("caller_kind") or "")
    caller, name = str(told.get("caller") or ""), str(told.get("caller_name") or "")
    mine = record.queue or ""
    return {
        "contact": record.contact,
        "queue": mine,
        "title": titles.get(mine, mine),
        "caller": caller_of(kind, caller, name),
        "number": caller if kind == CallerKind.NUMBER else "",
        "outcome": record.outcome or "",
        "arrived_at": record.started_at,
        "queued_at": told.get("queued_at"),
        "connected_at": told.get("connected_at"),
        "talk_ended_at": told.get("talk_ended_at"),
        "ended_at": record.ended_at,
        "agent": str(told.get("agent_upn") or ""),
        "note": str(told.get("note") or ""),
        "disposition": str(told.get("disposition") or ""),
        "owner": {"name": said.owner_name or "", "mine": said.owner == person.id}
        if said is not None and said.owner
        else None,
        "done": {"at": said.done_at, "by": said.done_by or ""}
        if said is not None and said.done_at is not None
        else None,
    }


def _settled(row: Json) -> bool:
    return row["done"] is not None or row["reached"] is not None


def _reached(later: Iterable[StoredRecord]) -> dict[str, list[tuple[int, str]]]:
    """When callers by number reached somebody, and whom; the newest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for each in later:
        told = record_fields(each)
        if told.get("caller_kind") == CallerKind.NUMBER:
            reached = (each.started_at, str(told.get("agent_upn") or ""))
            found.setdefault(str(told.get("caller") or ""), []).append(reached)
    return found


def _after(reached: list[tuple[int, str]], record: StoredRecord) -> Json | None:
    """The first time that the caller reached somebody after this call."""
    later = [each for each in reached if each[0] > record.started_at]
    return {"at": later[-1][0], "by": later[-1][1]} if later else None


def _request_of(record: StoredRecord, person: Person) -> RequestCallback:
    told = record_fields(record)
    entry_point = str(told.get("entry_point") or record.entry_point or "")
    return RequestCallback(
        number=str(told.get("caller") or "")
        if told.get("caller_kind") == CallerKind.NUMBER
        else "",
        queue=record.queue or "",
        entry_point=entry_point,
        agent=person.id,
        by=person.name,
        about=record.contact,
    )


def _may(state: State, plan: Plan, event: RequestCallback, now: int, person: Person) -> str:
    """Why this person may not call back; empty: they may."""
    if not event.number:
        return "no_number"
    if Role.AGENT not in person.roles or person.id not in state.agents:
        return "not_an_agent"
    return may_request(state, plan, event, now)


def _begun(state: State, event: RequestCallback) -> bool:
    """Whether the callback stands."""
    asked = (contact.callback for contact in state.contacts.values())
    return any(
        callback is not None
        and (callback.agent, callback.number) == (event.agent, event.number)
        and callback.queue == event.queue
        for callback in asked
    )


def _page(request: web.Request) -> tuple[int, tuple[int, str] | None]:
    """How many, and before which. Raises BadQuery."""
    limit = number(request, "limit", CALLS, 1, MOST_CALLS)
    text = request.query.get("before", "")
    if not text:
        return limit, None
    at, _, last = text.partition(":")
    if not (at.isascii() and at.isdigit() and len(at) < 17):  # noqa: PLR2004
        message = "before must be what an earlier answer gave as `before`"
        raise BadQuery(message)
    return limit, (int(at), last[:LONGEST_ID])
