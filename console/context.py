"""What is known of a live contact's caller, for those who are to talk with them or look after it.

That is who supervises the queue, who administers, and the agent to whom the contact is offered or
who has it; nobody else learns that there is any. A colleague's photo is fetched from Graph when
somebody looks, and kept nowhere.
"""

from __future__ import annotations

import logging
from typing import Protocol

from aiohttp import web

from console.answers import PRIVATE, answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.inquiry import NotFound
from console.scope import scope_of
from graph.errors import GraphError
from graph.profiles import Photo
from routing.context_rules import Source
from routing.context_state import Known
from routing.events import CallerKind
from routing.plan import Plan
from routing.state import Contact, ContactState, OfferState, State

log = logging.getLogger(__name__)

LONGEST_ID = 200
LOOKERS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
PHOTO_WITHIN_MS = 4_000
NO_PHOTO = "There is no photo."
OVER = (OfferState.RESCINDING, OfferState.ENDED)


class Photos(Protocol):
    """Where photos come from (graph/profiles.py). Raises GraphError."""

    async def photo(self, user: str, *, deadline_ms: int | None = None) -> Photo | None: ...


class ContextApi:
    """The routes over one tenant's live contacts."""

    def __init__(self, live: LiveView, photos: Photos) -> None:
        self._live = live
        self._photos = photos

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [self.get_context, self.get_photo]

    @entra("GET", "/api/contacts/{contact}/context", *LOOKERS)
    async def get_context(self, request: web.Request, person: Person) -> web.Response:
        """What other places know of the caller, and which of them did not say."""

        async def ask() -> Json:
            contact = await self._allowed(request, person)
            return {
                "contact": contact.id,
                "now": self._live.now(),
                "providers": [_provider(known) for known in contact.context.values()],
                "photo": has_photo(contact),
            }

        return await answered(ask)

    @entra("GET", "/api/contacts/{contact}/photo", *LOOKERS)
    async def get_photo(self, request: web.Request, person: Person) -> web.Response:
        """The photo of a colleague who calls, as JPEG or PNG; 404 when there is none."""
        found: list[Photo] = []

        async def ask() -> Json:
            contact = await self._allowed(request, person)
            deadline = self._live.now() + PHOTO_WITHIN_MS
            photo = None
            if has_photo(contact):
                try:
                    photo = await self._photos.photo(contact.caller.id, deadline_ms=deadline)
                except GraphError as error:
                    log.info("a photo could not be read", extra={"status": error.status})
            if photo is None:
                raise NotFound(NO_PHOTO)
            found.append(photo)
            return {}

        told = await answered(ask)
        if not found:
            return told
        return web.Response(body=found[0].body, content_type=found[0].kind, headers=PRIVATE)

    async def _allowed(self, request: web.Request, person: Person) -> Contact:
        """The contact that is asked for, if the asker may see its caller. Raises NotFound."""
        given = request.match_info["contact"][:LONGEST_ID]
        state = await self._live.state()
        contact = state.contacts.get(given)
        if contact is None or not may_see(person, contact, state, self._live.plan()):
            message = f"There is no contact {given!r}."
            raise NotFound(message)
        return contact


def may_see(person: Person, contact: Contact, state: State, plan: Plan) -> bool:
    """Whether this person is to know who the contact's caller is."""
    if Role.ADMIN in person.roles or contact.queue in scope_of(person, state, plan).supervises:
        return True
    if Role.AGENT not in person.roles:
        return False
    return contact.agent == person.id or any(
        offer.agent == person.id and offer.state not in OVER
        for offer in state.offers.values()
        if offer.contact == contact.id
    )


def has_photo(contact: Contact) -> bool:
    """Whether there may be a picture of the caller to look at."""
    told = [each.told for each in contact.context.values() if each.source is Source.PROFILE]
    internal = contact.caller.kind is CallerKind.INTERNAL
    live = contact.state is not ContactState.ENDED
    return internal and live and any(each is not None and each.photo for each in told)


def _provider(known: Known) -> Json:
    told = known.told
    return {
        "provider": known.provider,
        "title": known.title,
        "source": known.source.value,
        "state": _state(known),
        "problem": known.problem,
        "asked_at": known.asked_at,
        "took_ms": None if known.command else known.took_ms,
        "fields": [{"label": k, "value": v} for k, v in told.fields.items()] if told else [],
        "links": [{"label": each.label, "url": each.url} for each in told.links] if told else [],
        "manager": told.manager if told else "",
        "past": [
            {
                "at": each.at,
                "queue": each.queue,
                "outcome": each.outcome,
                "agent": each.agent,
                "note": each.note,
            }
            for each in (told.past if told else ())
        ],
    }


def _state(known: Known) -> str:
    """asking, told, empty (it knows nothing), failed, or over (the contact is)."""
    if known.command:
        return "asking"
    if known.problem:
        return "failed"
    if known.told is None:
        return "over"
    return "empty" if known.told.is_empty else "told"
