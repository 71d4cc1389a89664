"""Whatever happened: intervals add up to their totals, and each offered contact is accounted for.

Once over made-up facts on days with 23 and 25 hours, and once over what the engine itself tells of
random plans, callers and agents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings
from kit.past_facts import past, stored
from kit.report_sheets import empty_sheet, fill, report_of
from kit.visit_walk import Walk, walks

from console.past import PastFact
from console.reports.counting import OUTCOMES, Standing, count
from console.reports.days import Interval, bounds
from console.reports.metrics import METRICS, Of, Unit, Value
from console.reports.report import Report, report
from routing.plan import Plan
from routing.state import OfferState

ZONES = {
    "Europe/Berlin": date(2026, 10, 24),
    "America/New_York": date(2026, 3, 7),
    "Australia/Lord_Howe": date(2026, 4, 4),
}
"""Three days each, of which the one in the middle is when the clocks change."""
COUNTS = [m.key for m in METRICS if m.unit is Unit.COUNT and m.of is not Of.AGENTS]
TIMES = ["available_time", "ringing_time", "talking_time", "wrapping_time"]


def outcomes(figures: dict[str, Value]) -> int:
    return sum(int(figures[outcome] or 0) for outcome in OUTCOMES)


visits = st.tuples(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from((*OUTCOMES, "")),
    st.integers(0, 2_000_000),
    st.sampled_from(["sales", "support"]),
)


def facts_of(drawn: Iterable[tuple[float, str, int, str]], start: int, end: int) -> list[PastFact]:
    """Visits at these parts of the period; one without an outcome still waits."""
    told: list[PastFact] = []
    for part, outcome, waited, queue in drawn:
        at = start + int((end - start) * part)
        told.append(past("contact.queued", at=at, queue=queue))
        if outcome:
            left = {"outcome": outcome, "waited_ms": waited, "within_ms": 20_000, "short_ms": 5_000}
            told.append(past("contact.left_queue", at=at + waited, queue=queue, **left))
        if outcome == "answered":
            handled = {"queued_at": at, "talk_ms": waited * 2, "wrap_up_ms": waited // 3}
            told.append(past("contact.wrapped", at=end, agent="a", queue=queue, **handled))
    return told


@given(
    drawn=st.lists(visits, max_size=40),
    zone=st.sampled_from(sorted(ZONES)),
    interval=st.sampled_from(Interval),
)
def test_the_rows_add_up_to_the_total(
    drawn: list[tuple[float, str, int, str]], zone: str, interval: Interval
) -> None:
    first = ZONES[zone]
    last = first + timedelta(days=2)
    start, end = bounds(first, last, zone)
    found = report_of(facts_of(drawn, start, end), first, last=last, interval=interval, zone=zone)
    total = found.total
    assert total["offered"] == len(drawn)
    waiting = sum(1 for _, outcome, _, _ in drawn if not outcome)
    assert total["waiting"] == waiting == int(total["offered"] or 0) - outcomes(total)
    for rows in (found.rows, found.totals):
        for key in COUNTS:
            assert sum(int(row.figures[key] or 0) for row in rows) == total[key], key
    for row in found.rows:
        assert row.figures["offered"] == outcomes(row.figures) + int(row.figures["waiting"] or 0)
    same = report_of(
        facts_of(drawn, start, end), first, last=last, zone=zone, interval=Interval.TOTAL
    )
    assert same.total == total, "however it is cut, averages and percentiles are the same"


@given(
    changes=st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.sampled_from(["idle", "reserved", "on_contact", "wrap_up"]),
        ),
        min_size=1,
        max_size=30,
    ),
    zone=st.sampled_from(sorted(ZONES)),
    interval=st.sampled_from(Interval),
)
def test_an_agents_time_adds_up_to_the_time_that_passed(
    changes: list[tuple[float, str]], zone: str, interval: Interval
) -> None:
    first = ZONES[zone]
    last = first + timedelta(days=2)
    start, end = bounds(first, last, zone)
    when = sorted((start + int((end - start) * part), state) for part, state in changes)
    told = [
        past("agent.changed", at=at, agent="a", state=state, available=True) for at, state in when
    ]
    found = report_of(told, first, last=last, interval=interval, zone=zone, of=Of.AGENTS, until=end)
    spent = {key: sum(int(row.figures[key] or 0) for row in found.rows) for key in TIMES}
    assert sum(spent.values()) == end - when[0][0]
    assert {key: found.total[key] for key in TIMES} == spent


# -- the engine's own facts


DAY = date(1970, 1, 1)


class Counted(Walk):
    """A walk whose facts are counted as they come, in portions."""

    def __init__(self, plans: list[Plan], agents: int) -> None:
        self.sheets = {
            of: empty_sheet(DAY, DAY + timedelta(days=2), Interval.HOUR, "UTC")
            for of in (Of.QUEUES, Of.AGENTS)
        }
        self.standings: dict[str, Standing] = {}
        self.counted = 0
        super().__init__(plans, agents)

    def holds(self) -> None:
        super().holds()
        new = stored(self.desk.facts[self.counted :])
        self.counted = len(self.desk.facts)
        added = count(new, self.standings)
        self.standings |= added.standings
        for of, sheet in self.sheets.items():
            fill(sheet, added, of)
        self._each_visit_is_in_the_report()
        self._each_offer_is_in_the_report()

    def _each_visit_is_in_the_report(self) -> None:
        contacts = self.desk.engine.state.contacts.values()
        waiting = Counter(c.queue for c in contacts if c.visiting)
        found = self.report(Of.QUEUES)
        assert found.total["waiting"] == waiting.total()
        for row in found.totals:
            figures = row.figures
            assert figures["offered"] == self.tally.begun[row.subject]
            assert figures["waiting"] == waiting[row.subject]
            assert figures["answered"] == self.tally.connected[row.subject]

    def _each_offer_is_in_the_report(self) -> None:
        offers = self.desk.engine.state.offers.values()
        over = (OfferState.ENDED, OfferState.LINKED)
        under_way = sum(1 for offer in offers if offer.state not in over)
        queues, agents = self.report(Of.QUEUES).total, self.report(Of.AGENTS).total
        for told in (queues, agents):
            ends = sum(int(told[k] or 0) for k in ("accepted", "declined", "missed", "not_taken"))
            assert told["offers"] == ends + under_way
        for key in ("handled", "offers", "avg_handle_time", "handle_p80"):
            assert queues[key] == agents[key], key

    def report(self, of: Of) -> Report:
        return report([self.sheets[of]], of, lambda _agent: True)


@settings(max_examples=25)
@given(**walks)
def test_what_the_engine_tells_is_counted_whole(
    plans: list[Plan], agents: int, steps: list[tuple[str, int]]
) -> None:
    walk = Counted(plans, agents)
    for name, which in steps:
        walk.step(name, which)
    walk.end()
    total = walk.report(Of.QUEUES).total
    assert total["waiting"] == 0
    assert total["handled"] == sum(walk.tally.connected.values())
