"""One contact for the page: what went over the wire beside what the service did, and why.

The wire and the phones come from the emulator's log, the steps and the reasons from the service's
console. Ids become names here, so that the page never shows one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from emulator.config import Config
from emulator.console_reader import ConsoleReader
from emulator.log import (
    Bridged,
    Connected,
    Heard,
    KeyPressed,
    LegEnded,
    Notified,
    Record,
    Requested,
    Ringing,
    RingStopped,
)
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import ENDED, STOPPED, Story, Tally, caller_of, outcome, short

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
CLIP = re.compile(r"[0-9a-f]{64}(?=\.wav)")
DOMAIN = re.compile(r"@[\w.-]+\.\w+")
TIME = re.compile(r"^\d\d:\d\d:\d\d\.\d: ")
EARLY_MS = 100
"""the service's clock and ours may differ by so much"""
LIST_LIMIT = "200"


class ContactView:
    """`contacts` for the list, `contact` for one of them."""

    def __init__(self, shell: Shell, tally: Tally, console: ConsoleReader) -> None:
        self._shell = shell
        self._tally = tally
        self._console = console
        self._names = _names(shell.world.config)
        self._ids = {person.upn.lower(): person.id for person in shell.world.config.people}

    # --- the list

    async def contacts(self) -> Json:
        """Every caller, the newest first, with what the service says of them."""
        answer = await self._console.get("/api/contacts", limit=LIST_LIMIT)
        self._tally.catch_up()
        known = _by_chain(answer)
        stories = reversed(self._tally.stories.values())
        return {
            "now": self._shell.now(),
            "service": answer is not None,
            "contacts": [self._row(story, known.get(story.chain, {})) for story in stories],
        }

    def _row(self, story: Story, contact: Json) -> Json:
        leg = self._shell.world.exchange.legs.get(story.leg)
        return {
            "id": story.leg,
            "caller": caller_of(story),
            "kind": story.kind,
            "to": short(story.to),
            "label": story.label,
            "at": story.placed_at,
            "ended_at": story.ended_at,
            "outcome": outcome(story),
            "hears": leg.hears[0] if leg is not None else "",
            "queue": contact.get("queue", ""),
            "stage": contact.get("stage") or contact.get("outcome", ""),
            "agent": short(str(contact.get("agent_upn") or "")),
            "wait_ms": _wait(contact),
            "delivery": contact.get("delivery", ""),
        }

    # --- one contact

    async def contact(self, leg: str) -> Json | None:
        """The whole story of one caller, or None when nobody has this phone."""
        self._tally.catch_up()
        story = self._tally.stories.get(leg)
        if story is None:
            return None
        known = _by_chain(await self._console.get("/api/contacts", limit=LIST_LIMIT))
        contact = known.get(story.chain, {})
        name = str(contact.get("contact", ""))
        told = await self._console.get(f"/api/contacts/{name}") if name else None
        why = await self._console.get(f"/api/contacts/{name}/why") if name else None
        offers = _rows(why, "offers")
        calls = {story.call.lower(): "caller"} | self._agent_calls(offers)
        scrub = Scrub(self._names | _call_names(calls))
        lines = [scrub.line(line) for line in self._lines(story, calls)]
        lines += [_step(row) for row in _rows(told, "timeline")]
        order = {"phones": 0, "wire": 1, "service": 2}
        lines.sort(key=lambda line: (_at(line), order[str(line["lane"])]))
        return {
            **self._row(story, contact),
            "contact": name,
            "service": told is not None,
            "heard": self._heard(story),
            "lines": lines,
            "offers": [_offer(row) for row in offers],
            "note": (why or {}).get("note", ""),
            "agents": [short(upn) for upn in await self._members(str(contact.get("queue", "")))],
        }

    async def why_not(self, leg: str, agent: str) -> list[str]:
        """Why this agent was or was not the one, a sentence for each offer."""
        story = self._tally.stories.get(leg)
        known = _by_chain(await self._console.get("/api/contacts", limit=LIST_LIMIT))
        name = known.get(story.chain, {}).get("contact") if story is not None else None
        upn = next((upn for upn in self._ids if short(upn) == agent.lower()), "")
        if not name or not upn:
            return ["The service does not know this contact or this agent."]
        answer = await self._console.get(f"/api/contacts/{name}/why", agent=upn)
        if answer is None:
            return ["The service cannot be asked at the moment."]
        said = [_plain(row.get("sentence")) for row in _rows(answer, "agent")]
        return said or [str(answer.get("error") or "Nobody was offered this contact.")]

    async def _members(self, queue: str) -> list[str]:
        board = await self._console.get("/api/board")
        return [
            str(row.get("upn"))
            for row in _rows(board, "agents")
            if isinstance(served := row.get("closed_by"), dict) and queue in served
        ]

    def _agent_calls(self, offers: Iterable[Json]) -> dict[str, str]:
        """The bot's own calls to the agents of these offers: an agent has one offer at a time."""
        found: dict[str, str] = {}
        for offer in offers:
            upn = str(offer.get("agent", ""))
            since, until = offer.get("at"), offer.get("ended_at")
            for at, call in self._tally.created.get(self._ids.get(upn.lower(), ""), []):
                late = isinstance(until, int) and at > until
                if isinstance(since, int) and at >= since - EARLY_MS and not late:
                    found[call] = short(upn)
        return found

    def _lines(self, story: Story, calls: dict[str, str]) -> list[Json]:
        tally = self._tally
        records: list[Record] = list(tally.of_leg.get(story.leg, []))
        phones: set[str] = set()
        for call in calls:
            records += tally.of_call.get(call, [])
            phones |= {r.leg for r in tally.of_call.get(call, []) if isinstance(r, Ringing)}
        for phone in phones:
            records += [r for r in tally.of_leg.get(phone, []) if isinstance(r, KeyPressed)]
        lines = [{"at": story.placed_at, "lane": "phones", "text": f"{_who(story)} calls"}]
        for record in sorted(records, key=lambda r: r.seq):
            line = _line(record, story, calls)
            if line is not None:
                lines.append(line)
        return lines

    def _heard(self, story: Story) -> list[Json]:
        """What the caller heard, from when to when."""
        spans: list[Json] = [
            {"what": r.what, "from": r.at, "until": r.until}
            for r in self._tally.of_leg.get(story.leg, [])
            if isinstance(r, Heard)
        ]
        leg = self._shell.world.exchange.legs.get(story.leg)
        if leg is not None and leg.hears[0]:
            spans.append({"what": leg.hears[0], "from": leg.hears_since, "until": None})
        return spans


