"""Questions about the past, answered from what is stored: for the command line and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from console.past import PastFact, past_fact
from console.why import AgentWhy, ContactWhy, explain, explain_agent
from routing.plan import Plan, Preset
from store.codec import Codec, Unreadable, plain
from store.history import History, StoredRecord
from store.plans import Plans

PLAN_KIND = "plan"
PLANS = Codec({PLAN_KIND: Plan})
"""How a plan version's compiled form is written and read."""


class NotFound(Exception):
    """There is no such contact, or no such agent. The message is a sentence for people."""


class Ambiguous(NotFound):
    """The beginning of an id fits several contacts."""


class Past(Protocol):
    """The part of a store that is asked here."""

    history: History
    plans: Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAgent:
    """An agent as last saved."""

    id: str
    upn: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One tenant's past."""

    past: Past
    tenant: str

    async def contact_id(self, beginning: str) -> str:
        """The contact whose id begins so. Raises NotFound."""
        found = await self.past.history.find(self.tenant, beginning, limit=5) if beginning else []
        if beginning in found or len(found) == 1:
            return beginning if beginning in found else found[0]
        if not found:
            message = f"There is no contact {beginning!r}."
            raise NotFound(message)
        message = f"Several contacts begin with {beginning!r}: {', '.join(found)} ..."
        raise Ambiguous(message)

    async def facts(self, contact: str) -> list[PastFact]:
        """What happened to the contact, oldest first."""
        return [past_fact(one) for one in await self.past.history.facts_of(self.tenant, contact)]

    async def why(self, contact: str) -> ContactWhy:
        """The contact's offers, explained."""
        return explain(contact, await self.facts(contact))

    async def why_agent(self, contact: str, upn: str) -> list[AgentWhy]:
        """For each of the contact's offers: why this agent was or was not the one.

        Raises NotFound when nobody of that name is known.
        """
        story = await self.why(contact)
        known = await self._agent(upn, story)
        return [
            explain_agent(
                known.upn,
                offer,
                await self._state_before(known.id, offer.place),
                queues=known.queues or None,
                preset=await self._preset(offer.queue, offer.at),
            )
            for offer in story.offers
        ]

    async def record(self, contact: str) -> dict[str, object] | None:
        """The contact's record as it was written, or None while it lives."""
        stored = await self.past.history.record(self.tenant, contact)
        return record_fields(stored) if stored else None

    async def recent(self, limit: int, before: int | None = None) -> list[dict[str, object]]:
        """Records of the contacts that began last, the newest first."""
        stored = await self.past.history.recent(self.tenant, limit=limit, before=before)
        return [record_fields(one) for one in stored]

    async def _agent(self, upn: str, story: ContactWhy) -> KnownAgent:
        wanted = upn.strip().lower()
        for body in await self.past.history.agents(self.tenant):
            agent = _known_agent(body)
            if agent is not None and wanted in (agent.upn.lower(), agent.id.lower()):
                return agent
        # Gone from the plan since, but chosen then.
        for offer in story.offers:
            if offer.chosen.upn.lower() == wanted:
                return KnownAgent(id=offer.agent, upn=offer.chosen.upn, queues=())
        message = f"No agent is called {upn!r}: write the name as it stands in the plan's queues."
        raise NotFound(message)

    async def _state_before(self, agent: str, place: tuple[int, int]) -> PastFact | None:
        found = await self.past.history.agent_before(self.tenant, agent, place)
        return past_fact(found) if found else None

    async def _preset(self, queue: str, at: int) -> Preset:
        """The queue's presence gate in the plan of that instant."""
        version = await self.past.plans.at(self.tenant, at)
        try:
            plan = PLANS.decode(PLAN_KIND, version.compiled) if version else None
        except Unreadable:
            plan = None
        queues = plan.queues if isinstance(plan, Plan) else ()
        return next((one.presence for one in queues if one.name == queue), Preset.STRICT)


def record_fields(stored: StoredRecord) -> dict[str, object]:
    """A record's fields; those of its columns when the body cannot be read."""
    try:
        body = plain(stored.body)
    except Unreadable:
        body = None
    fields: dict[str, object] = dict(body) if isinstance(body, dict) else {}
    fields.setdefault("contact", stored.contact)
    fields.setdefault("queue", stored.queue or "")
    fields.setdefault("arrived_at", stored.started_at)
    fields.setdefault("ended_at", stored.ended_at)
    fields.setdefault("outcome", stored.outcome or "")
    return fields


def _known_agent(body: bytes) -> KnownAgent | None:
    try:
        agent = plain(body)
    except Unreadable:
        return None
    if not isinstance(agent, dict) or not isinstance(agent.get("id"), str):
        return None
    memberships = agent.get("memberships")
    queues = [one.get("queue") for one in memberships or [] if isinstance(one, dict)]
    return KnownAgent(
        id=agent["id"],
        upn=str(agent.get("upn") or ""),
        queues=tuple(str(queue) for queue in queues if queue),
    )
