"""What other systems were told, for people: how far each is, what was set aside, and again.

It works beside any instance, or none: what is wanted again is written down, and told by the owner.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.ordered import Misused, spoken_by, with_letterbox
from console.inquiry import PLAN_KIND, PLANS
from console.instants import day_and_time
from routing.plan import Plan
from store.letterbox import Letterbox
from store.subscribers import BEGINNING, DeadLetter, Progress, Stretch


async def list_subscribers(database: str | None, tenant: str | None) -> int:
    """Print them; the exit code."""

    async def work(box: Letterbox, chosen: str, out: Console) -> int:
        told = await box.subscribers.progress(chosen)
        names = [each.name for each in (await _plan(box, chosen)).subscribers]
        if not names:
            out.print("The plan names no subscribers.")
            return 0
        table = Table(box=None, pad_edge=False)
        for column in ("subscriber", "state", "failing since", "why"):
            table.add_column(column, overflow="fold")
        for name in names:
            table.add_row(*(Text(cell) for cell in _row(name, told.get(name))))
        out.print(table)
        _print_dead(out, await box.subscribers.dead(chosen))
        return 0

    return await with_letterbox(work, database, tenant)


async def replay(name: str, since: str, by: str, database: str | None, tenant: str | None) -> int:
    """Have it told again; the exit code."""

    async def work(box: Letterbox, chosen: str, out: Console) -> int:
        if name not in {each.name for each in (await _plan(box, chosen)).subscribers}:
            wrong = (
                f"The plan names no subscriber {name[:48]}: `switchboard subscribers` lists them."
            )
            raise Misused(wrong)
        who = spoken_by(by)
        if since:
            count = await _again_since(box, chosen, name, since, who)
            out.print(f"{count} facts since {since} will be told again.", markup=False)
            return 0
        dead = [each for each in await box.subscribers.dead(chosen) if each.name == name]
        if not dead:
            out.print("Nothing was set aside.")
            return 0
        await box.subscribers.want(chosen, name, who)
        out.print(f"{sum(each.facts for each in dead)} facts will be told again.", markup=False)
        return 0

    return await with_letterbox(work, database, tenant)


async def _again_since(box: Letterbox, tenant: str, name: str, since: str, by: str) -> int:
    """How many facts that will be; those not for it among them."""
    told = (await box.subscribers.progress(tenant)).get(name)
    if told is None or told.place == BEGINNING:
        wrong = "It has not been told anything yet: what happens from now on reaches it anyway."
        raise Misused(wrong)
    after = await box.subscribers.place_before(tenant, _instant(since))
    count = await box.subscribers.between(tenant, after, told.place)
    if count:
        stretch = Stretch(
            after=after,
            upto=told.place,
            facts=count,
            at=await box.now(),
            problem=f"wanted since {since}",
            wanted_by=by,
        )
        await box.subscribers.bury(tenant, name, stretch)
    return count


def _instant(text: str) -> int:
    """UTC ms. Raises Misused."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        wrong = f"--since {text[:40]}: write a day or an instant, such as 2026-11-25T08:00 (UTC)."
        raise Misused(wrong) from error
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


async def _plan(box: Letterbox, tenant: str) -> Plan:
    version = await box.plans.latest(tenant)
    if version is None:
        wrong = "No plan has been published for this tenant yet: start the service once."
        raise Misused(wrong)
    plan: Plan = PLANS.decode(PLAN_KIND, version.compiled)
    return plan


def _row(name: str, told: Progress | None) -> list[str]:
    if told is None:
        return [name, "not begun", "", ""]
    if told.failing_since is None:
        return [name, "takes what it is told", "", ""]
    return [name, f"fails, {told.attempts} times", day_and_time(told.failing_since), told.problem]


def _print_dead(out: Console, letters: list[DeadLetter]) -> None:
    if not letters:
        return
    table = Table(title="Set aside", title_justify="left", box=None, pad_edge=False)
    for column in ("subscriber", "facts", "since", "why", "wanted again by"):
        table.add_column(column, overflow="fold")
    for each in letters:
        cells = (each.name, str(each.facts), day_and_time(each.at), each.problem)
        table.add_row(*(Text(cell) for cell in cells), Text(each.wanted_by or ""))
    out.print(table)
