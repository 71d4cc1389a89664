"""The console's JSON routes: the board, contacts with their timelines, why, and findings.

Reading only. Each route names the roles that may call it; docs/console-api.md describes the
answers. Instants are UTC milliseconds, durations end in `_ms`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from console.auth import Guard, Handler, Person, Role, entra
from console.board import Json, LiveView, board, caller_of, live_contact
from console.callbacks import open_callbacks
from console.findings import Findings
from console.inquiry import Ambiguous, Inquiry, NotFound
from console.timeline import timeline
from routing.state import ContactState
from store.errors import Unavailable

MOST_CONTACTS = 500
CONTACTS = 100
LONGEST_ID = 200
SEERS = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)


class ConsoleApi:
    """The routes over one tenant's live view and past."""

    def __init__(self, live: LiveView, inquiry: Inquiry, findings: Findings) -> None:
        self._live = live
        self._inquiry = inquiry
        self._findings = findings

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [
            self.get_board,
            self.get_contacts,
            self.get_contact,
            self.get_why,
            self.get_callbacks,
            self.get_findings,
        ]

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """All routes, each behind the guard."""
        return guard.routes(*self.handlers())

    @entra("GET", "/api/board", Role.AGENT, *SEERS)
    async def get_board(self, request: web.Request, person: Person) -> web.Response:
        """Queues, agents and live contacts. Who is an agent only sees no callers."""
        return await _answered(lambda: self._board(request, person))

    @entra("GET", "/api/contacts", *SEERS)
    async def get_contacts(self, request: web.Request, _person: Person) -> web.Response:
        """Live contacts, and those that ended last. `limit`; `before`: an earlier page."""
        return await _answered(lambda: self._contacts(request))

    @entra("GET", "/api/contacts/{contact}", *SEERS)
    async def get_contact(self, request: web.Request, _person: Person) -> web.Response:
        """One contact: its timeline, and its record or live state."""
        return await _answered(lambda: self._contact(request))

    @entra("GET", "/api/contacts/{contact}/why", *SEERS)
    async def get_why(self, request: web.Request, _person: Person) -> web.Response:
        """Each offer explained; with `agent=UPN` also why that agent was not the one."""
        return await _answered(lambda: self._why(request))

    @entra("GET", "/api/callbacks", *SEERS)
    async def get_callbacks(self, request: web.Request, _person: Person) -> web.Response:
        """The open callbacks, in the order in which they are served."""
        del request
        return await _answered(self._callbacks)

    @entra("GET", "/api/findings", Role.SUPERVISOR, Role.ADMIN)
    async def get_findings(self, request: web.Request, _person: Person) -> web.Response:
        """What somebody should correct in the plan or the directory."""
        del request
        return _json({"findings": [asdict(each) for each in self._findings.all()]})

    async def _board(self, _request: web.Request, person: Person) -> Json:
        seen = board(await self._live.state(), self._live.plan(), self._live.now())
        if not person.roles & set(SEERS):
            contacts = seen["contacts"]
            for contact in contacts if isinstance(contacts, list) else []:
                contact.update(caller="", chain="", calls=[])
        return seen

    async def _contacts(self, request: web.Request) -> Json:
        limit = _number(request, "limit", CONTACTS, 1, MOST_CONTACTS)
        before = _number(request, "before", 0, 0, 2**53)
        records = await self._inquiry.recent(limit, before or None)
        ended = [_record(record) for record in records]
        if before:
            return {"contacts": ended}
        state, now = await self._live.state(), self._live.now()
        live = [
            live_contact(contact, state, now)
            for contact in state.contacts.values()
            if contact.state is not ContactState.ENDED
        ]
        live.sort(key=lambda contact: (contact["arrived_at"], contact["contact"]), reverse=True)
        return {"contacts": [*live, *ended]}

    async def _callbacks(self) -> Json:
        return {"callbacks": open_callbacks(await self._live.state())}

    async def _contact(self, request: web.Request) -> Json:
        contact = await self._contact_id(request)
        state, now = await self._live.state(), self._live.now()
        held = state.contacts.get(contact)
        record = await self._inquiry.record(contact)
        lines = timeline(await self._inquiry.facts(contact))
        return {
            "contact": contact,
            "live": live_contact(held, state, now) if held else None,
            "record": _record(record) if record else None,
            "timeline": [asdict(line) for line in lines],
        }

    async def _why(self, request: web.Request) -> Json:
        contact = await self._contact_id(request)
        story = await self._inquiry.why(contact)
        answer: Json = {
            "contact": contact,
            "offers": [
                asdict(offer) | {"agent": offer.chosen.upn, "sentences": offer.sentences()}
                for offer in story.offers
            ],
            "note": story.note,
            "sentences": story.sentences(),
        }
        if upn := request.query.get("agent", "")[:LONGEST_ID]:
            told = await self._inquiry.why_agent(contact, upn)
            answer["agent"] = [asdict(each) for each in told]
        return answer

    async def _contact_id(self, request: web.Request) -> str:
        given = request.match_info["contact"][:LONGEST_ID]
        if given in (await self._live.state()).contacts:
            return given
        return await self._inquiry.contact_id(given)


class _BadQuery(Exception):
    """A query parameter that cannot be used."""


async def _answered(ask: Callable[[], Awaitable[Json]]) -> web.Response:
    try:
        return _json(await ask())
    except Ambiguous as error:
        return _json({"error": str(error)}, status=409)
    except NotFound as error:
        return _json({"error": str(error)}, status=404)
    except _BadQuery as error:
        return _json({"error": str(error)}, status=400)
    except Unavailable:
        return _json({"error": "The database cannot be read at the moment."}, status=503)


def _json(body: Json, status: int = 200) -> web.Response:
    # What goes on is nobody's to keep: no cache on the way may hold it.
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    text = json.dumps(body, ensure_ascii=False)
    return web.json_response(text=text, status=status, headers=headers)


def _record(record: Json) -> Json:
    """A record for a screen: the directory's ids taken out."""
    kind = str(record.get("caller_kind") or "")
    caller = caller_of(kind, str(record.get("caller") or ""), str(record.get("caller_name") or ""))
    shown = {key: value for key, value in record.items() if key not in ("agent", "caller_name")}
    return shown | {"caller": caller, "live": False}


def _number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17 and low <= int(text) <= high):  # noqa: PLR2004
        message = f"{name} must be a number from {low} to {high}"
        raise _BadQuery(message)
    return int(text)
