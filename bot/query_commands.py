"""What the command line asks of the past: printed for people, read beside the running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.owner.bodies import state_from
from bot.settings import archive_settings
from bot.steering import near_names, subject_of
from console.board import caller_of
from console.callbacks import open_callbacks
from console.inquiry import PLAN_KIND, PLANS, Inquiry, NotFound
from console.instants import day_and_time, lasting
from console.why import AgentWhy, ContactWhy
from routing.bulletin import Scope
from routing.plan import Plan
from store.archive import Archive, open_archive
from store.errors import StoreError
from store.voicemails import Listed

MOST = 10_000
WIDE = 200
"""Columns when the answer goes to a file or to another program: nothing is cut off."""
WHICH_DATABASE = "SWITCHBOARD_DATABASE_URL or --database names the service's database."


async def asked_why(contact: str, agent: str, database: str | None, tenant: str | None) -> int:
    """Print why; the exit code."""

    async def ask(inquiry: Inquiry, out: Console) -> int:
        found = await inquiry.contact_id(contact)
        if agent:
            told = await inquiry.why_agent(found, agent)
            if told:
                _print_agent(out, told)
                return 0
        _print_story(out, await inquiry.why(found))
        return 0

    return await _asked(ask, database, tenant)


async def asked_contacts(limit: int, database: str | None, tenant: str | None) -> int:
    """Print the contacts that ended last; the exit code."""

    async def ask(inquiry: Inquiry, out: Console) -> int:
        records = await inquiry.recent(max(1, min(limit, MOST)))
        table = Table(box=None, pad_edge=False)
        for name in ("contact", "arrived", "queue", "outcome", "waited", "talked", "agent"):
            table.add_column(name, overflow="fold", no_wrap=name in ("contact", "arrived"))
        for record in records:
            table.add_row(*(Text(cell) for cell in _row(record)))
        out.print(table if records else "No contact has ended yet.")
        return 0

    return await _asked(ask, database, tenant)


async def asked_callbacks(database: str | None, tenant: str | None) -> int:
    """Print the open callbacks, queue by queue, the longest waiting first; the exit code."""

    async def ask(archive: Archive, chosen: str, out: Console) -> int:
        state = state_from(await archive.live.entities(chosen), 0)
        found = open_callbacks(state)
        table = Table(box=None, pad_edge=False)
        for name in ("contact", "queue", "number", "stage", "since", "next", "expires", "dialed"):
            table.add_column(name, overflow="fold", no_wrap=name in ("contact", "number"))
        for each in found:
            table.add_row(*(Text(cell) for cell in _callback_row(each)))
        out.print(table if found else "No callback is open.")
        return 0

    return await in_archive(ask, database, tenant)


async def asked_voicemails(queue: str, limit: int, database: str | None, tenant: str | None) -> int:
    """Print the messages that were left last, of one queue's team or of all; the exit code."""
    most = max(1, min(limit, MOST))

    async def ask(archive: Archive, chosen: str, out: Console) -> int:
        found: list[Listed] = []
        before = None
        while len(found) < most and (page := await archive.voicemails.page(chosen, before)):
            found += [each for each in page if queue.casefold() in ("", each.queue.casefold())]
            before = (page[-1].left_at, page[-1].id)
        if queue and not found:
            await check_queue(archive, chosen, queue)
        table = Table(box=None, pad_edge=False)
        for name in ("message", "left", "queue", "caller", "what", "length", "heard", "owner"):
            table.add_column(name, overflow="fold", no_wrap=name in ("message", "left", "caller"))
        for line in found[:most]:
            table.add_row(*(Text(cell) for cell in _message_row(line)))
        out.print(table if found else "Nobody has left a message.")
        return 0

    return await in_archive(ask, database, tenant)


