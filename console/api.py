"""The console's JSON routes: the board, contacts with their timelines, why, and findings.

Reading only. Each route names the roles that may call it; docs/console-api.md describes the
answers. Instants are UTC milliseconds, durations end in `_ms`.
"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from console.answers import answer, answered, number
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView, board, caller_of, live_contact
from console.callbacks import open_callbacks
from console.findings import Findings
from console.inquiry import Inquiry, NotFound
from console.scope import Scope, limited, scope_of
from console.timeline import timeline
from routing.state import ContactState, State

MOST_CONTACTS = 500
CONTACTS = 100
LONGEST_ID = 200
PAGES = 10
"""Read at most for one answer: who sees few queues gets a shorter page, and where it ends."""
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

    @entra("GET", "/api/board", Role.AGENT, *SEERS)
    async def get_board(self, _request: web.Request, person: Person) -> web.Response:
        """Queues, agents and live contacts of the asker's queues; an agent sees no callers."""
        return await answered(lambda: self._board(person))

    @entra("GET", "/api/contacts", *SEERS)
    async def get_contacts(self, request: web.Request, person: Person) -> web.Response:
        """Live contacts, and those that ended last. `limit`; `before`: an earlier page."""
        return await answered(lambda: self._contacts(request, person))

    @entra("GET", "/api/contacts/{contact}", *SEERS)
    async def get_contact(self, request: web.Request, person: Person) -> web.Response:
        """One contact: its timeline, and its record or live state."""
        return await answered(lambda: self._contact(request, person))

    @entra("GET", "/api/contacts/{contact}/why", *SEERS)
    async def get_why(self, request: web.Request, person: Person) -> web.Response:
        """Each offer explained; with `agent=UPN` also why that agent was not the one."""
        return await answered(lambda: self._why(request, person))

    @entra("GET", "/api/callbacks", *SEERS)
    async def get_callbacks(self, _request: web.Request, person: Person) -> web.Response:
        """The open callbacks, queue by queue, the longest waiting first."""
        return await answered(lambda: self._callbacks(person))

    @entra("GET", "/api/findings", Role.SUPERVISOR, Role.ADMIN)
    async def get_findings(self, request: web.Request, _person: Person) -> web.Response:
        """What somebody should correct in the plan or the directory."""
        del request
        return answer({"findings": [asdict(each) for each in self._findings.all()]})

    async def _board(self, person: Person) -> Json:
        state, plan = await self._live.state(), self._live.plan()
        return limited(board(state, plan, self._live.now()), scope_of(person, state, plan))

    async def _contacts(self, request: web.Request, person: Person) -> Json:
        limit = number(request, "limit", CONTACTS, 1, MOST_CONTACTS)
        before = number(request, "before", 0, 0, 2**53)
        state, now = await self._live.state(), self._live.now()
        scope = scope_of(person, state, self._live.plan())
        ended, further = await self._ended(limit, before or None, scope)
        live = [] if before else _live(state, now, scope)
        return {"contacts": [*live, *ended], "before": further}

    async def _callbacks(self, person: Person) -> Json:
        state = await self._live.state()
        scope = scope_of(person, state, self._live.plan())
        rows = open_callbacks(state)
        return {"callbacks": [row for row in rows if scope.sees_callers(str(row["queue"]))]}

    async def _ended(
        self, limit: int, before: int | None, scope: Scope
    ) -> tuple[list[Json], int | None]:
        """Records that may be seen, the newest first, and where an earlier page begins."""
        found: list[Json] = []
        for _ in range(PAGES):
            page = await self._inquiry.recent(limit, before)
            for record in page:
                before = _started(record)
                if scope.sees_callers(str(record.get("queue") or "")):
                    found.append(_record(record))
                if len(found) == limit:
                    return found, before
            if len(page) < limit:
                return found, None
        return found, before

    async def _contact(self, request: web.Request, person: Person) -> Json:
        contact, state = await self._allowed(request, person)
        held = state.contacts.get(contact)
        record = await self._inquiry.record(contact)
        lines = timeline(await self._inquiry.facts(contact))
        return {
            "contact": contact,
            "live": live_contact(held, state, self._live.now()) if held else None,
            "record": _record(record) if record else None,
            "timeline": [asdict(line) for line in lines],
        }

    async def _why(self, request: web.Request, person: Person) -> Json:
        contact, _ = await self._allowed(request, person)
        story = await self._inquiry.why(contact)
        told: Json = {
            "contact": contact,
            "offers": [
                asdict(offer) | {"agent": offer.chosen.upn, "sentences": offer.sentences()}
                for offer in story.offers
            ],
            "note": story.note,
            "sentences": story.sentences(),
        }
        if upn := request.query.get("agent", "")[:LONGEST_ID]:
            told["agent"] = [asdict(each) for each in await self._inquiry.why_agent(contact, upn)]
        return told

    async def _allowed(self, request: web.Request, person: Person) -> tuple[str, State]:
        """The contact that is asked for, if the asker may see it. Raises NotFound."""
        given = request.match_info["contact"][:LONGEST_ID]
        state = await self._live.state()
        scope = scope_of(person, state, self._live.plan())
        contact = given if given in state.contacts else await self._inquiry.contact_id(given)
        if not scope.everything and not scope.sees_callers(await self._queue_of(contact, state)):
            message = f"There is no contact {given!r}."
            raise NotFound(message)
        return contact, state

    async def _queue_of(self, contact: str, state: State) -> str:
        if held := state.contacts.get(contact):
            return held.queue
        record = await self._inquiry.record(contact)
        return str(record.get("queue") or "") if record else ""


def _live(state: State, now: int, scope: Scope) -> list[Json]:
    live = [
        live_contact(contact, state, now)
        for contact in state.contacts.values()
        if contact.state is not ContactState.ENDED and scope.sees_callers(contact.queue)
    ]
    live.sort(key=lambda contact: (contact["arrived_at"], contact["contact"]), reverse=True)
    return live


def _started(record: Json) -> int | None:
    at = record.get("arrived_at")
    return at if isinstance(at, int) else None


def _record(record: Json) -> Json:
    """A record for a screen: the directory's ids taken out."""
    kind = str(record.get("caller_kind") or "")
    caller = caller_of(kind, str(record.get("caller") or ""), str(record.get("caller_name") or ""))
    shown = {key: value for key, value in record.items() if key not in ("agent", "caller_name")}
    return shown | {"caller": caller, "live": False}