class Scrub:
    """Puts names where ids stood."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def line(self, line: Json) -> Json:
        return {key: self.value(value) for key, value in line.items()}

    def value(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def text(self, text: str) -> str:
        named = GUID.sub(lambda m: f"<{self._names.get(m[0].lower(), 'id')}>", text)
        return CLIP.sub(lambda m: m[0][:6], named)


def _line(record: Record, story: Story, calls: dict[str, str]) -> Json | None:
    match record:
        case Requested():
            whose = calls.get(record.call.lower() or _created(record), "")
            return {
                "at": record.at,
                "lane": "wire",
                "way": "request",
                "text": record.op,
                "whose": whose,
                "status": record.status,
                "code": record.code,
                "note": record.fault,
                "path": f"{record.method} {record.path}",
                "body": record.body,
                "reply": record.reply,
            }
        case Notified():
            again = f"attempt {record.attempt}" if record.attempt > 1 else ""
            return {
                "at": record.at - record.ms,
                "lane": "wire",
                "way": "notification",
                "text": ", ".join(record.what),
                "whose": calls.get(record.call.lower(), ""),
                "status": record.status,
                "code": "",
                "note": again,
                "path": f"POST {urlsplit(record.url).path} ({record.ms} ms)",
                "body": record.body,
            }
    words = _phone_words(record, story)
    return {"at": record.at, "lane": "phones", "text": words} if words else None


def _phone_words(record: Record, story: Story) -> str:
    match record:
        case Ringing():
            return f"{short(record.party)}'s phone rings"
        case RingStopped():
            return f"{short(record.party)} {STOPPED.get(record.why, record.why)}"
        case Connected():
            return f"{_who(story)} is connected"
        case KeyPressed():
            return f"{short(record.party)} presses {record.key}"
        case Bridged():
            return f"{_who(story)} and {short(record.party)} talk"
        case LegEnded():
            return f"{short(record.party)} {ENDED.get(record.why, record.why)}"
    return ""


def _created(record: Requested) -> str:
    return str(record.reply.get("id", "")).lower() if isinstance(record.reply, dict) else ""


def _who(story: Story) -> str:
    return "The caller" if story.kind in ("withheld", "encrypted") else short(story.caller)


def _step(row: Json) -> Json:
    return {
        "at": row.get("at"),
        "lane": "service",
        "text": _plain(row.get("text")),
        "kind": row.get("kind", ""),
    }


def _offer(row: Json) -> Json:
    sentences = row.get("sentences")
    return {
        "at": row.get("at"),
        "agent": short(str(row.get("agent", ""))),
        "outcome": row.get("outcome", ""),
        "sentences": [_plain(each) for each in sentences] if isinstance(sentences, list) else [],
    }


def _plain(sentence: object) -> str:
    """Without domains, and without the time in front: the page shows it in its own clock."""
    whole = DOMAIN.sub("", str(sentence or ""))
    text = TIME.sub("", whole)
    is_name = "." in text.partition(" ")[0]
    return text if text == whole or is_name else text[:1].upper() + text[1:]


def _wait(contact: Json) -> object:
    if contact.get("wait_ms") is not None:
        return contact["wait_ms"]
    queued, until = contact.get("queued_at"), contact.get("connected_at") or contact.get("ended_at")
    return until - queued if isinstance(queued, int) and isinstance(until, int) else None


def _names(config: Config) -> dict[str, str]:
    """Every id of the directory, and whose it is."""
    names = {config.tenant_id.lower(): "tenant"}
    names |= {person.tenant_id.lower(): "partner tenant" for person in config.people[::-1]}
    names[config.tenant_id.lower()] = "tenant"
    names |= {each.id.lower(): each.name for each in config.applications}
    names |= {person.id.lower(): person.upn for person in config.people}
    names |= {account.id.lower(): account.upn for account in config.accounts}
    return names | {group.id.lower(): group.mail for group in config.groups}


def _call_names(calls: dict[str, str]) -> dict[str, str]:
    return {call: f"{whose}'s call" for call, whose in calls.items()}


def _by_chain(answer: Json | None) -> dict[str, Json]:
    """The service's contacts by Graph's chain id; a live one stands before its record."""
    found: dict[str, Json] = {}
    for row in _rows(answer, "contacts"):
        found.setdefault(str(row.get("chain", "")), row)
    found.pop("", None)
    return found


def _rows(source: Json | None, key: str) -> list[Json]:
    found = (source or {}).get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _at(line: Json) -> int:
    at = line["at"]
    return at if isinstance(at, int) else 0
