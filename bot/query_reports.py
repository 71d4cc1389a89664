"""`switchboard reports`: the figures of the tab, printed, read beside the running service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.clock import wall_ms
from bot.owner.bodies import state_from
from bot.query_commands import check_queue, in_archive
from console.inquiry import PLAN_KIND, PLANS, NotFound
from console.instants import lasting
from console.report_reading import Answer, Ask, ReportReader, Seen, TooMuch
from console.reporting import OF, Names, day_of
from console.reports.days import Interval
from console.reports.metrics import METRICS, Of, Unit, Value
from routing.plan import Plan
from store.archive import Archive

EVERYTHING = Seen(figures=lambda _queue, _agent: True, clock=lambda _agent: True, everything=True)
SHOWN = {
    Of.QUEUES: (
        "offered",
        "answered",
        "abandoned",
        "waiting",
        "sl_met_handled",
        "sl_met_negative_abandon",
        "asa",
        "wait_p80",
        "avg_handle_time",
    ),
    Of.AGENTS: (
        "handled",
        "avg_handle_time",
        "offers",
        "accepted",
        "declined",
        "missed",
        "acceptance",
        "occupancy",
    ),
}
"""In a shell; --csv has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line said."""

    period: str = "today"
    day: str = ""
    to: str = ""
    by: str = "queue"
    interval: str = "total"
    queue: str = ""
    csv: bool = False


async def asked_reports(asked: Asked, database: str | None, tenant: str | None) -> int:
    """Print the report; the exit code."""

    async def ask(archive: Archive, chosen: str, out: Console) -> int:
        if asked.queue:
            await check_queue(archive, chosen, asked.queue)
        version = await archive.plans.latest(chosen)
        if version is None:
            message = "No plan has been published yet: there is nothing to report on."
            raise NotFound(message)
        plan: Plan = PLANS.decode(PLAN_KIND, version.compiled)
        wanted = _ask(asked)
        reader = ReportReader(archive.reports, chosen)
        try:
            told = await reader.read(wanted, plan, wall_ms(), EVERYTHING)
        except TooMuch as error:
            raise NotFound(str(error)) from error
        state = state_from(await archive.live.entities(chosen), 0)
        upns = told.upns | {agent.id: agent.upn for agent in state.agents.values()}
        names = Names(wanted, plan, state, upns)
        if asked.csv:
            out.file.write(names.csv(told))
        else:
            _print(out, wanted, names, told)
        return 0

    return await in_archive(ask, database, tenant)


def _ask(asked: Asked) -> Ask:
    """Raises NotFound for a day that is none."""
    first = day_of(asked.day) if asked.day else date.min
    last = day_of(asked.to) if asked.to else first
    if first is None or last is None or last < first or (asked.to and not asked.day):
        message = "--day takes a day such as 2026-11-25, and --to one that is not before it."
        raise NotFound(message)
    return Ask(
        of=OF[asked.by],
        interval=Interval(asked.interval),
        period="" if asked.day else asked.period,
        first=first,
        last=last,
        queue=asked.queue,
    )


def _print(out: Console, ask: Ask, names: Names, told: Answer) -> None:
    units = {metric.key: metric.unit for metric in METRICS}
    keys = SHOWN[ask.of]
    rows = told.report.totals if ask.interval is Interval.TOTAL else told.report.rows
    table = Table(box=None, pad_edge=False)
    for name in ("begins", "queue" if ask.of is Of.QUEUES else "agent", *keys):
        table.add_column(name, overflow="fold", justify="right" if name in keys else "left")
    for row in rows:
        cells = [_said(row.figures[key], units[key]) for key in keys]
        table.add_row(*(Text(cell) for cell in (row.span.label, names.who(row)[0], *cells)))
    out.print(table if rows else "Nothing happened.")


def _said(value: Value, unit: Unit) -> str:
    if value is None:
        return "-"
    if unit is Unit.SHARE:
        return f"{value:.1%}"
    return lasting(int(value)) if unit is Unit.TIME else str(value)
