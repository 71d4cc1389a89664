"""docs/reports.md and the hover texts of the tab's page: both from the table of metrics."""

import json

from bot.plan_file.section import spelled
from console.reports.counting import OUTCOMES
from console.reports.metric_texts import TEXTS
from console.reports.metrics import METRICS, Metric, Of, Unit
from routing.service_level import ServiceLevel

GENERATED = "<!-- Generated from console/reports/. Change it there, then `make docs`. -->\n"
UNITS = {Unit.COUNT: "number", Unit.SHARE: "0 to 1", Unit.TIME: "ms"}
INTRO = """

# Reports

What happened today and lately, by queue and by agent: the page *Reports* of [the tab](tab.md),
`GET /api/reports` ([the API](console-api.md#reports)) and `switchboard reports`. The same figures
stand in all three, and in the CSV.

**When something counts.** A contact counts in the quarter of an hour in which it joined the
queue's line, with everything that came of it, however late: so the outcomes of a row add up to
what was offered in it. An offer counts when it was made. What agents do with their time counts by
the clock. Who comes to a full or closed queue was not offered, and counts apart.

**Totals.** Averages are never averaged. Every row, and every total, is computed from the sums of
all its contacts; percentiles come from histograms that add up, and are within 5 % of the truth.

**Days** are those of the queue's own zone: of its `hours`, else the plan's `zone`, else UTC.
Agents' days are the plan's. Where clocks change a day has 23 or 25 hours (half an hour more or
less on Lord Howe Island), and an hour that comes twice is two rows, told apart by the offset in
their names. Intervals of several zones stand beside each other, each by its own clock.

**The target.** A queue says what it promises in [the plan](plan.md#queuesnameservice_level):
`service_level: {{within: 20s, share: 80%}}`. Without it {share} % within {within} is meant; an
abandon sooner than `short` ({short}) is a short one. Each contact is judged by what was promised
when it joined: a changed target applies from then on, and past results keep theirs.

**How fresh.** Figures are counted from what is written down, a few seconds behind it, and say
until when they know. A restart, a takeover or a repeated notification counts nothing twice. While
the service is down nobody tells what agents do: their time goes on as it was last, for 7 days at
most. Figures are kept as long as history is.

**Who sees what.** An Admin and an Auditor see everything, a Supervisor the queues they supervise
and what agents did for those, an Agent their own figures and nobody else's. Figures of agents are
about people at work: say who may look ([privacy](privacy.md)).
"""
QUEUES = """
## Of queues

Offered = {outcomes} + waiting.

"""
AGENTS = """
## Of agents

Times by the clock (the last rows) belong to an agent as a whole: of one queue alone there are none.

"""


def reports_files() -> dict[str, str]:
    """The generated files, by path from the repository's root."""
    figures = {
        f"console/web/figures/{language}.json": _figures(language) for language in sorted(TEXTS)
    }
    return {"docs/reports.md": reports_page(), **figures}


def reports_page() -> str:
    usual = ServiceLevel()
    intro = INTRO.format(
        share=usual.share, within=spelled(usual.within_ms), short=spelled(usual.short_ms)
    )
    outcomes = QUEUES.format(outcomes=" + ".join(OUTCOMES))
    queues = [metric for metric in METRICS if metric.of is not Of.AGENTS]
    agents = [metric for metric in METRICS if metric.of is not Of.QUEUES]
    return GENERATED + intro + outcomes + _table(queues) + AGENTS + _table(agents)


def _table(metrics: list[Metric]) -> str:
    rows = "".join(
        f"| `{m.key}` | {TEXTS['en'][m.key].name} | {TEXTS['en'][m.key].meaning} "
        f"| {m.formula()} | {UNITS[m.unit]} |\n"
        for m in metrics
    )
    return f"| Key | Name | Meaning | Formula | Unit |\n|---|---|---|---|---|\n{rows}"


def _figures(language: str) -> str:
    texts = TEXTS[language]
    told = {
        m.key: {
            "name": texts[m.key].name,
            "meaning": texts[m.key].meaning,
            "formula": m.formula(),
            "unit": m.unit.value,
        }
        for m in METRICS
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