async def check_queue(archive: Archive, tenant: str, name: str) -> None:
    """Raises NotFound when the plan that was published last has no such queue."""
    version = await archive.plans.latest(tenant)
    if version is None:
        return
    plan: Plan = PLANS.decode(PLAN_KIND, version.compiled)
    if subject_of(plan, Scope.QUEUE, name) is None:
        near = ", ".join(near_names(plan, name, Scope.QUEUE))
        message = f"There is no queue called {name[:48]}; did you mean {near}?"
        raise NotFound(message)


def _message_row(line: Listed) -> list[str]:
    return [
        line.id,
        day_and_time(line.left_at),
        line.queue,
        caller_of(line.caller_kind, line.caller, line.caller_name),
        "done" if line.done_at else line.result,
        lasting(line.length_ms) if line.length_ms else "",
        line.heard_by or "",
        line.owner_name or "",
    ]


async def _asked(
    ask: Callable[[Inquiry, Console], Awaitable[int]], database: str | None, tenant: str | None
) -> int:
    async def inquire(archive: Archive, chosen: str, out: Console) -> int:
        return await ask(Inquiry(past=archive, tenant=chosen), out)

    return await in_archive(inquire, database, tenant)


async def in_archive(
    ask: Callable[[Archive, str, Console], Awaitable[int]], database: str | None, tenant: str | None
) -> int:
    """Ask the history of one tenant, and print what is wrong; the exit code."""
    url, configured = archive_settings()
    out, err = consoles()
    try:
        archive = await open_archive(database or url)
    except StoreError as error:
        err.print(f"{error}\n{WHICH_DATABASE}", markup=False)
        return 1
    try:
        tenants = await archive.history.tenants()
        chosen = (tenant or configured).lower() or (tenants[0] if len(tenants) == 1 else "")
        if not chosen:
            which = f"one of {', '.join(tenants)}" if tenants else "none has been served yet"
            err.print(f"Name the tenant with --tenant: {which}.", markup=False)
            return 1
        return await ask(archive, chosen, out)
    except (NotFound, StoreError) as error:
        err.print(str(error), markup=False)
        return 1
    finally:
        await archive.close()


def consoles() -> tuple[Console, Console]:
    """Where answers go, and what is wrong. Lines are never broken: people search them."""
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = WIDE
    return out, Console(stderr=True, highlight=False, soft_wrap=True)


def _print_story(out: Console, story: ContactWhy) -> None:
    out.print(f"Contact {story.contact}", style="bold", markup=False)
    for offer in story.offers:
        first, *rest = offer.sentences()
        out.print(first, markup=False)
        for sentence in rest:
            out.print(f"  {sentence}", markup=False)
    if story.note:
        out.print(story.note, markup=False)


def _print_agent(out: Console, told: list[AgentWhy]) -> None:
    for each in told:
        out.print(each.sentence, markup=False)


def _row(record: dict[str, object]) -> list[str]:
    arrived, connected = _number(record, "arrived_at"), _number(record, "connected_at")
    left = connected or _number(record, "left_queue_at") or _number(record, "ended_at")
    queued, talked = _number(record, "queued_at"), _number(record, "talk_ended_at")
    return [
        str(record.get("contact", "")),
        day_and_time(arrived) if arrived else "",
        str(record.get("queue", "")),
        str(record.get("outcome", "")).replace("_", " "),
        lasting(left - queued) if queued and left else "",
        lasting(talked - connected) if connected and talked else "",
        str(record.get("agent_upn", "")),
    ]


def _callback_row(callback: dict[str, object]) -> list[str]:
    instants = (_number(callback, name) for name in ("queued_at", "not_before", "expires_at"))
    since, following, expires = (day_and_time(at) if at else "" for at in instants)
    return [
        str(callback["contact"]),
        str(callback["queue"]),
        str(callback["caller"]),
        str(callback["stage"]),
        since,
        following or "when it is their turn",
        expires,
        str(callback["dials"]),
    ]


def _number(record: dict[str, object], name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else 0
