"""Reports for whoever may see them: JSON for the tab and for programs, CSV for spreadsheets.

A Supervisor sees the queues that they supervise and what agents did for those; an Agent sees their
own figures and nobody else's. What lies outside does not exist for them.
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date

from aiohttp import web

from console.answers import PRIVATE, BadQuery, answered
from console.auth import Handler, Person, Role, entra
from console.board import Json, LiveView
from console.inquiry import NotFound
from console.report_reading import PERIODS, Answer, Ask, ReportReader, Seen, TooMuch
from console.reports.days import Interval
from console.reports.metrics import Of, metrics_of
from console.reports.report import Row, csv
from console.scope import Scope, scope_of
from routing.plan import Plan
from routing.state import State

DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
LONGEST_NAME = 200
OF = {"queue": Of.QUEUES, "agent": Of.AGENTS}


class ReportApi:
    """The route over one tenant's figures."""

    def __init__(self, live: LiveView, reader: ReportReader) -> None:
        self._live = live
        self._reader = reader
        self._one_at_a_time = asyncio.Lock()
        """A report reads much: others wait for it rather than for the database."""

    def handlers(self) -> list[Handler]:
        """Every handler; each names its route and roles in its decorator."""
        return [self.get_report]

    @entra("GET", "/api/reports", *Role)
    async def get_report(self, request: web.Request, person: Person) -> web.Response:
        """`by`, `interval`, `period` or `from` and `to`, `queue`, `agent`, `format`."""
        found: list[web.Response] = []

        async def ask() -> Json:
            names, told = await self._report(request, person)
            written = await asyncio.to_thread(names.written, told, request.query.get("format", ""))
            found.append(written)
            return {}

        refused = await answered(ask)
        return found[0] if found else refused

    async def _report(self, request: web.Request, person: Person) -> tuple[Names, Answer]:
        state, plan = await self._live.state(), self._live.plan()
        scope = scope_of(person, state, plan)
        upns = await self._reader.upns()
        upns |= {agent.id: agent.upn for agent in state.agents.values()}
        asked, seen = _ask(request, person, scope, upns), _seen(person, scope, state)
        async with self._one_at_a_time:
            try:
                told = await self._reader.read(asked, plan, self._live.now(), seen)
            except TooMuch as error:
                raise BadQuery(str(error)) from error
        if asked.agent and not told.report.totals and not seen.clock(asked.agent):
            raise NotFound(_no_agent(request.query.get("agent", "")))
        return Names(asked, plan, state, upns), told


def _ask(request: web.Request, person: Person, scope: Scope, upns: dict[str, str]) -> Ask:
    """What is asked for. Raises BadQuery, NotFound."""
    query = request.query
    of = OF.get(query.get("by", "queue"))
    if of is None:
        message = "by must be queue or agent"
        raise BadQuery(message)
    interval = query.get("interval", Interval.DAY.value)
    if interval not in set(Interval):
        message = f"interval must be one of {', '.join(Interval)}"
        raise BadQuery(message)
    if query.get("format", "json") not in ("json", "csv"):
        message = "format must be json or csv"
        raise BadQuery(message)
    alone = not (scope.everything or scope.supervises)
    if alone and of is Of.QUEUES and Role.SUPERVISOR not in person.roles:
        message = "an agent's own figures are asked for with by=agent"
        raise BadQuery(message)
    queue = query.get("queue", "")[:LONGEST_NAME]
    if queue and not (scope.everything or scope.sees_queue(queue)):
        message = f"There is no queue {queue!r}."
        raise NotFound(message)
    agent = _agent(query.get("agent", "")[:LONGEST_NAME], person, upns, alone=alone)
    period, first, last = _period(request)
    return Ask(
        of=of,
        interval=Interval(interval),
        period=period,
        first=first,
        last=last,
        queue=queue,
        agent=agent,
    )


def _agent(upn: str, person: Person, upns: dict[str, str], *, alone: bool) -> str:
    """The id of the agent who is asked for; empty: all. Raises NotFound. Whether anything of them
    may be seen is found out with the figures."""
    if not upn:
        return person.id if alone and Role.SUPERVISOR not in person.roles else ""
    wanted = upn.lower()
    found = next((each for each, name in upns.items() if name.lower() == wanted), "")
    if not found:
        raise NotFound(_no_agent(upn))
    return found


def _no_agent(upn: str) -> str:
    return f"There is no agent {upn[:LONGEST_NAME]!r}."


