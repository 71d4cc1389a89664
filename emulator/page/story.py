"""One contact for the page: what went over the wire beside what the service did, and why.

The wire and the phones come from the emulator's log, the steps and the reasons from the service's
console. Ids become names here, so that the page never shows one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from emulator.console_reader import ConsoleReader
from emulator.live_table import rows
from emulator.page.picture import Picture
from emulator.page.sounds import Sounds
from emulator.page.story_lines import StoryLines, wire
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import Story, Tally

TIME = re.compile(r"^\d\d:\d\d:\d\d\.\d: ")
EARLY_MS = 100
"""the service's clock and ours may differ by so much"""
LIST_LIMIT = "200"
TOLD_KEPT = 50
LANES = {"phones": 0, "requests": 1, "notifications": 2, "service": 3}
"""in which order lines of the same millisecond stand"""
NOT_KNOWN = "The service does not know this contact or this agent."
AWAY = "The service cannot be asked at the moment."


class Stories:
    """`story` for one contact, `wire` for one of its lines in full, `why_not` for an agent."""

    def __init__(
        self, shell: Shell, tally: Tally, picture: Picture, sounds: Sounds, console: ConsoleReader
    ) -> None:
        self._tally = tally
        self._console = console
        self._picture = picture
        self._names = picture.names
        self._lines = StoryLines(tally, picture.names, sounds, shell.world.exchange.legs)
        self._told: dict[str, tuple[Json | None, Json | None]] = {}
        """what the service last told, by phone: it stays on the page while the service is away"""
        self._ids = {person.upn.lower(): person.id for person in shell.world.config.people}

    async def story(self, leg: str) -> Json | None:
        """The whole story of one caller, or None when nobody has this phone."""
        self._tally.catch_up()
        story = self._tally.stories.get(leg)
        if story is None:
            return None
        contact = await self._contact(story)
        name = str(contact.get("contact", ""))
        fresh, told, why = await self._ask(story, name)
        offers = rows(why, "offers")
        calls = self._calls(story, offers)
        lines = self._lines.of(story, calls) + [self._step(row) for row in rows(told, "timeline")]
        lines.sort(key=lambda line: (_at(line), LANES[str(line["lane"])]))
        return self._head(story, contact) | {
            "known": bool(name),
            "service": fresh,
            "heard": [self._heard(span) for span in self._lines.heard(story, calls)],
            "lines": self._names.scrub(lines, calls),
            "offers": [self._offer(row) for row in offers],
            "note": self._plain((why or {}).get("note")),
            "agents": self._members(str(contact.get("queue", ""))),
        }

    async def wire(self, leg: str, seq: int) -> Json | None:
        """One request or notification of this contact in full, without ids."""
        self._tally.catch_up()
        story = self._tally.stories.get(leg)
        if story is None:
            return None
        name = str((await self._contact(story)).get("contact", ""))
        _, _, why = await self._ask(story, name)
        calls = self._calls(story, rows(why, "offers"))
        found = wire(self._lines.records(story, calls), seq)
        scrubbed = self._names.scrub(found, {c: f"{whose}'s call" for c, whose in calls.items()})
        return scrubbed if isinstance(scrubbed, dict) else None

    async def why_not(self, leg: str, upn: str) -> list[str]:
        """Why this agent was or was not the one, a sentence for each offer."""
        story = self._tally.stories.get(leg)
        name = (await self._contact(story)).get("contact") if story is not None else None
        if not name or upn.lower() not in self._ids:
            return [NOT_KNOWN]
        answer = await self._console.get(f"/api/contacts/{name}/why", agent=upn)
        if answer is None:
            return [AWAY]
        said = [self._plain(row.get("sentence")) for row in rows(answer, "agent")]
        return said or [str(answer.get("error") or "Nobody was offered this contact.")]

    # --- parts

    def _head(self, story: Story, contact: Json) -> Json:
        return {
            "leg": story.leg,
            "name": self._names.caller(story),
            "kind": story.kind,
            "to": self._names.person(story.to),
            "label": story.label,
            "placed_at": story.placed_at,
            "ended_at": story.ended_at,
            "talk_at": story.talk_at,
            "outcome": self._picture.outcome_of(story),
            "queue": str(contact.get("queue", "")),
            "delivery": str(contact.get("delivery", "")),
            "agent": self._names.person(str(contact.get("agent_upn") or "")),
            "wait_ms": _wait(contact),
        }

    async def _contact(self, story: Story) -> Json:
        """The service's contact: live as on its board, else from its records."""
        if not story.chain:
            return {}
        live = self._picture.contact_of(story)
        if live and story.ended_at is None:
            return live
        answer = await self._console.get("/api/contacts", limit=LIST_LIMIT)
        found = (row for row in rows(answer, "contacts") if row.get("chain") == story.chain)
        return next(found, live)

    async def _ask(self, story: Story, name: str) -> tuple[bool, Json | None, Json | None]:
        """Whether the service answered; its timeline and reasons, fresh or as last told."""
        told = await self._console.get(f"/api/contacts/{name}") if name else None
        why = await self._console.get(f"/api/contacts/{name}/why") if told is not None else None
        if told is not None and why is not None:
            self._told[story.leg] = (told, why)
            while len(self._told) > TOLD_KEPT:
                del self._told[next(iter(self._told))]
            return True, told, why
        return False, *self._told.get(story.leg, (None, None))

    def _calls(self, story: Story, offers: Iterable[Json]) -> dict[str, str]:
        """The calls of this story, and whose they are. An agent has one offer at a time."""
        found = {story.call.lower(): "caller"}
        for offer in offers:
            upn = str(offer.get("agent", ""))
            since, until = offer.get("at"), offer.get("ended_at")
            for at, call in self._tally.created.get(self._ids.get(upn.lower(), ""), []):
                late = isinstance(until, int) and at > until
                if isinstance(since, int) and at >= since - EARLY_MS and not late:
                    found[call] = self._names.person(upn)
        return found

    def _heard(self, span: Json) -> Json:
        return span | {"party": self._names.person(str(span["party"]))}

    def _members(self, queue: str) -> list[Json]:
        """Of whom one may ask why not: the queue's agents as the board last named them."""
        return [
            {"upn": upn, "name": self._names.person(upn)} for upn in self._picture.members(queue)
        ]

    def _step(self, row: Json) -> Json:
        return {
            "at": row.get("at"),
            "lane": "service",
            "text": self._plain(row.get("text")),
            "kind": row.get("kind", ""),
        }

    def _offer(self, row: Json) -> Json:
        said = row.get("sentences")
        return {
            "at": row.get("at"),
            "agent": self._names.person(str(row.get("agent", ""))),
            "outcome": row.get("outcome", ""),
            "sentences": [self._plain(each) for each in said] if isinstance(said, list) else [],
        }

    def _plain(self, sentence: object) -> str:
        """With names, and without the time in front: the page shows it in its own clock."""
        text = self._names.sentence(TIME.sub("", str(sentence or "")))
        return text[:1].upper() + text[1:]


def _wait(contact: Json) -> object:
    if contact.get("wait_ms") is not None:
        return contact["wait_ms"]
    queued = contact.get("queued_at")
    ends = (contact.get(name) for name in ("connected_at", "left_queue_at", "ended_at"))
    until = next((at for at in ends if at), None)
    return until - queued if isinstance(queued, int) and isinstance(until, int) else None


def _at(line: Json) -> int:
    at = line["at"]
    return at if isinstance(at, int) else 0
