"""What goes into a bundle: read from the archive, masked, written as files of a ZIP.

The timeline and the reasons are told anew from the masked facts, by the same code that tells them
in the tab: so they hold nobody by construction. Last of all every byte is searched for whoever was
recognized; a bundle that holds one is not written.
"""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from bot.bundle.masking import SHORTEST, Masker
from bot.doctor.versions import needed_libraries
from console.inquiry import Inquiry
from console.instants import day_and_time
from console.past import PastFact, past_fact
from console.timeline import timeline
from console.why import explain
from routing.facts import FactKind
from store.archive import Archive
from store.codec import Unreadable, plain
from store.live import StoredCommand
from store.schema import SCHEMA

README = """\
What Switchboard knows of contact {contact}, for who supports it.

Names, addresses, numbers, what was said or keyed in, and secrets are not in here: people are
person-1, person-2 and so on, the same ones in every file; texts are told by their length. Ids of
calls and commands are kept, because Microsoft's support asks for them.

timeline.txt   what happened, line by line
why.txt        why each agent was offered the contact
facts.jsonl    the same as facts, one a line
record.json    the contact's record, once it has ended
live.json      its state, while it lives and 15 minutes longer
outbox.jsonl   what was asked of Graph, with outcomes; kept for 15 minutes
plan.json      the entry points, queues and flows that it went through, of the plan of that time
versions.json  this installation
"""


class Leaks(Exception):
    """Somebody would be recognized in it. Nothing was written; please report it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is stored about one contact, as it is stored."""

    contact: str
    facts: list[PastFact]
    record: dict[str, object]
    live: list[dict[str, object]]
    outbox: list[StoredCommand]
    plan: object
    plan_version: int
    agents: list[object]
    names: list[str]
    """Of queues, entry points and flows in the plan of that time."""


async def read_story(archive: Archive, tenant: str, contact: str) -> Story:
    """Raises StoreError."""
    stored = await archive.history.facts_of(tenant, contact)
    facts = [past_fact(one) for one in stored]
    inquiry = Inquiry(past=archive, tenant=tenant)
    record = await inquiry.record(contact) or {}
    live = await _live(archive, tenant, contact)
    calls = {str(row.get("id")) for row in live if row.get("what") == "call"}
    outbox = await archive.live.commands_of(tenant)
    at = facts[0].at if facts else 0
    version = await archive.plans.at(tenant, at)
    plan = _read(version.compiled) if version else {}
    return Story(
        contact=contact,
        facts=facts,
        record=record,
        live=live,
        outbox=[each for each in outbox if each.call in calls],
        plan=_excerpt(plan, facts, record),
        plan_version=version.id if version else 0,
        names=_names(plan),
        agents=[_read(body) for body in await archive.history.agents(tenant)],
    )


def bundle(story: Story, secrets: Iterable[str] = ()) -> bytes:
    """The ZIP. Raises Leaks."""
    masker = Masker(secrets, story.names)
    for agent in story.agents:
        if isinstance(agent, dict):
            masker.same(agent.get("id"), agent.get("upn"), agent.get("name"))
    masker.same(story.record.get("caller"), story.record.get("caller_name"), as_="the-caller")
    bodies = [_read(each.body) for each in story.outbox]
    details = [dict(fact.detail) for fact in story.facts]
    for tree in (story.record, story.live, story.plan, bodies, details):
        masker.learn(tree)
    files = _files(story, masker, bodies)
    _refuse_leaks(files, masker, kept=story.contact)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # An instant of its own would say when somebody asked, and make each bundle another.
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _files(story: Story, masker: Masker, bodies: list[object]) -> dict[str, str]:
    facts = [_masked(fact, masker) for fact in story.facts]
    lines = [f"{day_and_time(line.at)}  {line.text}" for line in timeline(facts)]
    why = explain(story.contact, facts).sentences()
    return {
        "README.txt": README.format(contact=story.contact),
        "timeline.txt": masker.text("\n".join(lines)) + "\n",
        "why.txt": masker.text("\n".join(why)) + "\n",
        "facts.jsonl": _json_lines(
            {
                "at": fact.at,
                "kind": fact.kind,
                "agent": fact.agent,
                "queue": fact.queue,
                **fact.detail,
            }
            for fact in facts
        ),
        "record.json": _json(masker.mask(story.record)),
        "live.json": _json(masker.mask(story.live)),
        "outbox.jsonl": _json_lines(
            {
                "id": each.id,
                "call": each.call,
                "kind": each.kind,
                "created_at": each.created_at,
                "outcome": masker.mask(each.outcome or ""),
                "outcome_at": each.outcome_at,
                "body": masker.mask(body),
            }
            for each, body in zip(story.outbox, bodies, strict=True)
        ),
        "plan.json": _json(masker.mask(story.plan)),
        "versions.json": _json(_versions(story)),
    }