def _period(request: web.Request) -> tuple[str, date, date]:
    query = request.query
    first, last = query.get("from", ""), query.get("to", "")
    if not (first or last):
        period = query.get("period", "today")
        if period not in PERIODS:
            message = f"period must be one of {', '.join(PERIODS)}"
            raise BadQuery(message)
        return period, date.min, date.min
    if "period" in query:
        message = "either period, or from and to"
        raise BadQuery(message)
    days = (_date("from", first), _date("to", last or first))
    if days[1] < days[0]:
        message = "to is before from"
        raise BadQuery(message)
    return "", *days


def _date(name: str, text: str) -> date:
    day = day_of(text)
    if day is None:
        message = f"{name} must be a day such as 2026-11-25"
        raise BadQuery(message)
    return day


def day_of(text: str) -> date | None:
    """The calendar day that a text names."""
    try:
        return date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None


def _seen(person: Person, scope: Scope, state: State) -> Seen:
    """What of the figures this person may see."""
    own = person.id if Role.AGENT in person.roles else ""
    team = {
        agent.id
        for agent in state.agents.values()
        if any(each.queue in scope.supervises for each in agent.memberships)
    }
    return Seen(
        figures=lambda queue, agent: scope.sees_callers(queue) or (agent != "" and agent == own),
        clock=lambda agent: scope.everything or agent in team or agent == own,
        everything=scope.everything,
    )


class Names:
    """How the rows of a report are written out."""

    def __init__(self, ask: Ask, plan: Plan, state: State, upns: dict[str, str]) -> None:
        self._ask = ask
        self._queues = {queue.name: queue for queue in plan.queues}
        self._agents = {agent.id: agent.name for agent in state.agents.values()}
        self._upns = upns
        self._metrics = metrics_of(ask.of)

    def written(self, told: Answer, form: str) -> web.Response:
        """The answer to the request, as JSON or CSV with the same figures."""
        if form == "csv":
            name = {"Content-Disposition": 'attachment; filename="report.csv"'}
            # Spreadsheets take a file for UTF-8 when it says so in its first three bytes.
            body = self.csv(told).encode("utf-8-sig")
            return web.Response(body=body, content_type="text/csv", headers=PRIVATE | name)
        body = self.json(told).encode()
        return web.Response(body=body, content_type="application/json", headers=PRIVATE)

    def json(self, told: Answer) -> str:
        """Rows by time, one per queue or agent over the whole period, and all together."""
        report = told.report
        head: Json = {
            "as_of": told.as_of,
            "by": "queue" if self._ask.of is Of.QUEUES else "agent",
            "interval": self._ask.interval.value,
            "total": report.total,
        }
        # Row by row: written at once, a long report would let nothing else run meanwhile.
        rows = ", ".join(_text(self._row(row)) for row in report.rows)
        totals = ", ".join(_text(self._row(row) | self._target(row)) for row in report.totals)
        return f'{_text(head)[:-1]}, "rows": [{rows}], "totals": [{totals}]}}'

    def csv(self, told: Answer) -> str:
        """The rows by time, with the same figures."""
        head = ["queue", "title"] if self._ask.of is Of.QUEUES else ["agent", "name"]
        rows = told.report.rows
        if self._ask.interval is Interval.TOTAL:
            rows = told.report.totals
        keys = [metric.key for metric in self._metrics]
        lines = [
            [*self.who(row), row.span.label, row.zone, *(row.figures[key] for key in keys)]
            for row in rows
        ]
        return csv([*head, "begins", "zone", *keys], lines)

    def _row(self, row: Row) -> Json:
        subject, name = self.who(row)
        by = "queue" if self._ask.of is Of.QUEUES else "agent"
        return {
            by: subject,
            "name": name,
            "start": row.span.start,
            "end": row.span.end,
            "begins": row.span.label,
            "zone": row.zone,
            "figures": row.figures,
        }

    def _target(self, row: Row) -> Json:
        """The queue's promise as the plan has it now."""
        queue = self._queues.get(row.subject) if self._ask.of is Of.QUEUES else None
        if queue is None:
            return {}
        level = queue.service_level
        return {"service_level": {"within_ms": level.within_ms, "share": level.share / 100}}

    def who(self, row: Row) -> tuple[str, str]:
        """Whose it is: what it is called in the plan, and for people. No id of the directory."""
        if self._ask.of is Of.QUEUES:
            queue = self._queues.get(row.subject)
            return row.subject, queue.title if queue and queue.title else row.subject
        upn = self._upns.get(row.subject, "")
        return upn, self._agents.get(row.subject) or upn


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