def _masked(fact: PastFact, masker: Masker) -> PastFact:
    told = dict(fact.detail)
    if fact.kind == FactKind.OFFER_ENDED and "reason" in told:
        told["decline_reason"] = told.pop("reason")  # the agent's own words
    detail = masker.mask(told)
    agent = masker.mask({"agent": fact.agent})
    return replace(
        fact,
        agent=str(agent["agent"]) if isinstance(agent, dict) else "",
        detail=detail if isinstance(detail, dict) else {},
    )


def _refuse_leaks(files: dict[str, str], masker: Masker, kept: str) -> None:
    """Look for everybody who was recognized, in every file."""
    for name, text in files.items():
        lower = text.lower()
        for value in masker.known:
            is_told = len(value) >= SHORTEST and value.lower() in lower
            if is_told and value.lower() not in kept.lower() and not _is_word(value):
                message = (
                    f"{name} would still name somebody. Nothing was written; please report it."
                )
                raise Leaks(message)


def _is_word(value: str) -> bool:
    """Whether somebody is called like a word of the program's own: it cannot be told apart."""
    return value.isalpha() and value.islower()


async def _live(archive: Archive, tenant: str, contact: str) -> list[dict[str, object]]:
    """The contact, its calls and offers, as last written down."""
    found: list[dict[str, object]] = []
    for row in await archive.live.entities(tenant):
        if row.kind not in ("contact", "call", "offer"):
            continue
        body = _read(row.body)
        if isinstance(body, dict) and contact in (body.get("contact"), body.get("id")):
            found.append({"what": row.kind, **body})
    return found


def _names(plan: object) -> list[str]:
    parts = plan if isinstance(plan, dict) else {}
    shelves = (parts.get(name) or [] for name in ("queues", "entry_points", "flows"))
    return [str(each["name"]) for shelf in shelves for each in shelf if each.get("name")]


def _excerpt(plan: object, facts: list[PastFact], record: dict[str, object]) -> object:
    """Of the plan only what the contact went through."""
    if not isinstance(plan, dict):
        return {}
    entry = str(record.get("entry_point") or "")
    entry = entry or next((fact.text("entry_point") for fact in facts if fact.detail), "")
    entries = [each for each in plan.get("entry_points", []) if each.get("name") == entry]
    queues = {fact.queue for fact in facts} | {str(each.get("queue")) for each in entries}
    flows = {str(each.get("flow")) for each in entries} | {fact.text("flow") for fact in facts}
    return {
        "entry_points": entries,
        "queues": [each for each in plan.get("queues", []) if each.get("name") in queues],
        "flows": [each for each in plan.get("flows", []) if each.get("name") in flows],
        "legs": list(dict(plan.get("legs", {})).values()),
    }


def _versions(story: Story) -> dict[str, object]:
    libraries: dict[str, str] = {}
    for name in needed_libraries():
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            libraries[name] = "missing"
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "schema": SCHEMA,
        "plan": story.plan_version,
        "libraries": libraries,
    }


def _read(body: bytes) -> object:
    try:
        return plain(body)
    except Unreadable:
        return {}


def _json(tree: object) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _json_lines(rows: Iterable[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
